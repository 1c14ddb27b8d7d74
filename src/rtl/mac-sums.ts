// The back of a folded array: an accumulator a sum, begun with its bias, and when its sums are whole.

import type { FixedType } from '../fixed/types.ts'
import type { NetInterval, NetlistBuilder } from '../netlist/builder.ts'
import { lowerConversion } from '../netlist/convert.ts'
import { intervalWidth, type Net } from '../netlist/netlist.ts'
import { ringCounter } from './fifo.ts'
import type { MacArrayOptions, Scalar } from './mac-options.ts'
import type { ModuleBuilder } from './module-builder.ts'

export interface Sums {
  /** Per accumulator. */
  readonly nets: readonly Net[]
  /** Per group: its sums stand in the accumulators. */
  readonly ready: readonly Net[]
}

/** Places the accumulators; `active` says in which cycles addends belong to a step. */
export function accumulate(
  module: ModuleBuilder,
  options: MacArrayOptions,
  addends: readonly (readonly Net[])[],
  active: Net,
): Sums {
  const { stepsPerGroup, groups } = options.schedule
  const b = module.netlist
  const at = (net: Net, count: number) => b.eq(net, b.constant(BigInt(count), 0))
  const inner = b.name(ringCounter(b, stepsPerGroup, active), 'summed')
  const ends = b.and(active, at(inner, stepsPerGroup - 1))
  const group = b.name(ringCounter(b, groups, ends), 'group')
  const first = at(inner, 0)
  return {
    nets: addends.map((terms, a) => {
      const sum = b.name(b.registerLoop(sumType(options, a)), `acc_${a}`)
      const base = b.mux(first, biasAt(b, options, a, group), sum)
      b.connect(sum, addTerms(b, options, sum, base, terms), active)
      return sum
    }),
    ready: Array.from({ length: groups }, (_, q) => b.register(b.and(ends, at(group, q)), { reset: 0n })),
  }
}

/** The addend comes first: what a carry chain's LUT takes second may be a multiplexer at no cost. */
function addTerms(
  b: NetlistBuilder,
  { accumulator }: MacArrayOptions,
  sum: Net,
  base: Net,
  terms: readonly Net[],
): Net {
  if (accumulator !== undefined)
    return terms.reduce((own, term) => lowerConversion(b, b.add(term, own), accumulator), base)
  const { min, max } = b.interval(sum)
  const exact = terms.reduce((own, term) => b.add(term, own), base)
  return b.isConstant(exact) ? exact : b.within(exact, min, max)
}

function biasAt(b: NetlistBuilder, options: MacArrayOptions, a: number, group: Net): Net {
  const biases = options.schedule.accumulators[a]!.map(output => {
    const { raw, frac } = output < 0 || options.bias === undefined ? zero : options.bias(output)
    const exact = b.constant(raw, frac)
    return options.accumulator === undefined ? exact : lowerConversion(b, exact, options.accumulator)
  })
  const own = biases.map(net => b.interval(net))
  const frac = Math.max(...own.map(({ min, frac }) => (min === 0n ? Number.NEGATIVE_INFINITY : frac)))
  if (!Number.isFinite(frac)) return b.constant(0n, 0)
  const values = own.map(each => (each.min === 0n ? 0n : each.min << BigInt(frac - each.frac)))
  return b.table(b.within(group, 0n, BigInt(values.length - 1)), {
    name: `bias_${a}`,
    first: 0n,
    values,
    frac,
  })
}

const zero: Scalar = { raw: 0n, frac: 0 }

/** The type of an accumulator: what is given, or as wide as its partial sums can become. */
function sumType(options: MacArrayOptions, a: number): FixedType {
  if (options.accumulator !== undefined) return options.accumulator.to
  const { min, max, frac } = exactRange(options, options.schedule.accumulators[a]!)
  return { signed: min < 0n, width: intervalWidth(min, max), frac }
}

/** Bounds of all partial sums of these outputs, whatever their order. */
export function exactRange(
  {
    inputs,
    weight,
    weightFrac,
    bias,
    decode,
  }: Pick<MacArrayOptions, 'inputs' | 'weight' | 'weightFrac' | 'bias' | 'decode'>,
  outputs: readonly number[],
): NetInterval {
  const shown = decode === undefined ? inputs : inputs.map(() => ({ min: -1n, max: 1n, frac: 0 }))
  const biases = outputs.map(j => (j < 0 || bias === undefined ? zero : bias(j)))
  const frac = Math.max(
    ...shown.map(x => x.frac + weightFrac),
    ...biases.map(own => (own.raw === 0n ? Number.NEGATIVE_INFINITY : own.frac)),
  )
  let [min, max] = [0n, 0n]
  outputs.forEach((j, k) => {
    if (j < 0) return
    const start = biases[k]!.raw << BigInt(frac - biases[k]!.frac)
    let [low, high] = [start, start]
    shown.forEach((x, i) => {
      const w = weight(i, j) << BigInt(frac - weightFrac - x.frac)
      const ends = [w * x.min, w * x.max, 0n]
      low += ends.reduce((p, q) => (q < p ? q : p))
      high += ends.reduce((p, q) => (q > p ? q : p))
    })
    if (low < min) min = low
    if (high > max) max = high
  })
  return { min, max, frac }
}

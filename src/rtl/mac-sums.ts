// The back of a folded array: an accumulator a sum, begun with its bias, and when its sums are whole.

import { add, coarsen, constant, type Interval, isConstant, multiply, union } from '../fixed/interval.ts'
import type { FixedType } from '../fixed/types.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { lowerConversion } from '../netlist/convert.ts'
import { intervalWidth, type Net } from '../netlist/netlist.ts'
import { partialSums } from '../netlist/partial-sums.ts'
import { ringCounter } from './fifo.ts'
import type { MacArrayOptions, Scalar } from './mac-options.ts'
import { bitType, type ModuleBuilder } from './module-builder.ts'

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
  const first = firstOfGroup(b, stepsPerGroup, at(inner, stepsPerGroup - 1), active)
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

/** Whether a group begins, from a register: the loop of the sums has no time to compare. */
function firstOfGroup(b: NetlistBuilder, stepsPerGroup: number, last: Net, active: Net): Net {
  if (stepsPerGroup === 1) return last
  const first = b.name(b.registerLoop(bitType, { reset: 1n }), 'first')
  b.connect(first, last, active)
  return first
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
  const exact = terms.reduce((own, term) => b.add(term, own), base)
  const known = b.interval(sum)
  const { min, max } = coarsen(known, known.frac - b.interval(exact).frac)
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

/** Bounds of all partial sums of these outputs, whatever the order of the products; biases come first. */
export function exactRange(product: Product, outputs: readonly number[]): Interval {
  const ranges = outputs.filter(j => j >= 0).map(j => outputRange(product, j))
  // 0 has no grid of its own: it must not make the sum finer than its terms.
  const others = ranges.filter(range => !isConstant(range) || range.min !== 0n)
  if (others.length === 0) return constant(0n, 0)
  const { min, max, frac } = others.reduce(union)
  return { min: min < 0n ? min : 0n, max: max > 0n ? max : 0n, frac }
}

type Product = Pick<MacArrayOptions, 'inputs' | 'weight' | 'weightFrac' | 'bias' | 'decode'>

function outputRange({ inputs, weight, weightFrac, bias, decode }: Product, output: number): Interval {
  const terms = inputs.map((x, i) => {
    const shown = decode === undefined ? x : { min: -1n, max: 1n, frac: 0 }
    return multiply(shown, constant(weight(i, output), weightFrac))
  })
  const { raw, frac } = bias?.(output) ?? zero
  const sums = partialSums(terms)
  return raw === 0n ? sums : add(sums, constant(raw, frac))
}

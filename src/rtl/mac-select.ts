// The front of a folded array: which input each lane shows in a step, and which weight each multiplier takes.

import type { NetlistBuilder } from '../netlist/builder.ts'
import { intervalWidth, type Net, type Table } from '../netlist/netlist.ts'
import { buildCore } from './core.ts'
import type { Front, MacArrayOptions, MacSchedule } from './mac-options.ts'
import type { ModuleBuilder } from './module-builder.ts'

export interface Selected extends Front {
  /** Per lane. */
  readonly x: readonly Net[]
  /** Per multiplier. */
  readonly weight: readonly Net[]
}

/** Places the multiplexers and weight ROMs behind the counters of a frame's steps. */
export function placeSelect(
  module: ModuleBuilder,
  options: MacArrayOptions,
  { step, inner }: { readonly step: Net; readonly inner: Net },
  bank: readonly (Net | undefined)[],
): Selected {
  const { name, layer, clockNs, family, grade, schedule } = options
  const b = module.netlist
  const held = bank.flatMap(net => (net === undefined ? [] : [net]))
  const types = (nets: readonly Net[]) => nets.map(net => b.type(net))
  const core = buildCore({
    name: `${name}_select`,
    layer,
    clockNs,
    family,
    grade,
    enable: false,
    inputs: [
      { name: 'step', types: types([step]) },
      { name: 'inner', types: types([inner]) },
      { name: 'x', types: types(held) },
    ],
    outputs: [{ name: 'lane' }, { name: 'weight' }],
    lower: (builder, [steps, inners, values]) => {
      const ranges = held.map((net, k) => {
        const { min, max } = b.interval(net)
        return builder.within(values![k]!, min, max)
      })
      let next = 0
      const known = bank.map(net => (net === undefined ? undefined : ranges[next++]!))
      return [
        lanesAt(builder, options, builder.within(inners![0]!, 0n, BigInt(schedule.stepsPerGroup - 1)), known),
        weightsAt(builder, options, builder.within(steps![0]!, 0n, BigInt(schedule.steps - 1))),
      ]
    },
  })
  const instance = module.place('select', core.module)
  instance.connect({ step: [step], inner: [inner], x: held })
  return { ...core, x: instance.out('lane'), weight: instance.out('weight') }
}

function lanesAt(
  b: NetlistBuilder,
  { schedule, decode }: MacArrayOptions,
  inner: Net,
  bank: readonly (Net | undefined)[],
): Net[] {
  return schedule.lanes.map(lane => {
    // What an idle step shows is multiplied by zero; repeating the input before it costs no multiplexer.
    let last = lane.find(i => i >= 0) ?? -1
    const shown = lane.map(i => {
      last = i >= 0 ? i : last
      return last < 0 ? b.constant(0n, 0) : bank[last]!
    })
    const x = chooseBy(b, inner, shown)
    return decode === undefined ? x : decode(b, x)
  })
}

/** values[index], by the index's bits. */
function chooseBy(b: NetlistBuilder, index: Net, values: readonly Net[]): Net {
  if (values.length === 1) return values[0]!
  const bit = Math.ceil(Math.log2(values.length)) - 1
  const half = 2 ** bit
  const low = chooseBy(b, index, values.slice(0, half))
  const high = chooseBy(b, index, values.slice(half))
  return b.mux(b.bits(index, bit, 1, false, 0), high, low)
}

/** Words above which a ROM is a block RAM's, which is wide: several weights share one. */
const widestLutRom = 256
const blockRamWidth = 36

function weightsAt(b: NetlistBuilder, options: MacArrayOptions, step: Net): Net[] {
  const { schedule, weightFrac: frac } = options
  const roms = schedule.multipliers.map(multiplier => weightsOf(options, multiplier))
  if (schedule.steps <= widestLutRom)
    return roms.map((values, k) => b.table(step, { name: `weights_${k}`, first: 0n, values, frac }))
  return packRoms(roms).flatMap(({ table, fields }) => {
    const word = b.table(step, table)
    return fields.map(({ low, width }) => b.bits(word, low, width, true, frac))
  })
}

function weightsOf(
  { schedule, weight }: MacArrayOptions,
  { lane, accumulator }: MacSchedule['multipliers'][number],
): bigint[] {
  return Array.from({ length: schedule.steps }, (_, s) => {
    const input = schedule.lanes[lane]![s % schedule.stepsPerGroup]!
    const output = schedule.accumulators[accumulator]![Math.floor(s / schedule.stepsPerGroup)]!
    return input < 0 || output < 0 ? 0n : weight(input, output)
  })
}

interface PackedRom {
  readonly table: Table
  readonly fields: { low: number; width: number }[]
}

/** ROMs of the same index side by side, as many to a word as a block RAM is wide. */
function packRoms(roms: readonly (readonly bigint[])[]): PackedRom[] {
  const packed: { values: bigint[]; fields: { low: number; width: number }[]; width: number }[] = []
  for (const values of roms) {
    const width = signedWidth(values)
    let word = packed.at(-1)
    if (word === undefined || word.width + width > blockRamWidth) {
      word = { values: values.map(() => 0n), fields: [], width: 0 }
      packed.push(word)
    }
    const low = word.width
    word.values = word.values.map((whole, s) => whole | (BigInt.asUintN(width, values[s]!) << BigInt(low)))
    word.fields.push({ low, width })
    word.width += width
  }
  return packed.map(({ values, fields }, k) => ({
    table: { name: `weights_${k}`, first: 0n, values, frac: 0 },
    fields,
  }))
}

function signedWidth(values: readonly bigint[]): number {
  const min = values.reduce((p, q) => (q < p ? q : p), -1n)
  const max = values.reduce((p, q) => (q > p ? q : p), 0n)
  return intervalWidth(min, max)
}

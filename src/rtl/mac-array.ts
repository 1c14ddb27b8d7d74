// A folded constant product: y = W x + b on few multipliers that take turns.
//
//   start ─► bank of x ─► multiplexer a lane ─► multipliers ◄─ weight ROM
//            steps 0 … S − 1                        │
//                                   sum of the lanes, an accumulator each ─► y
//
// Everything follows a counter, so timing is fixed: step s of a frame shows its inputs in the first rank, its products
// some ranks later, and is accumulated behind those. A new frame may start with the last step of the one before.

import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import type { Interval } from '../fixed/interval.ts'
import { type FixedType, wrapsPlainly } from '../fixed/types.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { intervalWidth, type Net } from '../netlist/netlist.ts'
import { ringCounter } from './fifo.ts'
import type { FoldedStage } from './folded-stage.ts'
import { slowestPath } from './loop-delay.ts'
import type { MacArrayOptions, MacSchedule } from './mac-options.ts'
import { placeProducts } from './mac-products.ts'
import { placeSelect } from './mac-select.ts'
import { accumulate, type Sums } from './mac-sums.ts'
import { bitType, createModule, type ModuleBuilder } from './module-builder.ts'

/** Builds the array as a folded stage; its `interval` is the schedule's steps. */
export function buildMacArray(options: MacArrayOptions): FoldedStage {
  const { schedule, name } = options
  const module = createModule(
    name,
    `layer ${options.layer}: ${schedule.multipliers.length} multipliers take turns, ${schedule.steps} steps a frame`,
  )
  const { control, bank } =
    options.perBeat === undefined ? heldFront(module, options) : beatFront(module, options, options.perBeat)
  const select = placeSelect(module, options, control, bank)
  const products = placeProducts(module, options, select)
  const ranks = select.latency + products.latency
  const sums = accumulate(module, options, products.nets, delayBit(module.netlist, control.running, ranks))
  giveOutputs(module, options, sums)
  const built = module.finish()
  const loop = slowestPath(built, options.family, options.grade)
  const accumulation = { delayNs: loop, criticalLayer: options.layer }
  return {
    module: built,
    latency: schedule.steps + ranks + (options.perBeat === undefined ? 2 : 1),
    interval: schedule.steps,
    ...(options.perBeat === undefined ? {} : { perBeat: options.perBeat }),
    multipliers: schedule.multipliers.length,
    stages: [...select.stages, ...products.stages, accumulation],
    findings: [...select.findings, ...products.findings, ...slowLoop(options, loop)],
  }
}

/** Counters of the front: `running` in cycles where `step` of a frame shows its inputs. */
interface FrontControl {
  readonly running: Net
  readonly step: Net
  /** The step within its group. */
  readonly inner: Net
}

interface ArrayFront {
  readonly control: FrontControl
  /** Per input, its net in the cycle of its step; undefined for inputs that no lane shows. */
  readonly bank: readonly (Net | undefined)[]
}

/** Steps follow a start that brings the whole frame. */
function heldFront(module: ModuleBuilder, options: MacArrayOptions): ArrayFront {
  const start = module.inputBit('start')
  return { control: frontControl(module, options.schedule, start), bank: inputBank(module, options, start) }
}

/** Every beat is a step: its elements are the lanes, and nothing is held. */
function beatFront(
  module: ModuleBuilder,
  { schedule, inputs }: MacArrayOptions,
  perBeat: number,
): ArrayFront {
  const b = module.netlist
  const running = module.inputBit('start')
  const step = b.name(ringCounter(b, schedule.steps, running), 'step')
  const lanes = module.input('x', inputs.slice(0, perBeat).map(typeOf))
  return { control: { running, step, inner: step }, bank: inputs.map((_, i) => lanes[i % perBeat]!) }
}

function typeOf({ min, max, frac }: Interval): FixedType {
  return { signed: min < 0n, width: intervalWidth(min, max), frac }
}

function frontControl(
  module: ModuleBuilder,
  { steps, stepsPerGroup, groups }: MacSchedule,
  start: Net,
): FrontControl {
  const b = module.netlist
  const running = b.name(b.registerLoop(bitType, { reset: 0n }), 'running')
  const step = b.name(ringCounter(b, steps, running), 'step')
  const inner = groups === 1 ? step : b.name(ringCounter(b, stepsPerGroup, running), 'inner')
  const last = b.eq(step, b.constant(BigInt(steps - 1), 0))
  b.connect(running, b.or(start, b.and(running, b.not(last))))
  return { running, step, inner }
}

/** The frame's inputs, held while its steps show them. */
function inputBank(
  module: ModuleBuilder,
  { inputs, schedule }: MacArrayOptions,
  start: Net,
): readonly (Net | undefined)[] {
  const b = module.netlist
  const used = new Set(schedule.lanes.flat())
  return module.input('x', inputs.map(typeOf)).map((x, i) => {
    if (!used.has(i)) return undefined
    const { min, max } = inputs[i]!
    if (min === max) return b.constant(min, inputs[i]!.frac)
    return b.name(b.register(b.within(x, min, max), { enable: start }), `x_${i}_held`)
  })
}

function delayBit(b: NetlistBuilder, bit: Net, ranks: number): Net {
  let delayed = bit
  for (let rank = 1; rank <= ranks; rank++)
    delayed = b.name(b.register(delayed, { reset: 0n }), `active_${rank}`)
  return delayed
}

function giveOutputs(module: ModuleBuilder, options: MacArrayOptions, { nets, ready }: Sums): void {
  const b = module.netlist
  const { accumulators } = options.schedule
  const results: Net[] = []
  accumulators.forEach((outputs, a) => {
    outputs.forEach((j, q) => {
      if (j < 0) return
      const type = options.outputs[j]!
      const value = options.finish(b, nets[a]!, j)
      const aligned = b.bits(value, b.interval(value).frac - type.frac, type.width, type.signed, type.frac)
      results[j] = b.isConstant(aligned)
        ? aligned
        : b.name(b.register(aligned, { enable: ready[q]! }), `y_${j}`)
    })
  })
  module.output('y', results, options.outputs)
  module.outputBit('done', b.name(b.register(ready.at(-1)!, { reset: 0n }), 'finished'))
}

function slowLoop(options: MacArrayOptions, loopNs: number): Diagnostic[] {
  const { layer, clockNs, family, grade, accumulator, schedule } = options
  if (loopNs <= clockNs + 1e-6) return []
  const changes = [
    `Ask for a clock of ${Math.ceil(loopNs * 10) / 10} ns or more`,
    ...(accumulator !== undefined && !wrapsPlainly(accumulator)
      ? ['an accumulator that does not saturate']
      : []),
    ...(schedule.lanes.length > 1 ? ['a larger reuse factor'] : []),
    'a narrower accumulator',
  ]
  return [
    finding({
      code: 'rtl/loop-slower-than-clock',
      place: `layer '${layer}'`,
      problem: `a product and its accumulation take up to ${loopNs.toFixed(2)} ns with their registers, by the model of ${family}${grade ?? ''}; no register fits into a sum that needs itself`,
      expected: `at most ${clockNs} ns`,
      remedy: `${changes.join(', or ')}.`,
    }),
  ]
}

// Counts results that wrapped: the same rows run with every wrapping conversion of a layer made wide enough, and the
// results compared. A sum that wraps and comes back is no loss and is not counted.

import { numberQuantiser, quantiseNumber } from '../../fixed/convert.ts'
import type { Plan, PlanBuffer, Step } from '../../fixed/kernels.ts'
import { type Conversion, type FixedType, maxRaw, minRaw } from '../../fixed/types.ts'
import { conversionAt, sizeOf } from '../../ir/tensor-type.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import { type Batch, rawRow } from '../engine.ts'
import { createFixedEngine } from './fixed.ts'
import { newValues, store, toBigints } from './forms.ts'
import { planOfNode } from './plans.ts'
import { roomFor } from './room.ts'
import { compilePlan } from './run-plan.ts'

export interface Overflow {
  readonly layer: string
  /** Values that wrapped, of how many looked at. */
  readonly wrapped: number
  readonly of: number
}

/** Layers whose results wrap on these rows, inputs included. */
export function countOverflows(graph: OpGraph, inputs: readonly Batch[]): Overflow[] {
  const names = graph.nodes.map(node => node.name)
  const traces = createFixedEngine(graph).run(inputs, names)
  let next = 0
  return graph.nodes.flatMap(node => {
    const wrapped =
      node.kind === 'input'
        ? wrappedInputs(graph, node.name, inputs[next++]!)
        : wrappedResults(graph, node.name, traces)
    const of = (inputs[0]?.rows ?? 0) * sizeOf(node.shape)
    return wrapped === 0 ? [] : [{ layer: node.name, wrapped, of }]
  })
}

/** Room for any value of an input that is not decided by doubles. */
const inputRoom = 1100

/** The conversion with at least `width` bits where it wraps; as it is where it saturates. */
function widened(conversion: Conversion, width: number): Conversion {
  if (conversion.overflow !== 'WRAP' && conversion.overflow !== 'WRAP_SM') return conversion
  return {
    ...conversion,
    to: { ...conversion.to, signed: true, width: Math.max(width, conversion.to.width + 1) },
    overflow: 'WRAP',
    saturationBits: 0,
  }
}

/** Elements of an input that wrap. */
export function wrappedInputs(graph: OpGraph, name: string, batch: Batch): number {
  const node = graph.nodes.find(other => other.name === name)!
  const size = sizeOf(node.shape)
  const conversions = Array.from({ length: size }, (_, k) =>
    conversionAt(node.resolved.result!, node.shape, k),
  )
  const wraps = conversions.map(wrapTest)
  const scale = Float64Array.from(conversions, ({ to }) => 2 ** to.frac)
  const [least, most] = [minRaw, maxRaw].map(end =>
    Float64Array.from(conversions, ({ to }) => (to.width <= 53 ? Number(end(to)) : 0)),
  )
  let count = 0
  for (let k = 0, e = 0; k < batch.data.length; k++, e = e + 1 === size ? 0 : e + 1) {
    // Between the ends, which are whole, rounding stays there.
    const value = batch.data[k]!
    const exact = value * scale[e]!
    if (exact >= least![e]! && exact <= most![e]! && (exact !== 0 || value === 0)) continue
    if (wraps[e]!(value)) count++
  }
  return count
}

/** Whether a value wraps: then it moves by a whole least bit at least, while rounding moves it by less than one. */
function wrapTest(conversion: Conversion): (value: number) => boolean {
  const wide = widened(conversion, conversion.to.width + inputRoom + Math.abs(conversion.to.frac))
  if (wide === conversion) return () => false
  const quick = numberQuantiser(conversion)
  const scale = 2 ** conversion.to.frac
  return value => {
    const exact = value * scale
    // Far from both, doubles decide; the rest is left to big integers.
    if (quick !== undefined && Math.abs(exact) < 2 ** 40 && Math.abs(quick(value) - exact) < 0.99)
      return false
    return quantiseNumber(value, conversion) !== quantiseNumber(value, wide)
  }
}

type Traces = ReturnType<ReturnType<typeof createFixedEngine>['run']>

function wrappedResults(graph: OpGraph, name: string, traces: Traces): number {
  const node = graph.nodes.find(other => other.name === name)!
  const plan = planOfNode(graph, node)
  const wide = wideningOf(plan)
  if (wide === undefined) return 0
  const run = compilePlan(wide)
  const sources = node.inputs.map(input => graph.nodes.find(other => other.name === input)!)
  const buffers = sources.map(source =>
    newValues({ size: sizeOf(source.shape), types: typeOfNode(source).element.types }),
  )
  let count = 0
  const result = traces.get(name)!
  for (let row = 0; row < result.rows; row++) {
    for (const [k, source] of sources.entries()) store(buffers[k]!, rawRow(traces.get(source.name)!, row))
    const ideal = toBigints(run(buffers))
    rawRow(result, row).forEach((raw, k) => {
      if (raw !== ideal[k]) count++
    })
  }
  return count
}

/**
 * The plan with wrapping conversions as wide as what can come to them; undefined where tables read raw bits. No wider:
 * what fits doubles runs in them.
 */
export function wideningOf(plan: Plan): Plan | undefined {
  if (plan.steps.some(({ kernel }) => kernel === 'table' || kernel === 'scan')) return undefined
  const buffers = [...plan.buffers]
  const steps = plan.steps.map(step => {
    const wide = widenStep(step, buffers)
    buffers[step.into] = { ...buffers[step.into]!, types: typesAfter(wide, buffers) }
    return wide
  })
  return { ...plan, steps, buffers }
}

function widenStep(step: Step, buffers: readonly PlanBuffer[]): Step {
  if (!('conversions' in step)) return step
  const room = roomFor(step, buffers)
  const conversions = step.conversions.map(own => widened(own, room))
  if ((step.kernel === 'multiply-accumulate' || step.kernel === 'reduce') && step.accumulator !== undefined) {
    return { ...step, conversions, accumulator: widened(step.accumulator, room) }
  }
  return { ...step, conversions }
}

/** What a buffer holds once the steps before it have grown. */
function typesAfter(step: Step, buffers: readonly PlanBuffer[]): readonly FixedType[] {
  const own = buffers[step.into]!.types
  if ('conversions' in step) return step.conversions.map(({ to }) => to)
  if (step.kernel !== 'gather') return own
  const width = Math.max(...step.from.flatMap(id => buffers[id]!.types.map(type => type.width))) + 1
  return own.map(type => (type.width >= width ? type : { ...type, signed: true, width }))
}

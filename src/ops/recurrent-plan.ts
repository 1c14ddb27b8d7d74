// A cell over a sequence, as a plan: short sequences step behind step, so that the batched engine can take many rows at
// once; long ones as a scan.

import type { BufferId, Plan } from '../fixed/kernels.ts'
import type { FixedType } from '../fixed/types.ts'
import type { TypedOp } from './definition.ts'
import { bufferOf } from './elementwise.ts'
import { createPlan, type PlanBuilder } from './plan-builder.ts'
import { type Cell, type CellAttrs, cellOf, lowerCellStep, stateCount } from './recurrent-cell.ts'
import { extentsOf, type SequenceAttrs } from './recurrent-shape.ts'

/** Sequences beyond so many steps are scans. */
const mostSteps = 64

/** A cell over a sequence [steps, features], and the states it begins with; 0 where none are given. */
export interface SequenceOf {
  readonly cell: Cell
  readonly from: BufferId
  readonly initial: readonly BufferId[]
  readonly steps: number
  /** How many such sequences a layer reads, 1 where that is not told. */
  readonly sequences?: number
  readonly how: SequenceAttrs
}

/** Adds it: into [steps, units], or [units] of the last step, then a row for each state if asked. */
export function lowerSequence(plan: PlanBuilder, own: SequenceOf, into: BufferId): void {
  const isUniform = [plan.typesOf(own.from), plan.typesOf(into)].every(types =>
    types.every(({ frac }) => frac === types[0]!.frac),
  )
  const isShort = own.steps * (own.sequences ?? 1) <= mostSteps && isUniform
  const lower = isShort || own.initial.length > 0 ? unrolled : scanned
  lower(plan, own, into)
}

/** Steps in the order in which their outputs stand, of the order of reading. */
function taken({ steps, how }: SequenceOf): readonly number[] {
  if (!how.returnSequences) return [steps - 1]
  const isTurned = how.goBackwards && how.keepsOrder === true
  return Array.from({ length: steps }, (_, step) => (isTurned ? steps - 1 - step : step))
}

function unrolled(plan: PlanBuilder, own: SequenceOf, into: BufferId): void {
  const { cell, from, steps, how } = own
  const zeros = (): BufferId => {
    const buffer = plan.buffer(cell.units, ...cell.states.map(({ to }) => to))
    const index = Array.from({ length: cell.units }, () => -1)
    plan.step({ kernel: 'gather', from: [from], into: buffer, index, fill: 0n })
    return buffer
  }
  const given = own.initial.map(buffer => convertedState(plan, cell, buffer))
  let states = given.length > 0 ? given : Array.from({ length: stateCount(cell.cell) }, zeros)
  const outputs: BufferId[] = []
  for (let step = 0; step < steps; step++) {
    const at = how.goBackwards ? steps - 1 - step : step
    states = [...lowerCellStep(plan, cell, timeStep(plan, cell, from, at), states)]
    outputs.push(states[0]!)
  }
  const rows = [...taken(own).map(step => outputs[step]!), ...(how.returnState ? states : [])]
  const index = Array.from({ length: rows.length * cell.units }, (_, k) => k)
  plan.step({ kernel: 'gather', from: rows, into, index, fill: 0n })
}

function convertedState(plan: PlanBuilder, cell: Cell, from: BufferId): BufferId {
  const into = plan.buffer(cell.units, ...cell.states.map(({ to }) => to))
  plan.step({ kernel: 'convert', from, into, conversions: cell.states })
  return into
}

function timeStep(plan: PlanBuilder, cell: Cell, from: BufferId, at: number): BufferId {
  const features = cell.x.length
  const into = plan.buffer(features, ...cell.x)
  const index = Array.from({ length: features }, (_, k) => at * features + k)
  plan.step({ kernel: 'gather', from: [from], into, index, fill: 0n })
  return into
}

/** Every step gives all its states, where the last ones are asked for. */
function scanned(plan: PlanBuilder, own: SequenceOf, into: BufferId): void {
  const { cell, from, steps, how } = own
  const body = createPlan()
  const x = body.buffer(cell.x.length, ...cell.x)
  const types = cell.states.map(({ to }) => to)
  const states = Array.from({ length: stateCount(cell.cell) }, () => body.buffer(cell.units, ...types))
  const next = lowerCellStep(body, cell, x, states)
  const width = cell.units * (how.returnState ? next.length : 1)
  const isPlain = !how.returnState && !(how.keepsOrder && how.returnSequences)
  const all = isPlain ? into : plan.buffer(steps * width, ...repeated(types, (steps * width) / cell.units))
  const initial = Array.from({ length: cell.units }, () => 0n)
  plan.step({
    kernel: 'scan',
    from,
    into: all,
    steps,
    reverse: how.goBackwards,
    body: body.finish([x], how.returnState ? joined(body, next, types) : next[0]!),
    states: states.map((read, k) => ({ initial, read, write: next[k]! })),
    emit: how.returnSequences || !isPlain ? 'all' : 'last',
  })
  if (isPlain) return
  const outputs = taken(own).map(step => step * width)
  const last = how.returnState ? next.map((_, k) => (steps - 1) * width + k * cell.units) : []
  const index = [...outputs, ...last].flatMap(at => Array.from({ length: cell.units }, (_, k) => at + k))
  plan.step({ kernel: 'gather', from: [all], into, index, fill: 0n })
}

function joined(body: PlanBuilder, states: readonly BufferId[], types: readonly FixedType[]): BufferId {
  const units = body.sizeOf(states[0]!)
  const into = body.buffer(states.length * units, ...repeated(types, states.length))
  const index = Array.from({ length: states.length * units }, (_, k) => k)
  body.step({ kernel: 'gather', from: states, into, index, fill: 0n })
  return into
}

/** Types of so many rows: one for all elements, or one each. */
function repeated(types: readonly FixedType[], rows: number): readonly FixedType[] {
  const [first] = types as [FixedType]
  const same = types.every(
    ({ signed, width, frac }) => signed === first.signed && width === first.width && frac === first.frac,
  )
  return same ? [first] : Array.from({ length: rows }, () => types).flat()
}

/** Adds `lower` for every sequence of its own, whose results stand one behind the other. */
export function lowerSequences(
  plan: PlanBuilder,
  { from, into, sequences }: { readonly from: BufferId; readonly into: BufferId; readonly sequences: number },
  lower: (from: BufferId, into: BufferId) => void,
): void {
  if (sequences === 1) {
    lower(from, into)
    return
  }
  const results = Array.from({ length: sequences }, (_, k) => {
    const [x, y] = [partOf(plan, from, k, sequences), partOf(plan, into, k, sequences)]
    const index = Array.from({ length: x.size }, (_, at) => k * x.size + at)
    plan.step({ kernel: 'gather', from: [from], into: x.id, index, fill: 0n })
    lower(x.id, y.id)
    return y
  })
  const index = Array.from({ length: plan.sizeOf(into) }, (_, at) => at)
  plan.step({ kernel: 'gather', from: results.map(({ id }) => id), into, index, fill: 0n })
}

/** A buffer for one of several equal parts of another. */
function partOf(plan: PlanBuilder, whole: BufferId, at: number, count: number) {
  const size = plan.sizeOf(whole) / count
  const types = plan.typesOf(whole)
  const own = types.length === 1 ? types : types.slice(at * size, (at + 1) * size)
  return { id: plan.buffer(size, ...own), size }
}

/** The plan of a layer that is one cell over one sequence, or over several. */
export function recurrentPlan(op: TypedOp<unknown>, attrs: CellAttrs & SequenceAttrs): Plan {
  const plan = createPlan()
  const [from, ...initial] = op.inputs.map(type => {
    const { size, types } = bufferOf(type)
    return plan.buffer(size, ...types)
  }) as [BufferId, ...BufferId[]]
  const y = bufferOf(op.output)
  const into = plan.buffer(y.size, ...y.types)
  const { sequences, steps } = extentsOf(attrs, op.inputs[0]!.shape)
  const cell = cellOf(op, attrs)
  lowerSequences(plan, { from, into, sequences }, (x, result) =>
    lowerSequence(plan, { cell, from: x, initial, steps, sequences, how: attrs }, result),
  )
  return plan.finish([from, ...initial], into)
}

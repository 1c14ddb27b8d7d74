// A cell over a sequence, as a plan: short sequences step behind step, so that the batched engine can take many rows at
// once; long ones as a scan.

import type { BufferId, Plan } from '../fixed/kernels.ts'
import type { TypedOp } from './definition.ts'
import { bufferOf } from './elementwise.ts'
import { createPlan, type PlanBuilder } from './plan-builder.ts'
import { type Cell, type CellAttrs, cellOf, lowerCellStep, stateCount } from './recurrent-cell.ts'

/** What a recurrent layer does with its sequence. */
export interface SequenceAttrs {
  /** The output of every time step, or of the last one. */
  readonly returnSequences: boolean
  /** Reads the sequence from its end; outputs stand in the order of reading. */
  readonly goBackwards: boolean
}

/** Sequences beyond so many steps are scans. */
const mostSteps = 64

/** Adds a cell over a sequence [steps, features]: into [steps, units], or [units] of the last step. */
export function lowerSequence(
  plan: PlanBuilder,
  cell: Cell,
  from: BufferId,
  into: BufferId,
  steps: number,
  how: SequenceAttrs,
): void {
  const isUniform = [plan.typesOf(from), plan.typesOf(into)].every(types =>
    types.every(({ frac }) => frac === types[0]!.frac),
  )
  const lower = steps <= mostSteps && isUniform ? unrolled : scanned
  lower(plan, cell, from, into, steps, how)
}

function unrolled(...[plan, cell, from, into, steps, how]: Parameters<typeof lowerSequence>): void {
  const zeros = (): BufferId => {
    const buffer = plan.buffer(cell.units, ...cell.states.map(({ to }) => to))
    const index = Array.from({ length: cell.units }, () => -1)
    plan.step({ kernel: 'gather', from: [from], into: buffer, index, fill: 0n })
    return buffer
  }
  let states: readonly BufferId[] = Array.from({ length: stateCount(cell.cell) }, zeros)
  const outputs: BufferId[] = []
  for (let step = 0; step < steps; step++) {
    const at = how.goBackwards ? steps - 1 - step : step
    states = lowerCellStep(plan, cell, timeStep(plan, cell, from, at), states)
    outputs.push(states[0]!)
  }
  const taken = how.returnSequences ? outputs : outputs.slice(-1)
  const index = Array.from({ length: taken.length * cell.units }, (_, k) => k)
  plan.step({ kernel: 'gather', from: taken, into, index, fill: 0n })
}

function timeStep(plan: PlanBuilder, cell: Cell, from: BufferId, at: number): BufferId {
  const features = cell.x.length
  const into = plan.buffer(features, ...cell.x)
  const index = Array.from({ length: features }, (_, k) => at * features + k)
  plan.step({ kernel: 'gather', from: [from], into, index, fill: 0n })
  return into
}

function scanned(...[plan, cell, from, into, steps, how]: Parameters<typeof lowerSequence>): void {
  const body = createPlan()
  const x = body.buffer(cell.x.length, ...cell.x)
  const states = Array.from({ length: stateCount(cell.cell) }, () =>
    body.buffer(cell.units, ...cell.states.map(({ to }) => to)),
  )
  const next = lowerCellStep(body, cell, x, states)
  const initial = Array.from({ length: cell.units }, () => 0n)
  plan.step({
    kernel: 'scan',
    from,
    into,
    steps,
    reverse: how.goBackwards,
    body: body.finish([x], next[0]!),
    states: states.map((read, k) => ({ initial, read, write: next[k]! })),
    emit: how.returnSequences ? 'all' : 'last',
  })
}

/** The plan of a layer that is one cell over one sequence. */
export function recurrentPlan(op: TypedOp<unknown>, attrs: CellAttrs & SequenceAttrs): Plan {
  const plan = createPlan()
  const [x, y] = [bufferOf(op.inputs[0]!), bufferOf(op.output)]
  const [from, into] = [plan.buffer(x.size, ...x.types), plan.buffer(y.size, ...y.types)]
  lowerSequence(plan, cellOf(op, attrs), from, into, op.inputs[0]!.shape[0]!, attrs)
  return plan.finish([from], into)
}

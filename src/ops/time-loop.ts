// A step repeated over a sequence [steps, …], with states that begin at 0 and begin anew with every window. Windows know
// nothing of each other, so a step is taken for all of them at once. Short windows are unrolled, so that the batched
// engine can take many rows at once; long ones are a scan.

import { fail } from '../diagnostics/diagnostic.ts'
import type { BufferId } from '../fixed/kernels.ts'
import type { FixedType } from '../fixed/types.ts'
import { type Shape, sizeOf } from '../ir/tensor-type.ts'
import { createPlan, type PlanBuilder } from './plan-builder.ts'
import { gathered, zeros } from './plan-steps.ts'

/** Windows beyond so many steps are scans. */
const mostSteps = 64

export interface TimeAttrs {
  /** Steps after which states are 0 again; 0: those of the whole sequence. */
  readonly window: number
}

/** How a sequence is cut: `windows` of `steps` steps of `size` elements. */
export interface TimeWindows {
  readonly windows: number
  readonly steps: number
  readonly size: number
}

/** One step over `size` elements: what it gives and its states after it. */
export interface TimeStep {
  readonly output: BufferId
  readonly states: readonly BufferId[]
}

export interface TimeLoop extends TimeWindows {
  /** One type for all elements of the sequence. */
  readonly x: FixedType
  /** One type for all elements of each state. */
  readonly states: readonly FixedType[]
  /** Adds a step over elements of one type. */
  lower(plan: PlanBuilder, x: BufferId, states: readonly BufferId[]): TimeStep
}

/** The windows of a sequence; fails with `graph/time-window` where it cannot be cut into them. */
export function windowsOf({ window }: TimeAttrs, shape: Shape, name: string): TimeWindows {
  const [steps = 0] = shape
  const own = window === 0 ? steps : window
  if (shape.length >= 2 && Number.isInteger(own) && own >= 1 && steps % own === 0)
    return { windows: steps / own, steps: own, size: sizeOf(shape.slice(1)) }
  return fail({
    code: 'graph/time-window',
    place: `layer '${name}'`,
    problem: `its input has the shape [${shape.join(', ')}]${window === 0 ? '' : ` and its window ${window} steps`}`,
    expected: 'a sequence [steps, neurons] of whole windows: states are not kept from one frame to the next',
  })
}

/** Adds the loop: outputs [windows · steps, size] of every step, or [windows, size] of the last of each window. */
export function lowerTimeLoop(
  plan: PlanBuilder,
  loop: TimeLoop,
  from: BufferId,
  emit: 'all' | 'last',
): BufferId {
  return loop.steps <= mostSteps ? unrolled(plan, loop, from, emit) : scanned(plan, loop, from, emit)
}

function unrolled(plan: PlanBuilder, loop: TimeLoop, from: BufferId, emit: 'all' | 'last'): BufferId {
  const elements = loop.windows * loop.size
  let states: readonly BufferId[] = loop.states.map(type => zeros(plan, from, type, elements))
  const outputs: BufferId[] = []
  for (let step = 0; step < loop.steps; step++) {
    const index = Array.from({ length: elements }, (_, k) => placeOf(loop, step, k))
    const x = gathered(plan, [from], loop.x, index)
    const next = loop.lower(plan, x, states)
    states = next.states
    outputs.push(next.output)
  }
  const taken = emit === 'all' ? outputs : outputs.slice(-1)
  const [type] = plan.typesOf(taken[0]!) as [FixedType]
  return gathered(plan, taken, type, inOrder(loop, taken.length))
}

/** Where element k of a step over all windows stands in the sequence. */
function placeOf({ steps, size }: TimeWindows, step: number, k: number): number {
  return (Math.floor(k / size) * steps + step) * size + (k % size)
}

/** Of steps one behind the other, each over all windows: the elements window by window. */
function inOrder({ windows, size }: TimeWindows, count: number): number[] {
  return Array.from({ length: windows * count * size }, (_, k) => {
    const window = Math.floor(k / (count * size))
    const step = Math.floor(k / size) % count
    return (step * windows + window) * size + (k % size)
  })
}

function scanned(plan: PlanBuilder, loop: TimeLoop, from: BufferId, emit: 'all' | 'last'): BufferId {
  const elements = loop.windows * loop.size
  const body = createPlan()
  const x = body.buffer(elements, loop.x)
  const states = loop.states.map(type => body.buffer(elements, type))
  const next = loop.lower(body, x, states)
  const [type] = body.typesOf(next.output) as [FixedType]
  const index = Array.from({ length: loop.steps * elements }, (_, k) =>
    placeOf(loop, Math.floor(k / elements), k % elements),
  )
  const count = emit === 'all' ? loop.steps : 1
  const into = plan.buffer(count * elements, type)
  plan.step({
    kernel: 'scan',
    from: gathered(plan, [from], loop.x, index),
    into,
    steps: loop.steps,
    reverse: false,
    body: body.finish([x], next.output),
    states: states.map((read, k) => ({
      initial: Array.from({ length: elements }, () => 0n),
      read,
      write: next.states[k]!,
    })),
    emit,
  })
  return gathered(plan, [into], type, inOrder(loop, count))
}

// What is run as data that workers can be sent: the visiting orders of products, functions in a plan, become lists.

import type { Plan, Step } from '../../../fixed/kernels.ts'
import type { Segment } from './program-text.ts'
import type { Runnable } from './run-program.ts'

/** A step whose functions are spelled out; it must be taken back with `receiveRunnable` before it runs. */
interface SentOrder {
  readonly sentOrder?: readonly (readonly number[])[]
}

export function sendRunnable(runnable: Runnable): Runnable {
  return { ...runnable, segments: runnable.segments.map(segment => changed(segment, sent)) }
}

export function receiveRunnable(runnable: Runnable): Runnable {
  return { ...runnable, segments: runnable.segments.map(segment => changed(segment, received)) }
}

function changed(segment: Segment, change: (step: Step) => Step): Segment {
  if (segment.kind === 'lanes') return segment
  return { ...segment, step: { ...segment.step, step: change(segment.step.step) } }
}

function sent(step: Step): Step {
  if (step.kernel === 'scan') return { ...step, body: bodyOf(step.body, sent) }
  if (step.kernel !== 'multiply-accumulate' || step.order === undefined) return step
  const { order } = step
  const sentOrder = Array.from({ length: step.outputs }, (_, j) => order(j))
  return { ...step, order: undefined, sentOrder } as Step
}

function received(step: Step & SentOrder): Step {
  if (step.kernel === 'scan') return { ...step, body: bodyOf(step.body, received) }
  const { sentOrder } = step
  if (step.kernel !== 'multiply-accumulate' || sentOrder === undefined) return step
  return { ...step, order: j => sentOrder[j]! }
}

function bodyOf(plan: Plan, change: (step: Step) => Step): Plan {
  return { ...plan, steps: plan.steps.map(change) }
}

// Runs an operator's plan on one sample after another: kernels on doubles where that is exact, their plain meaning
// elsewhere.

import type { Plan } from '../../fixed/kernels.ts'
import { newValues, store, toBigints, type Values } from './forms.ts'
import { compileStep } from './plain-step.ts'

/** Computes the plan's output for one sample from its inputs; the result is reused by the next call. */
export type PlanRunner = (inputs: readonly Values[]) => Values

export function compilePlan(plan: Plan): PlanRunner {
  const values: Values[] = plan.buffers.map(newValues)
  const steps = plan.steps.map(step => compileStep(step, plan.buffers, values))
  return inputs => {
    plan.inputs.forEach((buffer, k) => {
      copy(inputs[k]!, values[buffer]!)
    })
    for (const step of steps) step()
    return values[plan.output]!
  }
}

function copy(from: Values, into: Values): void {
  if (from instanceof Float64Array && into instanceof Float64Array) into.set(from)
  else store(into, toBigints(from))
}

// Runs an operator's plan on many samples: kernels on doubles where that is exact, their plain meaning elsewhere.

import { type Plan, runStep, type Step } from '../../fixed/kernels.ts'
import { isNumeric, newValues, store, toBigints, type Values } from './forms.ts'
import { numberStep } from './number-steps.ts'

/** Computes the plan's output for one sample from its inputs; the result is reused by the next call. */
export type PlanRunner = (inputs: readonly Values[]) => Values

export function compilePlan(plan: Plan): PlanRunner {
  const values: Values[] = plan.buffers.map(newValues)
  const steps = plan.steps.map(step => compileStep(step, plan, values))
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

function compileStep(step: Step, plan: Plan, values: Values[]): () => void {
  const fast = numberStep(step, plan.buffers)
  if (fast !== undefined) return () => fast(values as Float64Array[])
  const reads = new Set(sourcesOf(step))
  return () => {
    const sources = values.map((value, buffer) => (reads.has(buffer) ? toBigints(value) : []))
    store(values[step.into]!, runStep(step, plan.buffers, sources))
  }
}

/** The buffers that a step reads. */
export function sourcesOf(step: Step): readonly number[] {
  switch (step.kernel) {
    case 'arithmetic':
      return [step.a, step.b]
    case 'select':
      return [step.test, step.whenPositive, step.otherwise]
    case 'gather':
      return step.from
    default:
      return [step.from]
  }
}

/** Whether a plan's result is held as numbers. */
export function hasNumericOutput(plan: Plan): boolean {
  return isNumeric(plan.buffers[plan.output]!)
}

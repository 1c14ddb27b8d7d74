// One step of a plan on one sample: on doubles where that is exact, wide sums on parts of their inputs, and the plain
// meaning on bigints elsewhere.

import { runStep } from '../../fixed/kernel-meaning.ts'
import type { PlanBuffer, Step } from '../../fixed/kernels.ts'
import { store, toBigints, type Values } from './forms.ts'
import { numberStep } from './number-steps.ts'
import { wideSumStep } from './wide-sums.ts'

/** The step made ready to run on `values`, which are by buffer and stay the same arrays. */
export function compileStep(
  step: Step,
  buffers: readonly PlanBuffer[],
  values: readonly Values[],
): () => void {
  const fast = numberStep(step, buffers)
  if (fast !== undefined) return () => fast(values as Float64Array[])
  const wide = step.kernel === 'multiply-accumulate' ? wideSumStep(step, buffers) : undefined
  if (wide !== undefined) return () => wide(values)
  const reads = new Set(sourcesOf(step))
  return () => {
    const sources = values.map((value, buffer) => (reads.has(buffer) ? toBigints(value) : []))
    store(values[step.into]!, runStep(step, buffers, sources))
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

// Plans written step by step: buffers are made as they are needed.

import type { BufferId, Plan, PlanBuffer, Step } from '../fixed/kernels.ts'
import type { FixedType } from '../fixed/types.ts'

export interface PlanBuilder {
  /** A new buffer of elements of one type, or of one each. */
  buffer(size: number, ...types: readonly FixedType[]): BufferId
  step(step: Step): void
  typesOf(buffer: BufferId): readonly FixedType[]
  sizeOf(buffer: BufferId): number
  finish(inputs: readonly BufferId[], output: BufferId): Plan
}

export function createPlan(): PlanBuilder {
  const buffers: PlanBuffer[] = []
  const steps: Step[] = []
  return {
    buffer: (size, ...types) => buffers.push({ size, types }) - 1,
    step: step => void steps.push(step),
    typesOf: buffer => buffers[buffer]!.types,
    sizeOf: buffer => buffers[buffer]!.size,
    finish: (inputs, output) => ({ buffers, inputs, output, steps }),
  }
}

// How an LSTM's sequence is typed where it comes step by step.

import type { FixedType } from '../../fixed/types.ts'
import { type TensorType, typeAt } from '../../ir/tensor-type.ts'

/** Types of one time step's elements, which every step repeats. */
export function stepTypes(type: TensorType): FixedType[] {
  return Array.from({ length: type.shape.at(-1)! }, (_, k) => typeAt(type, k))
}

/** True when an element's type depends on its place in the time step alone. */
export function variesByFeatureOnly({ element }: TensorType): boolean {
  return element.types.length === 1 || element.shape.slice(0, -1).every(extent => extent === 1)
}

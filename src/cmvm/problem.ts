// What a constant matrix product is: weights, the types of the inputs, biases.

import type { Interval } from '../fixed/interval.ts'
import { intervalOf } from '../fixed/interval.ts'
import type { FixedType } from '../fixed/types.ts'
import type { ConstantMatrix, MatrixOptions } from '../netlist/constant-matrix.ts'

/** What is to be computed. */
export interface MatrixProblem {
  readonly weights: ConstantMatrix
  /** The type of each input, one per row. */
  readonly inputs: readonly FixedType[]
  readonly biases?: NonNullable<MatrixOptions['biases']>
}

/** The intervals that the inputs' types stand for. */
export function intervalsOf({ inputs }: MatrixProblem): Interval[] {
  return inputs.map(intervalOf)
}

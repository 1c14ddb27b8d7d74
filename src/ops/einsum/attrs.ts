// What a contraction of two tensors is, and how its sums are cut.

import { type Conversion, wrapsPlainly } from '../../fixed/types.ts'
import { type Contraction, contractionOf } from '../contraction.ts'
import type { TypedOp } from '../definition.ts'
import { strategyOf } from '../strategy.ts'

export interface EinsumAttrs {
  /** Over the axes of one sample, e.g. `ij,jk->ik`. */
  readonly equation: string
}

export function contractionOfOp({ attrs, inputs, name }: TypedOp<EinsumAttrs>): Contraction {
  return contractionOf(attrs.equation, inputs[0]!.shape, inputs[1]!.shape, name)
}

/** Distributed arithmetic ignores the accumulator: the sum is exact. */
export function accumulatorOf(op: TypedOp<EinsumAttrs>): Conversion | undefined {
  return strategyOf(op.choices.Strategy) === 'distributed-arithmetic' ? undefined : op.conversion('accum')
}

/** Whether cutting a product and then the sum is cutting the sum: rounding that knows no neighbours, and wrapping. */
export function cutsAlike(accumulator: Conversion): boolean {
  return wrapsPlainly(accumulator) && ['TRN', 'RND', 'RND_MIN_INF'].includes(accumulator.rounding)
}

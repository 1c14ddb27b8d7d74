// What the products of a dense layer are, folded or not.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Conversion } from '../../fixed/types.ts'
import { typeAt } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import type { RawValues, TypedOp } from '../definition.ts'
import { shiftProduct } from '../shift-product.ts'
import { strategyOf } from '../strategy.ts'
import type { DenseAttrs } from './attrs.ts'

export function weightOf(op: TypedOp<DenseAttrs>): RawValues {
  return op.weight('weight') ?? bug(`${op.name} lacks weights`)
}

/** What every sum is cut to; distributed arithmetic ignores the accumulator: its sums are exact. */
export function accumulatorOf(op: TypedOp<DenseAttrs>): Conversion | undefined {
  return strategyOf(op.choices.Strategy) === 'distributed-arithmetic' ? undefined : op.conversion('accum')
}

/** What a product with an exponent is shifted in; undefined where products are exact. */
export function productConversion(op: TypedOp<DenseAttrs>): Conversion | undefined {
  if (op.attrs.weightCoding !== 'exponent') return undefined
  return shiftProduct(typeAt(op.inputs[0]!, 0), op.conversion('weight').to, weightOf(op))
}

/** Whether both factors are single bits that mean ±1, so that a sum is a count of equal ones. */
export function countsMatches({ attrs }: TypedOp<DenseAttrs>): boolean {
  return attrs.inputCoding === 'xnor' && attrs.weightCoding === 'xnor'
}

/** What a count of matches among `inputs` bits stands for: 2 · count − inputs. */
export function sumOfMatches(b: NetlistBuilder, count: Net, inputs: number): Net {
  return b.sub(b.scale(count, 1), b.constant(BigInt(inputs), 0))
}

/** ±1 as a number, from the bit that means it. */
export function signOf(b: NetlistBuilder, bit: Net): Net {
  return b.sub(b.scale(bit, 1), b.constant(1n, 0))
}

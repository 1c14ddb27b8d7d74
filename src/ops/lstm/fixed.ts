// The bits of an LSTM: the two products and their sum in the accumulator's type, as are all activations; cell state
// and output in the result's type, each stored once per step: s' = c·i + s·f, h' = o·act(s').

import type { Plan } from '../../fixed/kernels.ts'
import type { Conversion } from '../../fixed/types.ts'
import { conversionAt } from '../../ir/tensor-type.ts'
import type { ConstantProduct } from '../constant-product.ts'
import type { TypedOp } from '../definition.ts'
import { type CellAttrs, cellProduct } from '../recurrent-cell.ts'
import { recurrentPlan } from '../recurrent-plan.ts'
import type { SequenceAttrs } from '../recurrent-shape.ts'
import type { LstmAttrs } from './attrs.ts'

export function cellAttrs(attrs: LstmAttrs): CellAttrs & SequenceAttrs {
  return { ...attrs, cell: 'lstm', resetAfter: false }
}

export function emulateLstm(op: TypedOp<LstmAttrs>): Plan {
  return recurrentPlan(op, cellAttrs(op.attrs))
}

/** The type of each unit's state; the same in all steps. */
export function stateConversions(op: TypedOp<LstmAttrs>): readonly Conversion[] {
  return Array.from({ length: op.attrs.units }, (_, unit) => conversionAt(op.result, op.output.shape, unit))
}

/** W x + b for all gates. */
export function inputProduct(op: TypedOp<LstmAttrs>): ConstantProduct {
  return cellProduct(op, cellAttrs(op.attrs), 'weight', 'bias')
}

/** U h + br for all gates. */
export function stateProduct(op: TypedOp<LstmAttrs>): ConstantProduct {
  return cellProduct(op, cellAttrs(op.attrs), 'recurrent_weight', 'recurrent_bias')
}

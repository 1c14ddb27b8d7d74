// What a dense layer costs as shift-adds, from digit counts and widths alone.

import { bug } from '../../diagnostics/diagnostic.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import { shiftAddLuts } from '../constant-product.ts'
import type { OpEstimate, TypedOp } from '../definition.ts'
import type { DenseAttrs } from './attrs.ts'

/** One set of shift-adds for every row of the last axis. */
export function estimateDense(op: TypedOp<DenseAttrs>): OpEstimate {
  const { units } = op.attrs
  const weight = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const product = { weight, bias: op.weight('bias'), columns: units, accumulator: undefined }
  const rows = sizeOf(op.output.shape) / units
  return { lut: rows * shiftAddLuts(product, typeAt(op.inputs[0]!, 0).width), dsp: 0, bram18: 0 }
}

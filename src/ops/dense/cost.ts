// What a dense layer costs as shift-adds, from digit counts and widths alone.

import { bug } from '../../diagnostics/diagnostic.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import type { OpEstimate, TypedOp } from '../definition.ts'
import { digitCount } from '../digit-count.ts'
import type { DenseAttrs } from './attrs.ts'

/** Sharing saves about 40 % of the adders of plain digit-recoded trees. */
const sharing = 0.6

/** One adder a digit, each as wide as the input and half the growth of its sum. */
export function estimateDense(op: TypedOp<DenseAttrs>): OpEstimate {
  const weight = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const digits = weight.raw.reduce((sum, raw) => sum + digitCount(raw), 0)
  const rows = sizeOf(op.output.shape) / op.attrs.units
  const width = typeAt(op.inputs[0]!, 0).width + Math.ceil(Math.log2(1 + digits / op.attrs.units)) / 2
  return { lut: Math.round(rows * Math.max(0, digits - op.attrs.units) * width * sharing), dsp: 0, bram18: 0 }
}

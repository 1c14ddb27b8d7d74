// What a streamed convolution costs: one window's shift-adds, and line memories.

import { typeAt } from '../../ir/tensor-type.ts'
import { shiftAddLuts } from '../constant-product.ts'
import type { OpEstimate, TypedOp } from '../definition.ts'
import type { Conv2dAttrs } from './attrs.ts'
import { productOf } from './fixed.ts'
import { channelTypes } from './type.ts'

/** Words up to which a line stays in LUT RAM, 64 bits to a LUT. */
const lutRamDepth = 64
/** Counters, comparisons and mask bits. */
const controlLuts = 100

export function estimateConv2d(op: TypedOp<Conv2dAttrs>): OpEstimate {
  const input = op.inputs[0]!
  const [rows, columns] = op.attrs.kernelSize
  const width = input.shape[1]!
  const pixelBits = channelTypes(input).reduce((sum, type) => sum + type.width, 0)
  const lineBits = (rows - 1) * pixelBits
  const short = width <= lutRamDepth
  const masks = op.attrs.padding === 'same' ? rows * columns * pixelBits : 0
  const products = shiftAddLuts(productOf(op), typeAt(input, 0).width)
  return {
    lut: Math.round(products + masks + controlLuts + (short ? lineBits * Math.ceil(width / 64) : 0)),
    dsp: 0,
    bram18: short
      ? 0
      : channelTypes(input).reduce(
          (sum, type) => sum + (rows - 1) * Math.ceil((type.width * width) / 18_432),
          0,
        ),
  }
}

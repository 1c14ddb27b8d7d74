// The float meaning of a convolution, and which pixel each element of a window is.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatOp } from '../definition.ts'
import { type Conv2dAttrs, conv2dGeometry } from './attrs.ts'

/** Per window, the flat indices of its elements by row, column and channel; −1 for padding. */
export function windowIndices(attrs: Conv2dAttrs, shape: Shape): number[][] {
  const { image, kernel, strides, before, output } = conv2dGeometry(attrs, shape)
  const channels = shape[2]!
  const windows: number[][] = []
  for (let outRow = 0; outRow < output[0]; outRow++)
    for (let outColumn = 0; outColumn < output[1]; outColumn++) {
      const window: number[] = []
      for (let row = 0; row < kernel[0]; row++)
        for (let column = 0; column < kernel[1]; column++) {
          const y = outRow * strides[0] + row - before[0]
          const x = outColumn * strides[1] + column - before[1]
          const inside = y >= 0 && y < image[0] && x >= 0 && x < image[1]
          for (let channel = 0; channel < channels; channel++)
            window.push(inside ? (y * image[1] + x) * channels + channel : -1)
        }
      windows.push(window)
    }
  return windows
}

/** Σ kernel · window + bias for every window and filter. */
export function evaluateConv2d(op: FloatOp<Conv2dAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const { data: weight } = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const bias = op.weight('bias')?.data
  const { filters } = op.attrs
  const result: number[] = []
  for (const window of windowIndices(op.attrs, op.inputs[0]!)) {
    for (let filter = 0; filter < filters; filter++) {
      let sum = bias?.[filter] ?? 0
      window.forEach((at, k) => {
        if (at >= 0) sum += inputs[0]![at]! * weight[k * filters + filter]!
      })
      result.push(sum)
    }
  }
  return Float64Array.from(result)
}

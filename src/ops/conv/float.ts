// The float meaning of a convolution, and which element of the input each element of a window is.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatOp } from '../definition.ts'
import { windowPixels } from '../windows.ts'
import { type ConvAttrs, windowsOf } from './attrs.ts'

/**
 * Per window, the flat indices of what a group of filters sees, by place in the kernel and channel, the last fastest;
 * −1 for padding.
 */
export function windowIndices(attrs: ConvAttrs, shape: Shape, group: number): number[][] {
  const channels = shape.at(-1)!
  const own = Array.from({ length: channels / attrs.groups }, (_, k) => (group * channels) / attrs.groups + k)
  return windowPixels(windowsOf(attrs), shape.slice(0, -1)).map(pixels =>
    pixels.flatMap(pixel => own.map(channel => (pixel < 0 ? -1 : pixel * channels + channel))),
  )
}

/** Σ kernel · window + bias for every window and filter. */
export function evaluateConv(op: FloatOp<ConvAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const { data: weight } = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const bias = op.weight('bias')?.data
  const { filters, groups } = op.attrs
  const each = filters / groups
  const result = new Float64Array(op.shape.reduce((a, b) => a * b, 1))
  for (let group = 0; group < groups; group++) {
    for (const [row, window] of windowIndices(op.attrs, op.inputs[0]!, group).entries()) {
      for (let filter = group * each; filter < (group + 1) * each; filter++) {
        let sum = bias?.[filter] ?? 0
        window.forEach((at, k) => {
          if (at >= 0) sum += inputs[0]![at]! * weight[k * filters + filter]!
        })
        result[row * filters + filter] = sum
      }
    }
  }
  return result
}

// Convolution: a dense layer over the elements of each window, zeros where the window leaves the image.

import type { Conv2dAttrs } from '../../ops/conv2d/index.ts'
import { zero } from './dyadic.ts'
import { intoResult, type Operator } from './operator.ts'
import { sumsOfProducts, type Tap } from './products.ts'

export function conv2d(op: Operator, attrs: Conv2dAttrs): readonly bigint[] {
  const [rows, columns] = [op.node.shape[0]!, op.node.shape[1]!]
  const asDense = { units: attrs.filters, weightCoding: 'plain', inputCoding: 'plain' } as const
  const sums = Array.from({ length: rows * columns }, (_, pixel) =>
    sumsOfProducts(op, asDense, windowAt(op, attrs, Math.floor(pixel / columns), pixel % columns)),
  )
  return intoResult(op, sums.flat())
}

/** The elements of an output pixel's window: kernel row, kernel column, channel, the last fastest. */
function windowAt(op: Operator, attrs: Conv2dAttrs, row: number, column: number): readonly Tap[] {
  const [height, width, channels] = op.inputShape as readonly [number, number, number]
  const top = row * attrs.strides[0] - padBefore(op, attrs, 0)
  const left = column * attrs.strides[1] - padBefore(op, attrs, 1)
  const tap = (y: number, x: number, c: number): Tap => {
    const inside = y >= 0 && y < height && x >= 0 && x < width
    const index = inside ? (y * width + x) * channels + c : c
    return { x: inside ? op.x[index]! : zero, type: op.inputType(index) }
  }
  return Array.from({ length: attrs.kernelSize[0] * attrs.kernelSize[1] * channels }, (_, k) => {
    const place = Math.floor(k / channels)
    const y = top + Math.floor(place / attrs.kernelSize[1])
    return tap(y, left + (place % attrs.kernelSize[1]), k % channels)
  })
}

/** Zeros above (axis 0) or left (axis 1) of the image: half of what `same` needs, rounded down. */
function padBefore(op: Operator, attrs: Conv2dAttrs, axis: 0 | 1): number {
  if (attrs.padding === 'valid') return 0
  const reach = (op.node.shape[axis]! - 1) * attrs.strides[axis] + attrs.kernelSize[axis]
  return Math.floor(Math.max(reach - op.inputShape[axis]!, 0) / 2)
}

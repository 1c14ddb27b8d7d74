// What a 2-D convolution is, and where its windows stand.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { Extents, WindowGeometry } from '../../rtl/window.ts'

export interface Conv2dAttrs {
  readonly filters: number
  /** Rows and columns of the kernel. */
  readonly kernelSize: Extents
  readonly strides: Extents
  /** `same`: zeros around the image, as many output pixels as input pixels (divided by the strides). */
  readonly padding: 'same' | 'valid'
  readonly dataFormat: 'channels-last'
}

/** Windows over an image [rows, columns, channels]; zeros are split evenly, the odd one below and on the right. */
export function conv2dGeometry(attrs: Conv2dAttrs, shape: Shape): WindowGeometry {
  const { kernelSize, strides, padding } = attrs
  const image: Extents = [shape[0]!, shape[1]!]
  const outputOf = (axis: 0 | 1) =>
    padding === 'same'
      ? Math.ceil(image[axis] / strides[axis])
      : Math.floor((image[axis] - kernelSize[axis]) / strides[axis]) + 1
  const output: Extents = [outputOf(0), outputOf(1)]
  const beforeOf = (axis: 0 | 1) =>
    Math.floor(Math.max(0, (output[axis] - 1) * strides[axis] + kernelSize[axis] - image[axis]) / 2)
  const before: Extents = padding === 'same' ? [beforeOf(0), beforeOf(1)] : [0, 0]
  return { image, kernel: kernelSize, strides, before, output }
}

/** The shape of the result; fails where no window stands in the image. */
export function conv2dShape(attrs: Conv2dAttrs, inputs: readonly Shape[], name: string): Shape {
  const shape = inputs[0] ?? []
  if (shape.length !== 3 || shape.some(extent => extent < 1)) {
    fail({
      code: 'graph/conv2d-input',
      place: `layer '${name}'`,
      problem: `its input has the shape [${shape.join(', ')}]`,
      expected: '[rows, columns, channels], none of them 0',
    })
  }
  const { output } = conv2dGeometry(attrs, shape)
  if (output[0] < 1 || output[1] < 1) {
    fail({
      code: 'graph/kernel-larger-than-image',
      place: `layer '${name}'`,
      problem: `a kernel of ${attrs.kernelSize.join(' × ')} does not fit an image of ${shape[0]} × ${shape[1]}`,
      expected: "a smaller kernel, or padding 'same'",
    })
  }
  return [...output, attrs.filters]
}

/** Inputs of one window: rows · columns · channels. */
export function windowSize(attrs: Conv2dAttrs, shape: Shape): number {
  return attrs.kernelSize[0] * attrs.kernelSize[1] * shape[2]!
}

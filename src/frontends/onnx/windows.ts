// Where windows stand: kernel, strides, dilations and zeros around, as ONNX's convolutions and pools name them.

import type { NodeContext } from './node.ts'

export interface WindowsRead {
  readonly attrs: {
    readonly kernelSize: readonly number[]
    readonly strides: readonly number[]
    readonly dilation: readonly number[]
    readonly before: readonly number[]
    readonly after: readonly number[]
  }
  /** Windows along each axis of the image, and places behind the last one that no window reaches. */
  readonly counts: readonly number[]
  readonly left: readonly number[]
}

/** The attributes of windows of `kernel` over an image. */
export function readWindows(
  { attributes }: NodeContext,
  image: readonly number[],
  kernel: readonly number[],
): WindowsRead {
  const ones = image.map(() => 1)
  const kernelSize = attributes.numbers('kernel_shape', kernel)
  const strides = attributes.numbers('strides', ones)
  const dilation = attributes.numbers('dilations', ones)
  const pads = attributes.numbers('pads', [...image.map(() => 0), ...image.map(() => 0)])
  if (kernelSize.join() !== kernel.join()) {
    attributes.refuse('kernel_shape', `[${kernel.join(', ')}], that of the kernel`, 'Export the model again.')
  }
  const span = kernel.map((size, axis) => (size - 1) * dilation[axis]! + 1)
  const auto = attributes.text('auto_pad', 'NOTSET')
  const total = image.map((extent, axis) => {
    const wanted = Math.ceil(extent / strides[axis]!)
    return Math.max(0, (wanted - 1) * strides[axis]! + span[axis]! - extent)
  })
  const less = total.map(zeros => Math.floor(zeros / 2))
  const more = total.map((zeros, axis) => zeros - less[axis]!)
  const rank = image.length
  const zeros: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
    NOTSET: [pads.slice(0, rank), pads.slice(rank)],
    VALID: [image.map(() => 0), image.map(() => 0)],
    SAME_UPPER: [less, more],
    SAME_LOWER: [more, less],
  }
  if (zeros[auto] === undefined)
    attributes.refuse('auto_pad', Object.keys(zeros).join(', '), 'Use one of these.')
  const [before, after] = zeros[auto] ?? zeros.VALID!
  const places = image.map((extent, axis) => extent + before[axis]! + after[axis]! - span[axis]!)
  const counts = places.map((count, axis) => Math.floor(count / strides[axis]!) + 1)
  const left = places.map((count, axis) => count % strides[axis]!)
  return { attrs: { kernelSize: kernel, strides, dilation, before, after }, counts, left }
}

/** Of more than two axes, all but the last two are those of images apart: a window is 1 long there and takes every one. */
export function keepsImagesApart({ kernelSize, strides, before, after }: WindowsRead['attrs']): boolean {
  const outer = Math.max(0, kernelSize.length - 2)
  const isPlain = (list: readonly number[], usual: number) => list.slice(0, outer).every(own => own === usual)
  return isPlain(kernelSize, 1) && isPlain(strides, 1) && isPlain(before, 0) && isPlain(after, 0)
}

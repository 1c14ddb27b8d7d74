// Windows that slide over an image of one axis or more, the channels last: where they stand, and which pixels they see.

import { fail } from '../diagnostics/diagnostic.ts'
import type { Shape } from '../ir/tensor-type.ts'
import { flatIndex, placesOf } from './rearrange.ts'

/** By image axis: [steps] for sequences, [rows, columns] for images. */
export interface Windows {
  readonly size: readonly number[]
  readonly strides: readonly number[]
  /** Distance between neighbouring elements of a window, 1 where they touch. */
  readonly dilation: readonly number[]
  /** Pixels of padding in front of and behind the image. */
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** How many pixels a window reaches over. */
function reachOf({ size, dilation }: Windows, axis: number): number {
  return (size[axis]! - 1) * dilation[axis]! + 1
}

/** Windows along every axis of an image; fails where none stands in it. `what` names the window. */
export function windowCounts(windows: Windows, image: Shape, name: string, what = 'kernel'): Shape {
  const counts = image.map((extent, axis) => {
    const padded = windows.before[axis]! + extent + windows.after[axis]!
    return Math.floor((padded - reachOf(windows, axis)) / windows.strides[axis]!) + 1
  })
  if (counts.every(count => count >= 1)) return counts
  return fail({
    code: 'graph/kernel-larger-than-image',
    place: `layer '${name}'`,
    problem: `a ${what} of ${image.map((_, axis) => reachOf(windows, axis)).join(' × ')} does not fit ${image.length === 1 ? `${image[0]} steps` : `an image of ${image.join(' × ')}`}`,
    expected: `a smaller ${what}, or padding 'same'`,
  })
}

/** The image axes of an input [..., channels]; fails where it has another rank or no elements. */
export function imageOf(windows: Windows, shape: Shape, name: string): Shape {
  const rank = windows.size.length
  if (shape.length === rank + 1 && shape.every(extent => extent >= 1)) return shape.slice(0, rank)
  return fail({
    code: 'graph/image-input',
    place: `layer '${name}'`,
    problem: `its input has the shape [${shape.join(', ')}]`,
    expected: `${rank === 1 ? '[steps, channels]' : '[rows, columns, channels]'}, none of them 0`,
  })
}

/** Per window, in row-major order, the flat index of every pixel it sees; −1 for padding. */
export function windowPixels(windows: Windows, image: Shape): number[][] {
  const inside = placesOf(windows.size)
  return placesOf(windowCounts(windows, image, '')).map(window =>
    inside.map(element => {
      const pixel = element.map(
        (at, axis) =>
          window[axis]! * windows.strides[axis]! + at * windows.dilation[axis]! - windows.before[axis]!,
      )
      const isPixel = pixel.every((at, axis) => at >= 0 && at < image[axis]!)
      return isPixel ? flatIndex(pixel, image) : -1
    }),
  )
}

/** Zeros split evenly, the odd one behind, so that there are ⌈extent / stride⌉ windows along each axis. */
export function sameBorders(
  { size, strides, dilation }: Pick<Windows, 'size' | 'strides' | 'dilation'>,
  image: Shape,
): Pick<Windows, 'before' | 'after'> {
  const needed = image.map((extent, axis) => {
    const windows = Math.ceil(extent / strides[axis]!)
    return Math.max(0, (windows - 1) * strides[axis]! + (size[axis]! - 1) * dilation[axis]! + 1 - extent)
  })
  const before = needed.map(count => Math.floor(count / 2))
  return { before, after: needed.map((count, axis) => count - before[axis]!) }
}

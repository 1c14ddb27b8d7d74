// What a convolution is, and where its windows stand.

import { fail } from '../../diagnostics/diagnostic.ts'
import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { Extents, WindowGeometry } from '../../rtl/window.ts'
import { imageOf, type Windows, windowCounts } from '../windows.ts'

export interface ConvAttrs {
  readonly filters: number
  /**
   * By image axis: one for sequences, rows and columns for images; so are the next four. Of more axes all but the last
   * two are those of images apart, along which a window is 1 long and takes every one.
   */
  readonly kernelSize: readonly number[]
  readonly strides: readonly number[]
  /** Distance between neighbouring elements of the kernel. */
  readonly dilation: readonly number[]
  /** Zeros in front of and behind the image. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /**
   * Channels and filters are cut into so many groups, and a filter sees the channels of its own alone: 1 sees all, as
   * many as channels is a depthwise convolution. The kernel is [..., channels / groups, filters].
   */
  readonly groups: number
}

/** A convolution as windows. */
export function windowsOf({ kernelSize, ...attrs }: ConvAttrs): Windows {
  return { size: kernelSize, ...attrs }
}

/** The shape of the result; fails where no window stands in the image, or channels do not split into the groups. */
export function convShape(attrs: ConvAttrs, inputs: readonly Shape[], name: string): Shape {
  const shape = inputs[0] ?? []
  const counts = windowCounts(windowsOf(attrs), imageOf(windowsOf(attrs), shape, name), name)
  const { filters, groups } = attrs
  if (shape.at(-1)! % groups !== 0 || filters % groups !== 0) {
    fail({
      code: 'graph/groups',
      place: `layer '${name}'`,
      problem: `${shape.at(-1)} channels and ${filters} filters do not split into ${groups} groups`,
      expected: 'a number of groups that divides both',
    })
  }
  return [...counts, filters]
}

/** Products of one sum: the kernel's places times the channels that a filter sees. */
export function windowSize({ kernelSize, groups }: ConvAttrs, shape: Shape): number {
  return (sizeOf(kernelSize) * shape.at(-1)!) / groups
}

/** How many images, or sequences, come one behind the other. */
export function imageCount({ kernelSize }: ConvAttrs, shape: Shape): number {
  return sizeOf(shape.slice(0, Math.max(0, kernelSize.length - 2)))
}

/** Rows and columns for hardware that walks images: a sequence is an image of one row. */
export function imageGeometry(attrs: ConvAttrs, shape: Shape): WindowGeometry {
  const rank = attrs.kernelSize.length
  const flat = (list: readonly number[], row: number): Extents =>
    rank === 1 ? [row, list[0]!] : [list.at(-2)!, list.at(-1)!]
  return {
    image: flat(shape.slice(0, rank), 1),
    kernel: flat(attrs.kernelSize, 1),
    strides: flat(attrs.strides, 1),
    before: flat(attrs.before, 0),
    output: flat(windowCounts(windowsOf(attrs), shape.slice(0, rank), ''), 1),
  }
}

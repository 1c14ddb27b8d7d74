// Windows over one or two axes: which pixels of the input each result of a convolution or pooling sees.

import type { Shape } from '../../ir/tensor-type.ts'
import type { Maths, Tensor } from '../autodiff.ts'

export type Padding = 'valid' | 'same' | 'causal'

/** Extents by spatial axis. */
export interface Window {
  readonly size: readonly number[]
  readonly strides: readonly number[]
  readonly dilation: readonly number[]
  readonly padding: Padding
}

/** Results along each axis, or a text that says why there are none; `input` is without batch, channels last. */
export function windowShape(window: Window, input: Shape): number[] | string {
  const rank = window.size.length
  if (input.length !== rank + 1)
    return `it takes ${rank} axes and channels, and its input is [${input.join(', ')}]`
  if (window.padding === 'causal' && rank !== 1) return "padding 'causal' is for sequences"
  const results = window.size.map((_, axis) => resultsAlong(window, axis, input[axis]!))
  if (results.some(count => count < 1))
    return `its window of [${reach(window).join(', ')}] is larger than its input [${input.join(', ')}]`
  return results
}

const reach = ({ size, dilation }: Window): number[] =>
  size.map((own, axis) => (own - 1) * dilation[axis]! + 1)

function resultsAlong(window: Window, axis: number, extent: number): number {
  const stride = window.strides[axis]!
  if (window.padding !== 'valid') return Math.ceil(extent / stride)
  return Math.floor((extent - reach(window)[axis]!) / stride) + 1
}

/** What stands before and behind an axis: Keras puts the odd one behind. */
function paddingAlong(window: Window, axis: number, extent: number, results: number): [number, number] {
  const span = reach(window)[axis]!
  const total = Math.max(0, (results - 1) * window.strides[axis]! + span - extent)
  if (window.padding === 'valid') return [0, 0]
  if (window.padding === 'causal') return [span - 1, Math.max(0, total - span + 1)]
  return [Math.floor(total / 2), total - Math.floor(total / 2)]
}

/** The input with what stands around it, for windows that step by one pixel. */
export function padded(maths: Maths, x: Tensor, window: Window): Tensor {
  const [, ...input] = x.shape
  const results = windowShape(window, input) as number[]
  const widths = results.map((count, axis) => paddingAlong(window, axis, input[axis]!, count))
  return widths.some(([a, b]) => a + b > 0) ? maths.pad(x, [[0, 0], ...widths, [0, 0]]) : x
}

/** For each place in the window (row by row) the pixels there, shape [rows, …results, channels]. */
export function windowPixels(maths: Maths, x: Tensor, window: Window, fill = 0): Tensor[] {
  const [, ...input] = x.shape
  const results = windowShape(window, input) as number[]
  const pads = results.map((count, axis) => paddingAlong(window, axis, input[axis]!, count))
  // Room for the last step of a strided slice.
  const widths = pads.map(([before, behind], axis): [number, number] => {
    const has = before + input[axis]! + behind
    const needs = reach(window)[axis]! - 1 + results[axis]! * window.strides[axis]!
    return [before, behind + Math.max(0, needs - has)]
  })
  const padded = widths.some(([a, b]) => a + b > 0) ? maths.pad(x, [[0, 0], ...widths, [0, 0]], fill) : x
  return places(window.size).map(place =>
    place.reduce((cut, offset, axis) => {
      const from = offset * window.dilation[axis]!
      return strided(maths, cut, axis + 1, from, results[axis]!, window.strides[axis]!)
    }, padded),
  )
}

/** All places of a window: [0, 0], [0, 1], … */
function places(size: readonly number[]): number[][] {
  return size.reduce<number[][]>(
    (list, extent) => list.flatMap(own => Array.from({ length: extent }, (_, k) => [...own, k])),
    [[]],
  )
}

/** `count` elements of an axis, from one on, `stride` apart. */
function strided(maths: Maths, x: Tensor, axis: number, from: number, count: number, stride: number): Tensor {
  if (stride === 1) return maths.slice(x, axis, from, from + count)
  const cut = maths.slice(x, axis, from, from + count * stride)
  const [before, behind] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const split = maths.reshape(cut, [...before, count, stride, ...behind])
  return maths.reshape(maths.slice(split, axis + 1, 0, 1), [...before, count, ...behind])
}

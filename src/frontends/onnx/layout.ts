// How a tensor's elements lie. ONNX has channels first, [channels, rows, columns]; hardware, and hls4ml, have them
// last. Whatever works on images turns its input once; what follows keeps it so, and only what names axes turns it back.

import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { Computed, Draft } from './node.ts'

export type Layout =
  /** As the file says. */
  | { readonly kind: 'file' }
  /** The file's first axis is the last one here. */
  | { readonly kind: 'channels-last' }
  /** A vector: the elements of a tensor with channels last, in its order. */
  | { readonly kind: 'flattened'; readonly from: Shape }
  /** The rows are the file's axis of this number, and `dims` its other extents: the same elements in the same order. */
  | { readonly kind: 'rows-at'; readonly axis: number; readonly dims: Shape }

export const inFile: Layout = { kind: 'file' }
export const channelsLast: Layout = { kind: 'channels-last' }

/** An operand in the layout wanted, and the nodes that bring it there. */
export interface Turned {
  readonly x: Computed
  readonly drafts: readonly Draft[]
}

/** The operand with the file's axes, rows wherever they are; `name` begins the names of nodes made for it. */
export function asInFile(x: Computed, name: string): Turned {
  if (x.layout.kind === 'file' || x.layout.kind === 'rows-at') return { x, drafts: [] }
  if (x.layout.kind === 'channels-last')
    return turned(x, `${name}_channels_first`, toFront(x.shape.length), inFile)
  const image = reshaped(x, `${name}_image`, x.layout.from)
  const { x: front, drafts } = asInFile(operandOf(image, channelsLast), name)
  const vector = reshaped(front, `${name}_vector`, [sizeOf(x.shape)])
  return { x: operandOf(vector, inFile), drafts: [image, ...drafts, vector] }
}

/** The operand, [channels, …] in the file, with channels last. */
export function asChannelsLast(x: Computed, name: string): Turned {
  if (x.layout.kind === 'channels-last') return { x, drafts: [] }
  const { x: front, drafts } = asInFile(x, name)
  const isInput = drafts.length === 0 && x.isInput === true
  const own = isInput ? `transpose_input_for_${x.node}` : `${name}_channels_last`
  const last = turned(front, own, toBack(front.shape.length), channelsLast)
  return { x: last.x, drafts: [...drafts, ...last.drafts] }
}

/** The shape that the file gives the operand. */
export function fileShape({ shape, layout }: Computed): Shape {
  return layout.kind === 'channels-last' ? toFront(shape.length).map(axis => shape[axis]!) : shape
}

/** The axis here of an axis in the file; both without the batch axis. */
export function storedAxis({ shape, layout }: Computed, axis: number): number {
  if (layout.kind !== 'channels-last') return axis
  return axis === 0 ? shape.length - 1 : axis - 1
}

/** Index in the file's flattened tensor, by index here. */
export function fileOrder(from: Shape): readonly number[] {
  const channels = from.at(-1)!
  const places = sizeOf(from) / channels
  return Array.from({ length: sizeOf(from) }, (_, k) => (k % channels) * places + Math.floor(k / channels))
}

const toFront = (rank: number) => [rank - 1, ...Array.from({ length: rank - 1 }, (_, axis) => axis)]
const toBack = (rank: number) => [...Array.from({ length: rank - 1 }, (_, axis) => axis + 1), 0]

function turned(x: Computed, name: string, axes: readonly number[], layout: Layout): Turned {
  const draft = permuteOf(x, axes, name)
  return { x: operandOf(draft, layout), drafts: [draft] }
}

/** The node whose axis k is axis `axes[k]` of what it reads. */
export function permuteOf(
  { node, shape }: Pick<Computed, 'node' | 'shape'>,
  axes: readonly number[],
  name: string,
): Draft {
  return {
    kind: 'permute',
    layerClass: 'Transpose',
    attrs: { axes },
    name,
    inputs: [node],
    shape: axes.map(axis => shape[axis]!),
  }
}

function reshaped(x: Computed, name: string, shape: Shape): Draft {
  return { kind: 'reshape', layerClass: 'Reshape', attrs: { shape }, name, inputs: [x.node], shape }
}

export function operandOf({ name, shape }: Draft, layout: Layout): Computed {
  return { kind: 'computed', node: name, shape, layout }
}

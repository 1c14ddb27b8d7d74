// Pooling over sequences and images.

import { asChannelsLast, channelsLast, inFile } from './layout.ts'
import type { Draft, NodeContext, NodeReader } from './node.ts'
import { keepsImagesApart, readWindows } from './windows.ts'

type Reduce = 'max' | 'average'

/** `isLast`: QONNX's domain `channels_last`, whose input and result have channels last in the file. */
export const readPool =
  (reduce: Reduce, isLast = false): NodeReader =>
  context => {
    const { attributes, inputs, name } = context
    const given = inputs[0]
    if (given?.kind !== 'computed') return undefined
    if (!attributes.has('kernel_shape')) {
      attributes.refuse('kernel_shape', 'an extent for each axis of the image', 'Export the model again.')
    }
    attributes.only('storage_order', [0], 'Indices are not supported.')
    const rank = given.shape.length - 1
    if (rank < 1) return refuseRank(context, given.shape)
    const { x, drafts } = isLast ? { x: given, drafts: [] } : asChannelsLast(given, name)
    const image = x.shape.slice(0, rank)
    const windows = readWindows(context, image, attributes.numbers('kernel_shape', []))
    const { kernelSize: size, strides, dilation, before, after } = windows.attrs
    if (!keepsImagesApart(windows.attrs)) return refuseRank(context, given.shape)
    if (dilation.some(step => step !== 1)) attributes.refuse('dilations', '1', 'Pool without dilation.')
    refuseCeiling(context, windows.left)
    const countPadding = attributes.number('count_include_pad', 0) === 1
    const draft: Draft = {
      kind: 'pool',
      layerClass: `Pooling${Math.min(rank, 2)}D`,
      attrs: { reduce, size, strides, before, after, countPadding },
      name,
      inputs: [x.node],
      shape: [...windows.counts, x.shape[rank]!],
    }
    return { drafts: [...drafts, draft], layout: isLast ? inFile : channelsLast }
  }

/** Rounding up makes another result only where a window is left over. */
function refuseCeiling({ attributes }: NodeContext, left: readonly number[]): void {
  if (attributes.number('ceil_mode', 0) === 0 || left.every(places => places === 0)) return
  attributes.refuse('ceil_mode', '0 where windows do not cover the image', 'Pad the image instead.')
}

function refuseRank({ place, problems }: NodeContext, shape: readonly number[]): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: `it pools [rows, ${shape.join(', ')}]`,
    expected: 'channels and one or two image axes',
    remedy: 'Pool over one or two axes.',
  })
  return undefined
}

/** Every axis of the image becomes 1, as ONNX has it. */
export const readGlobalPool =
  (reduce: Reduce): NodeReader =>
  context => {
    const { inputs, name } = context
    const given = inputs[0]
    if (given?.kind !== 'computed') return undefined
    const rank = given.shape.length - 1
    if (rank < 1 || rank > 2) return refuseRank(context, given.shape)
    const { x, drafts } = asChannelsLast(given, name)
    const draft: Draft = {
      kind: 'global-pool',
      layerClass: `GlobalPooling${rank}D`,
      attrs: { reduce, keepDims: true },
      name,
      inputs: [x.node],
      shape: [...Array.from({ length: rank }, () => 1), x.shape[rank]!],
    }
    return { drafts: [...drafts, draft], layout: channelsLast }
  }

// Convolutions over sequences and images, and what their padding means.

import type { SourceQuantiser } from '../../ir/graph.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { ConvAttrs } from '../../ops/conv/index.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { sameBorders } from '../../ops/windows.ts'
import { innerActivation } from './activations.ts'
import { channelsLast, imageOf, readExtents, resultShape } from './extents.ts'
import type { LayerContext, LayerReader, NodeDraft } from './layer.ts'

export type Rank = 1 | 2

/** Where windows stand: size, strides, dilation and the borders that the padding asks. */
export interface WindowAttrs {
  readonly strides: readonly number[]
  readonly dilation: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** `causal` puts all zeros in front: no window sees what comes later. */
export function readBordersOfPadding(
  { attributes }: LayerContext,
  windows: {
    readonly size: readonly number[]
    readonly strides: readonly number[]
    readonly dilation: readonly number[]
  },
  image: Shape | undefined,
): Pick<WindowAttrs, 'before' | 'after'> {
  const rank = windows.size.length
  const none = windows.size.map(() => 0)
  const allowed = rank === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same']
  attributes.only('padding', allowed, 'Use one of these paddings.')
  const padding = attributes.value('padding') ?? 'valid'
  if (padding === 'same' && image !== undefined) return sameBorders(windows, image)
  if (padding === 'causal') return { before: [(windows.size[0]! - 1) * windows.dilation[0]!], after: [0] }
  return { before: none, after: none }
}

/** What all convolutions have: windows, and how many channels they read. */
export interface ConvParts {
  readonly rank: Rank
  readonly kernelSize: readonly number[]
  readonly windows: WindowAttrs
  readonly channels: number | undefined
  readonly useBias: boolean
}

export function readConvParts(context: LayerContext, rank: Rank): ConvParts {
  const { attributes } = context
  channelsLast(attributes)
  const kernelSize = readExtents(attributes, 'kernel_size', rank)
  const strides = readExtents(attributes, 'strides', rank)
  const dilation = readExtents(attributes, 'dilation_rate', rank)
  const image = imageOf(context, rank)
  const borders = readBordersOfPadding(context, { size: kernelSize, strides, dilation }, image)
  return {
    rank,
    kernelSize,
    windows: { strides, dilation, ...borders },
    channels: image === undefined ? undefined : context.inputShape?.at(-1),
    useBias: attributes.boolean('use_bias', true),
  }
}

const isCount = (value: number) => Number.isInteger(value) && value > 0

/** A convolution before it is a node. */
export interface ConvDraft {
  readonly name: string
  readonly layerClass: string
  readonly attrs: ConvAttrs
  readonly weights: Readonly<Record<string, FloatValues | undefined>>
  readonly quantisers?: Readonly<Record<string, SourceQuantiser>>
}

export function convNode(context: LayerContext, { attrs, ...draft }: ConvDraft): NodeDraft {
  const shape = resultShape(context, { kind: 'conv', attrs })
  return { kind: 'conv', attrs, shape, ...draft }
}

/** Attributes and arrays of a Conv1D or Conv2D. */
export function readPlainConv(context: LayerContext, rank: Rank): ConvDraft & { readonly useBias: boolean } {
  const { attributes, weights, layer } = context
  const { kernelSize, windows, channels, useBias } = readConvParts(context, rank)
  const filters = attributes.number('filters', 1, 'a whole number above 0', isCount)
  const groups = attributes.number('groups', 1, 'a whole number above 0', isCount)
  const seen = channels === undefined ? undefined : channels / groups
  const weight = weights.take('kernel', [...kernelSize, seen, filters])
  const bias = useBias ? weights.take('bias', [filters]) : undefined
  return {
    name: layer.name,
    layerClass: `Conv${rank}D`,
    attrs: { filters, kernelSize, ...windows, groups },
    weights: { weight, ...(useBias && { bias }) },
    useBias,
  }
}

export const readConv =
  (rank: Rank): LayerReader =>
  context => {
    const { useBias: _, ...draft } = readPlainConv(context, rank)
    const node = convNode(context, draft)
    return [node, ...innerActivation(context, node.shape)]
  }

/** The arrays of a depthwise kernel [..., channels, multiplier]: filter c · multiplier + m sees channel c alone. */
export function readDepthwiseConv(
  context: LayerContext,
  rank: Rank,
): ConvDraft & { readonly useBias: boolean } {
  const { attributes, weights, layer } = context
  const { kernelSize, windows, channels, useBias } = readConvParts(context, rank)
  const multiplier = attributes.number('depth_multiplier', 1, 'a whole number above 0', isCount)
  const kernel = weights.take('depthwise_kernel', [...kernelSize, channels, multiplier])
  const groups = channels ?? 1
  const filters = groups * multiplier
  const bias = useBias ? weights.take('bias', [channels && filters]) : undefined
  return {
    name: layer.name,
    layerClass: `DepthwiseConv${rank}D`,
    attrs: { filters, kernelSize, ...windows, groups },
    weights: { weight: depthwiseKernel(kernel, filters), ...(useBias && { bias }) },
    useBias,
  }
}

/** The same values in the same order, as [..., 1, filters]. */
export function depthwiseKernel(kernel: FloatValues | undefined, filters: number): FloatValues | undefined {
  return kernel && { ...kernel, shape: [...kernel.shape.slice(0, -2), 1, filters] }
}

export const readDepthwise =
  (rank: Rank): LayerReader =>
  context => {
    // Only inherited: Keras computes one group per channel whatever they say.
    for (const name of ['groups', 'filters']) context.attributes.value(name)
    const { useBias: _, ...draft } = readDepthwiseConv(context, rank)
    const node = convNode(context, draft)
    return [node, ...innerActivation(context, node.shape)]
  }

/** A separable convolution, its kernels as the two convolutions have them that it is split into. */
export interface SeparableParts {
  readonly useBias: boolean
  readonly depthwise: FloatValues | undefined
  readonly pointwise: FloatValues | undefined
  readonly bias: FloatValues | undefined
  readonly node: NodeDraft
}

export function readSeparableParts(context: LayerContext, rank: Rank): SeparableParts {
  const { attributes, weights, layer } = context
  attributes.only('groups', [1], 'A separable convolution has groups of its own.')
  const { kernelSize, windows, channels, useBias } = readConvParts(context, rank)
  const filters = attributes.number('filters', 1, 'a whole number above 0', isCount)
  const multiplier = attributes.number('depth_multiplier', 1, 'a whole number above 0', isCount)
  const middle = channels === undefined ? undefined : channels * multiplier
  const depthwise = weights.take('depthwise_kernel', [...kernelSize, channels, multiplier])
  const pointwise = weights.take('pointwise_kernel', [...kernelSize.map(() => 1), middle, filters])
  const bias = useBias ? weights.take('bias', [filters]) : undefined
  const attrs = { filters, multiplier, kernelSize, ...windows }
  const shape = channels === undefined ? undefined : resultShape(context, { kind: 'separable-conv', attrs })
  const own = { name: layer.name, layerClass: `SeparableConv${rank}D` }
  return {
    useBias,
    depthwise: depthwiseKernel(depthwise, middle ?? 0),
    pointwise,
    bias,
    node: { kind: 'separable-conv', ...own, attrs, shape },
  }
}

export const readSeparable =
  (rank: Rank): LayerReader =>
  context => {
    const { useBias, depthwise, pointwise, bias, node } = readSeparableParts(context, rank)
    const weights = { depthwise, pointwise, ...(useBias && { bias }) }
    return [{ ...node, weights }, ...innerActivation(context, node.shape)]
  }

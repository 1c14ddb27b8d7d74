// TimeDistributed: the same layer over every element along the first axis. Dense layers and activations work on the last
// axis already; windows along one axis become windows along two, of which the first is a single step.

import type { Shape } from '../../ir/tensor-type.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { SourceLayer } from './architecture.ts'
import { readAttributes } from './attributes.ts'
import { innerConfig } from './inner-config.ts'
import type { LayerContext, LayerReader, NodeDraft } from './layer.ts'

/** `readerOf` finds the reader of a class. */
export const readTimeDistributed =
  (readerOf: (className: string) => LayerReader | undefined): LayerReader =>
  context => {
    const { attributes } = context
    const value = attributes.value('layer')
    const className = isObject(value) && typeof value.class_name === 'string' ? value.class_name : ''
    const reader = readerOf(className)
    if (reader === undefined || !isObject(value) || !isObject(value.config)) {
      attributes.refuse(
        'layer',
        'a layer of a class that is read',
        'Write the model without TimeDistributed.',
      )
      return []
    }
    const chain = readInner(context, className, value.config, reader)
    const lifted = chain.map(draft => lift(draft, context.inputShape?.[0]))
    const bad = chain.find((_, k) => lifted[k] === undefined)
    if (bad === undefined) return lifted as NodeDraft[]
    const classes =
      'Dense, Conv1D, pooling along one axis, a normalisation, an activation, Flatten, Reshape, or what pads, cuts, turns or repeats'
    attributes.refuse('layer', classes, 'Write the model without TimeDistributed.')
    return []
  }

function readInner(
  context: LayerContext,
  className: string,
  config: JsonObject,
  reader: LayerReader,
): readonly NodeDraft[] {
  const { layer, problems, inputShape } = context
  const place = `${layer.place}, ${className}`
  const own: SourceLayer = { ...layer, className, config, place }
  const attributes = readAttributes(innerConfig(config), place, problems)
  attributes.only('dtype', ['float32'], 'Save the model with float32 layers.')
  const shape = inputShape?.slice(1)
  const chain = reader({ ...context, layer: own, attributes, inputShape: shape, inputShapes: [shape] })
  attributes.value('batch_input_shape')
  attributes.finish()
  return chain
}

const alike: readonly NodeDraft['kind'][] = [
  'dense',
  'batch-norm',
  'relu',
  'leaky-relu',
  'thresholded-relu',
  'elu',
  'selu',
  'table-activation',
  'hard-activation',
  'hard-swish',
  'power-of-two',
  'quantise',
  'binary-tanh',
  'ternary-tanh',
  'softmax',
  'layer-norm',
]

/** The same for every step; undefined where there is no such form. */
function lift(draft: NodeDraft, steps: number | undefined): NodeDraft | undefined {
  const shape = draft.shape && steps !== undefined ? [steps, ...draft.shape] : undefined
  if (alike.includes(draft.kind)) return { ...draft, shape }
  if (draft.kind === 'conv' && draft.attrs.kernelSize.length === 1) {
    const { kernelSize, strides, dilation, before, after } = draft.attrs
    const attrs = {
      ...draft.attrs,
      kernelSize: [1, ...kernelSize],
      strides: [1, ...strides],
      dilation: [1, ...dilation],
      before: [0, ...before],
      after: [0, ...after],
    }
    const weight = draft.weights?.weight
    const weights = { ...draft.weights, weight: weight && { ...weight, shape: [1, ...weight.shape] } }
    return { ...draft, layerClass: 'Conv2D', attrs, weights, shape }
  }
  if (draft.kind === 'pool' && draft.attrs.size.length === 1) {
    const { size, strides, before, after } = draft.attrs
    const attrs = {
      ...draft.attrs,
      size: [1, ...size],
      strides: [1, ...strides],
      before: [0, ...before],
      after: [0, ...after],
    }
    return { ...draft, layerClass: 'Pooling2D', attrs, shape }
  }
  return shape && moved(draft, shape)
}

/** What moves elements leaves the first axis as it is. */
function moved(draft: NodeDraft, shape: Shape): NodeDraft | undefined {
  if (draft.kind === 'reshape') return { ...draft, attrs: { shape }, shape }
  if (draft.kind === 'permute')
    return { ...draft, attrs: { axes: [0, ...draft.attrs.axes.map(axis => axis + 1)] }, shape }
  if (draft.kind === 'pad' || draft.kind === 'crop') {
    const { before, after } = draft.attrs
    return { ...draft, attrs: { ...draft.attrs, before: [0, ...before], after: [0, ...after] }, shape }
  }
  if (draft.kind === 'upsample')
    return { ...draft, attrs: { ...draft.attrs, factors: [1, ...draft.attrs.factors] }, shape }
  return undefined
}

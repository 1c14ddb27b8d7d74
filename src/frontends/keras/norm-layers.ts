// Layer normalisation and embedding.

import type { FloatValues } from '../../ops/definition.ts'
import { isList } from '../json.ts'
import { resultShape } from './extents.ts'
import type { LayerReader } from './layer.ts'

/** Keras counts the batch axis; hls4ml reads epsilon as a power of ten below 1. */
export const readLayerNorm: LayerReader = context => {
  const { attributes, weights, layer, inputShape: shape } = context
  const value = attributes.value('axis') ?? -1
  const axis = isList(value) && value.length === 1 ? value[0] : value
  if (axis !== -1 && shape !== undefined && axis !== shape.length)
    attributes.refuse('axis', `-1 or ${shape.length}, the last axis`, 'Normalise over the last axis.')
  const isPower = (epsilon: number) => epsilon > 0 && Math.round(Math.log10(epsilon)) < 0
  const epsilon = attributes.number('epsilon', 1e-3, 'a number from 1e-30 to 0.1', isPower)
  const extent = shape?.at(-1)
  const constant = (one: number): FloatValues | undefined =>
    extent === undefined ? undefined : { shape: [extent], data: new Float64Array(extent).fill(one) }
  const scale = attributes.boolean('scale', true) ? weights.take('gamma', [extent]) : constant(1)
  const bias = attributes.boolean('center', true) ? weights.take('beta', [extent]) : constant(0)
  return [
    {
      kind: 'layer-norm',
      name: layer.name,
      layerClass: 'LayerNormalization',
      attrs: { epsilon },
      shape,
      weights: { scale, bias },
    },
  ]
}

export const readEmbedding: LayerReader = context => {
  const { attributes, weights, layer } = context
  const isCount = (value: number) => Number.isInteger(value) && value > 0
  const vocabulary = attributes.number('input_dim', 1, 'a whole number above 0', isCount)
  const units = attributes.number('output_dim', 1, 'a whole number above 0', isCount)
  attributes.only('mask_zero', [false], 'Masks are not supported.')
  // Keras 2 repeats here what it reads.
  attributes.value('input_length')
  const attrs = { vocabulary, units }
  const embeddings = weights.take('embeddings', [vocabulary, units])
  const shape = resultShape(context, { kind: 'embedding', attrs })
  return [
    {
      kind: 'embedding',
      name: layer.name,
      layerClass: 'Embedding',
      attrs,
      shape,
      weights: { embeddings },
    },
  ]
}

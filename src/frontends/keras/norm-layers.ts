// Layer normalisation and embedding.

import type { FloatValues } from '../../ops/definition.ts'
import { isList } from '../json.ts'
import { resultShape } from './extents.ts'
import { maskRemedy } from './inbound.ts'
import type { LayerContext, LayerReader } from './layer.ts'

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
  if (attributes.boolean('mask_zero', false)) reportMask(context)
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

function reportMask({ layer, problems }: LayerContext): void {
  problems.add({
    code: 'keras/mask',
    place: layer.place,
    problem: 'mask_zero is true: layers behind it pass over the steps that are 0',
    expected: 'mask_zero=False',
    remedy: maskRemedy,
  })
}

/** x · scale + offset: numbers, or lists along the last axis. */
export const readRescaling: LayerReader = ({ attributes, layer, inputShape: shape }) => {
  const [scale, bias] = (['scale', 'offset'] as const).map(name => {
    const value = attributes.value(name) ?? (name === 'offset' ? 0 : null)
    const list = isList(value) ? value : [value]
    const count = shape?.at(-1) ?? list.length
    const fits = list.length === 1 || list.length === count
    if (fits && list.every(own => typeof own === 'number' && Number.isFinite(own)))
      return { shape: [list.length], data: Float64Array.from(list as readonly number[]) }
    attributes.refuse(
      name,
      `a number, or ${count}: one for each place along the last axis`,
      'Save the model again.',
    )
    return undefined
  })
  const weights = spread(scale, bias)
  const [name, attrs] = [layer.name, { scaleCoding: 'plain' }] as const
  return [{ kind: 'batch-norm', name, layerClass: 'BatchNormalization', attrs, shape, weights }]
}

/** Both as long as the longer. */
function spread(scale: FloatValues | undefined, bias: FloatValues | undefined) {
  const count = Math.max(scale?.data.length ?? 1, bias?.data.length ?? 1)
  const own = (values: FloatValues | undefined): FloatValues | undefined =>
    values && {
      shape: [count],
      data: Float64Array.from({ length: count }, (_, k) => values.data[k % values.data.length]!),
    }
  return { scale: own(scale), bias: own(bias) }
}

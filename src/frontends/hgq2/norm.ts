// HGQ2's batch normalisation: scale and offset in float32, then their quantisers (layers/batch_normalization.py).

import type { FloatValues } from '../../ops/definition.ts'
import { readBatchNorm } from '../keras/batch-norm.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'
import { ownPlace, quantise, quantised } from './quantised-layer.ts'

export const readQBatchNormalization: LayerReader = quantised(context => {
  for (const name of ['freeze_statistics', 'synchronized']) context.attributes.value(name)
  return readBatchNorm(context).map(draft => {
    const { scale, bias } = draft.weights ?? {}
    const offset = scale && bias && offsetOf(context, scale)
    const weights = {
      scale: quantise(context, ownPlace(context, 'kq'), scale),
      bias: quantise(context, ownPlace(context, 'bq'), offset),
    }
    return { ...draft, weights }
  })
})

/** beta − mean · scale, where Keras 2's folding has beta − gamma · mean / √(variance + ε). */
function offsetOf({ weights, attributes }: LayerContext, scale: FloatValues): FloatValues {
  const { fround } = Math
  const mean = weights.take('moving_mean', scale.shape)
  const beta = attributes.boolean('center', true) ? weights.take('beta', scale.shape) : undefined
  const data = scale.data.map((own, k) =>
    fround(fround(beta?.data[k] ?? 0) - fround(fround(mean?.data[k] ?? 0) * own)),
  )
  return { shape: scale.shape, data }
}

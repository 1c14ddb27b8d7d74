// QConv2DBatchnorm and QDepthwiseConv2DBatchnorm: the normalisation is folded into kernel and bias, by the moving
// statistics in either folding mode once training is over, and what is folded goes through the quantizers
// (qkeras/qconv2d_batchnorm.py, get_folded_weights).

import type { FloatValues } from '../../ops/definition.ts'
import { type BatchNormParts, readNormParts } from '../keras/batch-norm.ts'
import { type ConvDraft, readDepthwiseConv, readPlainConv } from '../keras/conv-layers.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'
import { convolution, convQuantisers, readProducts } from './products.ts'

const { fround } = Math

export const readQConvNorm: LayerReader = context =>
  readProducts(context, { kernel: 'kernel_quantizer', allowed: convQuantisers }, () =>
    convolution(context, folded(context, readPlainConv(context, 2))),
  )

export const readQDepthwiseNorm: LayerReader = context => {
  for (const name of ['groups', 'filters', 'kernel_quantizer']) context.attributes.value(name)
  const own = { kernel: 'depthwise_quantizer', allowed: convQuantisers, unscaled: true }
  return readProducts(context, own, () =>
    convolution(context, folded(context, readDepthwiseConv(context, 2))),
  )
}

type Draft = ConvDraft & { readonly useBias: boolean }

function folded(context: LayerContext, draft: Draft): Draft {
  const { attributes, weights } = context
  attributes.only('folding_mode', ['ema_stats_folding', 'batch_stats_folding'], 'Save the model again.')
  // When training stops to follow the statistics, and how many steps it took.
  attributes.value('ema_freeze_delay')
  if (weights.has('iteration')) weights.take('iteration', [])
  const { parts, epsilon } = readNormParts(context, draft.attrs.filters)
  const { weight, bias } = draft.weights
  const own =
    parts === undefined || weight === undefined
      ? { weight: undefined, bias: undefined }
      : fold(weight, bias, parts, epsilon)
  return { ...draft, useBias: true, weights: own }
}

/** inv = gamma / sqrt(variance + ε), kernel · inv by filter and inv · (bias − mean) + beta, each step in float32. */
function fold(
  kernel: FloatValues,
  bias: FloatValues | undefined,
  { gamma, beta, mean, variance }: BatchNormParts,
  epsilon: number,
): { weight: FloatValues; bias: FloatValues } {
  const filters = mean.data.length
  const inverse = variance.data.map((value, k) => {
    const root = fround(Math.sqrt(fround(fround(value) + fround(epsilon))))
    return fround(fround(1 / root) * fround(gamma?.data[k] ?? 1))
  })
  const shifted = inverse.map((factor, k) => {
    const centred = fround(fround(bias?.data[k] ?? 0) - fround(mean.data[k]!))
    return fround(fround(factor * centred) + fround(beta?.data[k] ?? 0))
  })
  const scaled = kernel.data.map((value, k) => fround(fround(value) * inverse[k % filters]!))
  return { weight: { ...kernel, data: scaled }, bias: { shape: [filters], data: shifted } }
}

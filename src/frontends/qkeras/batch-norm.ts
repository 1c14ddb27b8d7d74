// QBatchNormalization in inference: gamma, beta and the moving statistics as their quantizers make them, then folded as
// those of a BatchNormalization.

import type { FloatValues } from '../../ops/definition.ts'
import { normalisation } from '../keras/batch-norm.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'
import { readQuantiser } from './products.ts'
import { quantiseWeights } from './quantisers.ts'

const allowed = [
  'quantized_bits',
  'quantized_linear',
  'binary',
  'ternary',
  'quantized_po2',
  'quantized_relu_po2',
]

export const readQBatchNorm: LayerReader = context => {
  // Deprecated in QKeras and read nowhere.
  for (const name of ['beta_range', 'gamma_range']) context.attributes.value(name)
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map(name =>
    quantiserOf(context, `${name}_quantizer`),
  )
  return normalisation(context, parts => ({
    gamma: parts.gamma && gamma!(parts.gamma),
    beta: parts.beta && beta!(parts.beta),
    mean: mean!(parts.mean),
    variance: variance!(parts.variance),
  }))
}

/** What the quantizer of an attribute makes of an array; without one, the array. */
function quantiserOf(context: LayerContext, attribute: string): (values: FloatValues) => FloatValues {
  const quantiser = readQuantiser(context, attribute, allowed)
  if (quantiser === undefined) return values => values
  return values => ({ shape: values.shape, data: quantiseWeights(quantiser, values).values })
}

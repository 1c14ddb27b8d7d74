// Layers that do something in training alone.

import type { LayerReader } from './layer.ts'

export const trainingLayers = [
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'SpatialDropout3D',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
  'ActivityRegularization',
] as const

/** Nothing is left of them once the network is trained. */
export const readNothing: LayerReader = ({ attributes }) => {
  for (const name of ['rate', 'noise_shape', 'seed', 'stddev', 'data_format', 'l1', 'l2'])
    attributes.value(name)
  return []
}

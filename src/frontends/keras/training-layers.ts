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

/** What changes images at random while training (keras/src/layers/preprocessing); RandomCrop also cuts once trained. */
export const augmentations = [
  ...['RandomBrightness', 'RandomColorDegeneration', 'RandomColorJitter', 'RandomContrast', 'RandomErasing'],
  ...['RandomElasticTransform', 'RandomFlip', 'RandomGaussianBlur', 'RandomGrayscale', 'RandomHue'],
  ...['RandomInvert', 'RandomPerspective', 'RandomPosterization', 'RandomRotation', 'RandomSaturation'],
  ...['RandomSharpness', 'RandomShear', 'RandomTranslation', 'RandomZoom'],
] as const

/** Nothing is left of them once the network is trained. */
export const readAugmentation: LayerReader = ({ attributes, layer }) => {
  for (const name of Object.keys(layer.config)) if (name !== 'dtype') attributes.value(name)
  return []
}

/** Nothing is left of them once the network is trained. */
export const readNothing: LayerReader = ({ attributes }) => {
  for (const name of ['rate', 'noise_shape', 'seed', 'stddev', 'data_format', 'l1', 'l2'])
    attributes.value(name)
  return []
}

// The layer table: Keras class names to readers. Adding a layer is one line here.

import { didYouMean } from '../../diagnostics/nearest.ts'
import type { Problems } from '../problems.ts'
import { readQDense } from '../qkeras/dense.ts'
import { readLeakyRelu, readRelu, readSoftmax } from './activation-layers.ts'
import { activationLayer } from './activations.ts'
import type { SourceLayer } from './architecture.ts'
import { readBatchShape } from './attributes.ts'
import { readBatchNorm } from './batch-norm.ts'
import { readBinaryDense, readDense, readTernaryDense } from './dense.ts'
import type { LayerReader } from './layer.ts'

const readInput: LayerReader = ({ attributes, layer }) => {
  const shape = readBatchShape(attributes, 'batch_input_shape')
  attributes.only('sparse', [false], 'Sparse inputs are not supported.')
  attributes.only('ragged', [false], 'Ragged inputs are not supported.')
  return [{ kind: 'input', name: layer.name, layerClass: 'Input', attrs: {}, shape }]
}

const readFlatten: LayerReader = ({ attributes, layer, inputShape }) => {
  attributes.only('data_format', ['channels_last', null], 'Train the model with channels last.')
  const shape = inputShape && [inputShape.reduce((product, extent) => product * extent, 1)]
  return [{ kind: 'flatten', name: layer.name, layerClass: 'Reshape', attrs: {}, shape }]
}

/** Dropout does nothing once trained. */
const readDropout: LayerReader = ({ attributes }) => {
  for (const name of ['rate', 'noise_shape', 'seed']) attributes.value(name)
  return []
}

export const kerasLayers: Readonly<Record<string, LayerReader>> = {
  InputLayer: readInput,
  Dense: readDense,
  BinaryDense: readBinaryDense,
  TernaryDense: readTernaryDense,
  Activation: activationLayer,
  ReLU: readRelu,
  LeakyReLU: readLeakyRelu,
  Softmax: readSoftmax,
  BatchNormalization: readBatchNorm,
  Flatten: readFlatten,
  Dropout: readDropout,
  QDense: readQDense,
  QActivation: activationLayer,
}

/** The reader of a layer's class; undefined, and reported, when there is none. */
export function layerReader(layer: SourceLayer, problems: Problems): LayerReader | undefined {
  if (Object.hasOwn(kerasLayers, layer.className)) return kerasLayers[layer.className]
  const known = Object.keys(kerasLayers)
  const near = known.find(name => name.toLowerCase() === layer.className.toLowerCase())
  problems.add({
    code: 'keras/unsupported-layer',
    place: layer.place,
    problem: `layers of class ${layer.className} are not supported yet`,
    expected: `one of ${known.join(', ')}`,
    remedy: near === undefined ? 'Replace the layer.' : didYouMean(layer.className, [near]),
  })
  return undefined
}

// Trained arrays in Keras 3's weights file: `layers/<class>[_<count>]/vars/<index>`, where the count is that among the
// layers of the class, and the index that of the variable in the order in which the layer makes them.

import type { Hdf5File } from '../../formats/hdf5/read.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { SourceLayer } from '../keras/architecture.ts'
import { type LayerWeights, type NamedArray, weightsOf } from '../keras/weights.ts'
import type { Problems } from '../problems.ts'

/** Where the file keeps all layers. */
const root = 'layers'

type Order = (config: JsonObject) => readonly string[]

const withBias =
  (...names: readonly string[]): Order =>
  config =>
    config.use_bias === false ? names : [...names, 'bias']

const scaled = ({ scale, center }: JsonObject) => [
  ...(scale === false ? [] : ['gamma']),
  ...(center === false ? [] : ['beta']),
]

const order: Readonly<Record<string, Order>> = {
  Dense: withBias('kernel'),
  Conv1D: withBias('kernel'),
  Conv2D: withBias('kernel'),
  DepthwiseConv1D: withBias('depthwise_kernel'),
  DepthwiseConv2D: withBias('depthwise_kernel'),
  SeparableConv1D: withBias('depthwise_kernel', 'pointwise_kernel'),
  SeparableConv2D: withBias('depthwise_kernel', 'pointwise_kernel'),
  EinsumDense: ({ bias_axes: axes }) => (axes === null ? ['kernel'] : ['kernel', 'bias']),
  BatchNormalization: config => [...scaled(config), 'moving_mean', 'moving_variance'],
  LayerNormalization: scaled,
  Embedding: () => ['embeddings'],
  PReLU: () => ['alpha'],
  SimpleRNN: withBias('kernel', 'recurrent_kernel'),
  LSTM: withBias('kernel', 'recurrent_kernel'),
  GRU: withBias('kernel', 'recurrent_kernel'),
}

/** One layer's arrays; `layers` are all of the model's, in its order. */
export function keras3Weights(
  file: Hdf5File,
  layer: SourceLayer,
  layers: readonly SourceLayer[],
  problems: Problems,
): LayerWeights {
  const folder = `${root}/${folderOf(file, layer, layers)}`
  const { className, config } = heldLayer(layer)
  const names = order[className.replace(/^Q(?=[A-Z])/, '')]?.(config) ?? []
  return weightsOf(file, layer, arraysIn(file, folder, names), problems)
}

/** The layer that a Bidirectional or a TimeDistributed holds, whose arrays the file has; else the layer itself. */
function heldLayer(layer: SourceLayer): { className: string; config: JsonObject } {
  const { layer: held } = layer.config
  if (!isObject(held) || typeof held.class_name !== 'string' || !isObject(held.config)) return layer
  return { className: held.class_name, config: held.config }
}

/** Within a layer's folder; recurrent layers keep their arrays in the cell. */
const places = ['', 'layer/', 'forward_layer/', 'backward_layer/'].flatMap(part => [
  `${part}vars`,
  `${part}cell/vars`,
])

function arraysIn(file: Hdf5File, folder: string, names: readonly string[]): readonly NamedArray[] {
  const groups = places.map(place => `${folder}/${place}`).filter(group => file.has(group))
  return groups.flatMap(group =>
    [...file.children(group)]
      .sort((a, b) => Number(a) - Number(b))
      .map(index => ({ variable: names[Number(index)] ?? `variable ${index}`, path: `${group}/${index}` })),
  )
}

/** Newer versions file a layer under its own name. */
function folderOf(file: Hdf5File, layer: SourceLayer, layers: readonly SourceLayer[]): string {
  if (file.has(`${root}/${layer.name}`)) return layer.name
  const same = layers.filter(({ className }) => className === layer.className)
  const count = same.findIndex(({ name }) => name === layer.name)
  return count <= 0 ? snakeCase(layer.className) : `${snakeCase(layer.className)}_${count}`
}

/** `BatchNormalization` as `batch_normalization`, by the rule that Keras has for it. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

// Trained arrays in Keras 3's weights file: `layers/<class>[_<count>]/vars/<index>`, where the count is that among the
// layers of the class, and the index that of the variable in the order in which the layer makes them.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Hdf5File } from '../../formats/hdf5/read.ts'
import { ownKerasLayer } from '../../ops/own-operators.ts'
import { hgq2Arrays, isHgq2 } from '../hgq2/arrays.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { SourceLayer } from '../keras/architecture.ts'
import type { HeldLayer, SourceModel } from '../keras/source-model.ts'
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
  MultiHeadAttention: withBias('kernel'),
  Attention: ({ use_scale: scale }) => (scale === true ? ['scale'] : []),
  AdditiveAttention: ({ use_scale: scale }) => (scale === false ? [] : ['scale']),
  PReLU: () => ['alpha'],
  SimpleRNN: withBias('kernel', 'recurrent_kernel'),
  LSTM: withBias('kernel', 'recurrent_kernel'),
  GRU: withBias('kernel', 'recurrent_kernel'),
}

/** One layer's arrays; `model` is the whole. */
export function keras3Weights(
  file: Hdf5File,
  layer: SourceLayer,
  model: SourceModel,
  problems: Problems,
): LayerWeights {
  const folder = folderAt(file, layer.path, model)
  const { className, config } = heldLayer(layer)
  if (isHgq2(className))
    return weightsOf(file, layer, hgq2Arrays(file, folder, { className, config }), problems)
  const own = ownKerasLayer(className)?.mapping.variables
  const names = order[className.replace(/^Q(?=[A-Z])/, '')]?.(config) ?? own ?? []
  return weightsOf(file, layer, arraysIn(file, folder, names), problems)
}

interface Described {
  readonly className: string
  readonly config: JsonObject
}

/** The layer that a Bidirectional or a TimeDistributed holds, whose arrays the file has; else the layer itself. */
function heldLayer(layer: Described): Described {
  const { layer: held } = layer.config
  if (!isObject(held) || typeof held.class_name !== 'string' || !isObject(held.config)) return layer
  return heldLayer({ className: held.class_name, config: held.config })
}

/** What attention projects by; older versions file attributes that begin with a line. */
const projections = ['query', 'key', 'value', 'output'].flatMap(part => [`${part}_dense/`, `_${part}_dense/`])

/** Within a layer's folder; recurrent layers keep their arrays in the cell. */
const parts = ['', 'forward_layer/', 'backward_layer/', ...projections]
const places = ['', 'layer/'].flatMap(held =>
  parts.flatMap(part => [`${held}${part}vars`, `${held}${part}cell/vars`]),
)

function arraysIn(file: Hdf5File, folder: string, names: readonly string[]): readonly NamedArray[] {
  const groups = places.map(place => `${folder}/${place}`).filter(group => file.has(group))
  return groups.flatMap(group =>
    [...file.children(group)]
      .sort((a, b) => Number(a) - Number(b))
      .map(index => ({ variable: names[Number(index)] ?? `variable ${index}`, path: `${group}/${index}` })),
  )
}

/** The folder of a layer: those of the models that hold it, each with its own, one within the other. */
function folderAt(file: Hdf5File, path: readonly string[], whole: SourceModel): string {
  let model: SourceModel | undefined = whole
  let folder = ''
  for (const name of path) {
    const layer: HeldLayer | undefined = model?.layers.find(own => own.name === name)
    if (model === undefined || layer === undefined) return bug(`no layer ${path.join('/')}`)
    const wrapped = layer.className === 'TimeDistributed' && layer.model !== undefined ? '/layer' : ''
    folder = `${folder}${folderOf(file, `${folder}${root}`, layer, model.layers)}${wrapped}/`
    model = layer.model
  }
  return folder.slice(0, -1)
}

/** Newer versions file a layer under its own name, unless the folder says that it is another's: `dense` may be both. */
function folderOf(file: Hdf5File, group: string, layer: HeldLayer, layers: readonly HeldLayer[]): string {
  const same = layers.filter(({ className }) => className === layer.className)
  const count = same.findIndex(({ name }) => name === layer.name)
  const counted = `${snakeCase(layer.className)}${count <= 0 ? '' : `_${count}`}`
  const isOwn = (folder: string) => ownerOf(file, `${group}/${folder}/vars`) === layer.name
  const byName = file.has(`${group}/${layer.name}`) && (isOwn(layer.name) || !isOwn(counted))
  return `${root}/${byName ? layer.name : counted}`
}

/** The layer that a group of variables says it belongs to. */
function ownerOf(file: Hdf5File, group: string): unknown {
  return file.has(group) ? file.attribute(group, 'name') : undefined
}

/** `BatchNormalization` as `batch_normalization`, by the rule that Keras has for it. */
function snakeCase(name: string): string {
  return name
    .replace(/^hgq>/, '')
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

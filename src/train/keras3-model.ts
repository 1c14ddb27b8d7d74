// A model as Keras 3 saves it: a zip with `config.json`, `metadata.json` and `model.weights.h5`. Objects say the module
// they are of; variables stand under their layer's class, counted, in the order in which the layer makes them.

import { zipSync } from 'fflate'
import { fail } from '../diagnostics/diagnostic.ts'
import { type Hdf5Array, type Hdf5Tree, writeHdf5 } from '../formats/hdf5/write.ts'
import { isList, isObject, type Json, type JsonObject } from '../frontends/json.ts'
import type { WeightValues } from './initialise.ts'
import { kerasArchitecture } from './keras-architecture.ts'
import { storedArray } from './keras-model.ts'
import { type BuiltLayer, type Model, weightKey } from './model.ts'

const version = '3.10.0'

/** The bytes of a `.keras` file; the same model gives the same. Fails with `train/no-keras3` where it has no form. */
export async function writeKeras3Model(model: Model, values: WeightValues): Promise<Uint8Array> {
  const weights = await writeHdf5(weightTree(model, values))
  const text = (value: Json) => new TextEncoder().encode(JSON.stringify(value))
  return zipSync(
    {
      'metadata.json': text({ keras_version: version, date_saved: '1980-01-01@00:00:00' }),
      'config.json': text(keras3Config(model)),
      'model.weights.h5': weights,
    },
    { mtime: new Date(1980, 0, 1) },
  )
}

/** `config.json`. */
export function keras3Config(model: Model): JsonObject {
  const { class_name: name, config } = kerasArchitecture(model) as { class_name: string; config: JsonObject }
  const layers = (config.layers as readonly JsonObject[]).map((layer, k) =>
    layerObject(layer, model.layers[k - model.inputs.length]),
  )
  const whole = { ...config, layers, trainable: true, dtype: policy }
  const graph =
    name === 'Sequential'
      ? whole
      : {
          ...whole,
          layers: layers.map((layer, k) => ({
            ...layer,
            name: (layer.config as JsonObject).name!,
            inbound_nodes: inboundNodes(model, k - model.inputs.length),
          })),
          input_layers: historyList(model.inputs.map(input => input.name)),
          output_layers: historyList(model.outputs),
        }
  return {
    module: moduleOfModel(name),
    class_name: name,
    config: graph,
    registered_name: name,
    build_config: {},
  }
}

const moduleOfModel = (name: string) => (name === 'Sequential' ? 'keras' : 'keras.src.models.functional')

const policy: JsonObject = {
  module: 'keras',
  class_name: 'DTypePolicy',
  config: { name: 'float32' },
  registered_name: null,
}

function historyList(names: readonly string[]): Json {
  const lists = names.map(name => [name, 0, 0])
  return lists.length === 1 ? lists[0]! : lists
}

/** What a layer is called with: a tensor, or a list of them. */
function inboundNodes(model: Model, index: number): Json {
  const layer = model.layers[index]
  if (layer === undefined) return []
  const tensors = layer.inputs.map((name, k) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, ...layer.inputShapes[k]!], dtype: 'float32', keras_history: [name, 0, 0] },
  }))
  return [{ args: tensors.length === 1 ? tensors : [tensors], kwargs: {} }]
}

/** A layer's object, or an input's where there is no layer. */
function layerObject({ class_name: name, config }: JsonObject, layer: BuiltLayer | undefined): JsonObject {
  const className = String(name)
  if (className.includes('>'))
    return fail({
      code: 'train/no-keras3',
      place: `layer '${layer?.name}'`,
      problem: `its class ${className} is one of Keras 2 alone`,
      expected: 'layers of Keras and QKeras',
      remedy: 'Write an .h5 instead.',
    })
  if (/Batchnorm$/.test(className))
    return fail({
      code: 'train/no-keras3',
      place: `layer '${layer?.name}'`,
      problem: `its class ${className} has no form in which Keras 3 keeps it that is read here`,
      expected: 'layers of Keras and QKeras',
      remedy: 'Write an .h5 instead.',
    })
  const own = config as JsonObject
  if (layer === undefined) {
    const { batch_input_shape: shape, ...rest } = own
    return {
      module: 'keras.layers',
      class_name: className,
      config: { batch_shape: shape!, ...rest },
      registered_name: null,
    }
  }
  const converted = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, withModules(value)]))
  return {
    ...named(className, 'keras.layers', 'qkeras.qlayers'),
    config: { ...converted, dtype: policy },
    build_config: { input_shape: [null, ...layer.inputShapes[0]!] },
  }
}

/** QKeras's classes begin with a Q before a capital, and its quantisers with a small letter. */
function named(className: string, keras: string, qkeras: string): JsonObject {
  const isQkeras = /^Q[A-Z]/.test(className) || /^[a-z]/.test(className)
  return {
    module: isQkeras ? qkeras : keras,
    class_name: className,
    registered_name: isQkeras ? `qkeras>${className}` : null,
  }
}

/** Objects within a config, initialisers and quantisers, with the module they are of. */
function withModules(value: Json): Json {
  if (isList(value)) return value.map(withModules)
  if (!isObject(value)) return value
  const inner = Object.fromEntries(Object.entries(value).map(([key, own]) => [key, withModules(own)]))
  if (typeof value.class_name !== 'string') return inner
  if (/^Q?(SimpleRNN|GRU|LSTM)$/.test(value.class_name))
    return { ...inner, ...named(value.class_name, 'keras.layers', 'qkeras.qlayers') }
  return { ...inner, ...named(value.class_name, 'keras.initializers', 'qkeras.quantizers') }
}

function weightTree(model: Model, values: WeightValues): Hdf5Tree {
  const counts = new Map<string, number>()
  const objects = (kerasArchitecture(model) as { config: { layers: readonly JsonObject[] } }).config.layers
  const layers = model.layers.map((layer, k): [string, Hdf5Tree] => {
    const snake = snakeCase(String(objects[k + model.inputs.length]!.class_name))
    const count = counts.get(snake) ?? 0
    counts.set(snake, count + 1)
    return [count === 0 ? snake : `${snake}_${count}`, layerTree(layer, values)]
  })
  return { groups: { layers: { groups: Object.fromEntries(layers) }, vars: {} } }
}

/** Recurrent layers keep their variables in the cell, both directions of a pair in a layer each. */
function layerTree(layer: BuiltLayer, values: WeightValues): Hdf5Tree {
  const groups = new Map<string, [string, Hdf5Array][]>()
  for (const weight of layer.weights) {
    const path = (weight.path ?? []).map(partOf)
    const place = [...path, 'vars'].join('/')
    const own = groups.get(place) ?? []
    own.push([`${own.length}`, storedArray(weight, values[weightKey(layer, weight)]!)])
    groups.set(place, own)
  }
  const named = { attributes: { name: layer.name } }
  const places = [...groups].map(([place, arrays]): [string, Hdf5Tree] => [
    place,
    { ...named, datasets: Object.fromEntries(arrays) },
  ])
  return { groups: { vars: named, ...Object.fromEntries(places) } }
}

/** Keras 3 names what a layer holds by its role. */
function partOf(part: string): string {
  if (/_cell$/.test(part)) return 'cell'
  const [, direction] = /^(forward|backward)_/.exec(part) ?? []
  return direction === undefined ? part : `${direction}_layer`
}

/** Keras's rule: `BatchNormalization` is `batch_normalization`, `QDense` is `q_dense`. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

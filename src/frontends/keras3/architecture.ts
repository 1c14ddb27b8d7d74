// Keras 3's model as Keras 2 would have written it: objects with module and registered name become class and config,
// calls become inbound nodes. What the attributes mean is then read as for Keras 2.

import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { tensorArguments } from '../keras/inbound.ts'

/** Whether a parsed architecture is Keras 3's, which writes the module beside every class. */
export function isKeras3(model: Json): model is JsonObject {
  return isObject(model) && ('module' in model || `${model.keras_version ?? ''}`.startsWith('3'))
}

/** Whether words mean what they do in Keras 3: 2.13 writes its form with the meanings of Keras 2. */
export function meansKeras3({ keras_version: version }: JsonObject): boolean {
  return !`${version ?? ''}`.startsWith('2')
}

/** The architecture in Keras 2's form. */
export function asKeras2(model: JsonObject): JsonObject {
  const config = model.config ?? null
  if (!isObject(config) || !isList(config.layers)) return model
  const { module: _, ...rest } = model
  return { ...rest, config: modelConfig(config, config.layers) }
}

function modelConfig(config: JsonObject, layers: readonly Json[]): JsonObject {
  return { ...config, layers: layers.map(layer => (isObject(layer) ? layerOf(layer) : layer)) }
}

/** Classes of packages that have names of Keras or QKeras and another meaning. */
function classOf({ module, class_name: name }: JsonObject): Json {
  const isOther = typeof module === 'string' && /^hgq\b/.test(module)
  return isOther ? `${module.split('.')[0]}>${String(name)}` : (name ?? null)
}

function layerOf(layer: JsonObject): JsonObject {
  const config = isObject(layer.config) ? layer.config : {}
  return {
    class_name: classOf(layer),
    name: layer.name ?? config.name ?? null,
    config: isList(config.layers) ? modelConfig(config, config.layers) : layerConfig(config),
    ...(layer.inbound_nodes === undefined ? {} : { inbound_nodes: callsOf(layer.inbound_nodes) }),
  }
}

/** Attributes that Keras 3 added, by the value under which they change nothing. */
const newAttributes: Readonly<Record<string, Json>> = {
  lora_rank: null,
  lora_alpha: null,
  quantization_config: null,
  gptq_unpacked_column_size: null,
  optional: false,
  autocast: true,
}

function layerConfig(config: JsonObject): JsonObject {
  const entries = Object.entries(config).flatMap(([key, value]): [string, Json][] => {
    if (Object.hasOwn(newAttributes, key) && newAttributes[key] === value) return []
    return [[key === 'batch_shape' ? 'batch_input_shape' : key, plainValue(value)]]
  })
  return Object.fromEntries(entries)
}

/** A value without what only Keras 3 writes. */
function plainValue(value: Json): Json {
  if (isList(value)) return value.map(plainValue)
  if (!isObject(value)) return value
  const { class_name: name, config } = value
  if (typeof name !== 'string' || config === undefined) {
    return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, plainValue(own)]))
  }
  if (name === 'DTypePolicy' && isObject(config)) return config.name ?? null
  if (name === '__tuple__' && isList(value.items)) return value.items.map(plainValue)
  // A model that a TimeDistributed holds.
  if (isObject(config) && isList(config.layers)) return layerOf(value)
  return { class_name: name, config: plainValue(config) }
}

/** `[{args: [tensor, …], kwargs}]` as `[[[layer, call, output, arguments], …]]`. */
function callsOf(nodes: Json): Json {
  if (!isList(nodes)) return nodes
  return nodes.map(node => {
    if (!isObject(node)) return node
    const kwargs = isObject(node.kwargs) ? node.kwargs : {}
    const named = tensorArguments.flatMap(name => tensorsIn(kwargs[name] ?? []))
    const given = Object.fromEntries(
      Object.entries(kwargs).filter(
        ([name, value]) => value !== null && value !== false && !tensorArguments.includes(name),
      ),
    )
    return [...tensorsIn(node.args ?? []), ...named].map(history => [...history.slice(0, 3), given])
  })
}

function tensorsIn(value: Json): readonly (readonly Json[])[] {
  if (isList(value)) return value.flatMap(tensorsIn)
  if (!isObject(value)) return []
  if (
    value.class_name === '__keras_tensor__' &&
    isObject(value.config) &&
    isList(value.config.keras_history)
  ) {
    return [value.config.keras_history]
  }
  // Tensors by name are taken in the order of the names.
  return Object.keys(value)
    .sort()
    .flatMap(key => tensorsIn(value[key] ?? null))
}

// Architectures of Keras 2 and QKeras as models to train.

import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { isList, isObject, type Json, type JsonObject, shown } from '../frontends/json.ts'
import { collectProblems, type Problems } from '../frontends/problems.ts'
import { reportField } from './fields.ts'
import { isSequential } from './keras-architecture.ts'
import type { LayerDefinition } from './layers/definition.ts'
import { type LayerKind, layerOf, layers } from './layers/index.ts'
import { buildModel, type LayerSpec, type Model, type ModelSpec } from './model.ts'

/** Attributes that say how a model was trained elsewhere, or what is always so. */
const passedOver = [
  /_regularizer$/,
  /_constraint$/,
  /_range$/,
  /_initializer$/,
  /^(name|trainable|dtype|batch_input_shape|shared_object_id|input_length|sparse|ragged)$/,
]

/** Fails with `train/no-keras-model`. */
export function failNoModel(place: string, problem: string): never {
  return fail({
    code: 'train/no-keras-model',
    place,
    problem,
    expected: 'a Sequential or Functional model of Keras 2',
    remedy: 'Save the model again with model.save(…) or model.to_json().',
  })
}

/** Reads a `model_config`; fails with `train/…` codes, all that is wrong at once. */
export function readArchitecture(value: Json, place: string): Model {
  const config = isObject(value) ? value.config : undefined
  const list = isObject(config) ? config.layers : config
  const kind = isObject(value) ? value.class_name : undefined
  if ((kind !== 'Sequential' && kind !== 'Functional' && kind !== 'Model') || !isList(list))
    failNoModel(place, `its class is ${shown(kind)}`)
  const problems = collectProblems()
  const parts = kind === 'Sequential' ? sequential(list, place, problems) : functional(list, place, problems)
  const spec = kind === 'Sequential' ? parts : inOrder(parts, config as JsonObject)
  problems.throwIfAny()
  const name = isObject(config) && typeof config.name === 'string' ? config.name : 'model'
  const model = buildModel({ name, ...spec }, place)
  // A chain that was Functional stays so.
  return kind !== 'Sequential' && isSequential(model) ? { ...model, isFunctional: true } : model
}

type Parts = Pick<ModelSpec, 'inputs' | 'layers' | 'outputs'>

/** Inputs and outputs in the order in which a Functional model says them, which need not be that of its layers. */
function inOrder(parts: Parts, { input_layers: inputs, output_layers: outputs }: JsonObject): Parts {
  const asked = tensorNames(inputs)
  const sorted = asked.flatMap(name => parts.inputs.find(own => own.name === name) ?? [])
  const given = tensorNames(outputs).filter(name => parts.layers.some(layer => layer.name === name))
  return {
    ...parts,
    inputs: sorted.length === parts.inputs.length ? sorted : parts.inputs,
    ...(given.length > 0 && { outputs: given }),
  }
}

/** `[["a", 0, 0], ["b", 0, 0]]`, or a single one of these. */
function tensorNames(value: Json | undefined): string[] {
  if (!isList(value)) return []
  return typeof value[0] === 'string' ? [value[0]] : inboundNames([value])
}

function sequential(list: readonly Json[], place: string, problems: Problems): Parts {
  const [first] = list
  const stated = inputOf(first)
  const inputs = [{ name: stated?.name ?? 'input1', shape: stated?.shape ?? [1] }]
  if (stated === undefined) failNoModel(place, 'it does not state the shape of its input')
  let before = inputs[0]!.name
  const rest = isObject(first) && first.class_name === 'InputLayer' ? list.slice(1) : list
  const read = rest.flatMap(entry => {
    const layer = readLayer(entry, [before], place, problems)
    if (layer !== undefined) before = layer.name
    return layer ?? []
  })
  return { inputs, layers: read }
}

function functional(list: readonly Json[], place: string, problems: Problems): Parts {
  const inputs = list.flatMap(entry => {
    const isInput = isObject(entry) && entry.class_name === 'InputLayer'
    const own = isInput ? inputOf(entry) : undefined
    return own === undefined ? [] : [{ name: own.name ?? 'input1', shape: own.shape }]
  })
  if (inputs.length === 0) failNoModel(place, 'it has no input of known shape')
  const read = list.flatMap(entry => {
    if (!isObject(entry) || entry.class_name === 'InputLayer') return []
    return readLayer(entry, inboundNames(entry.inbound_nodes), place, problems) ?? []
  })
  return { inputs, layers: read }
}

/** `[[["fc1", 0, 0, {}]]]`: of the first call, the names. */
function inboundNames(nodes: Json | undefined): string[] {
  const call = isList(nodes) ? nodes[0] : undefined
  return isList(call) ? call.flatMap(node => (isList(node) ? [String(node[0])] : [])) : []
}

function inputOf(entry: Json | undefined): { name?: string; shape: readonly number[] } | undefined {
  const config = isObject(entry) ? entry.config : undefined
  const shape = isObject(config) ? config.batch_input_shape : undefined
  if (!isObject(config) || !isList(shape) || !shape.slice(1).every(own => typeof own === 'number'))
    return undefined
  const isInput = isObject(entry) && entry.class_name === 'InputLayer'
  const name = isInput && typeof config.name === 'string' ? config.name : undefined
  return { ...(name !== undefined && { name }), shape: shape.slice(1) as number[] }
}

function kindOf(className: string): LayerKind | undefined {
  return (Object.keys(layers) as LayerKind[]).find(kind => {
    const { plain, quantised } = layerOf(kind).classes
    return plain === className || quantised === className
  })
}

function readLayer(
  entry: Json,
  inputs: readonly string[],
  file: string,
  problems: Problems,
): LayerSpec | undefined {
  const className = isObject(entry) ? String(entry.class_name) : ''
  const config = isObject(entry) && isObject(entry.config) ? entry.config : {}
  const name = String(config.name ?? className)
  const place = `${file}: layer '${name}' (${className})`
  const kind = kindOf(className)
  if (kind === undefined) {
    reportClass(className, place, problems)
    return undefined
  }
  const definition = layerOf(kind)
  const flat = definition.held === undefined ? config : definition.held.read(config)
  if (flat === undefined) {
    reportHeld(config, place, problems)
    return undefined
  }
  return { kind, name, inputs, settings: readAttributes(definition, flat, place, problems) }
}

function reportHeld({ layer }: JsonObject, place: string, problems: Problems): void {
  problems.add({
    code: 'train/keras-attribute',
    place,
    problem: `the attribute 'layer' is ${shown(layer)}`,
    expected: 'a recurrent layer that goes forward',
    remedy: 'Training has no such choice: change the layer.',
  })
}

function readAttributes(
  definition: LayerDefinition,
  config: JsonObject,
  place: string,
  problems: Problems,
): Record<string, unknown> {
  const settings = Object.fromEntries(
    Object.entries(definition.fields).map(([name, field]) => {
      const value = config[field.keras]
      if (value === undefined && field.default !== undefined) return [name, field.default]
      const before = problems.list.length
      const read = value === undefined ? undefined : field.read(value, `${place}: ${field.keras}`, problems)
      // An initialiser that is not known here starts weights that the file, or another run, gives.
      if (read === undefined && /_initializer$/.test(field.keras)) return [name, field.default]
      if (read === undefined && problems.list.length === before)
        reportField(field.keras, value, field, place, problems)
      return [name, read]
    }),
  )
  const fixed = problems.list.length > 0 ? {} : (definition.keras?.(settings as never, [1]) ?? {})
  checkOthers(definition, config, fixed as JsonObject, place, problems)
  return settings
}

/** What is no field has the one value that is meant here, or is passed over, or is reported. */
function checkOthers(
  { fields }: LayerDefinition,
  config: JsonObject,
  fixed: JsonObject,
  place: string,
  problems: Problems,
): void {
  const known = new Set(Object.values(fields).map(own => own.keras))
  for (const [name, value] of Object.entries(config)) {
    if (known.has(name) || passedOver.some(pattern => pattern.test(name))) continue
    if (name in fixed && (same(value, fixed[name]) || name === 'axis' || name === 'seed')) continue
    problems.add({
      code: 'train/keras-attribute',
      place,
      problem: `the attribute '${name}' is ${shown(value)}`,
      expected: name in fixed ? shown(fixed[name]) : `one of ${[...known].join(', ')}`,
      remedy: 'Training has no such choice: change the layer.',
    })
  }
}

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)

function reportClass(className: string, place: string, problems: Problems): void {
  const known = Object.values(layers).flatMap(({ classes }) => Object.values(classes))
  problems.add({
    code: 'train/unknown-layer',
    place,
    problem: `layers of class ${className} cannot be trained`,
    expected: `one of ${known.join(', ')}`,
    remedy: didYouMean(className, known) || 'Replace the layer.',
  })
}

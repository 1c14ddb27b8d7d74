// Models of Keras 2 and QKeras as training reads and writes them: the architecture (`model_config`), and the `.h5` with
// architecture and weights, laid out as Keras 2.12 lays it out. A layer's attributes follow from its fields.

import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { type Hdf5File, openHdf5 } from '../formats/hdf5/read.ts'
import { type Hdf5Array, type Hdf5Tree, writeHdf5 } from '../formats/hdf5/write.ts'
import { isList, isObject, type Json, type JsonObject, shown } from '../frontends/json.ts'
import { collectProblems, type Problems } from '../frontends/problems.ts'
import { type ActivationSpec, reportField } from './fields.ts'
import type { WeightValues } from './initialise.ts'
import type { LayerDefinition, WeightSpec } from './layers/definition.ts'
import { type LayerKind, layerOf, layers } from './layers/index.ts'
import {
  type BuiltLayer,
  buildModel,
  type LayerSpec,
  type Model,
  type ModelSpec,
  weightKey,
} from './model.ts'
import { quantiserText } from './quantisers/parse.ts'

// Writing.

/** Any quantiser among a layer's settings makes it one of QKeras. */
function isQuantised(definition: LayerDefinition, layer: LayerSpec): boolean {
  const { quantised, plain } = definition.classes
  if (quantised === undefined || plain === undefined) return plain === undefined
  if (definition.isQuantised !== undefined) return definition.isQuantised(layer.settings as never)
  return Object.entries(definition.fields).some(([name, field]) => {
    const value = layer.settings[name]
    if (/_quantizer$/.test(field.keras)) return value !== null
    return /activation$/.test(field.keras) && (value as ActivationSpec).kind === 'quantiser'
  })
}

/** What Keras writes beside a layer's own settings: penalties and limits of weights, which training has of its own. */
function weightAttributes(layer: BuiltLayer, quantised: boolean): JsonObject {
  // `depthwise_kernel` goes by `depthwise_regularizer`, `kernel` by its own name.
  const trained = layer.weights.filter(own => own.trainable).map(variableOf)
  const roles = trained.map(name => name.replace(/_kernel$/, ''))
  if (roles.length === 0) return {}
  const words = roles.flatMap(role => [
    [`${role}_regularizer`, null],
    [`${role}_constraint`, null],
  ])
  const main = trained.some(name => /kernel|embeddings/.test(name)) ? [['activity_regularizer', null]] : []
  const ranges =
    quantised && roles.includes('kernel')
      ? [
          ['kernel_range', null],
          ['bias_range', null],
        ]
      : []
  return Object.fromEntries([...words, ...main, ...ranges])
}

function layerObject(layer: BuiltLayer): JsonObject {
  const definition = layerOf(layer.kind)
  const quantised = isQuantised(definition, layer)
  const own = Object.entries(definition.fields).flatMap(([name, field]): [string, Json][] => {
    const isQuantiserField = /_quantizer$/.test(field.keras)
    if (isQuantiserField && !quantised) return []
    return [[field.keras, field.write(layer.settings[name])]]
  })
  const config: JsonObject = {
    name: layer.name,
    trainable: true,
    dtype: 'float32',
    ...Object.fromEntries(own),
    ...(definition.keras?.(layer.settings as never, layer.inputShapes[0]!) as JsonObject | undefined),
    ...weightAttributes(layer, quantised),
  }
  const className = (quantised ? definition.classes.quantised : definition.classes.plain)!
  const activation = layer.settings.activation as ActivationSpec | undefined
  // QActivation holds its quantiser as text.
  if (className === 'QActivation' && activation?.kind === 'quantiser')
    return { class_name: className, config: { ...config, activation: quantiserText(activation) } }
  return { class_name: className, config: definition.held?.write(config, quantised) ?? config }
}

function inputObject({ name, shape }: Model['inputs'][number]): JsonObject {
  const config = { batch_input_shape: [null, ...shape], dtype: 'float32', sparse: false, ragged: false, name }
  return { class_name: 'InputLayer', config }
}

/** Whether every layer reads the one before, and the last is the output. */
function isSequential({ inputs, layers: list, outputs, isFunctional }: Model): boolean {
  if (isFunctional === true) return false
  const chain = [inputs[0]!.name, ...list.map(({ name }) => name)]
  if (inputs.length > 1 || outputs.length > 1 || outputs[0] !== chain.at(-1)) return false
  return list.every(layer => layer.inputs.length === 1 && layer.inputs[0] === chain[list.indexOf(layer)])
}

/** Keras 2's `model_config`: Sequential where every layer reads the one before, otherwise Functional. */
export function kerasArchitecture(model: Model): JsonObject {
  const objects = [...model.inputs.map(inputObject), ...model.layers.map(layerObject)]
  if (isSequential(model)) return { class_name: 'Sequential', config: { name: model.name, layers: objects } }
  const reads = [...model.inputs.map(() => []), ...model.layers.map(({ inputs }) => inputs)]
  const names = [...model.inputs, ...model.layers].map(({ name }) => name)
  const config = {
    name: model.name,
    trainable: true,
    layers: objects.map((object, k) => ({
      ...object,
      name: names[k]!,
      inbound_nodes: reads[k]!.length === 0 ? [] : [reads[k]!.map(name => [name, 0, 0, {}])],
    })),
    input_layers: model.inputs.map(({ name }) => [name, 0, 0]),
    output_layers: model.outputs.map(name => [name, 0, 0]),
  }
  return { class_name: 'Functional', config }
}

const utf8Of = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([name, utf8]) => [name, { utf8 }]))

const writtenBy = { backend: 'tensorflow', keras_version: '2.12.0' }

/** Fails with `train/widths` for a layer that no class of Keras or its kin stands for. */
export function checkWritable(model: Model): void {
  const layer = model.layers.find(({ kind }) => Object.keys(layerOf(kind).classes).length === 0)
  if (layer === undefined) return
  fail({
    code: 'train/widths',
    place: `layer '${layer.name}' (${layer.kind})`,
    problem: 'no file holds widths that are still trained',
    expected: "'widths' in compress, which makes types of them",
    remedy: 'Train the network without it, and let compress train the widths.',
  })
}

/** The bytes of an `.h5` with architecture and weights, float32 as trained; the same model gives the same bytes. */
export async function writeKerasModel(model: Model, values: WeightValues): Promise<Uint8Array> {
  checkWritable(model)
  // Keras counts inputs among the layers of a Functional model alone.
  const inputs = isSequential(model) ? [] : model.inputs
  const groups = Object.fromEntries([
    ...inputs.map(({ name }) => [name, { attributes: { weight_names: [] } }] as const),
    ...model.layers.map(layer => [layer.name, layerGroup(layer, values)] as const),
    ['top_level_model_weights', { attributes: { weight_names: [] } }] as const,
  ])
  const names = [...inputs, ...model.layers].map(({ name }) => name)
  return writeHdf5({
    // As Keras has it at the root, and not below.
    attributes: { ...utf8Of(writtenBy), model_config: JSON.stringify(kerasArchitecture(model)) },
    groups: { model_weights: { attributes: { ...writtenBy, layer_names: names }, groups } },
  })
}

function layerGroup(layer: BuiltLayer, values: WeightValues): Hdf5Tree {
  const paths = layer.weights.map(own => [layer.name, ...(own.path ?? []), `${variableOf(own)}:0`].join('/'))
  const datasets = layer.weights.map((own, k) => {
    return [paths[k]!, storedArray(own, values[weightKey(layer, own)]!)] as const
  })
  return { attributes: { weight_names: paths }, datasets: Object.fromEntries(datasets) }
}

/** The name under which a file has it. */
export const variableOf = ({ variable, name }: WeightSpec): string => variable ?? name

/** A weight in a file; counts are int64, as Keras keeps them. */
export const storedArray = ({ shape, isWhole = false }: WeightSpec, data: Float32Array): Hdf5Array => ({
  shape,
  data,
  ...(isWhole && { isLong: true }),
})

// Reading.

/** Attributes that say how a model was trained elsewhere, or what is always so. */
const passedOver = [
  /_regularizer$/,
  /_constraint$/,
  /_range$/,
  /_initializer$/,
  /^(name|trainable|dtype|batch_input_shape|shared_object_id|input_length|sparse|ragged)$/,
]

/** A model and, where the file has them, its weights; from a Keras 2 `.h5` or the JSON of `model.to_json()`. */
export async function readKerasModel(
  bytes: Uint8Array,
  name: string,
): Promise<{ readonly model: Model; readonly weights?: WeightValues }> {
  if (bytes[0] === '{'.charCodeAt(0) || /^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64))))
    return { model: readArchitecture(parse(new TextDecoder().decode(bytes), name), name) }
  const file = await openHdf5(bytes, name)
  try {
    const text = file.attribute('', 'model_config')
    if (typeof text !== 'string') failNoModel(name, 'the file has no architecture')
    const model = readArchitecture(parse(text, name), name)
    return { model, weights: readWeights(file, model) }
  } finally {
    file.close()
  }
}

function parse(text: string, name: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return failNoModel(name, 'its architecture is not JSON')
  }
}

function failNoModel(place: string, problem: string): never {
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

/** The arrays by their paths in the file: `<layer>/…/<variable>:0`. */
function readWeights(file: Hdf5File, model: Model): WeightValues {
  const root = file.has('model_weights') ? 'model_weights/' : ''
  return Object.fromEntries(
    model.layers.flatMap(layer => {
      const names = layer.weights.length === 0 ? [] : file.attribute(`${root}${layer.name}`, 'weight_names')
      const paths = Array.isArray(names) ? names.map(String) : []
      return layer.weights.map(weight => {
        const path = pathOf(weight, paths)
        if (path === undefined) failWeight(file, layer, `it has no '${weight.name}'`)
        const { shape, data } = file.dataset(`${root}${layer.name}/${path}`)
        if (shape.join() !== weight.shape.join())
          failWeight(
            file,
            layer,
            `'${weight.name}' is [${shape.join(', ')}], and not [${weight.shape.join(', ')}]`,
          )
        return [weightKey(layer, weight), Float32Array.from(data)] as const
      })
    }),
  )
}

/** By its name, and by the direction where a layer has a variable in each. */
function pathOf(weight: WeightSpec, paths: readonly string[]): string | undefined {
  const direction = /^(?:for|back)ward_/.exec(weight.path?.[0] ?? '')?.[0]
  return paths.find(
    own =>
      own.split('/').at(-1) === `${variableOf(weight)}:0` &&
      (direction === undefined || own.includes(`/${direction}`)),
  )
}

function failWeight(file: Hdf5File, { name }: BuiltLayer, problem: string): never {
  return fail({
    code: 'train/keras-weights',
    place: `${file.name}: layer '${name}'`,
    problem,
    expected: 'the arrays of the architecture',
    remedy: 'Save the model again.',
  })
}

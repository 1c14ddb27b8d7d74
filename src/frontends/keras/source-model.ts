// Keras 2's `model_config` as it is written: a model's layers, how often each is called and on what. Sequential and
// Functional become one form; a layer may be a model itself.

import { fail } from '../../diagnostics/diagnostic.ts'
import { mostNodes, refuseSize } from '../graph-size.ts'
import { isList, isObject, type Json, type JsonObject, shown } from '../json.ts'
import type { Problems } from '../problems.ts'
import { callsOf, causalCalls, type Reference, referencesIn, withCallsFrom0 } from './inbound.ts'

export interface SourceModel {
  readonly name: string
  readonly layers: readonly HeldLayer[]
  /** Its InputLayers, in the order in which it is given tensors. */
  readonly inputs: readonly Reference[]
  readonly outputs: readonly Reference[]
}

/** A layer as a model holds it: once, however often it is called. */
export interface HeldLayer {
  readonly className: string
  readonly name: string
  readonly config: JsonObject
  /** Names of the models that hold it, the outermost first but without the whole, and its own. */
  readonly path: readonly string[]
  /** How messages name it. */
  readonly place: string
  /** What each call reads; one that reads nothing, where the file has none. */
  readonly calls: readonly (readonly Reference[])[]
  /** Of attention: which calls attend to no later step. */
  readonly causal?: readonly boolean[]
  /** Of a layer that is a model, or that does one for every step. */
  readonly model?: SourceModel
}

interface Reading {
  /** Of the file. */
  readonly file: string
  /** Names of the models around. */
  readonly path: readonly string[]
  readonly problems: Problems
}

const functional = ['Functional', 'Model']

/** Reads a parsed `model_config`; fails with `keras/unreadable-architecture`, and reports what is wrong inside. */
export function readSourceModel(model: Json, reading: Reading): SourceModel {
  if (!isObject(model)) return refuseModel(reading, `it holds ${shown(model)}`)
  const { class_name: className, config } = model
  if (className === 'Sequential') return readSequential(config, reading)
  if (typeof className === 'string' && functional.includes(className)) return readFunctional(config, reading)
  return refuseModel(reading, `its class_name is ${shown(className)}`)
}

function isModel(className: Json | undefined): boolean {
  return className === 'Sequential' || functional.some(name => name === className)
}

function refuseModel({ file, path }: Reading, problem: string): never {
  return fail({
    code: 'keras/unreadable-architecture',
    place: path.length === 0 ? file : `${file}: model '${path.join('/')}'`,
    problem: `this is not a Keras model: ${problem}`,
    expected: "class_name 'Sequential', 'Functional' or 'Model'",
    remedy: 'Save the model again with model.save(…) or model.to_json().',
  })
}

function readSequential(config: Json | undefined, reading: Reading): SourceModel {
  const list = listOfLayers(isObject(config) ? config.layers : config, reading)
  const layers: HeldLayer[] = []
  for (const entry of list) {
    const layer = readLayer(entry, reading)
    if (layers.length === 0 && layer.className !== 'InputLayer') layers.push(inputBefore(layer, reading))
    const before = layers.at(-1)
    layers.push({ ...layer, calls: [before === undefined ? [] : [referenceTo(before)]] })
  }
  checkNames(layers, reading.problems)
  const name = isObject(config) && typeof config.name === 'string' ? config.name : 'model'
  return { name, layers, inputs: [referenceTo(layers[0]!)], outputs: [referenceTo(layers.at(-1)!)] }
}

const referenceTo = ({ name }: HeldLayer): Reference => ({ layer: name, call: 0, output: 0 })

/** hls4ml calls the input of a Sequential that does not name its own `input1`. */
function inputBefore(first: HeldLayer, { path, problems }: Reading): HeldLayer {
  const shape = statedShape(first)
  if (shape === undefined && path.length === 0) {
    problems.add({
      code: 'keras/unknown-input-shape',
      place: first.place,
      problem: 'the model does not state the shape of its input',
      expected: 'an InputLayer, or batch_input_shape on the first layer',
      remedy: 'Build the model (model.build or a first call) before saving it.',
    })
  }
  const name = 'input1'
  const config = { name, ...(shape === undefined ? {} : { batch_input_shape: shape }) }
  const place = "layer 'input1' (InputLayer)"
  return { className: 'InputLayer', name, config, path: [...path, name], place, calls: [[]] }
}

/** That of the layer, or of the first one in a model. */
function statedShape({ config, model }: HeldLayer): Json | undefined {
  const inner = model?.layers.find(({ name }) => name === model.inputs[0]?.layer)
  return config.batch_input_shape ?? inner?.config.batch_input_shape
}

function readFunctional(config: Json | undefined, reading: Reading): SourceModel {
  if (!isObject(config)) return refuseModel(reading, 'it has no layers')
  const list = listOfLayers(config.layers, reading)
  const read = list.map((entry): HeldLayer => {
    const layer = readLayer(entry, reading)
    const nodes = isObject(entry) ? entry.inbound_nodes : undefined
    const causal = causalCalls(nodes, layer)
    const calls = callsOf(nodes, layer, reading.problems)
    return { ...layer, calls, ...(causal.includes(true) && { causal }) }
  })
  checkNames(read, reading.problems)
  const ends = { inputs: referencesIn(config.input_layers), outputs: referencesIn(config.output_layers) }
  checkEnds(ends.inputs, ends.outputs, read, reading)
  const { layers, inputs, outputs } = withCallsFrom0(read, ends, reading.problems)
  const name = typeof config.name === 'string' ? config.name : 'model'
  return { name, layers, inputs, outputs }
}

function listOfLayers(list: Json | undefined, reading: Reading): readonly Json[] {
  if (!isList(list) || list.length === 0) return refuseModel(reading, 'it has no layers')
  if (list.length > mostNodes) refuseSize(reading.file, `${list.length} layers`)
  return list
}

function readLayer(entry: Json, reading: Reading): HeldLayer {
  const config = isObject(entry) ? entry.config : undefined
  const className = isObject(entry) ? entry.class_name : undefined
  const isPlain = isObject(config) || (isList(config) && isModel(className))
  if (typeof className !== 'string' || !isPlain) return refuseModel(reading, `a layer is ${shown(entry)}`)
  const own = isObject(config) ? config : {}
  const name = own.name ?? (isObject(entry) ? entry.name : undefined)
  if (typeof name !== 'string' || name === '')
    return refuseModel(reading, `a layer of class ${className} has no name`)
  const path = [...reading.path, name]
  const holder = reading.path.length === 0 ? '' : ` of '${reading.path.join('/')}'`
  const held = modelIn(className, entry, own)
  return {
    className,
    name,
    config: own,
    path,
    place: `layer '${name}' (${className})${holder}`,
    calls: [[]],
    ...(held !== undefined && { model: readSourceModel(held, { ...reading, path }) }),
  }
}

/** The model that a layer is, or that a TimeDistributed does for every step. */
function modelIn(className: string, entry: Json, config: JsonObject): Json | undefined {
  if (isModel(className)) return entry
  const { layer } = config
  return className === 'TimeDistributed' && isObject(layer) && isModel(layer.class_name) ? layer : undefined
}

function checkNames(layers: readonly HeldLayer[], problems: Problems): void {
  const seen = new Set<string>()
  for (const { name, place } of layers) {
    if (seen.has(name)) {
      problems.add({
        code: 'keras/duplicate-name',
        place,
        problem: 'another layer has the same name',
        expected: 'a name of its own for every layer',
        remedy: 'Rename one of them.',
      })
    }
    seen.add(name)
  }
}

function checkEnds(
  inputs: readonly Reference[],
  outputs: readonly Reference[],
  layers: readonly HeldLayer[],
  { file: place, problems }: Reading,
): void {
  const classes = new Map(layers.map(({ name, className }) => [name, className]))
  const report = (problem: string, expected: string) =>
    problems.add({ code: 'keras/unknown-layer', place, problem, expected, remedy: 'Save the model again.' })
  for (const { layer } of inputs) {
    const className = classes.get(layer)
    if (className !== undefined && className !== 'InputLayer')
      report(`the model names '${layer}' as an input, which is a ${className}`, 'layers of class InputLayer')
  }
  if (outputs.length === 0) report('the model names no output layers', 'output_layers of at least one layer')
  for (const { layer } of [...inputs, ...outputs]) {
    if (!classes.has(layer))
      report(`the model names '${layer}', which is none of its layers`, [...classes.keys()].join(', '))
  }
}

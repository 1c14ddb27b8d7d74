// Keras 2's `model_config`: layers with their attributes, and who reads whom. Sequential and Functional become one
// form here; what they hold is the layer readers' business.

import { fail } from '../../diagnostics/diagnostic.ts'
import { isList, isObject, type Json, type JsonObject, shown } from '../json.ts'
import type { Problems } from '../problems.ts'
import { inboundNames, namesOf } from './inbound.ts'
import { sortLayers } from './order.ts'

export interface SourceLayer {
  readonly className: string
  readonly name: string
  readonly config: JsonObject
  /** Names of the layers read. */
  readonly inputs: readonly string[]
  /** How messages name it. */
  readonly place: string
}

export interface Architecture {
  readonly name: string
  /** Inputs first, in the model's order, then the others, each after what it reads. */
  readonly layers: readonly SourceLayer[]
  readonly outputs: readonly string[]
}

const functional = ['Functional', 'Model']

/** Reads a parsed `model_config`; `place` names the file. */
export function readArchitecture(model: Json, place: string, problems: Problems): Architecture {
  if (!isObject(model)) refuseModel(place, `it holds ${shown(model)}`)
  const { class_name: className, config } = model
  if (className === 'Sequential') return readSequential(config, place, problems)
  if (typeof className === 'string' && functional.includes(className)) {
    return readFunctional(config, place, problems)
  }
  return refuseModel(place, `its class_name is ${shown(className)}`)
}

function refuseModel(place: string, problem: string): never {
  return fail({
    code: 'keras/unreadable-architecture',
    place,
    problem: `this is not a Keras model: ${problem}`,
    expected: "class_name 'Sequential', 'Functional' or 'Model'",
    remedy: 'Save the model again with model.save(…) or model.to_json().',
  })
}

function readSequential(config: Json | undefined, place: string, problems: Problems): Architecture {
  const list = isObject(config) ? config.layers : config
  if (!isList(list) || list.length === 0) refuseModel(place, 'it has no layers')
  const name = isObject(config) && typeof config.name === 'string' ? config.name : 'model'
  const layers: SourceLayer[] = []
  for (const entry of list) {
    const layer = readLayer(entry, place)
    if (layers.length === 0 && layer.className !== 'InputLayer') layers.push(inputBefore(layer, problems))
    const before = layers.at(-1)
    layers.push({ ...layer, inputs: before === undefined ? [] : [before.name] })
  }
  checkNames(layers, problems)
  return { name, layers, outputs: [layers.at(-1)!.name] }
}

/** hls4ml calls the input of a Sequential that does not name its own `input1`. */
function inputBefore(first: SourceLayer, problems: Problems): SourceLayer {
  const shape = first.config.batch_input_shape
  if (shape === undefined) {
    problems.add({
      code: 'keras/unknown-input-shape',
      place: first.place,
      problem: 'the model does not state the shape of its input',
      expected: 'an InputLayer, or batch_input_shape on the first layer',
      remedy: 'Build the model (model.build or a first call) before saving it.',
    })
  }
  const config = { name: 'input1', ...(shape === undefined ? {} : { batch_input_shape: shape }) }
  return { className: 'InputLayer', name: 'input1', config, inputs: [], place: "layer 'input1' (InputLayer)" }
}

function readFunctional(config: Json | undefined, place: string, problems: Problems): Architecture {
  if (!isObject(config) || !isList(config.layers) || config.layers.length === 0) {
    refuseModel(place, 'it has no layers')
  }
  const layers = config.layers.map(entry => {
    const layer = readLayer(entry, place)
    return {
      ...layer,
      inputs: inboundNames(isObject(entry) ? entry.inbound_nodes : undefined, layer, problems),
    }
  })
  checkNames(layers, problems)
  const inputs = namesOf(config.input_layers)
  const outputs = namesOf(config.output_layers)
  checkEnds(inputs, outputs, layers, place, problems)
  const name = typeof config.name === 'string' ? config.name : 'model'
  return { name, layers: sortLayers(layers, inputs, problems), outputs }
}

function readLayer(entry: Json, place: string): SourceLayer {
  const config = isObject(entry) ? entry.config : undefined
  const className = isObject(entry) ? entry.class_name : undefined
  if (typeof className !== 'string' || !isObject(config)) refuseModel(place, `a layer is ${shown(entry)}`)
  const name = config.name ?? (isObject(entry) ? entry.name : undefined)
  if (typeof name !== 'string' || name === '') refuseModel(place, `a layer of class ${className} has no name`)
  return { className, name, config, inputs: [], place: `layer '${name}' (${className})` }
}

function checkNames(layers: readonly SourceLayer[], problems: Problems): void {
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
  inputs: readonly string[],
  outputs: readonly string[],
  layers: readonly SourceLayer[],
  place: string,
  problems: Problems,
): void {
  const known = new Set(layers.map(layer => layer.name))
  const report = (problem: string, expected: string) =>
    problems.add({ code: 'keras/unknown-layer', place, problem, expected, remedy: 'Save the model again.' })
  const classes = new Map(layers.map(layer => [layer.name, layer.className]))
  for (const name of inputs) {
    if (known.has(name) && classes.get(name) !== 'InputLayer')
      report(
        `the model names '${name}' as an input, which is a ${classes.get(name)}`,
        'layers of class InputLayer',
      )
  }
  if (outputs.length === 0) report('the model names no output layers', 'output_layers of at least one layer')
  for (const name of [...inputs, ...outputs]) {
    if (!known.has(name))
      report(`the model names '${name}', which is none of its layers`, [...known].join(', '))
  }
}

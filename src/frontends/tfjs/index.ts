// TensorFlow.js's layers models: a `model.json` with Keras's architecture, and files of weights beside it.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import type { Frontend, SourceFile } from '../frontend.ts'
import { refuseSize } from '../graph-size.ts'
import { isList, isObject, type Json, type JsonObject, shown, tooLargeJson } from '../json.ts'
import { readArchitecture } from '../keras/architecture.ts'
import { buildGraph } from '../keras/build-graph.ts'
import { namedWeights } from '../keras/weights.ts'
import { asKeras2, isKeras3 } from '../keras3/architecture.ts'
import { collectProblems } from '../problems.ts'
import { asKerasFile, readArrays } from './arrays.ts'
import { readManifest } from './manifest.ts'

export const tfjs: Frontend = {
  name: 'tfjs',
  summary: 'TensorFlow.js layers models: model.json with its .bin files',
  match: bytes => modelIn(bytes) !== undefined || largeIn(bytes) !== undefined,
  parts: ({ name, bytes }) => {
    const large = largeIn(bytes)
    if (large !== undefined) refuseSize(name, large)
    const model = modelIn(bytes)
    if (model === undefined) return []
    refuseGraphModel(model, name)
    return [...new Set(readManifest(model, name).flatMap(({ paths }) => paths))]
  },
  read: async files => {
    const [file, ...shards] = files
    const model = file && modelIn(file.bytes)
    if (model === undefined || shards.some(({ bytes }) => modelIn(bytes) !== undefined)) {
      return fail({
        code: 'import/several-models',
        place: files.map(({ name }) => name).join(', '),
        problem: 'these are more files than one TensorFlow.js model has',
        expected: 'one model.json',
      })
    }
    return readModel(model, file!.name, shards)
  },
}

function readModel(model: JsonObject, place: string, shards: readonly SourceFile[]): OpGraph {
  refuseGraphModel(model, place)
  const topology = architectureOf(model.modelTopology)
  const problems = collectProblems()
  const architecture = readArchitecture(isKeras3(topology) ? asKeras2(topology) : topology, place, problems)
  const file = asKerasFile(readArrays(readManifest(model, place), shards, place), place)
  const source = namedWeights(file, architecture, problems, { grouped: false })
  return buildGraph(architecture, source, problems)
}

/** Converted from Python it stands in `model_config`, saved by TensorFlow.js it is the topology itself. */
function architectureOf(topology: Json | undefined): Json {
  const snake = inSnakeCase(topology ?? null, 0)
  if (!isObject(snake) || !isObject(snake.model_config)) return snake
  const { keras_version: version = null } = snake
  return { keras_version: version, ...snake.model_config }
}

/** Keys as Keras writes them: some exporters leave them as JavaScript has them. */
function inSnakeCase(value: Json, depth: number): Json {
  if (depth > 200) return null
  if (isList(value)) return value.map(own => inSnakeCase(own, depth + 1))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [
      /^[a-z]+([A-Z][a-z0-9]*)+$/.test(key)
        ? key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
        : key,
      inSnakeCase(own, depth + 1),
    ]),
  )
}

/** TensorFlow's own graph, in which layers cannot be found again. */
function refuseGraphModel({ format, modelTopology: topology }: JsonObject, place: string): void {
  const isGraph = format === 'graph-model' || (isObject(topology) && isList(topology.node))
  if (isGraph || !isObject(topology)) {
    fail({
      code: 'tfjs/not-a-layers-model',
      place,
      problem: isGraph
        ? 'it is a graph model: TensorFlow operations with weights frozen in them'
        : `its modelTopology is ${shown(topology)}`,
      expected: 'a layers model, whose modelTopology has Keras layers',
      remedy:
        'Convert the Keras model with --output_format tfjs_layers_model, or give Lutra the .h5 or .keras itself.',
    })
  }
}

/** Why a `model.json` is larger than any; undefined for everything else. */
function largeIn(bytes: Uint8Array): string | undefined {
  if (!/^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64)))) return undefined
  const text = new TextDecoder().decode(bytes)
  return text.includes('"modelTopology"') ? tooLargeJson(text) : undefined
}

/** The object of a `model.json`; undefined for everything else. */
function modelIn(bytes: Uint8Array): JsonObject | undefined {
  if (!/^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64)))) return undefined
  const text = new TextDecoder().decode(bytes)
  if (tooLargeJson(text) !== undefined) return undefined
  try {
    const value = JSON.parse(text) as Json
    return isObject(value) && 'modelTopology' in value ? value : undefined
  } catch {
    return undefined
  }
}

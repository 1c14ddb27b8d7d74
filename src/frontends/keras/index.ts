// Keras and QKeras models: one `.h5` or `.keras` with architecture and weights, or a `.json` and a weights `.h5`.

import { CompileError, fail } from '../../diagnostics/diagnostic.ts'
import { type Hdf5File, openHdf5 } from '../../formats/hdf5/read.ts'
import type { ZipEntry } from '../../formats/zip.ts'
import { isZip, zipHolds } from '../../formats/zip-names.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import type { Frontend, SourceFile } from '../frontend.ts'
import { refuseSize } from '../graph-size.ts'
import { withExactWeights } from '../hgq/exact-graph.ts'
import { isObject, type Json, tooLargeJson } from '../json.ts'
import { asKeras2, isKeras3, meansKeras3 } from '../keras3/architecture.ts'
import { asKeras3Means } from '../keras3/meanings.ts'
import { keras3Weights } from '../keras3/weights.ts'
import { collectProblems, type Problems } from '../problems.ts'
import { readArchitecture } from './architecture.ts'
import { buildGraph } from './build-graph.ts'
import { namedWeights } from './weights.ts'

const hdf5Signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

export const keras: Frontend = {
  name: 'keras',
  summary: 'Keras and QKeras: .h5, .keras, or .json with a weights .h5',
  match: bytes => isHdf5(bytes) || isKerasJson(bytes) || isKerasArchive(bytes),
  read: async files => {
    const archive = files.find(file => isKerasArchive(file.bytes))
    if (archive !== undefined) return files.length > 1 ? failSeveral(files) : readArchive(archive)
    const weights = files.filter(file => isHdf5(file.bytes))
    const texts = files.filter(file => !isHdf5(file.bytes))
    if (weights.length > 1 || texts.length > 1) failSeveral(files)
    for (const text of texts) refuseLarge(decode(text), text.name)
    if (weights[0] === undefined) failNoWeights(texts[0]!)
    const file = await openHdf5(weights[0].bytes, weights[0].name)
    try {
      return readModel(file, texts[0])
    } finally {
      file.close()
    }
  },
}

function readModel(file: Hdf5File, text: SourceFile | undefined): OpGraph {
  const problems = collectProblems()
  const version = file.attribute('', 'keras_version')
  const source = text === undefined ? architectureIn(file) : decode(text)
  const place = text?.name ?? file.name
  const model = parse(source, place)
  return graphOf(withVersion(model, `${version ?? ''}`), place, file, problems)
}

/** The architecture with the version of Keras that wrote it, where it does not say so itself. */
function withVersion(model: Json, version: Json): Json {
  return isObject(model) ? { ...model, keras_version: model.keras_version ?? version } : model
}

/** What an archive says of the version that wrote it; those of Keras 2.12 and later are archives too. */
function versionIn(entries: readonly ZipEntry[], name: string): Json {
  const metadata = entries.find(({ path }) => path === 'metadata.json')
  const value = metadata === undefined ? null : parse(new TextDecoder().decode(metadata.read()), name)
  return isObject(value) ? (value.keras_version ?? '') : ''
}

function graphOf(model: Json, place: string, file: Hdf5File, problems: Problems): OpGraph {
  const isThree = isKeras3(model)
  const architecture = readArchitecture(isThree ? asKeras2(model) : model, place, problems)
  const read = buildGraph(
    architecture,
    // Keras 3 too can write the older file, with arrays by name.
    isThree && file.has('layers')
      ? { of: layer => keras3Weights(file, layer, architecture.model, problems), finish: () => {} }
      : namedWeights(file, architecture, problems, { grouped: true }),
    problems,
  )
  const graph = withExactWeights(read)
  return isThree && meansKeras3(model) ? asKeras3Means(graph) : graph
}

/** A `.keras` archive: architecture and weights in one. */
async function readArchive({ name, bytes }: SourceFile): Promise<OpGraph> {
  // What unpacks is loaded for archives alone.
  const { readZip } = await import('../../formats/zip.ts')
  const entries = readZip(bytes, { name, area: 'zip' })
  const entry = (path: string) =>
    entries.find(own => own.path === path)?.read() ??
    fail({
      code: 'keras/no-architecture',
      place: name,
      problem: `the archive has no '${path}'`,
      expected: 'a file as model.save(…) of Keras 3 writes it',
      remedy: 'Save the model again.',
    })
  const text = new TextDecoder().decode(entry('config.json'))
  const file = await openHdf5(entry('model.weights.h5'), `${name}: model.weights.h5`)
  try {
    return graphOf(withVersion(parse(text, name), versionIn(entries, name)), name, file, collectProblems())
  } finally {
    file.close()
  }
}

function architectureIn(file: Hdf5File): string {
  const value = file.attribute('', 'model_config')
  const text = Array.isArray(value) ? value[0] : value
  if (typeof text === 'string') return text
  return fail({
    code: 'keras/no-architecture',
    place: file.name,
    problem: 'the file holds weights and no architecture',
    expected: "an attribute 'model_config'",
    remedy: 'Give the architecture too (model.to_json() in a .json file), or save with model.save(…).',
  })
}

function refuseLarge(text: string, place: string): void {
  const large = tooLargeJson(text)
  if (large !== undefined) refuseSize(place, large)
}

function parse(text: string, place: string): Json {
  refuseLarge(text, place)
  try {
    return JSON.parse(plainJson(text)) as Json
  } catch (cause) {
    return fail(
      {
        code: 'keras/unreadable-architecture',
        place,
        problem: `the architecture is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
        remedy: 'Save the model again.',
      },
      cause,
    )
  }
}

/** Python writes infinities and NaN as words, which JSON has not; numbers too large to hold, and null, stand for them. */
function plainJson(text: string): string {
  if (!/Infinity|NaN/.test(text)) return text
  return text.replace(/"(?:[^"\\]|\\.)*"|Infinity|NaN/g, word =>
    word === 'Infinity' ? '1e999' : word === 'NaN' ? 'null' : word,
  )
}

function isHdf5(bytes: Uint8Array): boolean {
  // Behind a user block the signature stands at 512, 1024, 2048 … bytes.
  for (let at = 0; at + hdf5Signature.length <= bytes.length; at = at === 0 ? 512 : at * 2) {
    if (hdf5Signature.every((byte, k) => bytes[at + k] === byte)) return true
  }
  return false
}

/** By the names of its entries, which are not compressed. */
function isKerasArchive(bytes: Uint8Array): boolean {
  return isZip(bytes) && zipHolds(bytes, 'metadata.json') && zipHolds(bytes, 'config.json')
}

function isKerasJson(bytes: Uint8Array): boolean {
  if (!/^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64)))) return false
  const text = decode({ name: '', bytes })
  // Reading says so.
  if (tooLargeJson(text) !== undefined) return true
  try {
    const value = parse(text, '')
    return isObject(value) && 'class_name' in value
  } catch (problem) {
    if (problem instanceof CompileError) return false
    throw problem
  }
}

function decode({ bytes }: SourceFile): string {
  return new TextDecoder().decode(bytes)
}

function failSeveral(files: readonly SourceFile[]): never {
  return fail({
    code: 'import/several-models',
    place: files.map(file => file.name).join(', '),
    problem: 'these are more files than one Keras model has',
    expected: 'one .h5, or one .json and one weights .h5',
  })
}

function failNoWeights(file: SourceFile): never {
  return fail({
    code: 'keras/no-weights',
    place: file.name,
    problem: 'the file holds an architecture and no weights',
    expected: 'a weights .h5 beside it',
    remedy: 'Give the file that model.save_weights(…) wrote as well.',
  })
}

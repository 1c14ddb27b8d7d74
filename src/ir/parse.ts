// Reads the text form of a graph; `print.ts` says what stands in it. Trained values come from a store, and what the
// text says of them (shape, type, digest) must be true of it.

import { fail } from '../diagnostics/diagnostic.ts'
import type { Precision } from '../fixed/precision.ts'
import type { Graph, Node, Origin, SourceQuantiser, TensorId, TensorStore } from './graph.ts'
import type { TensorConversion } from './tensor-type.ts'
import { type Scanner, scanText } from './text-scanner.ts'
import {
  readHeldType,
  readList,
  readName,
  readPairs,
  readPrecision,
  readShape,
  readString,
  readTensorConversion,
  readUntil,
  recordOf,
} from './text-values.ts'
import { printHeldType, tensorDigest } from './text-words.ts'

/** The graph that `printGraph` printed; fails with `ir/…` and the line. `source` begins the place of messages. */
export function parseGraph(text: string, store: TensorStore, source = ''): Graph {
  const scanner = scanText(text, source)
  scanner.expect('graph')
  const name = readString(scanner, "the graph's name in quotes")
  const readAbsorbed = () => readName(scanner, "a constant's name")
  const absorbed = scanner.take('absorbing') ? readList(scanner, readAbsorbed) : []
  scanner.expect('{')
  const nodes: Node[] = []
  while (!scanner.take('output')) nodes.push(readNode(scanner, store))
  const readOutput = () => readName(scanner, "an output's name")
  const outputs = readUntil(scanner, '}', readOutput)
  if (!scanner.atEnd()) scanner.refuse('nothing after the graph')
  return { name, nodes, outputs, store, ...(absorbed.length === 0 ? {} : { absorbed }) }
}

function readNode(scanner: Scanner, store: TensorStore): Node {
  const name = readName(scanner, "a node, or 'output'")
  scanner.expect('=')
  const kind = readName(scanner, 'an operator')
  const attrs = readOptions(scanner)
  scanner.expect('(')
  const inputs = readUntil(scanner, ')', () => readName(scanner, "an input's name"))
  const shape = readShape(scanner)
  const origin = readOrigin(scanner, name)
  return { name, kind, attrs, inputs, shape, origin, ...readBody(scanner, store) }
}

/** `<key=value, …>`, or nothing. */
function readOptions(scanner: Scanner): ReturnType<typeof readPairs> {
  if (!scanner.take('<')) return {}
  const pairs = readPairs(scanner)
  scanner.expect('>')
  return pairs
}

function readOrigin(scanner: Scanner, name: string): Origin {
  scanner.expect('from')
  const layerClass = readName(scanner, "a layer's class")
  const source = scanner.take('of') ? readName(scanner, "a layer's name") : name
  const readMerged = () => readName(scanner, "a merged layer's name")
  const mergedNames = scanner.take('merging') ? readList(scanner, readMerged) : []
  return { layerClass, source, mergedNames }
}

type Body = Pick<Node, 'weights' | 'quantisers' | 'requested' | 'resolved' | 'choices'>

/** What is said of roles, in any order; the sign behind a role tells what it is. */
function readBody(scanner: Scanner, store: TensorStore): Body {
  const weights: [string, TensorId][] = []
  const quantisers: [string, SourceQuantiser][] = []
  const requested: [string, Precision][] = []
  const resolved: [string, TensorConversion][] = []
  const choices: [string, number | string | boolean][] = []
  const readEntry = () => {
    if (scanner.take('choose')) return void choices.push(...readChoices(scanner))
    const role = readName(scanner, "a role, 'choose' or '}'")
    if (scanner.take('=')) weights.push([role, readWeight(scanner, store)])
    else if (scanner.take('by')) quantisers.push([role, readQuantiser(scanner)])
    else if (scanner.take('?')) requested.push([role, readPrecision(scanner)])
    else if (scanner.take(':')) resolved.push([role, readTensorConversion(scanner)])
    else scanner.refuse(`'=', 'by', '?' or ':'`)
  }
  if (scanner.take('{')) while (!scanner.take('}')) readEntry()
  return {
    weights: recordOf(scanner, weights),
    quantisers: recordOf(scanner, quantisers),
    requested: recordOf(scanner, requested),
    resolved: recordOf(scanner, resolved),
    choices: recordOf(scanner, choices),
  }
}

function readChoices(scanner: Scanner): [string, number | string | boolean][] {
  const place = scanner.place()
  return Object.entries(readPairs(scanner)).map(([key, value]) => {
    if (value !== null && typeof value !== 'object') return [key, value]
    return fail({
      code: 'ir/text-syntax',
      place,
      problem: `the choice '${key}' is ${JSON.stringify(value)}`,
      expected: 'a number, string or boolean',
    })
  })
}

function readQuantiser(scanner: Scanner): SourceQuantiser {
  const name = readName(scanner, 'a quantiser')
  const place = scanner.place()
  const options = Object.entries(readOptions(scanner)).map(([key, value]) => {
    if (value === null || typeof value !== 'object') return [key, value] as const
    return fail({
      code: 'ir/text-syntax',
      place,
      problem: `the option '${key}' of ${name} is ${JSON.stringify(value)}`,
      expected: 'a number, string, boolean or null',
    })
  })
  return { name, options: Object.fromEntries(options) }
}

const digestWord = /#[0-9a-f]{8}/y

/** A tensor's name; what the text says of it must hold in the store. */
function readWeight(scanner: Scanner, store: TensorStore): TensorId {
  const place = scanner.place()
  const id = readName(scanner, "a tensor's name")
  const type = printHeldType(readHeldType(scanner))
  const digest = scanner.match(digestWord) ?? scanner.refuse("'#' and the eight digits of the values' digest")
  const tensor = store.get(id)
  if (tensor === undefined) return refuseTensor(place, 'ir/tensor-unknown', `the store has no tensor '${id}'`)
  const [storedType, storedDigest] = [printHeldType(tensor), `#${tensorDigest(tensor)}`]
  if (storedType !== type)
    return refuseTensor(place, 'ir/tensor-mismatch', `'${id}' is ${type} here and ${storedType} in the store`)
  if (storedDigest !== digest)
    return refuseTensor(
      place,
      'ir/tensor-mismatch',
      `'${id}' is ${digest} here and ${storedDigest} in the store`,
    )
  return id
}

function refuseTensor(place: string, code: string, problem: string): never {
  return fail({
    code,
    place,
    problem,
    remedy: 'Read the text together with the values it was printed with.',
  })
}

// Decides every role's type without a config: source types are kept exactly, float weights take the fraction bits
// that a search found for them, and between declared types nothing is lost.

import { settingsOf } from '../config/model-config.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { autoPrecision, fixedPrecision, type Precision } from '../fixed/precision.ts'
import { type Conversion, conversion, type FixedType } from '../fixed/types.ts'
import { nodeNamed, replaceNode, type StoredTensor, updateNode, withTensors } from '../ir/graph.ts'
import { exactQuantiserConversion } from '../ir/source-quantiser.ts'
import { type TensorConversion, tensorConversion, uniformType, unionType } from '../ir/tensor-type.ts'
import type { RawValues } from '../ops/definition.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import type { Pass, PassContext } from './pass.ts'
import { fallbackDefault, requestFor } from './precision-request.ts'
import { exactTensor, isCoded, quantiseTensor } from './quantise-weights.ts'
import { reachedTypes } from './reached-types.ts'
import { remembered } from './remembered-values.ts'

/** Fraction bits of float weights where no search has spoken. */
const defaultWeightFrac = 16

export const resolveLossless: Pass = {
  name: 'resolve-lossless',
  summary: 'types every role so that nothing is lost between declared types',
  run: (graph, context) => graph.nodes.reduce((current, node) => resolved(current, node, context), graph),
}

function resolved(given: OpGraph, { name, kind }: OpNode, context: PassContext): OpGraph {
  if (kind === 'input') return typedInput(given, nodeNamed(given, name), context)
  const graph = withOneTypeInputs(given, nodeNamed(given, name))
  const node = nodeNamed(graph, name)
  const weights = quantisedWeights(graph, node, context)
  const declared = node.quantisers.result && exactQuantiserConversion(node.quantisers.result, 'result')
  const { tableFrac } = context
  const finer = declared === undefined && tableFrac !== undefined ? finerResult(node, tableFrac) : undefined
  const inferred: Record<string, Conversion> = {
    ...inferredTypes(graph, node, declared ?? finer, weights),
    ...(finer === undefined ? {} : finerTypes(node, finer)),
  }
  if (declared === undefined && context.narrow !== undefined) {
    const narrowed = context.narrow(node, inferred)
    const { result } = narrowed
    if (result !== undefined)
      Object.assign(inferred, inferredTypes(graph, node, tensorConversion(result), weights))
    Object.assign(inferred, narrowed)
  }
  for (const [role, { type }] of weights) inferred[role] = conversion(type)
  const tensors = [...weights].map(
    ([role, raw]) => [`${node.name}.${role}.raw`, { form: 'raw', ...raw } as StoredTensor] as const,
  )
  const types = Object.entries(inferred).map(([role, to]) => [role, tensorConversion(to)] as const)
  const stated = declared === undefined ? {} : { result: reachedTypes(graph, node, declared) }
  return updateNode(withTensors(graph, tensors), node.name, own => ({
    ...own,
    resolved: { ...Object.fromEntries(types), ...stated },
    weights: {
      ...own.weights,
      ...Object.fromEntries([...weights.keys()].map(role => [role, `${node.name}.${role}.raw`])),
    },
    choices: { ...defaultChoices(own), ...own.choices, ...finerTables(graph, own, context) },
  }))
}

/** What the operator infers, its result's type being asked or not. */
function inferredTypes(
  graph: OpGraph,
  node: OpNode,
  result: TensorConversion | undefined,
  weights: ReadonlyMap<string, RawValues>,
): Readonly<Record<string, Conversion>> {
  const request = requestFor(graph, node, {
    modelDefault: fallbackDefault,
    maximum: undefined,
    asked: role => (role === 'result' && result !== undefined ? askedAs(result) : autoPrecision),
    rawWeight: role => weights.get(role),
  })
  return definitionOf(node.kind).inferLossless(request)
}

/** Operators that read elements of several types as they come; others are given one type for all. */
function readsByElement(node: OpNode): boolean {
  if (node.kind === 'relu') return node.attrs.maxValue === null
  if (node.kind === 'dense') return node.attrs.weightCoding === 'plain' && node.attrs.inputCoding === 'plain'
  return ['quantise', 'einsum', 'einsum-dense', 'merge', 'unary-table'].includes(node.kind)
}

/** An exact conversion before the node, for each input that has several types where the operator takes one. */
function withOneTypeInputs(graph: OpGraph, node: OpNode): OpGraph {
  if (readsByElement(node)) return graph
  return [...new Set(node.inputs)].reduce((current, input) => {
    const source = nodeNamed(current, input)
    const type = typeOfNode(source)
    return uniformType(type) === undefined ? widened(current, node, source, unionType(type)) : current
  }, graph)
}

function widened(graph: OpGraph, reader: OpNode, source: OpNode, to: FixedType): OpGraph {
  const name = `${source.name}_for_${reader.name}`
  const between: OpNode = {
    kind: 'quantise',
    name,
    inputs: [source.name],
    attrs: {},
    weights: {},
    quantisers: {},
    requested: {},
    resolved: { result: tensorConversion(conversion(to)) },
    shape: source.shape,
    choices: {},
    origin: { layerClass: 'Activation', source: source.origin.source, mergedNames: [] },
  }
  const inputs = reader.inputs.map(input => (input === source.name ? name : input))
  return replaceNode(graph, reader.name, [between, { ...reader, inputs }], reader.name)
}

/** What an operator is told of types by element: one that holds them all. */
function askedAs({ to, ...modes }: TensorConversion): Precision {
  return fixedPrecision({ ...modes, to: unionType({ shape: to.shape, element: to }) })
}

/** The result of a table that keeps so many fraction bits; undefined for operators whose result is no table's entry. */
function finerResult({ kind }: OpNode, frac: number): TensorConversion | undefined {
  if (kind === 'softmax')
    return tensorConversion(conversion({ signed: false, width: frac, frac }, 'RND', 'SAT'))
  if (kind !== 'table-activation') return undefined
  return tensorConversion(conversion({ signed: true, width: frac + 4, frac }, 'RND', 'SAT'))
}

/** What a softmax makes of its result's type it says itself; an activation's entries are its results. */
function finerTypes({ kind }: OpNode, result: TensorConversion): Record<string, Conversion> {
  const own = { ...result, to: result.to.types[0]! }
  return kind === 'table-activation' ? { table: own, result: own } : { result: own }
}

/** Entries enough for neighbours to lie a step apart at most; functions keep hls4ml's range, but for deviations. */
function finerTables(graph: OpGraph, node: OpNode, { tableFrac, config }: PassContext): OpNode['choices'] {
  if (tableFrac === undefined) return {}
  const settings = settingsOf(config, { name: node.name, layerClass: node.origin.layerClass })
  if (settings.some(({ choices }) => Object.hasOwn(choices, 'TableSize'))) return {}
  switch (node.kind) {
    case 'softmax':
      return { TableSize: 1 << 24 }
    // Twice the largest range, and a slope of at most 1.
    case 'table-activation':
    case 'elu':
    case 'selu':
      return { TableSize: 2 ** (tableFrac + 4) }
    // Gates have many tables: two steps apart at most.
    case 'lstm':
    case 'gru':
    case 'simple-rnn':
    case 'bidirectional':
      return { TableSize: 2 ** (tableFrac + 2) }
    case 'layer-norm':
      return { TableSize: 2 ** (tableFrac + 8), TableRangePower2: -varianceBits(graph, node) }
    default:
      return {}
  }
}

/** Variances of values within ±2^n are below 4^n. */
function varianceBits(graph: OpGraph, node: OpNode): number {
  const { width, frac, signed } = unionType(typeOfNode(nodeNamed(graph, node.inputs[0]!)))
  return Math.max(0, 2 * (width - frac - Number(signed)))
}

/** Tables are as large as their index asks: no key limits them here. */
function defaultChoices(node: OpNode): OpNode['choices'] {
  const entries = definitionOf(node.kind).choices.map(
    ({ key, default: byDefault }) => [key, byDefault] as const,
  )
  return { ...Object.fromEntries(entries), ...(node.kind === 'softmax' ? { TableSize: 1 << 24 } : {}) }
}

function typedInput(graph: OpGraph, node: OpNode, context: PassContext): OpGraph {
  const type = context.inputTypes.get(node.name)
  const stated = node.quantisers.result && exactQuantiserConversion(node.quantisers.result, 'result')
  if (type === undefined && stated !== undefined) {
    return updateNode(graph, node.name, own => ({ ...own, resolved: { result: stated } }))
  }
  if (type === undefined) {
    return fail({
      code: 'precision/no-input-range',
      place: `input '${node.name}'`,
      problem: 'nothing says which values enter the network',
      expected: 'vectors to calibrate on, or a type',
      remedy: 'Give --data VECTORS, or --input-type e.g. fixed<12,4>.',
    })
  }
  const result = tensorConversion(conversion(type, 'RND_CONV', 'SAT'))
  return updateNode(graph, node.name, own => ({ ...own, resolved: { result } }))
}

/** By what `weightFracs` names a role of a node. */
function tensorKey(node: OpNode, role: string): string {
  return `${node.name}.${role}`
}

/** Values that the source has quantised, or whose coding says what they are. */
function isExact(node: OpNode, role: string): boolean {
  return isCoded(node, role) || node.quantisers[role] !== undefined
}

/** Float tensors of a graph, as this pass will see it, that are cut to fraction bits: their keys and sizes. */
export function floatTensors(graph: OpGraph): { key: string; size: number }[] {
  return graph.nodes.flatMap(node =>
    Object.entries(node.weights).flatMap(([role, id]) => {
      const tensor = graph.store.get(id)
      if (tensor?.form !== 'float' || isExact(node, role)) return []
      return [{ key: tensorKey(node, role), size: tensor.data.length }]
    }),
  )
}

/** Source-quantised values as they are; float values cut to their tensor's fraction bits. */
function quantisedWeights(graph: OpGraph, node: OpNode, context: PassContext): Map<string, RawValues> {
  const found = new Map<string, RawValues>()
  for (const [role, id] of Object.entries(node.weights)) {
    const tensor = graph.store.get(id)
    if (tensor?.form === 'raw') found.set(role, tensor)
    if (tensor?.form !== 'float') continue
    const frac = context.weightFracs.get(tensorKey(node, role)) ?? defaultWeightFrac
    found.set(role, isExact(node, role) ? exactTensor(tensor) : roundedTensor(tensor, frac))
  }
  return found
}

/** Rounded to so many fraction bits, in the narrowest type that holds all. */
function roundedTensor(tensor: { shape: readonly number[]; data: Float64Array }, frac: number): RawValues {
  return remembered(tensor.data, `rounded ${frac} ${tensor.shape.join()}`, () => {
    const wide = conversion({ signed: true, width: 1100 + frac, frac }, 'RND_CONV', 'SAT')
    const { raw } = quantiseTensor(tensor, wide, false)
    const scaled = Float64Array.from(raw, value => Number(value) / 2 ** frac)
    return exactTensor({ shape: tensor.shape, data: scaled })
  })
}

// Widths that quantisers ask for, taken backwards: what a quantiser drops need not be made. As hls4ml's `bit_exact`
// (model/optimizer/passes/bit_exact.py: `request_kif`, `register_precision`): a result keeps the bits that it can have
// and that some reader's quantiser still looks at, one type for all its elements; nothing behind the quantiser changes.

import { type FixedType, sameType } from '../fixed/types.ts'
import { nodeNamed, updateNode, usersOf } from '../ir/graph.ts'
import { sizeOf, type TensorConversion, typeAt, uniform, uniformType } from '../ir/tensor-type.ts'
import { definitionOf, type OpKind, type OpNode } from '../ops/index.ts'
import { type OpGraph, typedOpOfNode, typeOfNode } from '../ops/typed-node.ts'
import type { Pass } from './pass.ts'

export const requestWidths: Pass = {
  name: 'request-widths',
  summary: 'narrows exact results to what the quantisers behind them read',
  run: graph => {
    if (!graph.nodes.some(isQuantiser)) return graph
    const requests = requestsOf(graph)
    return graph.nodes.reduce((current, { name }) => narrowed(current, name, requests.get(name)!), graph)
  },
}

/** Bits that are looked at: below 2^integer, above 2^−frac; the sign counts apart. */
interface Bits {
  readonly sign: boolean
  readonly integer: number
  readonly frac: number
}

const all: Bits = { sign: true, integer: Number.POSITIVE_INFINITY, frac: Number.POSITIVE_INFINITY }
const none: Bits = { sign: false, integer: Number.NEGATIVE_INFINITY, frac: Number.NEGATIVE_INFINITY }

interface Request {
  /** By element. */
  readonly bits: readonly Bits[]
  /** Whether a quantiser that wraps reads it, through reshaping or at once: then the sign is the quantiser's. */
  readonly wraps: boolean
}

function isQuantiser({ kind, origin }: OpNode): boolean {
  return kind === 'quantise' && origin.layerClass === 'FixedPointQuantizer'
}

function requestsOf(graph: OpGraph): ReadonlyMap<string, Request> {
  const requests = new Map<string, Request>()
  for (const node of graph.nodes.toReversed()) {
    const users = graph.outputs.includes(node.name) ? [] : usersOf(graph, node.name)
    const asked = users.map(user => requestOf(graph, user, node, requests.get(user.name)!))
    requests.set(node.name, joined(asked, sizeOf(node.shape)))
  }
  return requests
}

/** What nobody is known to read in part is read whole. */
function joined(asked: readonly Request[], size: number): Request {
  const most = (a: Bits, b: Bits): Bits => ({
    sign: a.sign || b.sign,
    integer: Math.max(a.integer, b.integer),
    frac: Math.max(a.frac, b.frac),
  })
  const bits = Array.from({ length: size }, (_, k) =>
    asked.length === 0 ? all : asked.map(own => own.bits[k]!).reduce(most),
  )
  return { bits, wraps: asked.some(({ wraps }) => wraps) }
}

/** What a reader looks at of a node's result; `own` is what is looked at of the reader's. */
function requestOf(graph: OpGraph, reader: OpNode, node: OpNode, own: Request): Request {
  const size = sizeOf(node.shape)
  if (isQuantiser(reader)) return ofQuantiser(reader, size)
  if (reader.kind === 'relu' && reader.attrs.maxValue === null)
    return { bits: own.bits.map(({ frac }) => ({ ...all, frac })), wraps: false }
  if (rearranging.has(reader.kind)) return ofPlaces(graph, reader, node, own)
  return { bits: Array.from({ length: size }, () => all), wraps: false }
}

const rearranging: ReadonlySet<OpKind> = new Set(['reshape', 'permute', 'concatenate'])

function ofQuantiser(reader: OpNode, size: number): Request {
  const { rounding, overflow, ...result } = reader.resolved.result!
  const type = typeOfNode(reader)
  const guard = rounding === 'TRN' ? 0 : rounding === 'RND' ? 1 : Number.POSITIVE_INFINITY
  const wraps = overflow === 'WRAP' && result.saturationBits === 0
  const bits = Array.from({ length: size }, (_, k): Bits => {
    const own = typeAt(type, k)
    if (own.width === 0) return none
    const { sign, integer, frac } = bitsOf(own)
    return wraps ? { sign, integer, frac: frac + guard } : { ...all, frac: frac + guard }
  })
  return { bits, wraps }
}

/** Where the elements of a node's result go. */
function ofPlaces(graph: OpGraph, reader: OpNode, node: OpNode, own: Request): Request {
  const bits = Array.from({ length: sizeOf(node.shape) }, () => none)
  const { steps } = definitionOf(reader.kind).emulate(typedOpOfNode(graph, reader))
  const [step] = steps
  if (reader.kind === 'reshape') return own
  if (steps.length !== 1 || step?.kernel !== 'gather') return { bits: bits.map(() => all), wraps: false }
  let base = 0
  for (const input of reader.inputs) {
    const size = sizeOf(nodeNamed(graph, input).shape)
    if (input === node.name)
      step.index.forEach((from, k) => {
        const at = from - base
        if (at >= 0 && at < size) bits[at] = own.bits[k]!
      })
    base += size
  }
  return { bits, wraps: reader.kind === 'permute' ? false : own.wraps && reader.kind !== 'concatenate' }
}

function bitsOf({ signed, width, frac }: FixedType): Bits {
  return { sign: signed, integer: width - frac - Number(signed), frac }
}

function narrowed(graph: OpGraph, name: string, request: Request): OpGraph {
  const node = nodeNamed(graph, name)
  const result = node.resolved.result!
  if (node.kind === 'input' || node.kind === 'quantise' || !isPlain(result)) return graph
  if (rearranging.has(node.kind)) return withResult(graph, node, movedType(graph, node))
  const produced = uniformType(typeOfNode(node))
  if (produced === undefined) return graph
  const own = bitsOf(produced)
  // A negative value may only lose its sign where no bit above those kept is read: hls4ml drops it there too.
  const keepsSign = (asked: Bits) => own.sign && (asked.sign || asked.integer > own.integer)
  const least = request.bits.map(asked => ({
    sign: keepsSign(asked) || (request.wraps && asked.sign),
    integer: Math.min(own.integer, asked.integer),
    frac: Math.min(own.frac, asked.frac),
  }))
  return withResult(graph, node, typeOfBits(least))
}

/** A result that only takes what its operator gives: nothing rounds or saturates there. */
function isPlain({ rounding, overflow, saturationBits }: TensorConversion): boolean {
  return rounding === 'TRN' && overflow === 'WRAP' && saturationBits === 0
}

function typeOfBits(bits: readonly Bits[]): FixedType {
  const sign = bits.some(own => own.sign)
  const integer = bits.reduce((most, own) => Math.max(most, own.integer), Number.NEGATIVE_INFINITY)
  const frac = bits.reduce((most, own) => Math.max(most, own.frac), Number.NEGATIVE_INFINITY)
  const width = Number(sign) + integer + frac
  return width > 0 ? { signed: sign, width, frac } : { signed: false, width: 0, frac: 0 }
}

/** The type that holds what comes, where it comes under one type each. */
function movedType(graph: OpGraph, node: OpNode): FixedType | undefined {
  const types = node.inputs.map(input => uniformType(typeOfNode(nodeNamed(graph, input))))
  const known = types.flatMap(type => (type === undefined ? [] : [bitsOf(type)]))
  return known.length < types.length ? undefined : typeOfBits(known)
}

function withResult(graph: OpGraph, node: OpNode, type: FixedType | undefined): OpGraph {
  const before = uniformType(typeOfNode(node))
  if (type === undefined || before === undefined || sameType(type, before)) return graph
  return updateNode(graph, node.name, own => ({
    ...own,
    resolved: { ...own.resolved, result: { ...own.resolved.result!, to: uniform(type) } },
  }))
}

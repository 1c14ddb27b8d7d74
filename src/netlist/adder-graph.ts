// Graphs of two-operand adders that compute constant products: y = W x with shifts, additions and subtractions only.
// Node k is input k while k < n_in, then op k − n_in. Values are raw · 2^-frac, intervals exact.

import { bug } from '../diagnostics/diagnostic.ts'
import { bitLength } from '../fixed/bit-length.ts'
import type { Interval } from '../fixed/interval.ts'
import type { NetlistBuilder } from './builder.ts'
import type { Net } from './netlist.ts'

/** value = a ± b·2^shift, a and b being nodes that stand before it. */
export interface AdderOp {
  readonly a: number
  readonly b: number
  readonly shift: number
  readonly sub: boolean
}

/** value = ±node·2^shift. */
export interface AdderOutput {
  readonly node: number
  readonly shift: number
  readonly neg: boolean
}

/** `inputs` with min = max are constants; a null output is the constant 0. */
export interface AdderGraph {
  readonly inputs: readonly Interval[]
  readonly ops: readonly AdderOp[]
  readonly outputs: readonly (AdderOutput | null)[]
  readonly search?: SearchNote
}

/** How the graph was found. */
export interface SearchNote {
  /** Parts the matrix was split in because it was too large to be shared at once. */
  readonly blocks: number
  /** False when the search was stopped before its work was done: a longer one may find less. */
  readonly complete: boolean
  readonly rounds: number
}

/** The interval of every node. */
export function nodeIntervals(graph: AdderGraph): Interval[] {
  const nodes: Interval[] = [...graph.inputs]
  for (const op of graph.ops) {
    const a = nodes[op.a] ?? bug(`adder graph: node ${op.a} is not there yet`)
    const b = nodes[op.b] ?? bug(`adder graph: node ${op.b} is not there yet`)
    nodes.push(opInterval(a, b, op))
  }
  return nodes
}

function opInterval(a: Interval, b: Interval, op: AdderOp): Interval {
  const bFrac = b.frac - op.shift
  const frac = Math.max(a.frac, bFrac)
  const up = BigInt(frac - a.frac)
  const upB = BigInt(frac - bFrac)
  const [low, high] = op.sub ? [-b.max, -b.min] : [b.min, b.max]
  return { min: (a.min << up) + (low << upB), max: (a.max << up) + (high << upB), frac }
}

/**
 * Full-adder bits of the whole graph: each adder costs the bits from the coarser operand's lowest one to the top of
 * the wider operand, a sign bit included if an operand can be negative; negating an output costs its width.
 */
export function fullAdderBits(graph: AdderGraph): number {
  const nodes = nodeIntervals(graph)
  let bits = 0
  for (const op of graph.ops) {
    const b = nodes[op.b]!
    bits += adderBits(nodes[op.a]!, { ...b, frac: b.frac - op.shift })
  }
  for (const output of graph.outputs) if (output?.neg) bits += intervalBits(nodes[output.node]!)
  return bits
}

/** Full-adder bits of a ± b. Example: [−128, 127] + [−128, 127]·2^3 spans bits 3 to 10, so 8. */
export function adderBits(a: Interval, b: Interval): number {
  const sign = a.min < 0n || b.min < 0n ? 1 : 0
  const top = Math.max(magnitudeBits(a) - a.frac, magnitudeBits(b) - b.frac)
  return Math.max(0, sign + top + Math.min(a.frac, b.frac))
}

function intervalBits(interval: Interval): number {
  return magnitudeBits(interval) + (interval.min < 0n ? 1 : 0)
}

/** ⌈log2 max(|min|, |max + 1|)⌉: bits without the sign. */
function magnitudeBits({ min, max }: Interval): number {
  const low = min < 0n ? -min : min
  const high = max + 1n < 0n ? -(max + 1n) : max + 1n
  const most = low > high ? low : high
  return most <= 1n ? 0 : bitLength(most - 1n)
}

/** Most adders in series to any output, a negation counting as one. */
export function graphDepth(graph: AdderGraph): number {
  const depths: number[] = graph.inputs.map(() => 0)
  for (const op of graph.ops) depths.push(1 + Math.max(depths[op.a]!, depths[op.b]!))
  return graph.outputs.reduce(
    (deepest, output) =>
      output === null ? deepest : Math.max(deepest, depths[output.node]! + (output.neg ? 1 : 0)),
    0,
  )
}

/** Output values for raw inputs (constants included), each with its own frac. */
export function evaluateAdderGraph(
  graph: AdderGraph,
  inputs: readonly bigint[],
): { raw: bigint; frac: number }[] {
  const nodes = inputs.map((raw, k) => ({ min: raw, max: raw, frac: graph.inputs[k]!.frac }))
  const values = nodeIntervals({ ...graph, inputs: nodes })
  return graph.outputs.map(output => {
    if (output === null) return { raw: 0n, frac: 0 }
    const { min, frac } = values[output.node]!
    return { raw: output.neg ? -min : min, frac: frac - output.shift }
  })
}

/** The graph as cells. `inputs` stand for the graph's first inputs; the rest must be constants. */
export function lowerAdderGraph(b: NetlistBuilder, graph: AdderGraph, inputs: readonly Net[]): Net[] {
  const nodes: Net[] = graph.inputs.map(({ min, max, frac }, k) => {
    if (inputs[k] !== undefined) return inputs[k]
    return min === max ? b.constant(min, frac) : bug(`adder graph: input ${k} has no net`)
  })
  for (const { a, b: second, shift, sub } of graph.ops)
    nodes.push(sub ? b.sub(nodes[a]!, nodes[second]!, shift) : b.add(nodes[a]!, nodes[second]!, shift))
  return graph.outputs.map(output => {
    if (output === null) return b.constant(0n, 0)
    const net = b.scale(nodes[output.node]!, output.shift)
    return output.neg ? b.negate(net) : net
  })
}

// A constant matrix without any sharing: each output sums its signed digits in a balanced tree of its own. It is what
// sharing is measured against: as many adders as digits, less one per output.

import type { Interval } from '../fixed/interval.ts'
import type { AdderGraph, AdderOp, AdderOutput } from '../netlist/adder-graph.ts'
import { signedDigits } from '../netlist/signed-digits.ts'
import { intervalsOf, type MatrixProblem } from './problem.ts'

/** ±node·2^shift, its lowest bit standing at 2^low. */
interface Term {
  readonly node: number
  readonly shift: number
  readonly neg: boolean
  readonly low: number
}

/** The graph of all trees, one after another; equal sums in two outputs are built twice. */
export function plainTrees(problem: MatrixProblem): AdderGraph {
  const { weights } = problem
  const inputs: Interval[] = intervalsOf(problem)
  const sums = Array.from({ length: weights.columns }, (_, column) => termsOf(problem, column, inputs))
  const ops: AdderOp[] = []
  const outputs = sums.map(terms => asOutput(sumInLevels(terms, inputs.length, ops), weights.frac))
  return { inputs, ops, outputs }
}

/** The digits of an output's weights; what is constant becomes one more input. */
function termsOf(
  { weights, biases, inputs: types }: MatrixProblem,
  column: number,
  inputs: Interval[],
): Term[] {
  const terms: Term[] = []
  let constant = biases?.[column] ?? { raw: 0n, frac: 0 }
  for (let row = 0; row < types.length; row++) {
    const weight = BigInt(weights.values[row * weights.columns + column]!)
    const { min, max, frac } = inputs[row]!
    if (min !== max)
      for (const { shift, sign } of signedDigits(weight))
        terms.push({ node: row, shift, neg: sign < 0, low: shift - frac })
    else if (weight * min !== 0n) constant = sumOf(constant, { raw: weight * min, frac: frac + weights.frac })
  }
  if (constant.raw !== 0n) {
    const { raw, frac } = constant
    const magnitude = raw < 0n ? -raw : raw
    const node = inputs.push({ min: magnitude, max: magnitude, frac }) - 1
    terms.push({ node, shift: weights.frac, neg: raw < 0n, low: weights.frac - frac })
  }
  return terms
}

interface Exact {
  readonly raw: bigint
  readonly frac: number
}

function sumOf(p: Exact, q: Exact): Exact {
  const frac = Math.max(p.frac, q.frac)
  return { raw: (p.raw << BigInt(frac - p.frac)) + (q.raw << BigInt(frac - q.frac)), frac }
}

/** Pairs terms of least depth first: those added before those subtracted, low ones before high ones. */
function sumInLevels(terms: Term[], inputs: number, ops: AdderOp[]): Term | undefined {
  const levels: Term[][] = [terms]
  for (let depth = 0; ; depth++) {
    const level = (levels[depth] ?? []).sort(byPlace)
    for (let k = 0; k + 1 < level.length; k += 2)
      put(levels, depth + 1, combine(level[k]!, level[k + 1]!, inputs, ops))
    const next = levels.findIndex((list, at) => at > depth && list.length > 0)
    const left = level.length % 2 === 1 ? level.at(-1)! : undefined
    if (next < 0) return left
    if (left !== undefined) {
      const [first, ...rest] = levels[next]!.sort(byPlace)
      levels[next] = rest
      put(levels, next + 1, combine(left, first!, inputs, ops))
    }
  }
}

function byPlace(p: Term, q: Term): number {
  return Number(p.neg) - Number(q.neg) || p.low - q.low || p.node - q.node
}

function put(levels: Term[][], depth: number, term: Term): void {
  for (let k = levels.length; k <= depth; k++) levels.push([])
  levels[depth]!.push(term)
}

function combine(p: Term, q: Term, inputs: number, ops: AdderOp[]): Term {
  // The op's first operand is never subtracted: a − b of one added and one subtracted term, −(a + b) of two.
  const [a, b] = p.neg && !q.neg ? [q, p] : [p, q]
  const node = inputs + ops.push({ a: a.node, b: b.node, shift: b.shift - a.shift, sub: a.neg !== b.neg }) - 1
  return { node, shift: a.shift, neg: a.neg, low: Math.min(a.low, b.low) }
}

function asOutput(sum: Term | undefined, frac: number): AdderOutput | null {
  return sum === undefined ? null : { node: sum.node, shift: sum.shift - frac, neg: sum.neg }
}

// Whether an adder graph computes W x + bias: a proof for any size, by linearity. Adders, subtractions and shifts are
// linear, so the graph computes Σ c_i · x_i + c, and it is right exactly if every c_ij is w_ij and every c the bias.

import { type AdderGraph, evaluateAdderGraph, nodeIntervals } from '../netlist/adder-graph.ts'
import type { ConstantMatrix } from '../netlist/constant-matrix.ts'
import { intervalsOf, type MatrixProblem } from './problem.ts'

/** A coefficient that is not what the matrix says. */
export interface WrongCoefficient {
  readonly output: number
  /** The input it belongs to; absent for what is added whatever the inputs are. */
  readonly input?: number
}

/** The first coefficient that differs from the matrix or the biases; undefined when the graph computes W x + bias. */
export function wrongCoefficient(graph: AdderGraph, problem: MatrixProblem): WrongCoefficient | undefined {
  const inputs = intervalsOf(problem)
  const sweep = createSweep(graph)
  for (const [input, { min, max, frac }] of inputs.entries()) {
    if (min === max) continue
    const got = sweep(input)
    const output = got.findIndex((found, column) => !isWeight(found, problem.weights, input, column, frac))
    if (output >= 0) return { output, input }
  }
  const output = wrongConstant(graph, problem)
  return output < 0 ? undefined : { output }
}

/** raw · 2^-frac. */
interface Exact {
  readonly raw: number | bigint
  readonly frac: number
}

function isWeight(
  found: Exact,
  weights: ConstantMatrix,
  input: number,
  column: number,
  inputFrac: number,
): boolean {
  const weight = weights.values[input * weights.columns + column]!
  return sameValue(found, { raw: weight, frac: weights.frac + inputFrac })
}

function sameValue(p: Exact, q: Exact): boolean {
  if (Number(p.raw) === 0 || Number(q.raw) === 0) return Number(p.raw) === Number(q.raw)
  const frac = Math.max(p.frac, q.frac)
  return BigInt(p.raw) << BigInt(frac - p.frac) === BigInt(q.raw) << BigInt(frac - q.frac)
}

/** Gives, for an input, what each output is when that input's raw value is 1 and all others are 0. */
function createSweep(graph: AdderGraph): (input: number) => Exact[] {
  const fracs = nodeIntervals(graph).map(({ frac }) => frac)
  const first = graph.inputs.length
  const scales = graph.ops.map(({ a, b, shift }, k) => {
    const frac = fracs[first + k]!
    return { a: frac - fracs[a]!, b: frac - fracs[b]! + shift }
  })
  const small = new Float64Array(fracs.length)
  const outputsOf = (values: ArrayLike<number | bigint>): Exact[] =>
    graph.outputs.map(output => {
      if (output === null) return { raw: 0, frac: 0 }
      const raw = values[output.node]!
      return { raw: output.neg ? -raw : raw, frac: fracs[output.node]! - output.shift }
    })
  return input => {
    small.fill(0, 0, first)
    small[input] = 1
    let largest = 1
    graph.ops.forEach(({ a, b, sub }, k) => {
      const { a: up, b: upB } = scales[k]!
      const second = small[b]! * 2 ** upB
      const value = small[a]! * 2 ** up + (sub ? -second : second)
      largest = Math.max(largest, Math.abs(value), Math.abs(second))
      small[first + k] = value
    })
    return outputsOf(largest <= Number.MAX_SAFE_INTEGER ? small : sweepExactly(graph, scales, input))
  }
}

/** The same with big integers, for coefficients beyond what a double holds. */
function sweepExactly(
  graph: AdderGraph,
  scales: readonly { readonly a: number; readonly b: number }[],
  input: number,
): bigint[] {
  const values: bigint[] = graph.inputs.map((_, k) => (k === input ? 1n : 0n))
  graph.ops.forEach(({ a, b, sub }, k) => {
    const second = values[b]! << BigInt(scales[k]!.b)
    values.push((values[a]! << BigInt(scales[k]!.a)) + (sub ? -second : second))
  })
  return values
}

/** The first output whose constant part is not its bias plus what constant inputs add; −1 when there is none. */
function wrongConstant(graph: AdderGraph, problem: MatrixProblem): number {
  const { weights, biases } = problem
  const fixed = graph.inputs.map(({ min, max }) => (min === max ? min : 0n))
  const got = evaluateAdderGraph(graph, fixed)
  return got.findIndex((found, column) => {
    let wanted: Exact = biases?.[column] ?? { raw: 0n, frac: 0 }
    intervalsOf(problem).forEach(({ min, max, frac }, input) => {
      if (min !== max || min === 0n) return
      const raw = BigInt(weights.values[input * weights.columns + column]!) * min
      wanted = sum(wanted, { raw, frac: frac + weights.frac })
    })
    return !sameValue(found, wanted)
  })
}

function sum(p: Exact, q: Exact): Exact {
  const frac = Math.max(p.frac, q.frac)
  const raw = (BigInt(p.raw) << BigInt(frac - p.frac)) + (BigInt(q.raw) << BigInt(frac - q.frac))
  return { raw, frac }
}

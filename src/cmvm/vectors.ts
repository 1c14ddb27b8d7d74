// Vectors for a constant matrix product, what is to come out, and what the netlist gives: corners that drive each
// output to its ends, then values at random from a seed.

import { bug } from '../diagnostics/diagnostic.ts'
import { type FixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { createSimulator } from '../netlist/simulate.ts'
import type { RtlModule } from '../rtl/module.ts'
import type { MatrixProblem } from './problem.ts'

/** Raw values of all inputs, or of all outputs. */
export type Vector = readonly bigint[]

/** Corners first: all at an end, each output at its least and greatest, each input alone; then `random` more. */
export function testVectors(problem: MatrixProblem, random: number, seed = 1): Vector[] {
  const { weights, inputs } = problem
  const ends = (top: (i: number) => boolean): Vector =>
    inputs.map((type, i) => (top(i) ? maxRaw(type) : minRaw(type)))
  const corners = [inputs.map(() => 0n), ends(() => true), ends(() => false)]
  // Ends of many outputs and inputs alone would be most of the work on large matrices.
  for (let j = 0; j < Math.min(weights.columns, mostEach); j++) {
    const rises = (i: number) => weights.values[i * weights.columns + j]! > 0
    corners.push(
      ends(rises),
      ends(i => !rises(i)),
    )
  }
  for (let i = 0; i < Math.min(weights.rows, mostEach); i++)
    for (const end of [minRaw, maxRaw]) corners.push(inputs.map((type, k) => (k === i ? end(type) : 0n)))
  const next = randomBits(seed)
  const drawn = Array.from({ length: random }, () => inputs.map(type => drawOf(type, next)))
  return [...corners.map(corner => corner.slice()), ...drawn]
}

const mostEach = 256

function drawOf(type: FixedType, next: () => number): bigint {
  let bits = 0n
  for (let k = 0; k < type.width; k += 32) bits = (bits << 32n) | BigInt(next())
  return minRaw(type) + BigInt.asUintN(type.width, bits)
}

/** 32 random bits at a time (xorshift32, Marsaglia 2003). */
export function randomBits(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b9) ^ 0x85ebca6b) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** W x + bias as raw values of the outputs' types, which must hold them exactly. */
function expectedOutputs(problem: MatrixProblem, outputs: readonly FixedType[], x: Vector): Vector {
  const { weights, inputs, biases } = problem
  const frac = Math.max(
    0,
    ...inputs.map(type => type.frac + weights.frac),
    ...(biases ?? []).map(bias => bias.frac),
    ...outputs.map(type => type.frac),
  )
  return outputs.map((type, j) => {
    const bias = biases?.[j]
    let sum = bias === undefined ? 0n : bias.raw << BigInt(frac - bias.frac)
    inputs.forEach((input, i) => {
      const weight = BigInt(weights.values[i * weights.columns + j]!)
      if (weight !== 0n) sum += (weight * x[i]!) << BigInt(frac - weights.frac - input.frac)
    })
    const raw = sum >> BigInt(frac - type.frac)
    return raw << BigInt(frac - type.frac) === sum ? raw : bug(`output ${j} has bits below its type`)
  })
}

/** What the module's netlist gives for each vector, in the built-in simulator. */
export function simulateVectors(module: RtlModule, vectors: readonly Vector[]): Vector[] {
  const simulator = createSimulator(module.netlist)
  const outputs = module.netlist.outputs.map((_, k) => k)
  return vectors.map(x => {
    for (const [k, raw] of x.entries()) simulator.set(k, raw)
    return outputs.map(k => simulator.get(k))
  })
}

/** A vector on which two roads give different outputs. */
export interface Difference {
  readonly input: Vector
  readonly expected: Vector
  readonly got: Vector
}

/** The first difference between what was got and what is to come out. */
export function firstDifference(
  problem: MatrixProblem,
  outputs: readonly FixedType[],
  vectors: readonly Vector[],
  got: readonly Vector[],
): Difference | undefined {
  for (const [k, input] of vectors.entries()) {
    const expected = expectedOutputs(problem, outputs, input)
    const found = got[k] ?? []
    if (expected.some((raw, j) => raw !== found[j])) return { input, expected, got: found }
  }
  return undefined
}

// The matrix as what sharing works on: every output as whole-number coefficients of sources. A source is an input, or
// a power of two times an input where a coefficient is too wide for one 32-bit number, or a constant.

import { trailingZeros } from '../../fixed/bit-length.ts'
import type { Interval } from '../../fixed/interval.ts'
import type { ConstantMatrix, MatrixOptions } from '../constant-matrix.ts'
import { signedDigits } from '../signed-digits.ts'
import type { Term } from './draft.ts'

export interface Expanded {
  /** Constants, to stand after the inputs. */
  readonly constants: readonly Interval[]
  /** What each source is: an input or constant, shifted. */
  readonly sources: readonly Term[]
  /** Per output, source and coefficient by turns. */
  readonly coefficients: readonly (readonly number[])[]
}

/** Exponents per source: coefficients and what sharing adds to them stay well within 32 bits. */
const span = 20

/** Every output by sources, all constant inputs folded into its bias. Outputs lack the weights' own scale, 2^-frac. */
export function expandOutputs(
  weights: ConstantMatrix,
  inputs: readonly Interval[],
  options: MatrixOptions,
): Expanded {
  const pool = sourcePool()
  const constants = constantPool(inputs.length)
  const coefficients = Array.from({ length: weights.columns }, (_, column) => {
    const own = new Map<number, number>()
    const bias = options.biases?.[column] ?? { raw: 0n, frac: 0 }
    let constant: Exact = { raw: bias.raw, frac: bias.frac - weights.frac }
    for (let row = 0; row < weights.rows; row++) {
      const weight = BigInt(weights.values[row * weights.columns + column]!)
      const { min, max, frac } = inputs[row]!
      if (min === max) constant = addExact(constant, { raw: weight * min, frac })
      else for (const { shift, sign } of signedDigits(weight)) pool.add(own, { node: row, shift, sign })
    }
    if (constant.raw !== 0n) pool.add(own, constants.term(constant))
    return [...own].flat()
  })
  return { constants: constants.intervals, sources: pool.sources, coefficients }
}

interface Exact {
  readonly raw: bigint
  readonly frac: number
}

function addExact(p: Exact, q: Exact): Exact {
  if (q.raw === 0n) return p
  const frac = Math.max(p.frac, q.frac)
  return { raw: (p.raw << BigInt(frac - p.frac)) + (q.raw << BigInt(frac - q.frac)), frac }
}

/** Sources in order of appearance; terms are added to an output's coefficients of them. */
function sourcePool(): { sources: Term[]; add(own: Map<number, number>, term: Term): void } {
  const sources: Term[] = []
  const known = new Map<string, number>()
  const add = (own: Map<number, number>, { node, shift, sign }: Term) => {
    const base = Math.floor(shift / span)
    const key = `${node},${base}`
    const source = known.get(key) ?? sources.push({ node, shift: base * span, sign: 1 }) - 1
    known.set(key, source)
    own.set(source, (own.get(source) ?? 0) + sign * 2 ** (shift - base * span))
  }
  return { sources, add }
}

/** Constants as odd positive inputs, each once; shift and sign go to the term. */
function constantPool(firstNode: number): { intervals: Interval[]; term(value: Exact): Term } {
  const intervals: Interval[] = []
  const known = new Map<bigint, number>()
  const term = ({ raw, frac }: Exact): Term => {
    const magnitude = raw < 0n ? -raw : raw
    const zeros = trailingZeros(magnitude)
    const odd = magnitude >> BigInt(zeros)
    const node = known.get(odd) ?? firstNode + intervals.push({ min: odd, max: odd, frac: 0 }) - 1
    known.set(odd, node)
    return { node, shift: zeros - frac, sign: raw < 0n ? -1 : 1 }
  }
  return { intervals, term }
}

// Constant matrix times vector as shared shifts and additions: y_j = Σ_i x_i · w_ij + bias_j, exactly.
// Weights become canonical signed digits, repeated two-term sums are shared between outputs, and what is left of
// each output is summed in a tree. The whole solver stands behind `adderGraphOf`.

import { bug } from '../diagnostics/diagnostic.ts'
import { trailingZeros } from '../fixed/bit-length.ts'
import { type AdderDraft, startDraft, type Term } from './adder-draft.ts'
import type { AdderGraph, AdderOutput } from './adder-graph.ts'
import { kraftSum, sumTerms } from './adder-tree.ts'
import type { NetInterval } from './builder.ts'
import { pairCount, shareTerms } from './share-terms.ts'
import { signedDigits } from './signed-digits.ts'

/** Raw integers of a matrix, row-major: `values[i · columns + j]` · 2^-frac is what input i adds to output j. */
export interface ConstantMatrix {
  readonly rows: number
  readonly columns: number
  readonly values: ArrayLike<bigint | number>
  readonly frac: number
}

export interface MatrixOptions {
  /** Added to each output: raw · 2^-frac. */
  readonly biases?: readonly { readonly raw: bigint; readonly frac: number }[]
  /** Adders in series beyond those of the plain balanced tree; default 0. */
  readonly extraDepth?: number
  /** False: every output is a tree of its own. */
  readonly share?: boolean
  /** Most pairs of digits compared at once; larger matrices are shared in blocks of inputs. */
  readonly pairLimit?: number
}

const defaultPairLimit = 2_500_000

/**
 * The adder graph of y = W x + bias for inputs of the given intervals. Its inputs are the given ones, then one
 * constant per different bias. Same arguments, same graph.
 */
export function adderGraphOf(
  weights: ConstantMatrix,
  inputs: readonly NetInterval[],
  options: MatrixOptions = {},
): AdderGraph {
  if (inputs.length !== weights.rows) bug(`${weights.rows} rows of weights for ${inputs.length} inputs`)
  const { outputs, constants } = expandOutputs(weights, inputs, options)
  const draft = startDraft([...inputs, ...constants])
  const depth = balancedDepth(outputs) + (options.extraDepth ?? 0)
  const slack = outputs.map(terms => 2 ** depth - kraftSum(draft, terms))
  const limit = options.pairLimit ?? defaultPairLimit
  const summands = options.share === false ? outputs : shareInBlocks(draft, outputs, slack, limit)
  const sums = summands.map(terms => sumTerms(draft, terms, depth))
  return {
    inputs: [...inputs, ...constants],
    ops: draft.ops,
    outputs: sums.map(sum => asOutput(sum, weights.frac)),
  }
}

function asOutput(sum: Term | undefined, frac: number): AdderOutput | null {
  return sum === undefined ? null : { node: sum.node, shift: sum.shift - frac, neg: sum.sign < 0 }
}

/** Depth of the deepest output when each is summed on its own. */
function balancedDepth(outputs: readonly (readonly Term[])[]): number {
  return outputs.reduce((depth, { length }) => Math.max(depth, Math.ceil(Math.log2(Math.max(1, length)))), 0)
}

interface Expanded {
  readonly outputs: Term[][]
  readonly constants: NetInterval[]
}

/** Every output as a list of terms: the digits of its weights, and its bias with all constant inputs folded in. */
function expandOutputs(
  weights: ConstantMatrix,
  inputs: readonly NetInterval[],
  options: MatrixOptions,
): Expanded {
  const constants = constantPool(inputs.length)
  const outputs = Array.from({ length: weights.columns }, (_, column) => {
    const terms: Term[] = []
    // The output is computed without the weights' frac; the constant is brought to that scale.
    const bias = options.biases?.[column] ?? { raw: 0n, frac: 0 }
    let constant: Exact = { raw: bias.raw, frac: bias.frac - weights.frac }
    for (let row = 0; row < weights.rows; row++) {
      const weight = BigInt(weights.values[row * weights.columns + column]!)
      const { min, max, frac } = inputs[row]!
      if (min === max) constant = addExact(constant, { raw: weight * min, frac })
      else for (const { shift, sign } of signedDigits(weight)) terms.push({ node: row, shift, sign })
    }
    if (constant.raw !== 0n) terms.push(constants.term(constant))
    return terms
  })
  return { outputs, constants: constants.intervals }
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

/** Constants as odd positive inputs, each once; shift and sign go to the term. */
function constantPool(firstNode: number): { intervals: NetInterval[]; term(value: Exact): Term } {
  const intervals: NetInterval[] = []
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

/** Shares within all inputs at once, or, when that is too much work, within halves of them; returns what to sum. */
function shareInBlocks(
  draft: AdderDraft,
  outputs: readonly Term[][],
  slack: readonly number[],
  limit: number,
): Term[][] {
  const nodes = [...new Set(outputs.flatMap(terms => terms.map(term => term.node)))].sort((p, q) => p - q)
  if (pairCount(outputs) <= limit || nodes.length < 2) {
    const shared = outputs.map(terms => [...terms])
    shareTerms(draft, shared, slack)
    return shared
  }
  const middle = nodes[nodes.length >> 1]!
  const halves = [(node: number) => node < middle, (node: number) => node >= middle].map(keep => {
    const half = outputs.map(terms => terms.filter(term => keep(term.node)))
    return shareInBlocks(
      draft,
      half,
      slack.map(room => room / 2),
      limit,
    )
  })
  return outputs.map((_, column) => halves.flatMap(half => half[column]!))
}

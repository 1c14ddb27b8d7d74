// Constant matrix times vector as shared shifts and additions: y_j = Σ_i x_i · w_ij + bias_j, exactly.
//
// Repeated two-term sums are shared between outputs, first greedily, then by local search; what is left of each output
// is added in a tree. `docs/rationale/constant-multiplication.md` tells the method and what each part of it gives. The
// whole solver stands behind `adderGraphOf`.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Interval } from '../fixed/interval.ts'
import type { AdderGraph, AdderOutput } from './adder-graph.ts'
import { type Draft, startDraft, type Term } from './constant-matrix/draft.ts'
import { emitSharing } from './constant-matrix/emit-sharing.ts'
import { type Expanded, expandOutputs } from './constant-matrix/expand-outputs.ts'
import { canonicalDigits, digitCount } from './constant-matrix/recodings.ts'
import { searchSharing } from './constant-matrix/search-sharing.ts'
import { startSharing } from './constant-matrix/sharing.ts'
import { sumDeep, sumTerms } from './constant-matrix/sum-terms.ts'

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
  /**
   * Adders in series beyond those of a plain balanced tree over the widest output's signed digits and one place more;
   * default 0.
   */
  readonly extraDepth?: number
  /**
   * Adders in series before each input; 0 unless given. Then every output is kept as shallow as its own plain tree, not
   * only as the deepest one's: what comes late in a network is not delayed by what comes early.
   */
  readonly arrival?: readonly number[]
  /** False: every output is a tree of its own. */
  readonly share?: boolean
  /** How trees of their own are planned: the cheapest of several, as shared sums are, or with all the depth allowed. */
  readonly trees?: 'cheap' | 'deep'
  /** Most pairs of digits compared at once; larger matrices are shared in blocks of inputs. */
  readonly pairLimit?: number
  /** How much to search: 0 for one greedy pass, 1 by default, more in proportion. */
  readonly effort?: number
  /** Asked between rounds of the search; true ends it with the best found so far. */
  readonly stop?: () => boolean
}

const defaultPairLimit = 2_500_000

/** A matrix beyond that is cut in blocks well below it, since time grows faster than size. */
const blockShare = 0.4

/** Work of the search at effort 1, in pattern counts changed: for each matrix, for each of its digits, and at most. */
const leastWork = 500_000
const workPerDigit = 1000
const mostWork = 20_000_000

/** Work of the search in a matrix of so many signed digits, in pattern counts changed; a million takes about 0.1 s. */
export function searchWork(digits: number, effort = 1): number {
  return effort * Math.min(leastWork + workPerDigit * digits, mostWork)
}

/** Plans compared for each output's tree. */
const treeTries = 20

/**
 * The adder graph of y = W x + bias for inputs of the given intervals. Its inputs are the given ones, then one
 * constant per different bias. Same arguments, same graph, as long as `stop` does not cut the search short.
 */
export function adderGraphOf(
  weights: ConstantMatrix,
  inputs: readonly Interval[],
  options: MatrixOptions = {},
): AdderGraph {
  if (inputs.length !== weights.rows) bug(`${weights.rows} rows of weights for ${inputs.length} inputs`)
  const expanded = expandOutputs(weights, inputs, options)
  const draft = startDraft([...inputs, ...expanded.constants], options.arrival)
  const limits = kraftLimits(draft, expanded, options)
  const run = startRun(draft, expanded, options)
  const summands = options.share === false ? plainTerms(expanded) : shareWithin(run, expanded, limits)
  const tries = options.effort === 0 ? 0 : treeTries
  const isDeep = options.share === false && options.trees === 'deep'
  const sums = summands.map((terms, k) =>
    isDeep
      ? sumDeep(draft, terms, limits[k]!, inputs.length)
      : sumTerms(draft, terms, limits[k]!, options.share === false ? triesAlone(terms.length, tries) : tries),
  )
  return {
    inputs: [...inputs, ...expanded.constants],
    ops: draft.ops,
    outputs: sums.map(sum => asOutput(sum, weights.frac)),
    search: { blocks: run.blocks, complete: !run.stopped, rounds: run.rounds },
  }
}

/** Long trees of their own, which are there for a sketch, are planned less often: a plan's work grows with the square. */
function triesAlone(terms: number, tries: number): number {
  return Math.min(tries, Math.floor(200_000 / (terms * terms + 1)))
}

function asOutput(sum: Term | undefined, frac: number): AdderOutput | null {
  return sum === undefined ? null : { node: sum.node, shift: sum.shift - frac, neg: sum.sign < 0 }
}

function digitsIn(coefficients: readonly number[]): number {
  return coefficients.reduce((sum, value, k) => (k % 2 === 1 ? sum + digitCount(value) : sum), 0)
}

/** Σ 2^depth over an output's digits as they arrive. */
function kraftOf({ nodes }: Draft, sources: readonly Term[], coefficients: readonly number[]): number {
  let sum = 0
  for (let k = 0; k < coefficients.length; k += 2)
    sum += digitCount(coefficients[k + 1]!) * 2 ** nodes.depth[sources[coefficients[k]!]!.node]!
  return sum
}

/**
 * 2^depth that each output may take. Without arrivals it is that of a balanced tree over the widest output and one place
 * more, for all: the spare place leaves room to turn a sign instead of negating a sum; and where a tree would be full, it
 * lets sharing choose what to add first. With arrivals it is each output's own, without a spare place.
 */
function kraftLimits(
  draft: Draft,
  { sources, coefficients }: Expanded,
  { arrival, extraDepth = 0 }: MatrixOptions,
): number[] {
  const sums = coefficients.map(list => kraftOf(draft, sources, list))
  const least = 1 + sums.reduce((a, b) => Math.max(a, b), 0)
  const bounds = arrival === undefined ? sums.map(() => least) : sums.map(sum => Math.max(1, sum))
  return bounds.map(bound => powerAbove(bound) * 2 ** extraDepth)
}

/** The least power of two that is no less; exact, as a logarithm is not where late values meet early ones. */
function powerAbove(bound: number): number {
  let power = 2 ** Math.floor(Math.log2(bound))
  while (power / 2 >= bound) power /= 2
  while (power < bound) power *= 2
  return power
}

/** Every output's digits as they stand, to be added without sharing. */
function plainTerms({ sources, coefficients }: Expanded): Term[][] {
  return coefficients.map(list => {
    const terms: Term[] = []
    for (let k = 0; k < list.length; k += 2)
      for (const digit of canonicalDigits(list[k + 1]!)) {
        const { node, shift } = sources[list[k]!]!
        terms.push({ node, shift: shift + (digit >> 1), sign: digit & 1 ? -1 : 1 })
      }
    return terms
  })
}

interface Run {
  readonly draft: Draft
  readonly sources: readonly Term[]
  readonly pairLimit: number
  readonly workPerDigit: number
  readonly stop: () => boolean
  blocks: number
  rounds: number
  stopped: boolean
}

function startRun(draft: Draft, { sources, coefficients }: Expanded, options: MatrixOptions): Run {
  const digits = coefficients.reduce((sum, list) => sum + digitsIn(list), 0)
  const run: Run = {
    draft,
    sources,
    pairLimit: options.pairLimit ?? defaultPairLimit,
    workPerDigit: searchWork(digits, options.effort) / Math.max(1, digits),
    stop: () => {
      run.stopped ||= options.stop?.() ?? false
      return run.stopped
    },
    blocks: 0,
    rounds: 0,
    stopped: false,
  }
  return run
}

/** What to sum for each output, when its Σ 2^depth may reach its limit in the end. */
function shareWithin(run: Run, { sources, coefficients }: Expanded, limits: readonly number[]): Term[][] {
  const growth = coefficients.map((list, output) => limits[output]! - kraftOf(run.draft, sources, list))
  const whole = pairCount(coefficients) <= run.pairLimit
  return shareInBlocks(run, coefficients, growth, whole ? run.pairLimit : blockShare * run.pairLimit)
}

/** Shares within all sources at once, or, when that is too much work, within halves of them. */
function shareInBlocks(
  run: Run,
  coefficients: readonly (readonly number[])[],
  growth: readonly number[],
  pairLimit: number,
): Term[][] {
  const used = [...new Set(coefficients.flatMap(list => list.filter((_, k) => k % 2 === 0)))]
  const sources = used.sort((p, q) => p - q)
  if (pairCount(coefficients) <= pairLimit || sources.length < 2)
    return shareBlock(run, coefficients, growth, sources)
  const middle = sources[sources.length >> 1]!
  const halves = [(source: number) => source < middle, (source: number) => source >= middle].map(keep =>
    shareInBlocks(
      run,
      coefficients.map(list => list.filter((_, k) => keep(list[k - (k % 2)]!))),
      growth.map(room => room / 2),
      pairLimit,
    ),
  )
  return coefficients.map((_, output) => halves.flatMap(half => half[output]!))
}

/** Pairs of digits over all outputs. */
function pairCount(coefficients: readonly (readonly number[])[]): number {
  return coefficients.reduce((sum, list) => sum + (digitsIn(list) * (digitsIn(list) - 1)) / 2, 0)
}

function shareBlock(
  run: Run,
  coefficients: readonly (readonly number[])[],
  growth: readonly number[],
  sources: readonly number[],
): Term[][] {
  const number = new Map(sources.map((source, k) => [source, k]))
  const terms = sources.map(source => run.sources[source]!)
  const { depth, low, high, lsb } = run.draft.nodes
  const state = startSharing(
    terms.map(({ node, shift }) => ({
      depth: depth[node]!,
      low: low[node]! * 2 ** shift,
      high: high[node]! * 2 ** shift,
      lsb: lsb[node]! + shift,
    })),
    coefficients.map(list => list.map((value, k) => (k % 2 === 0 ? number.get(value)! : value))),
    growth,
  )
  const digits = coefficients.reduce((sum, list) => sum + digitsIn(list), 0)
  run.blocks++
  run.rounds += searchSharing(state, run.workPerDigit * digits, run.stop)
  return emitSharing(run.draft, state, terms)
}

// One constant matrix as an adder graph, with the figures that tell how good it is: y_j = Σ_i x_i · w_ij + bias_j.

import { fail } from '../diagnostics/diagnostic.ts'
import { type AdderGraph, fullAdderBits, graphDepth } from '../netlist/adder-graph.ts'
import { adderGraphOf, type ConstantMatrix } from '../netlist/constant-matrix.ts'
import { signedDigits } from '../netlist/signed-digits.ts'
import { plainTrees } from './plain-trees.ts'
import { intervalsOf, type MatrixProblem } from './problem.ts'

export interface SolveOptions {
  /** Adders in series beyond those of a balanced tree and one more; default 0. */
  readonly extraDepth?: number
  /** 0: one greedy pass; 1: the usual search; more: longer ones. */
  readonly effort?: number
  /** Asked now and then; true ends the search with the best found so far. */
  readonly stop?: () => boolean
}

export interface GraphFigures {
  readonly adders: number
  /** Full-adder bits; negating an output costs its width. */
  readonly bits: number
  /** Most adders in series, a negation counting as one. */
  readonly depth: number
  /** Outputs that are negated, which `adders` leaves out. */
  readonly negations: number
}

export interface SolvedMatrix {
  readonly graph: AdderGraph
  readonly figures: GraphFigures
}

/** Digits beyond which the optimiser would run out of memory before it ran out of patience. */
const mostDigits = 2 ** 20

/** Solves a matrix; refuses one that no optimiser could hold with `cmvm/too-large`. */
export function solveMatrix(problem: MatrixProblem, options: SolveOptions = {}): SolvedMatrix {
  refuseTooLarge(problem.weights)
  const biases = problem.biases === undefined ? {} : { biases: problem.biases }
  const graph = adderGraphOf(problem.weights, intervalsOf(problem), { ...biases, ...options })
  return { graph, figures: figuresOf(graph) }
}

/** The same matrix with each output a tree of its own: what sharing is measured against. */
export function solveWithoutSharing(problem: MatrixProblem): SolvedMatrix {
  refuseTooLarge(problem.weights)
  const graph = plainTrees(problem)
  return { graph, figures: figuresOf(graph) }
}

function figuresOf(graph: AdderGraph): GraphFigures {
  return {
    adders: graph.ops.length,
    bits: fullAdderBits(graph),
    depth: graphDepth(graph),
    negations: graph.outputs.filter(output => output?.neg === true).length,
  }
}

function refuseTooLarge({ rows, columns, values }: ConstantMatrix): void {
  let digits = 0
  for (let k = 0; k < rows * columns; k++) {
    digits += signedDigits(BigInt(values[k]!)).length
    if (digits > mostDigits) failTooLarge(`${rows} × ${columns}`, `more than ${mostDigits} non-zero digits`)
  }
}

export function failTooLarge(place: string, problem: string): never {
  fail({
    code: 'cmvm/too-large',
    place,
    problem: `the matrix is too large to be unrolled into adders: ${problem}`,
    expected: `at most ${mostDigits} non-zero signed digits in all weights together`,
    remedy: 'Give a part of it, fewer bits, or more zeros.',
  })
}

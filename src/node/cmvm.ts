// `lutra cmvm`: one constant matrix as shared shift-adds: figures, graph, Verilog, proofs.

import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { wrongCoefficient } from '../cmvm/coefficients.ts'
import { printAdderGraph } from '../cmvm/graph-text.ts'
import { matrixModule, outputTypes } from '../cmvm/module.ts'
import { packRaws, totalWidth, unpackRaws } from '../cmvm/plain-verilog.ts'
import type { MatrixProblem } from '../cmvm/problem.ts'
import {
  failTooLarge,
  type GraphFigures,
  type SolvedMatrix,
  solveMatrix,
  solveWithoutSharing,
} from '../cmvm/solve.ts'
import { type Difference, firstDifference, simulateVectors, testVectors } from '../cmvm/vectors.ts'
import { bug, type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import { createNameScope, legalName } from '../netlist/verilog-names.ts'
import type { RtlModule } from '../rtl/module.ts'
import { printVerilog } from '../rtl/print-module.ts'
import { runCombinational } from '../tools/combinational-sim.ts'
import { checkpoint } from './checkpoint.ts'
import { inputTypesOf, weightsOf } from './cmvm-input.ts'
import { type FileSystem, writeFilesAtomic } from './files.ts'
import { type ProductProof, proveProduct } from './prove-product.ts'
import { readTable } from './read-data.ts'

export interface CmvmOptions {
  /** File of the matrix, inputs × outputs: y = x W. */
  readonly matrix: string
  /** Type of the inputs, e.g. `int<8>`, or a type for each, with commas between. */
  readonly input: string
  /** File for the adder graph as JSON. */
  readonly graph?: string
  /** File for the Verilog module, which is named after it. */
  readonly verilog?: string
  /** 0: one greedy pass; 1: the usual search; more: longer ones. */
  readonly effort?: number
  /** Seconds after which the search ends with the best found so far. */
  readonly timeBudget?: number
  /** Adders in series beyond those of a balanced tree and one more; default 0. */
  readonly extraDepth?: number
  /** Prove the Verilog by SAT, within so many seconds (true: 60). */
  readonly prove?: boolean | number
  readonly signal?: AbortSignal
  readonly disk?: FileSystem
  readonly onProgress?: (text: string) => void
}

export interface CmvmResult extends GraphFigures {
  readonly rows: number
  readonly columns: number
  /** Seconds of the search for the graph. */
  readonly seconds: number
  /** The same matrix with each output a tree of its own. */
  readonly unshared: GraphFigures
  /** Bits with sharing over bits without. */
  readonly ratio: number
  /** Parts the matrix was shared in: 1, or more where it is too large to be looked at as a whole. */
  readonly blocks: number
  /** False when the time budget ended the search. */
  readonly complete: boolean
  /** The graph's coefficients are the matrix: checked of every graph, or there would be no result. */
  readonly coefficients: 'equal'
  /** The vectors that the Verilog was run on, where it was asked for. */
  readonly vectors?: VectorCheck
  readonly proof?: ProductProof
  readonly findings: readonly Diagnostic[]
  /** Whether nothing was found wrong. */
  readonly good: boolean
  readonly solved: SolvedMatrix
}

export interface VectorCheck {
  /** Vectors in all; a slow simulator may have been given fewer. */
  readonly count: number
  readonly roads: readonly VectorRoad[]
}

export interface VectorRoad {
  readonly road: string
  readonly equal: boolean
  /** Vectors it was given. */
  readonly count: number
  /** Why it was given none. */
  readonly skipped?: string
}

/** Solves one matrix and writes what is asked for: all of it, or nothing when anything is wrong. */
export async function cmvm(options: CmvmOptions): Promise<CmvmResult> {
  const problem = await readProblem(options)
  const { rows, columns } = problem.weights
  options.onProgress?.(`looking for sums to share in ${rows} × ${columns} weights`)
  await checkpoint(options.signal)
  const { solved, seconds } = search(problem, options)
  const unshared = solveWithoutSharing(problem).figures
  const wrong = wrongCoefficient(solved.graph, problem)
  if (wrong !== undefined) bug(`the graph's output ${wrong.output} is not the matrix's`)
  await checkpoint(options.signal)
  const checked = await checkCircuit(problem, solved, options)
  const findings = [...searchFindings(solved, options), ...checked.findings]
  const { blocks = 1, complete = true } = solved.graph.search ?? {}
  if (checked.good) await writeResults(solved, checked.verilog, options)
  return {
    ...solved.figures,
    rows,
    columns,
    seconds,
    unshared,
    ratio: unshared.bits === 0 ? 1 : solved.figures.bits / unshared.bits,
    blocks,
    complete,
    coefficients: 'equal',
    ...(checked.vectors === undefined ? {} : { vectors: checked.vectors }),
    ...(checked.proof === undefined ? {} : { proof: checked.proof }),
    findings,
    good: checked.good,
    solved,
  }
}

const mostBytes = 64 * 2 ** 20

async function readProblem({ matrix, input, disk }: CmvmOptions): Promise<MatrixProblem> {
  const path = matrix.replace(/(\.(?:npz|h5|hdf5)):.*$/i, '$1')
  const size = await stat(path).then(
    found => found.size,
    () => 0,
  )
  if (size > mostBytes) failTooLarge(matrix, `the file has ${size} bytes`)
  const weights = weightsOf(await readTable(matrix, disk), matrix)
  return { weights, inputs: inputTypesOf(input, weights.rows) }
}

function search(
  problem: MatrixProblem,
  { effort, extraDepth, timeBudget }: CmvmOptions,
): { solved: SolvedMatrix; seconds: number } {
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 1000
  const solved = solveMatrix(problem, {
    ...(effort === undefined ? {} : { effort }),
    ...(extraDepth === undefined ? {} : { extraDepth }),
    ...(timeBudget === undefined ? {} : { stop: () => elapsed() >= timeBudget }),
  })
  return { solved, seconds: elapsed() }
}

function searchFindings({ graph }: SolvedMatrix, { matrix, timeBudget }: CmvmOptions): Diagnostic[] {
  const { blocks = 1, complete = true } = graph.search ?? {}
  const split = finding({
    code: 'cmvm/split',
    place: matrix,
    problem: `the matrix is too large to be looked at as a whole: sums were shared within ${blocks} blocks of inputs, not between them`,
    remedy: 'Take it as it is, or cut the matrix by outputs where they have little in common.',
  })
  const cut = finding({
    code: 'cmvm/time-budget',
    place: matrix,
    problem: `the time budget of ${timeBudget} s ended the search; this is the best found until then`,
    remedy: 'Give more time with --time-budget, or leave it out, for fewer bits.',
  })
  return [...(blocks > 1 ? [split] : []), ...(complete ? [] : [cut])]
}

interface Checked {
  readonly verilog?: string
  readonly vectors?: VectorCheck
  readonly proof?: ProductProof
  readonly findings: readonly Diagnostic[]
  readonly good: boolean
}

/** The module's text, run on vectors and, where asked, proved. */
async function checkCircuit(
  problem: MatrixProblem,
  { graph }: SolvedMatrix,
  options: CmvmOptions,
): Promise<Checked> {
  const prove = options.prove ?? false
  if (options.verilog === undefined && prove === false) return { findings: [], good: true }
  const top = moduleName(options.verilog)
  const { rows, columns } = problem.weights
  const summary = `y = W x, ${columns} sums of ${rows} inputs, combinational`
  const module = matrixModule(graph, problem.inputs, top, summary)
  const verilog = printVerilog(module)[`${top}.v`]!
  options.onProgress?.('running the module on vectors')
  const { check, difference } = await runVectors(problem, module, verilog, options)
  const differs = difference === undefined ? [] : [differenceFinding(difference, top)]
  if (prove === false || differs.length > 0)
    return { verilog, vectors: check, findings: differs, good: differs.length === 0 }
  const proof = await proveProduct(
    { problem, graph, verilog, top, outputs: outputTypes(module) },
    { ...options, timeoutMs: 1000 * (prove === true ? 60 : prove) },
  )
  const findings = proofFindings(proof, top)
  return { verilog, vectors: check, proof, findings, good: proof.verdict !== 'refuted' }
}

/** A name for the module that its file can have too. */
function moduleName(path: string | undefined): string {
  const wanted = path === undefined ? 'cmvm' : basename(path).replace(/\.s?v$/, '')
  return createNameScope().take(legalName(wanted))
}

const randomVectors = 1000

async function runVectors(
  problem: MatrixProblem,
  module: RtlModule,
  verilog: string,
  options: CmvmOptions,
): Promise<{ check: VectorCheck; difference: Difference | undefined }> {
  const outputs = outputTypes(module)
  const vectors = testVectors(problem, randomVectors)
  const own = firstDifference(problem, outputs, vectors, simulateVectors(module, vectors))
  await checkpoint(options.signal)
  const inputWidth = totalWidth(problem.inputs)
  const outputWidth = totalWidth(outputs)
  const nothing = inputWidth === 0 || outputWidth === 0
  const some = thinned(vectors, Math.ceil(icarusWork / Math.max(1, module.netlist.kind.length)))
  const words = nothing
    ? undefined
    : await runCombinational({
        top: module.name,
        files: { [`${module.name}.v`]: verilog },
        inputWidth,
        outputWidth,
        words: some.map(vector => packRaws(problem.inputs, vector)),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      })
  const got = words?.map(word => unpackRaws(outputs, word))
  const icarus = got === undefined ? undefined : firstDifference(problem, outputs, some, got)
  const skipped = nothing ? 'the module has no bits' : 'iverilog is not on PATH'
  const roads = [
    { road: 'built-in', equal: own === undefined, count: vectors.length },
    got === undefined
      ? { road: 'Icarus', equal: true, count: 0, skipped }
      : { road: 'Icarus', equal: icarus === undefined, count: some.length },
  ]
  return { check: { count: vectors.length, roads }, difference: own ?? icarus }
}

/** Cells times vectors that Icarus does in a few seconds. */
const icarusWork = 250_000

/** At most `most` of a list, spread over it. */
function thinned<T>(list: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, Math.ceil(list.length / most))
  return list.filter((_, k) => k % step === 0)
}

function differenceFinding({ input, expected, got }: Difference, top: string): Diagnostic {
  const at = expected.findIndex((raw, j) => raw !== got[j])
  return finding({
    code: 'cmvm/differs',
    place: `module '${top}', output ${at}`,
    problem: `it gives ${got[at]}, and W x is ${expected[at]}, for x = ${shown(input)}`,
    expected: 'the same',
    remedy: 'This is a fault in Lutra; please report it with the matrix. No file was written.',
  })
}

function proofFindings({ verdict, ops, counterexample }: ProductProof, top: string): Diagnostic[] {
  if (verdict === 'proved') return []
  const place = `module '${top}'`
  if (verdict === 'refuted') {
    const example = counterexample === undefined ? '' : `, e.g. for x = ${shown(counterexample)}`
    return [
      finding({
        code: 'cmvm/refuted',
        place,
        problem: `the Verilog does not compute W x${example}`,
        remedy: 'This is a fault in Lutra; please report it with the matrix. No file was written.',
      }),
    ]
  }
  const reason = ops.verdict === 'not proved' ? ops.reason : 'it is too large'
  return [
    finding({
      code: 'cmvm/not-proved',
      place,
      problem: `the Verilog could not be proved: ${reason}`,
      expected: 'a proof',
      remedy: 'Give more time: --prove SECONDS. The graph is right in any case, and so were all vectors.',
    }),
  ]
}

function shown(raws: readonly bigint[]): string {
  return `[${raws.slice(0, 64).join(', ')}${raws.length > 64 ? ', …' : ''}]`
}

async function writeResults(
  { graph }: SolvedMatrix,
  verilog: string | undefined,
  options: CmvmOptions,
): Promise<void> {
  await checkpoint(options.signal)
  const files: [string, string][] = []
  if (options.graph !== undefined) files.push([options.graph, printAdderGraph(graph)])
  if (options.verilog !== undefined) files.push([options.verilog, verilog ?? bug('no Verilog')])
  await writeFilesAtomic(files, options.disk)
}

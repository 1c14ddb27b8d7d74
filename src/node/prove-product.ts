// Proofs that an emitted module computes W x + bias. Two roads: its Verilog is proved equal to the adder graph op by
// op, which works at any size and, with the graph's coefficients checked, is complete; and, output by output, to the
// plain sum of products, which SAT can do for small matrices only.

import { wrongCoefficient } from '../cmvm/coefficients.ts'
import { plainGraph, plainProduct, slicesOf, totalWidth, unpackRaws } from '../cmvm/plain-verilog.ts'
import type { MatrixProblem } from '../cmvm/problem.ts'
import type { FixedType } from '../fixed/types.ts'
import type { AdderGraph } from '../netlist/adder-graph.ts'
import { signedDigits } from '../netlist/signed-digits.ts'
import { type ProofRequest, proveEqual, type Verdict } from '../tools/yosys/prove.ts'
import { chooseYosys } from '../tools/yosys/synthesise.ts'
import type { YosysTool } from '../tools/yosys/tool.ts'

/** A module with packed ports `x` and `y`, and what it is to compute. */
export interface ProductCircuit {
  readonly problem: MatrixProblem
  readonly graph: AdderGraph
  readonly verilog: string
  readonly top: string
  readonly outputs: readonly FixedType[]
}

export interface ProductProof {
  /** `proved` when the Verilog equals the graph and the graph's coefficients are the matrix. */
  readonly verdict: Verdict['verdict']
  /** Whether the graph's coefficients are the matrix, by linearity. */
  readonly coefficients: boolean
  /** The Verilog against the graph, op by op. */
  readonly ops: Verdict
  /** The Verilog against the plain sum of products, by output; not tried when it is refuted already. */
  readonly direct: DirectProof
  /** Raw inputs on which the Verilog is wrong, when it is refuted. */
  readonly counterexample?: readonly bigint[]
}

export interface DirectProof {
  readonly proved: number
  readonly refuted: number
  /** The output on which time ran out, and those not tried after it. */
  readonly unfinished: number
  /** Outputs that are beyond what SAT does in useful time, and were not tried. */
  readonly tooLarge: number
  readonly seconds: number
}

export interface ProofOptions {
  /** For all proofs together. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly tool?: YosysTool
  readonly onProgress?: (text: string) => void
}

/** Proves a circuit by both roads, or refutes it with an input. */
export async function proveProduct(circuit: ProductCircuit, options: ProofOptions): Promise<ProductProof> {
  const deadline = performance.now() + options.timeoutMs
  const tool = options.tool ?? (await chooseYosys())
  const { problem, graph, outputs } = circuit
  const coefficients = wrongCoefficient(graph, problem) === undefined
  options.onProgress?.('proof: the Verilog against the graph')
  const ops = await proveEqual({
    ...base(circuit, tool, options, deadline),
    reference: { verilog: plainGraph(graph, problem.inputs, outputs, referenceName), top: referenceName },
  })
  // Against the graph a difference is one of the product too, but only if the graph is right.
  const known = ops.verdict === 'refuted' && coefficients ? ops.counterexample : undefined
  const { direct, counterexample } =
    known === undefined
      ? await proveDirectly(circuit, tool, options, deadline)
      : { direct: notTried, counterexample: known }
  const complete = (ops.verdict === 'proved' && coefficients) || direct.proved === slices(circuit).length
  const refuted = counterexample !== undefined || (ops.verdict === 'proved' && !coefficients)
  return {
    verdict: refuted ? 'refuted' : complete ? 'proved' : 'not proved',
    coefficients,
    ops,
    direct,
    ...(counterexample === undefined ? {} : { counterexample: unpackRaws(problem.inputs, counterexample) }),
  }
}

const notTried: DirectProof = { proved: 0, refuted: 0, unfinished: 0, tooLarge: 0, seconds: 0 }

const referenceName = 'lutra_product'

function base(
  { verilog, top, problem, outputs }: ProductCircuit,
  tool: YosysTool,
  { signal }: ProofOptions,
  deadline: number,
): Omit<ProofRequest, 'reference'> {
  return {
    tool,
    design: { verilog, top },
    inputWidth: totalWidth(problem.inputs),
    outputWidth: totalWidth(outputs),
    timeoutMs: Math.max(1, deadline - performance.now()),
    ...(signal === undefined ? {} : { signal }),
  }
}

/** Outputs with bits. */
function slices({ outputs }: ProductCircuit) {
  return slicesOf(outputs)
    .map((slice, output) => ({ slice, output }))
    .filter(({ slice }) => slice.width > 0)
}

// Beyond about this many bits of addends, reassociating a sum takes SAT minutes and more.
const mostAddendBits = 72
const mostOutputs = 16
const mostMs = 30_000

async function proveDirectly(
  circuit: ProductCircuit,
  tool: YosysTool,
  options: ProofOptions,
  deadline: number,
): Promise<{ direct: DirectProof; counterexample?: bigint }> {
  const started = performance.now()
  const all = slices(circuit)
  const small = all
    .map(({ slice, output }) => ({ slice, size: addendBits(circuit.problem, output) }))
    .filter(({ size }) => size <= mostAddendBits)
    .sort((p, q) => p.size - q.size)
    .slice(0, mostOutputs)
  const counts = { proved: 0, refuted: 0, unfinished: 0, tooLarge: all.length - small.length }
  let counterexample: bigint | undefined
  const { problem, outputs } = circuit
  const reference = { verilog: plainProduct(problem, outputs, referenceName), top: referenceName }
  for (const [k, { slice }] of small.entries()) {
    // The smallest come first: after one that took too long, the others would too.
    if (counts.unfinished > 0) {
      counts.unfinished++
      continue
    }
    options.onProgress?.(`proof: output ${k + 1} of ${small.length} against the plain sum`)
    const left = Math.min(mostMs, Math.max(1, deadline - performance.now()) / (small.length - k))
    const request = { ...base(circuit, tool, options, deadline), reference, slice, timeoutMs: left }
    const found = await proveEqual(request)
    if (found.verdict === 'proved') counts.proved++
    else if (found.verdict === 'not proved') counts.unfinished++
    else {
      counts.refuted++
      counterexample ??= found.counterexample
    }
  }
  const direct = { ...counts, seconds: (performance.now() - started) / 1000 }
  return { direct, ...(counterexample === undefined ? {} : { counterexample }) }
}

function addendBits({ weights, inputs }: MatrixProblem, output: number): number {
  return inputs.reduce((sum, { width }, i) => {
    const weight = BigInt(weights.values[i * weights.columns + output]!)
    return sum + width * signedDigits(weight).length
  }, 0)
}

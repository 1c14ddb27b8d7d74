import { describe, expect, it } from 'vitest'
import { matrixModule, outputTypes } from '../cmvm/module.ts'
import type { MatrixProblem } from '../cmvm/problem.ts'
import { solveMatrix } from '../cmvm/solve.ts'
import { randomBits } from '../cmvm/vectors.ts'
import { type FixedType, fixedType } from '../fixed/types.ts'
import type { AdderGraph } from '../netlist/adder-graph.ts'
import { printVerilog } from '../rtl/print-module.ts'
import { type ProductCircuit, proveProduct } from './prove-product.ts'

const limit = { timeoutMs: 100_000 }

function problemOf(
  rows: number,
  columns: number,
  weightBits: number,
  input: (i: number) => FixedType,
): MatrixProblem {
  const next = randomBits(7 * rows + columns)
  const values = Array.from(
    { length: rows * columns },
    () => (next() % 2 ** weightBits) - 2 ** (weightBits - 1),
  )
  return {
    weights: { rows, columns, values, frac: 1 },
    inputs: Array.from({ length: rows }, (_, i) => input(i)),
  }
}

/** The module printed from `made` where it is given, said to be that of the problem's own graph. */
function circuitOf(problem: MatrixProblem, made?: (graph: AdderGraph) => AdderGraph): ProductCircuit {
  const { graph } = solveMatrix(problem)
  const right = matrixModule(graph, problem.inputs, 'dut', '')
  const module = made === undefined ? right : matrixModule(made(graph), problem.inputs, 'dut', '')
  const verilog = printVerilog(module)['dut.v']!
  return { problem, graph, verilog, top: 'dut', outputs: outputTypes(right) }
}

const int = (width: number) => () => fixedType(true, width, 0)

describe('proveProduct', () => {
  it('proves 4 × 4 of 4 bits by both roads', async () => {
    const { verdict, ops, direct } = await proveProduct(circuitOf(problemOf(4, 4, 4, int(4))), limit)
    expect([verdict, ops.verdict, direct.proved, direct.tooLarge]).toEqual(['proved', 'proved', 4, 0])
  })

  it('proves 8 × 4 of 8 bits op by op, inputs with and without sign and point', async () => {
    const mixed = (i: number) => fixedType(i % 2 === 0, 6 + (i % 3), i % 4)
    const { verdict, ops, direct } = await proveProduct(circuitOf(problemOf(8, 4, 8, mixed)), limit)
    expect([verdict, ops.verdict, direct.tooLarge]).toEqual(['proved', 'proved', 4])
  })

  it('proves biases, negated, absent and constant outputs', async () => {
    const values = [-1, 0, 0, 3, -2, 0, 0, 5]
    const problem: MatrixProblem = {
      weights: { rows: 2, columns: 4, values, frac: 0 },
      inputs: [fixedType(true, 5, 0), fixedType(false, 4, 2)],
      biases: [0n, 0n, 3n, -7n].map(raw => ({ raw, frac: 1 })),
    }
    const circuit = circuitOf(problem)
    const { verdict, direct } = await proveProduct(circuit, limit)
    expect([verdict, direct.proved]).toEqual(['proved', 3])
  })

  it('refutes damaged adders, with inputs on which they are wrong', async () => {
    const problem = problemOf(4, 3, 5, int(4))
    const right = circuitOf(problem)
    // Another operand of the same type leaves ports and widths as they were.
    const damaged = circuitOf(problem, graph => ({
      ...graph,
      ops: graph.ops.map((op, k) =>
        k === 0 ? { ...op, a: [0, 1, 2, 3].find(a => a !== op.a && a !== op.b)! } : op,
      ),
    }))
    expect(damaged.verilog).not.toBe(right.verilog)
    const proof = await proveProduct(damaged, limit)
    expect([proof.verdict, proof.coefficients, proof.ops.verdict]).toEqual(['refuted', true, 'refuted'])
    expect(proof.counterexample).toHaveLength(4)
  })

  it('refutes a negation that is left out', async () => {
    const problem = {
      weights: { rows: 1, columns: 1, values: [-1], frac: 0 },
      inputs: [fixedType(true, 6, 0)],
    }
    const circuit = circuitOf(problem)
    expect(circuit.graph.outputs).toEqual([{ node: 0, shift: 0, neg: true }])
    expect((await proveProduct(circuit, limit)).verdict).toBe('proved')
    const plain = circuit.verilog.replace(/(assign \w+ = ).*- *(.*);/, '$1$2;')
    expect(plain).not.toBe(circuit.verilog)
    const { verdict, counterexample } = await proveProduct({ ...circuit, verilog: plain }, limit)
    expect(verdict).toBe('refuted')
    expect(counterexample?.[0]).not.toBe(0n)
  })

  it('finds a fault on one input of 2^16', async () => {
    const circuit = circuitOf(problemOf(2, 3, 6, int(8)))
    const verilog = circuit.verilog.replace(/assign y = (.*);/s, "assign y = ($1) ^ (x == 16'h807f);")
    const { verdict, counterexample } = await proveProduct({ ...circuit, verilog }, limit)
    expect(verdict).toBe('refuted')
    expect(counterexample).toEqual([127n, -128n])
  })

  it('says so when the graph itself is not the matrix', async () => {
    const problem = problemOf(2, 2, 4, int(4))
    const circuit = circuitOf(problem)
    const values = Array.from(problem.weights.values, (value, k) => Number(value) + (k === 3 ? 1 : 0))
    const other = { ...problem, weights: { ...problem.weights, values } }
    const proof = await proveProduct({ ...circuit, problem: other }, limit)
    expect([proof.verdict, proof.coefficients, proof.ops.verdict]).toEqual(['refuted', false, 'proved'])
    expect(proof.direct).toMatchObject({ proved: 1, refuted: 1 })
  })

  it('ends within its time, undecided, or at once when stopped', async () => {
    const circuit = circuitOf(problemOf(6, 2, 6, int(8)))
    const proof = await proveProduct(circuit, { timeoutMs: 1 })
    expect([proof.verdict, proof.ops]).toMatchObject(['not proved', { reason: 'not done in 0.001 s' }])
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(proveProduct(circuit, { ...limit, signal })).rejects.toThrow('enough')
  })
})

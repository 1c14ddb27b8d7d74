// All published matrices: recomputed from the written graphs, and their Verilog proved.

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { matrixModule, outputTypes } from '../../src/cmvm/module.ts'
import { solveMatrix } from '../../src/cmvm/solve.ts'
import { fixedType } from '../../src/fixed/types.ts'
import { cmvm } from '../../src/node/cmvm.ts'
import { proveProduct } from '../../src/node/prove-product.ts'
import { printVerilog } from '../../src/rtl/print-module.ts'
import { wasmYosys } from '../../src/tools/yosys/wasm.ts'
import { anchorOf, type Published, publishedResults, solveAndRecompute } from '../cmvm/published.ts'
import { missingReference, referenceFolder } from '../support/reference.ts'

describe('proofs in the built-in Yosys', () => {
  const problem = {
    weights: { rows: 2, columns: 2, values: [3, -5, 6, 7], frac: 0 },
    inputs: [fixedType(true, 4, 0), fixedType(false, 4, 1)],
  }
  const { graph } = solveMatrix(problem)
  const module = matrixModule(graph, problem.inputs, 'dut', '')
  const verilog = printVerilog(module)['dut.v']!
  const circuit = { problem, graph, verilog, top: 'dut', outputs: outputTypes(module) }

  it('prove what is right and refute what is not', async () => {
    const options = { timeoutMs: 300_000, tool: await wasmYosys() }
    const { verdict, direct } = await proveProduct(circuit, options)
    expect([verdict, direct.proved]).toEqual(['proved', 2])
    const damaged = verilog.replace(/assign y = (.*);/s, "assign y = ($1) ^ (x == 8'h5a);")
    const refuted = await proveProduct({ ...circuit, verilog: damaged }, options)
    expect([refuted.verdict, refuted.counterexample]).toEqual(['refuted', [-6n, 5n]])
  })
})

const missing = missingReference('cmvm')
const published: Published[] = missing === undefined ? await publishedResults() : []

describe.skipIf(missing !== undefined)('published matrices', () => {
  for (const one of published) {
    const name = `${one.m}_${one.shape.join('x')}`
    const file = join(referenceFolder, 'cmvm', `${name}.npy`)
    it(`${name}: the matrix exactly, figures as told, no more bits than published, no deeper`, async () => {
      const { bits, depth } = await solveAndRecompute(file)
      const anchor = anchorOf(one)
      expect(bits).toBeLessThanOrEqual(anchor.cost)
      expect(depth).toBeLessThanOrEqual(anchor.depth)
    })

    it(`${name}: the Verilog is proved`, async () => {
      const { proof, good } = await cmvm({ matrix: file, input: 'int<8>', effort: 0, prove: 3000 })
      expect([good, proof?.verdict]).toEqual([true, 'proved'])
    })
  }

  it('i8_64x64: below the published bits, no deeper', async () => {
    const { bits, depth } = await solveAndRecompute(join(referenceFolder, 'cmvm', 'i8_64x64.npy'))
    expect(bits).toBeLessThan(58_031)
    expect(depth).toBeLessThanOrEqual(9)
  })
})

// Activations of QKeras that hls4ml does not have: what the file means, the emulator and the interpreter, on every value
// of a type. The operators' own examples compare the emulator with cells, Verilog and C++.

import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { runFloat } from '../../engines/float.ts'
import { interpret } from '../../engines/interpreter/interpret.ts'
import { fixedPrecision, printPrecision } from '../../fixed/precision.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { quantiserType } from '../../ir/source-quantiser.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { importModel } from '../index.ts'
import { inputLayer, kerasFile, layer, sequential } from '../keras/testing/models.ts'

const type = { signed: true, width: 10, frac: 6 }
const values = Float64Array.from({ length: 1024 }, (_, k) => (k - 512) / 64)

/** As `lutra config` writes it: the type of the quantizer, which hls4ml's rules do not take from the file. */
function written(graph: OpGraph) {
  const quantiser = nodeNamed(graph, 'a').quantisers.result!
  const type = printPrecision(fixedPrecision(quantiserType(quantiser, 'result')), 'canonical')
  const precisions = `x: {Precision: {result: 'fixed<10,4>'}}\n    a: {Precision: {result: '${type}'}}`
  const model = "Model: {Precision: 'fixed<16,6>', ReuseFactor: 1}"
  return parseConfig(`HLSConfig:\n  ${model}\n  LayerName:\n    ${precisions}\n`, 'config.yml')
}

async function read(activation: string) {
  const layers = [inputLayer('x', 1), layer('QActivation', 'a', { activation })]
  return importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
}

describe.each([
  'quantized_hswish(6,2)',
  'quantized_hswish(8,2,symmetric=1)',
  'quantized_hswish(5,1,relu_shift=2.5,relu_upper_bound=5.5)',
  'quantized_relu_po2(3)',
  'quantized_relu_po2(5)',
  'quantized_relu_po2(4,3,negative_slope=0.25)',
  "quantized_relu_po2(4,log2_rounding='floor')",
  'quantized_relu_po2(4,quadratic_approximation=True)',
  'quantized_po2(4)',
  "quantized_po2(4,max_value=1,log2_rounding='floor')",
  'quantized_bits(1)',
])('%s', activation => {
  it.each([false, true])('means the same in every engine; by a config: %s', async configured => {
    const graph = await read(activation)
    const config = configured ? written(graph) : undefined
    const inputTypes = new Map([['x', type]])
    const { typed } = compileModel(graph, { inputTypes, verifyPasses: true, ...(config && { config }) })
    const [to] = [typed.outputs[0]!]
    const batch = { rows: values.length, shape: [1], data: values }
    const raw = createFixedEngine(typed).run([batch], [to]).get(to)!
    expect([...interpret(typed, [batch], [to]).get(to)!.raw].map(BigInt)).toEqual([...raw.raw].map(BigInt))
    const float = runFloat(graph, [batch], [graph.outputs[0]!]).get(graph.outputs[0]!)!
    expect([...toNumbers(nodeNamed(typed, to), raw)]).toEqual([...float.data])
  })
})

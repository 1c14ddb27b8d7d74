// Exported models: as ONNX Runtime computes them, and as our own frontend reads them back.

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as runtime from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import type { Batch } from '../../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { runFloat } from '../../engines/float.ts'
import type { Conversion, FixedType } from '../../fixed/types.ts'
import { parseNpy } from '../../formats/npy.ts'
import { writeOnnx } from '../../formats/onnx/write.ts'
import { importModel } from '../../frontends/index.ts'
import { type ContractionCase, keras2File } from '../../frontends/keras/testing/contraction-models.ts'
import { model, node, numbers, tensor } from '../../frontends/onnx/testing/models.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { type ExportForm, exportOnnx } from './export.ts'

runtime.env.wasm.numThreads = 1
runtime.env.logLevel = 'error'

function rowsFor(graph: OpGraph, rows: number, range = 2): Batch[] {
  let state = 99
  const number = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.fround((state / 2 ** 31 - 1) * range)
  }
  return graph.nodes
    .filter(({ kind }) => kind === 'input')
    .map(({ shape }) => ({
      rows,
      shape,
      data: Float64Array.from({ length: rows * sizeOf(shape) }, number),
    }))
}

async function runtimeOutputs(bytes: Uint8Array, inputs: readonly Batch[]): Promise<number[][]> {
  const session = await runtime.InferenceSession.create(bytes)
  const feeds = Object.fromEntries(
    inputs.map(({ rows, shape, data }, k) => [
      session.inputNames[k]!,
      new runtime.Tensor('float32', Float32Array.from(data), [rows, ...shape]),
    ]),
  )
  const results = await session.run(feeds)
  const outputs = session.outputNames.map(name => [...(results[name]!.data as Float32Array)])
  await session.release()
  return outputs
}

const floatOutputs = (graph: OpGraph, inputs: readonly Batch[]) => {
  const results = runFloat(graph, inputs, graph.outputs)
  return graph.outputs.map(name => [...results.get(name)!.data])
}

const fixedOutputs = (graph: OpGraph, inputs: readonly Batch[]) => {
  const results = createFixedEngine(graph).run(inputs, graph.outputs)
  return graph.outputs.map(name => [...toNumbers(nodeNamed(graph, name), results.get(name)!)])
}

function typesFor(graph: OpGraph, type: FixedType) {
  return new Map(graph.nodes.flatMap(({ kind, name }) => (kind === 'input' ? [[name, type] as const] : [])))
}

/** Two dense layers with a type of so many bits, three of them before the point, behind the input and each of them. */
async function quantisedDense({
  bits,
  rounding,
  overflow,
}: { bits: number } & Pick<Conversion, 'rounding' | 'overflow'>) {
  const scalar = (value: number) => ({ element: 'float32' as const, dims: [], data: Float64Array.of(value) })
  const grid = (dims: readonly number[], seed: number) => ({
    ...tensor(dims, seed),
    data: numbers(
      dims.reduce((product, own) => product * own, 1),
      seed,
    ).map(value => Math.round(value * 16) / 16),
  })
  const quant = (name: string, x: string) =>
    node(name, 'Quant', [x, 's', 'z', 'n'], { signed: 1 }, 'qonnx.custom_op.general')
  const weight = (name: string, x: string) =>
    node(name, 'Quant', [x, 't', 'z', 'm'], { signed: 1 }, 'qonnx.custom_op.general')
  const nodes = [
    quant('q', 'x'),
    ...['u', 'v', 'b'].map(name => weight(`${name}q`, name)),
    node('fc1', 'Gemm', ['q', 'uq', 'bq']),
    quant('fc1_q', 'fc1'),
    node('r', 'Relu', ['fc1_q']),
    node('fc2', 'Gemm', ['r', 'vq']),
    quant('fc2_q', 'fc2'),
  ]
  const own = model([6], nodes, {
    u: grid([6, 8], 1),
    v: grid([8, 3], 2),
    b: grid([8], 3),
    s: scalar(2 ** (3 - bits)),
    t: scalar(1 / 16),
    z: scalar(0),
    n: scalar(bits),
    m: scalar(6),
  })
  const graph = await importModel([{ name: 'net.onnx', bytes: writeOnnx(own) }])
  const input = { signed: true, width: bits, frac: bits - 3 }
  const { typed } = compileModel(graph, { inputTypes: typesFor(graph, input) })
  const changed = typed.nodes.map(own => {
    const { result } = own.resolved
    const isQuantiser = own.kind === 'quantise' && result !== undefined
    return isQuantiser
      ? { ...own, resolved: { ...own.resolved, result: { ...result, rounding, overflow } } }
      : own
  })
  return { typed: { ...typed, nodes: changed }, input }
}

const bytesOf = (graph: OpGraph, form: ExportForm) => writeOnnx(exportOnnx(graph, form))
const reread = (bytes: Uint8Array) => importModel([{ name: 'net.onnx', bytes }])

const reference = resolve(import.meta.dirname, '../../../../shared/reference')
const example = () => load(resolve(import.meta.dirname, '../../../examples/pulse-shape/pulse-shape.h5'))

async function load(...paths: string[]): Promise<OpGraph> {
  return importModel(
    paths.map(path => ({ name: path.split('/').at(-1)!, bytes: new Uint8Array(readFileSync(path)) })),
  )
}

function expectClose(got: readonly number[][], expected: readonly number[][]): void {
  expect(got.map(({ length }) => length)).toEqual(expected.map(({ length }) => length))
  for (const [k, values] of expected.entries()) {
    for (const [n, value] of values.entries())
      expect(Math.abs(got[k]![n]! - value) / Math.max(1, Math.abs(value)), `${k}: ${n}`).toBeLessThan(1e-5)
  }
}

function codesOf(run: () => unknown): readonly string[] {
  try {
    run()
    return []
  } catch (problem) {
    if (problem instanceof CompileError)
      return problem.diagnostics.map(({ code, place }) => `${code} ${place}`)
    throw problem
  }
}

const images = model(
  [3, 6, 5],
  [
    node('c', 'Conv', ['x', 'k', 'b'], { pads: [1, 1, 1, 0], strides: [1, 2] }),
    node('r', 'Relu', ['c']),
    node('p', 'AveragePool', ['r'], { kernel_shape: [2, 2], pads: [0, 0, 1, 1] }),
    node('s', 'Add', ['p', 'p']),
    node('f', 'Flatten', ['s']),
    node('y', 'Gemm', ['f', 'w']),
  ],
  { k: tensor([4, 3, 3, 2], 1), b: tensor([4], 2), w: tensor([72, 3], 3) },
)

/** Self-attention, products with and without outer axes, and a bias for every step. */
const attention = model(
  [4, 6],
  [
    node('p', 'Add', ['x', 'position']),
    node('q', 'Einsum', ['p', 'wq'], { equation: 'btf,fhd->bthd' }),
    node('qb', 'Add', ['q', 'bq']),
    node('k', 'Einsum', ['p', 'wk'], { equation: 'btf,fhd->bhdt' }),
    node('qt', 'Transpose', ['qb'], { perm: [0, 2, 1, 3] }),
    node('s', 'MatMul', ['qt', 'k']),
    node('c', 'Einsum', ['s', 'qb'], { equation: 'bhij,bjhd->bihd' }),
    node('o', 'Einsum', ['c', 'wo'], { equation: 'bihd,hdf->bif' }),
    node('y', 'MatMul', ['o', 'w']),
  ],
  {
    position: tensor([1, 4, 6], 1),
    wq: tensor([6, 2, 3], 2),
    bq: tensor([2, 3], 3),
    wk: tensor([6, 2, 3], 4),
    wo: tensor([2, 3, 5], 5),
    w: tensor([5, 2], 6),
  },
)

const attentionLayer: ContractionCase = {
  className: 'MultiHeadAttention',
  config: { num_heads: 2, key_dim: 4 },
  inputs: { x: [3, 4] },
  call: ['x'],
  named: { value: 'x' },
  weights: {
    ...Object.fromEntries(
      ['query', 'key', 'value'].flatMap(part => [
        [`${part}/kernel`, [4, 2, 4]],
        [`${part}/bias`, [2, 4]],
      ]),
    ),
    'attention_output/kernel': [2, 4, 4],
    'attention_output/bias': [4],
  },
  numpy: '',
}

/** Recorded cases with the sizes of their models; what has no plain ONNX form is not among them. */
const floatCases = [
  'jet_mlp_default',
  'qkeras_mlp_6bit',
  'qkeras_cnn',
  'cnn1d_separable_depthwise',
  'cnn1d_pad_up_crop',
  'cnn_bn_same_parallel',
  'cnn_avgpool_gap',
  'cnn_pad_up_crop_parallel',
  'merge_all_ops',
  'merge_resnet_parallel',
  'activations_all_18_8',
  'layernorm',
  'embedding',
  'reshape_permute_concat',
  'probe_softmax_multidim',
  'qkeras_ternary_mlp',
]

describe('the float graph as plain ONNX', () => {
  it('of the bundled example is that of ONNX Runtime, and reads back', async () => {
    const graph = await example()
    const inputs = rowsFor(graph, 5)
    const bytes = bytesOf(graph, 'onnx')
    expectClose(await runtimeOutputs(bytes, inputs), floatOutputs(graph, inputs))
  })

  it('is read back with the names and the values that it had', async () => {
    const graph = await importModel([{ name: 'net.onnx', bytes: writeOnnx(images) }])
    const inputs = rowsFor(graph, 3)
    const bytes = bytesOf(graph, 'onnx')
    const expected = floatOutputs(graph, inputs)
    expectClose(await runtimeOutputs(bytes, inputs), expected)
    const back = await reread(bytes)
    expectClose(floatOutputs(back, inputs), expected)
    const names = back.nodes.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['x', 'c', 'p', 'r', 's', 'f', 'y']))
  })

  it('of contractions is that of ONNX Runtime, and reads back', async () => {
    const graph = await reread(writeOnnx(attention))
    const inputs = rowsFor(graph, 3, 1)
    const bytes = bytesOf(graph, 'onnx')
    const expected = floatOutputs(graph, inputs)
    expectClose(await runtimeOutputs(bytes, inputs), expected)
    const back = await reread(bytes)
    expectClose(floatOutputs(back, inputs), expected)
    expect(back.nodes.map(({ kind }) => kind)).toEqual(graph.nodes.map(({ kind }) => kind))
  })

  it.skipIf(!existsSync(reference)).each(floatCases)('of %s is that of ONNX Runtime', async name => {
    const folder = join(reference, 'hls4ml', name)
    const graph = await load(join(folder, 'model.h5'))
    const inputs = graph.nodes
      .filter(({ kind }) => kind === 'input')
      .map(({ shape }, k, all) => {
        const file = join(folder, all.length === 1 ? 'X.npy' : `X${k}.npy`)
        const { data } = parseNpy(new Uint8Array(readFileSync(file)), file)
        return { rows: 4, shape, data: Float64Array.from(data.subarray(0, 4 * sizeOf(shape)), Math.fround) }
      })
    expectClose(await runtimeOutputs(bytesOf(graph, 'onnx'), inputs), floatOutputs(graph, inputs))
  })
})

describe('the typed graph', () => {
  const input: FixedType = { signed: true, width: 12, frac: 8 }

  async function roundTrip(graph: OpGraph, form: ExportForm, rows = 64) {
    const { typed } = compileModel(graph, { inputTypes: typesFor(graph, input) })
    const bytes = bytesOf(typed, form)
    const back = await reread(bytes)
    const again = compileModel(back, { inputTypes: typesFor(back, input) }).typed
    const inputs = rowsFor(graph, rows, 9)
    const expected = fixedOutputs(typed, inputs)
    expect(fixedOutputs(again, inputs)).toEqual(expected)
    return { typed, bytes, inputs, expected }
  }

  it('of the bundled example comes back from QONNX with the same bits', async () => {
    await roundTrip(await example(), 'qonnx')
  })

  it('of contractions comes back from QONNX with the same bits', async () => {
    await roundTrip(await reread(writeOnnx(attention)), 'qonnx', 16)
  })

  it('of an attention layer comes back from QONNX with the same bits', async () => {
    await roundTrip(await importModel([await keras2File(attentionLayer)]), 'qonnx', 16)
  })

  it
    .skipIf(!existsSync(reference))
    .each([
      'qkeras_mlp_6bit',
      'qkeras_mlp_4bit_auto',
      'qkeras_student_30_20_10_10_4',
      'qkeras_cnn',
      'jet_mlp_default',
      'cnn_bn_same_parallel',
      'cnn1d_parallel',
    ])('of %s comes back from QONNX with the same bits', async name => {
    await roundTrip(await load(join(reference, 'hls4ml', name, 'model.h5')), 'qonnx', 16)
  })

  it.each([
    ['narrow types', { bits: 6, rounding: 'RND_CONV', overflow: 'SAT' }],
    ['whole bytes', { bits: 8, rounding: 'RND_CONV', overflow: 'SAT' }],
    ['symmetric ones', { bits: 5, rounding: 'RND_CONV', overflow: 'SAT_SYM' }],
    ['two bytes', { bits: 14, rounding: 'RND_CONV', overflow: 'SAT' }],
  ] as const)('of %s is in ONNX Runtime, as QDQ, what we predict', async (_, types) => {
    const { typed } = await quantisedDense(types)
    const inputs = rowsFor(typed, 200, 5)
    const bytes = bytesOf(typed, 'qdq')
    expect(await runtimeOutputs(bytes, inputs)).toEqual(fixedOutputs(typed, inputs))
  })

  it('of whole bytes comes back from QDQ with the same bits', async () => {
    const { typed, input: own } = await quantisedDense({ bits: 8, rounding: 'RND_CONV', overflow: 'SAT' })
    const back = await reread(bytesOf(typed, 'qdq'))
    const again = compileModel(back, { inputTypes: typesFor(back, own) }).typed
    const inputs = rowsFor(typed, 200, 5)
    expect(fixedOutputs(again, inputs)).toEqual(fixedOutputs(typed, inputs))
  })

  it('comes back from QONNX however it rounds to the nearest even or down, and saturates', async () => {
    for (const rounding of ['RND_CONV', 'TRN'] as const) {
      for (const overflow of ['SAT', 'SAT_SYM'] as const) {
        const { typed, input: own } = await quantisedDense({ bits: 5, rounding, overflow })
        const back = await reread(bytesOf(typed, 'qonnx'))
        const again = compileModel(back, { inputTypes: typesFor(back, own) }).typed
        const inputs = rowsFor(typed, 200, 9)
        expect(fixedOutputs(again, inputs)).toEqual(fixedOutputs(typed, inputs))
      }
    }
  })

  it.each([
    ['qonnx', { bits: 6, rounding: 'RND_CONV', overflow: 'WRAP' }],
    ['qonnx', { bits: 6, rounding: 'RND', overflow: 'SAT' }],
    ['qdq', { bits: 6, rounding: 'TRN', overflow: 'SAT' }],
    ['qdq', { bits: 20, rounding: 'RND_CONV', overflow: 'SAT' }],
  ] as const)('that %s has no form for is refused by layer', async (form, types) => {
    const { typed } = await quantisedDense(types)
    const codes = codesOf(() => exportOnnx(typed, form))
    expect(codes.length).toBeGreaterThan(0)
    for (const code of codes) expect(code).toMatch(/^export\/type layer '/)
  })

  it('under an hls4ml config that cuts sums is refused by layer', async () => {
    const config = parseConfig({ Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 } }, 'config')
    const { typed } = compileModel(await example(), { config })
    expect(codesOf(() => exportOnnx(typed, 'qonnx')).length).toBeGreaterThan(0)
  })
})

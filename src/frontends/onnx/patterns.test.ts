// Operators written with several others: read as one, and computed as ONNX Runtime computes the several.

import * as runtime from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { runFloat } from '../../engines/float.ts'
import type { OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts'
import { writeOnnx } from '../../formats/onnx/write.ts'
import { importModel } from '../index.ts'
import { model, node } from './testing/models.ts'

runtime.env.wasm.numThreads = 1
runtime.env.logLevel = 'error'

const size = 97
/** Around 0, ties of roundings and limits among them. */
const data = Float64Array.from({ length: size }, (_, k) => (k - 48) / 16)

function scalars(numbers: Readonly<Record<string, number>>): Record<string, OnnxTensor> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      { element: 'float32' as const, dims: [], data: Float64Array.of(Math.fround(value)) },
    ]),
  )
}

/** Kinds of the nodes read, and what they give; ONNX Runtime must agree. */
async function read(nodes: readonly OnnxNode[], numbers: Readonly<Record<string, number>>) {
  const bytes = writeOnnx(model([size], nodes, scalars(numbers)))
  const graph = await importModel([{ name: 'net.onnx', bytes }])
  const ours = runFloat(graph, [{ rows: 1, shape: [size], data }], graph.outputs).get(graph.outputs[0]!)!
  const session = await runtime.InferenceSession.create(bytes)
  const x = new runtime.Tensor('float32', Float32Array.from(data), [1, size])
  const theirs = (await session.run({ x }))[session.outputNames[0]!]!.data as Float32Array
  await session.release()
  for (const [k, value] of [...ours.data].entries())
    expect(Math.abs(value - theirs[k]!), `of ${data[k]}`).toBeLessThan(1e-6)
  return graph.nodes.slice(1).map(({ kind, quantisers }) => {
    const type = `${quantisers.result?.options.type ?? ''}`
    return `${kind} ${type.replace(/ap_|AP_/g, '').replace(',0>', '>')}`.trim()
  })
}

const chain = (...types: readonly (readonly [string, ...string[]])[]) =>
  types.map(([type, ...more], k) =>
    node(k === types.length - 1 ? 'y' : `n${k}`, type, [k === 0 ? 'x' : `n${k - 1}`, ...more]),
  )

describe('quantisers of plain operators', () => {
  const around = { by: 4, back: 0.25, low: -8, high: 7, least: -2, most: 1.75 }

  it.each([
    ['rounding, then limits', chain(['Mul', 'by'], ['Round'], ['Clip', 'low', 'high'], ['Mul', 'back'])],
    ['limits, then rounding', chain(['Mul', 'by'], ['Clip', 'low', 'high'], ['Round'], ['Mul', 'back'])],
    ['quotients for factors', chain(['Div', 'back'], ['Round'], ['Clip', 'low', 'high'], ['Div', 'by'])],
  ])('of %s are one', async (_, nodes) => {
    expect(await read(nodes, around)).toEqual(['quantise fixed<4,2,RND_CONV,SAT>'])
  })

  it('round down, and are symmetric or without a sign', async () => {
    const down = chain(['Mul', 'by'], ['Floor'], ['Clip', 'low', 'high'], ['Mul', 'back'])
    expect(await read(down, { ...around, low: -7 })).toEqual(['quantise fixed<4,2,TRN,SAT_SYM>'])
    expect(await read(down, { ...around, low: 0 })).toEqual(['quantise ufixed<3,1,TRN,SAT>'])
  })

  it('keep limits that no type has, and factors that do not undo each other', async () => {
    const nodes = chain(['Mul', 'by'], ['Round'], ['Clip', 'low', 'high'], ['Mul', 'back'])
    const kinds = await read(nodes, { by: 4, back: 0.25, low: 0, high: 5 })
    expect(kinds).toEqual(['batch-norm', 'quantise ufixed<3,3,RND_CONV,SAT>', 'relu', 'batch-norm'])
    const others = await read(nodes, { ...around, back: 0.3 })
    expect(others).toEqual(['batch-norm', 'quantise fixed<4,4,RND_CONV,SAT>', 'batch-norm'])
  })

  it('are refused without limits', async () => {
    const problem = await read(chain(['Mul', 'by'], ['Round']), around).catch((thrown: unknown) => thrown)
    expect(problem).toBeInstanceOf(CompileError)
    expect((problem as CompileError).message).toContain('a Clip beside it that says how many bits')
  })

  it('whose values something else reads stay several', async () => {
    const nodes = [...chain(['Mul', 'by'], ['Round'], ['Clip', 'low', 'high'], ['Mul', 'back']).slice(0, 3)]
    const all = [...nodes, node('m', 'Mul', ['n2', 'back']), node('y', 'Add', ['m', 'n2'])]
    expect(await read(all, around)).toEqual([
      'batch-norm',
      'quantise fixed<4,4,RND_CONV,SAT>',
      'batch-norm',
      'merge',
    ])
  })
})

describe('limits', () => {
  it.each([
    [{ low: 0, high: 1.5 }, ['relu']],
    [{ low: -1, high: 1 }, ['hard-activation']],
    [{ low: -1.5, high: 0.25 }, ['batch-norm', 'relu', 'batch-norm']],
    [{ low: 0.5, high: 2 }, ['batch-norm', 'relu', 'batch-norm']],
  ])('of %o', async (numbers, kinds) => {
    expect(await read(chain(['Clip', 'low', 'high']), numbers)).toEqual(kinds)
  })

  it('on one side', async () => {
    expect(await read([node('y', 'Clip', ['x', 'low'])], { low: -0.5 })).toHaveLength(3)
    expect(await read([node('y', 'Clip', ['x', '', 'high'])], { high: 0.5 })).toHaveLength(3)
  })
})

describe('others', () => {
  it('signs and ternary values of comparisons', async () => {
    const sign = [node('c', 'Less', ['x', 'zero']), node('y', 'Where', ['c', 'minus', 'one'])]
    const numbers = { zero: 0, one: 1, minus: -1, t: 0.5, u: -0.5 }
    expect(await read(sign, numbers)).toEqual(['binary-tanh fixed<2,2,TRN,WRAP>'])
    const ternary = [
      node('a', 'Greater', ['x', 'u']),
      node('b', 'Where', ['a', 'zero', 'minus']),
      node('c', 'Greater', ['x', 't']),
      node('y', 'Where', ['c', 'one', 'b']),
    ]
    expect(await read(ternary, numbers)).toEqual(['ternary-tanh fixed<2,2,TRN,WRAP>'])
  })

  it('hard swish as exporters wrote it before it was an operator', async () => {
    const nodes = [
      node('s', 'Add', ['x', 'shift']),
      node('c', 'Clip', ['s', 'zero', 'bound']),
      node('p', 'Mul', ['x', 'c']),
      node('y', 'Div', ['p', 'bound']),
    ]
    expect(await read(nodes, { shift: 3, zero: 0, bound: 6 })).toEqual(['hard-swish'])
  })

  it('sums along axes', async () => {
    const axes: OnnxTensor = { element: 'int64', dims: [1], data: Float64Array.of(1) }
    const bytes = writeOnnx(model([4, 3], [node('y', 'ReduceSum', ['x', 'axes'], { keepdims: 0 })], { axes }))
    const graph = await importModel([{ name: 'net.onnx', bytes }])
    const rows = [{ rows: 1, shape: [4, 3], data: Float64Array.from({ length: 12 }, (_, k) => k) }]
    expect([...runFloat(graph, rows, graph.outputs).get(graph.outputs[0]!)!.data]).toEqual([18, 22, 26])
  })
})

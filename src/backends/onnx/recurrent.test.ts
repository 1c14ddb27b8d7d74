// Recurrent layers written as ONNX: as ONNX Runtime computes them, and as our own frontend reads them back.

import * as runtime from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { runFloat } from '../../engines/float.ts'
import { writeOnnx } from '../../formats/onnx/write.ts'
import { importModel } from '../../frontends/index.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import { definitionOf, type OpNode } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { exportOnnx } from './export.ts'

runtime.env.wasm.numThreads = 1
runtime.env.logLevel = 'error'

function numbers(count: number, seed: number): Float64Array {
  let state = seed * 7919 + 17
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.fround(state / 2 ** 31 - 1)
  })
}

const cells = { lstm: [4, 2], gru: [3, 1], 'simple-rnn': [1, 1] } as const
const [steps, features, units] = [5, 3, 2]

interface Own {
  readonly kind: 'lstm' | 'gru' | 'simple-rnn' | 'bidirectional'
  readonly cell: keyof typeof cells
  readonly attrs: object
  readonly given?: boolean
}

/** A float graph of one recurrent layer. */
function graphOf({ kind, cell, attrs, given = false }: Own): OpGraph {
  const [gates, states] = cells[cell]
  const prefixes = kind === 'bidirectional' ? ['forward_', 'backward_'] : ['']
  const shapes = {
    weight: [features, gates * units],
    recurrent_weight: [units, gates * units],
    bias: [gates * units],
    recurrent_bias: [gates * units],
  }
  const roles = prefixes.flatMap(prefix =>
    Object.entries(shapes).map(([role, shape]) => [`${prefix}${role}`, shape] as const),
  )
  const store = new Map(
    roles.map(([role, shape], k) => [
      role,
      { form: 'float' as const, shape, data: numbers(sizeOf(shape), k + 1) },
    ]),
  )
  const node = (name: string, own: object): OpNode =>
    ({
      name,
      inputs: [],
      attrs: {},
      weights: {},
      quantisers: {},
      requested: {},
      resolved: {},
      choices: {},
      origin: { layerClass: '', source: name, mergedNames: [] },
      ...own,
    }) as unknown as OpNode
  const names = given ? Array.from({ length: states * prefixes.length }, (_, k) => `s${k}`) : []
  const inputs = [
    node('x', { kind: 'input', shape: [steps, features] }),
    ...names.map(name => node(name, { kind: 'input', shape: [units] })),
  ]
  const shape = definitionOf(kind).inferShape(
    attrs as never,
    inputs.map(own => own.shape),
    'r',
  )
  const weights = Object.fromEntries(roles.map(([role]) => [role, role]))
  const layer = node('r', { kind, attrs, shape, weights, inputs: inputs.map(({ name }) => name) })
  return { name: 'net', nodes: [...inputs, layer], outputs: ['r'], store }
}

async function expectSame(graph: OpGraph, isReadBack = true) {
  const rows = 2
  const batches = graph.nodes
    .filter(({ kind }) => kind === 'input')
    .map(({ name, shape }, k) => ({ name, rows, shape, data: numbers(rows * sizeOf(shape), 50 + k) }))
  const bytes = writeOnnx(exportOnnx(graph, 'onnx'))
  const expected = [...runFloat(graph, batches, ['r']).get('r')!.data]
  const session = await runtime.InferenceSession.create(bytes)
  const feeds = batches.map(({ name, shape, data }) => [
    name,
    new runtime.Tensor('float32', Float32Array.from(data), [rows, ...shape]),
  ])
  const result = (await session.run(Object.fromEntries(feeds)))[session.outputNames[0]!]!
  await session.release()
  expect(result.dims).toEqual([rows, ...nodeNamed(graph, 'r').shape])
  const close = (found: ArrayLike<number>) =>
    expected.forEach((value, k) => {
      expect(Math.abs(found[k]! - value), `element ${k}`).toBeLessThan(1e-5)
    })
  close(result.data as Float32Array)
  if (!isReadBack) return
  const back = await importModel([{ name: 'net.onnx', bytes }])
  close(runFloat(back, batches, back.outputs).get(back.outputs[0]!)!.data)
}

const plain = { units, activation: 'tanh', goBackwards: false }
const gated = { ...plain, recurrentActivation: 'sigmoid' }

describe('recurrent layers as ONNX', () => {
  it.each([
    ['lstm', { ...gated, returnSequences: false }],
    ['lstm', { ...gated, returnSequences: true, recurrentActivation: 'hard_sigmoid' }],
    ['gru', { ...gated, returnSequences: true, resetAfter: true }],
    ['gru', { ...gated, returnSequences: false, resetAfter: false, activation: 'relu' }],
    ['simple-rnn', { ...plain, returnSequences: true, goBackwards: true, keepsOrder: true }],
    ['lstm', { ...gated, returnSequences: true, returnState: true }],
    ['gru', { ...gated, returnSequences: false, resetAfter: true, returnState: true }],
  ] as const)('%s %j, from 0 and from given states', async (kind, attrs) => {
    await expectSame(graphOf({ kind, cell: kind, attrs }))
    await expectSame(graphOf({ kind, cell: kind, attrs, given: true }))
  })

  it.each(['concat', 'sum', 'mul', 'ave'] as const)('two directions, %s', async merge => {
    const attrs = { ...gated, cell: 'gru', resetAfter: true, returnSequences: true, merge }
    await expectSame(graphOf({ kind: 'bidirectional', cell: 'gru', attrs, given: true }))
    await expectSame(
      graphOf({ kind: 'bidirectional', cell: 'gru', attrs: { ...attrs, returnSequences: false } }),
    )
    const states = {
      ...gated,
      cell: 'lstm',
      resetAfter: false,
      returnSequences: true,
      returnState: true,
      merge,
    }
    await expectSame(graphOf({ kind: 'bidirectional', cell: 'lstm', attrs: states }))
  })

  it('outputs in the order of reading, from the end', async () => {
    const attrs = { ...gated, returnSequences: true, goBackwards: true }
    await expectSame(graphOf({ kind: 'lstm', cell: 'lstm', attrs }))
  })

  it('has a line for its activation, beside hard sigmoids too', async () => {
    for (const recurrentActivation of ['sigmoid', 'hard_sigmoid']) {
      const attrs = { ...gated, returnSequences: true, activation: 'linear', recurrentActivation }
      await expectSame(graphOf({ kind: 'lstm', cell: 'lstm', attrs }))
    }
  })

  it('refuses types of states', () => {
    const attrs = { ...gated, returnSequences: true }
    const inputTypes = new Map([['x', { signed: true, width: 8, frac: 5 }]])
    const { typed } = compileModel(graphOf({ kind: 'lstm', cell: 'lstm', attrs }), { inputTypes })
    expect(() => exportOnnx(typed, 'qonnx')).toThrow(
      'a layer whose states are of a type at every step is not written as ONNX',
    )
  })
})

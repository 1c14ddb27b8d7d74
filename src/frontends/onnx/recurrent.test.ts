// Recurrent layers of ONNX as ONNX Runtime computes them, with what exporters write around them.

import * as runtime from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { runFloat } from '../../engines/float.ts'
import type { OnnxModel, OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts'
import { writeOnnx } from '../../formats/onnx/write.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import { importModel } from '../index.ts'
import { integers, node, numbers, tensor } from './testing/models.ts'

runtime.env.wasm.numThreads = 1
runtime.env.logLevel = 'fatal'

const [steps, features, units] = [5, 3, 2]
const gates = { LSTM: 4, GRU: 3, RNN: 1 } as const
type Kind = keyof typeof gates

type Dims = readonly (number | 'rows')[]

/** Nodes of a model with inputs of these extents, `rows` wherever it stands; the last node's first result comes out. */
interface Given {
  readonly inputs: Readonly<Record<string, Dims>>
  readonly nodes: readonly OnnxNode[]
  readonly initializers?: Readonly<Record<string, OnnxTensor>>
  readonly outputs?: readonly string[]
}

function modelOf({ inputs, nodes, initializers = {}, outputs }: Given): OnnxModel {
  const results = outputs ?? [nodes.at(-1)!.outputs[0]!]
  return {
    irVersion: 8,
    producer: 'test',
    opsets: { '': 14 },
    name: 'net',
    nodes,
    initializers,
    inputs: Object.entries(inputs).map(([name, dims]) => ({ name, element: 'float32', dims })),
    outputs: results.map(name => ({ name, element: 'float32' })),
    values: [],
    metadata: {},
  }
}

/** Values of an input for one row: where that stands says nothing of their order. */
const valuesOf = (dims: Dims, seed: number) =>
  numbers(sizeOf(dims.filter(own => own !== 'rows') as number[]), seed)

async function expectSame(given: Given) {
  const bytes = writeOnnx(modelOf(given))
  const graph = await importModel([{ name: 'net.onnx', bytes }])
  const session = await runtime.InferenceSession.create(bytes)
  const feeds = Object.entries(given.inputs).map(([name, dims], k) => {
    const data = valuesOf(dims, 90 + k)
    const whole = dims.map(own => (own === 'rows' ? 1 : own))
    return [name, new runtime.Tensor('float32', Float32Array.from(data), whole)] as const
  })
  const expected = await session.run(Object.fromEntries(feeds))
  await session.release()
  const batches = graph.nodes
    .filter(({ kind }) => kind === 'input')
    .map(({ name, shape }) => ({
      rows: 1,
      shape,
      data: Float64Array.from(feeds.find(([own]) => own === name)![1].data as Float32Array),
    }))
  const got = runFloat(graph, batches, graph.outputs)
  graph.outputs.forEach((name, k) => {
    const own = [...(expected[session.outputNames[k]!]!.data as Float32Array)]
    const found = [...got.get(name)!.data]
    expect(found).toHaveLength(own.length)
    own.forEach((value, at) => {
      expect(Math.abs(found[at]! - value), `${name} ${at}`).toBeLessThan(1e-5)
    })
  })
  return graph
}

function recurrent(kind: Kind, directions = 1): Readonly<Record<string, OnnxTensor>> {
  const columns = gates[kind] * units
  return {
    W: tensor([directions, columns, features], 1),
    R: tensor([directions, columns, units], 2),
    B: tensor([directions, 2 * columns], 3),
  }
}

/** A recurrent node with its results by name. */
function cell(
  kind: Kind,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Parameters<typeof node>[3] = {},
): OnnxNode {
  return { ...node('/lstm/LSTM', kind, inputs, { hidden_size: units, ...attributes }), outputs }
}

const strings = (own: OnnxNode, name: string, value: readonly string[]): OnnxNode => ({
  ...own,
  attributes: { ...own.attributes, [name]: { kind: 'strings', value } },
})

const kinds = Object.keys(gates) as Kind[]

/** As PyTorch writes a layer with the batch first: turned to time first, the direction's axis taken off, turned back. */
function batchFirst(kind: Kind, directions = 1, attributes: Parameters<typeof node>[3] = {}): Given {
  const back =
    directions === 1
      ? [node('sq', 'Squeeze', ['Y', 'one']), node('y', 'Transpose', ['sq'], { perm: [1, 0, 2] })]
      : [
          node('tr', 'Transpose', ['Y'], { perm: [0, 2, 1, 3] }),
          node('re', 'Reshape', ['tr', 'merged']),
          node('y', 'Transpose', ['re'], { perm: [1, 0, 2] }),
        ]
  return {
    inputs: { x: ['rows', steps, features] },
    nodes: [
      node('t', 'Transpose', ['x'], { perm: [1, 0, 2] }),
      cell(kind, ['t', 'W', 'R', 'B'], ['Y', 'Yh', ...(kind === 'LSTM' ? ['Yc'] : [])], {
        ...(directions === 2 && { direction: 'bidirectional' }),
        ...(kind === 'GRU' && { linear_before_reset: 1 }),
        ...attributes,
      }),
      ...back,
    ],
    initializers: {
      ...recurrent(kind, directions),
      ...(directions === 1 ? { one: integers([1]) } : { merged: integers([0, 0, -1]) }),
    },
  }
}

describe('recurrent layers with the batch first, as PyTorch writes them', () => {
  it.each(kinds.flatMap(kind => [1, 2].map(directions => [kind, directions] as const)))(
    '%s of %i directions',
    async (kind, directions) => {
      const graph = await expectSame(batchFirst(kind, directions))
      expect(graph.nodes.map(({ name }) => name)).toEqual(['x', 'lstm'])
    },
  )

  it.each(kinds)('%s read from the end', async kind => {
    await expectSame(batchFirst(kind, 1, { direction: 'reverse' }))
  })

  it('GRU whose gate resets before the product', async () => {
    const graph = await expectSame(batchFirst('GRU', 1, { linear_before_reset: 0 }))
    expect(graph.nodes[1]!.attrs).toMatchObject({ resetAfter: false })
  })

  it('the last output, taken by Gather, into a dense layer', async () => {
    const given = batchFirst('LSTM')
    await expectSame({
      ...given,
      nodes: [
        ...given.nodes,
        node('g', 'Gather', ['y', 'last'], { axis: 1 }),
        node('d', 'Gemm', ['g', 'K', 'C'], { transB: 1 }),
      ],
      initializers: {
        ...given.initializers,
        last: { element: 'int64', dims: [], data: Float64Array.of(-1) },
        K: tensor([4, units], 7),
        C: tensor([4], 8),
      },
    })
  })

  it('the last states of both directions, joined', async () => {
    const at = (value: number) => ({ element: 'int64' as const, dims: [], data: Float64Array.of(value) })
    const given = batchFirst('GRU', 2)
    await expectSame({
      ...given,
      nodes: [
        ...given.nodes.slice(0, 2),
        node('f', 'Gather', ['Yh', 'first'], { axis: 0 }),
        node('b', 'Gather', ['Yh', 'last'], { axis: 0 }),
        node('y', 'Concat', ['f', 'b'], { axis: 1 }),
      ],
      initializers: { ...given.initializers, first: at(-2), last: at(-1) },
    })
  })

  it('zero states computed from the shape of the input', async () => {
    const given = batchFirst('LSTM')
    const [turn, own, ...rest] = given.nodes as [OnnxNode, OnnxNode, ...OnnxNode[]]
    await expectSame({
      ...given,
      nodes: [
        turn,
        node('s', 'Shape', ['x']),
        node('n', 'Gather', ['s', 'none'], { axis: 0 }),
        node('u', 'Unsqueeze', ['n', 'none1']),
        node('k', 'Concat', ['one', 'u', 'two'], { axis: 0 }),
        node('z', 'ConstantOfShape', ['k']),
        { ...own, inputs: [...own.inputs, '', 'z', 'z'] },
        ...rest,
      ],
      initializers: {
        ...given.initializers,
        none: { element: 'int64', dims: [], data: Float64Array.of(0) },
        none1: integers([0]),
        two: integers([units]),
      },
    })
  })
})

describe('recurrent layers with time first', () => {
  const inputs = { x: [steps, 'rows', features] } as const

  it('two layers and a dense one on every step', async () => {
    const second = {
      W2: tensor([1, 3 * units, units], 11),
      R2: tensor([1, 3 * units, units], 12),
      B2: tensor([1, 6 * units], 13),
    }
    await expectSame({
      inputs,
      nodes: [
        cell('LSTM', ['x', 'W', 'R', 'B'], ['Y']),
        node('s', 'Squeeze', ['Y', 'one']),
        { ...cell('GRU', ['s', 'W2', 'R2', 'B2'], ['Y2'], { linear_before_reset: 1 }), name: '/gru/GRU' },
        node('s2', 'Squeeze', ['Y2', 'one']),
        node('m', 'MatMul', ['s2', 'K']),
        node('a', 'Add', ['C', 'm']),
        node('y', 'Tanh', ['a']),
      ],
      initializers: {
        ...recurrent('LSTM'),
        ...second,
        one: integers([1]),
        K: tensor([units, 4], 5),
        C: tensor([4], 6),
      },
    })
  })

  it.each(kinds)('%s: every result at once', async kind => {
    const outputs = ['Y', 'Yh', ...(kind === 'LSTM' ? ['Yc'] : [])]
    const nodes = [cell(kind, ['x', 'W', 'R', 'B'], outputs)]
    const graph = await expectSame({ inputs, nodes, initializers: recurrent(kind), outputs })
    expect(graph.nodes[1]!.attrs).toMatchObject({ returnSequences: true, returnState: true })
  })

  it('LSTM of two directions: its states alone', async () => {
    const nodes = [cell('LSTM', ['x', 'W', 'R', 'B'], ['', 'Yh', 'Yc'], { direction: 'bidirectional' })]
    await expectSame({ inputs, nodes, initializers: recurrent('LSTM', 2), outputs: ['Yh', 'Yc'] })
  })

  it.each(kinds.flatMap(kind => [1, 2].map(directions => [kind, directions] as const)))(
    '%s of %i directions from given states',
    async (kind, directions) => {
      const state = [directions, 'rows', units] as const
      const names = kind === 'LSTM' ? ['h', 'c'] : ['h']
      const given = { ...inputs, ...Object.fromEntries(names.map(name => [name, state])) }
      const nodes = [
        cell(kind, ['x', 'W', 'R', 'B', '', ...names], ['Y'], {
          ...(directions === 2 && { direction: 'bidirectional' }),
        }),
      ]
      await expectSame({ inputs: given, nodes, initializers: recurrent(kind, directions) })
    },
  )

  it.each(kinds.flatMap(kind => [1, 2].map(directions => [kind, directions] as const)))(
    '%s of %i directions from states that are constants',
    async (kind, directions) => {
      const own = recurrent(kind, directions)
      const attributes = directions === 2 ? { direction: 'bidirectional' } : {}
      const h = tensor([directions, 1, units], 7)
      const names = kind === 'LSTM' ? ['h', 'c'] : ['h']
      const nodes = [cell(kind, ['x', 'W', 'R', 'B', '', ...names], ['Y'], attributes)]
      await expectSame({ inputs, nodes, initializers: { ...own, h, c: tensor([directions, 1, units], 8) } })
    },
  )

  it('an LSTM of which one state is a constant and the other computed, or absent', async () => {
    const state = [1, 'rows', units] as const
    const h = tensor([1, 1, units], 7)
    const initializers = { ...recurrent('LSTM'), h }
    const nodes = [cell('LSTM', ['x', 'W', 'R', 'B', '', 'h', 'c'], ['Y'])]
    await expectSame({ inputs: { ...inputs, c: state }, nodes, initializers })
    await expectSame({
      inputs,
      nodes: [cell('LSTM', ['x', 'W', 'R', 'B', '', 'h'], ['Y', 'Yh'])],
      initializers,
      outputs: ['Y', 'Yh'],
    })
  })

  it('other activations', async () => {
    const own = cell('LSTM', ['x', 'W', 'R', 'B'], ['Y'])
    await expectSame({
      inputs,
      nodes: [strings(own, 'activations', ['HardSigmoid', 'Softsign', 'Softsign'])],
      initializers: recurrent('LSTM'),
    })
  })

  it('a stretch of steps', async () => {
    await expectSame({
      inputs,
      nodes: [
        cell('RNN', ['x', 'W', 'R'], ['Y']),
        node('s', 'Squeeze', ['Y', 'one']),
        node('y', 'Slice', ['s', 'one', 'three', 'zero']),
      ],
      initializers: { ...recurrent('RNN'), one: integers([1]), three: integers([-1]), zero: integers([0]) },
    })
  })
})

describe('what is refused', () => {
  const said = async (given: Given) =>
    importModel([{ name: 'net.onnx', bytes: writeOnnx(modelOf(given)) }]).then(
      () => 'nothing',
      (problem: unknown) => String(problem),
    )
  const inputs = { x: [steps, 'rows', features] } as const
  const initializers = { ...recurrent('LSTM'), lengths: integers([3]), P: tensor([1, 3 * units], 9) }
  const with_ = (own: OnnxNode) => said({ inputs, nodes: [own], initializers })

  it('lengths, peepholes, functions that differ, rows first', async () => {
    expect(await with_(cell('LSTM', ['x', 'W', 'R', 'B', 'lengths'], ['Y']))).toContain(
      'lengths of their own',
    )
    expect(await with_(cell('LSTM', ['x', 'W', 'R', 'B', '', '', '', 'P'], ['Y']))).toContain('peepholes')
    const own = cell('LSTM', ['x', 'W', 'R', 'B'], ['Y'])
    expect(await with_(strings(own, 'activations', ['Sigmoid', 'Tanh', 'Relu']))).toContain("'activations'")
    const rowsFirst = { inputs: { x: ['rows', steps, features] as const }, nodes: [own], initializers }
    expect(await said(rowsFirst)).toContain('its sequence is [rows, 5, 3]; expected [steps, rows, features]')
  })

  it('constant states that differ from row to row, or have another shape', async () => {
    const own = cell('LSTM', ['x', 'W', 'R', 'B', '', 'h'], ['Y'])
    const from = (h: OnnxTensor) => said({ inputs, nodes: [own], initializers: { ...initializers, h } })
    expect(await from(tensor([1, 3, units], 7))).toContain(
      'differ from row to row; expected one for all rows',
    )
    expect(await from(tensor([1, 1, units + 1], 7))).toContain('[1, 1, 3]; expected [1, 1, 2]')
  })

  it('a layer that would mix time with the rows', async () => {
    const nodes = [cell('LSTM', ['x', 'W', 'R', 'B'], ['Y']), node('y', 'Softmax', ['Y'], { axis: 0 })]
    expect(await said({ inputs, nodes, initializers })).toContain('time before the rows')
  })
})

import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { runFloat } from '../../engines/float.ts'
import { floatTensor, nodeNamed } from '../../ir/graph.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { importModel } from '../index.ts'
import type { JsonObject } from '../json.ts'
import {
  floats,
  functional,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from './testing/models.ts'

const read = async (...layers: readonly TestLayer[]) =>
  importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])

async function refusal(...layers: readonly TestLayer[]): Promise<string> {
  const problem = await read(...layers).catch((thrown: unknown) => thrown)
  return problem instanceof CompileError ? problem.message : String(problem)
}

const array = (...shape: number[]) => {
  const count = shape.reduce((product, extent) => product * extent, 1)
  return floats(shape, ...Array.from({ length: count }, (_, k) => (k % 7) / 8 - 0.375))
}

/** Arrays of a cell of two units over three features. */
function cell(columns: number, bias: readonly number[], prefix = ''): NonNullable<TestLayer['weights']> {
  return {
    [`${prefix}kernel`]: array(3, columns),
    [`${prefix}recurrent_kernel`]: array(2, columns),
    [`${prefix}bias`]: array(...bias),
  }
}

/** Arrays of an LSTM of two units over so many features. */
const twoCells = (features: number, prefix: string): NonNullable<TestLayer['weights']> => ({
  [`${prefix}kernel`]: array(features, 8),
  [`${prefix}recurrent_kernel`]: array(2, 8),
  [`${prefix}bias`]: array(8),
})

const sequence = inputLayer('x', 4, 3)

describe('recurrent layers', () => {
  it('LSTM: attributes, shapes, and gates as Keras orders them', async () => {
    const config = { units: 2, return_sequences: true, go_backwards: true, activation: 'relu', seed: 1 }
    const graph = await read(sequence, layer('LSTM', 'r', config, cell(8, [8])))
    expect(nodeNamed(graph, 'r')).toMatchObject({
      kind: 'lstm',
      attrs: {
        units: 2,
        returnSequences: true,
        goBackwards: true,
        activation: 'relu',
        recurrentActivation: 'sigmoid',
      },
      shape: [4, 2],
      origin: { layerClass: 'LSTM' },
    })
  })

  it('GRU: two rows of biases where it resets after its product, one where before', async () => {
    const after = await read(sequence, layer('GRU', 'r', { units: 2 }, cell(6, [2, 6])))
    expect(nodeNamed(after, 'r').attrs).toMatchObject({ resetAfter: true })
    expect([...floatTensor(after, nodeNamed(after, 'r'), 'recurrent_bias').data]).toEqual([
      ...array(2, 6).data.slice(6),
    ])
    const before = await read(sequence, layer('GRU', 'r', { units: 2, reset_after: false }, cell(6, [6])))
    expect(nodeNamed(before, 'r').attrs).toMatchObject({ resetAfter: false })
    expect(nodeNamed(before, 'r').weights.recurrent_bias).toBeUndefined()
  })

  it('SimpleRNN without biases, behind another recurrent layer', async () => {
    const { bias: _, ...weights } = cell(2, [2])
    const graph = await read(
      sequence,
      layer(
        'LSTM',
        'a',
        { units: 3, return_sequences: true },
        {
          kernel: array(3, 12),
          recurrent_kernel: array(3, 12),
          bias: array(12),
        },
      ),
      layer('SimpleRNN', 'r', { units: 2, use_bias: false }, weights),
    )
    expect(nodeNamed(graph, 'r')).toMatchObject({ kind: 'simple-rnn', inputs: ['a'], shape: [2] })
    expect(Object.keys(nodeNamed(graph, 'r').weights)).toEqual(['weight', 'recurrent_weight'])
  })

  it.each([
    ['stateful', true, 'false'],
    ['time_major', true, 'false'],
    ['activation', 'mish', 'one of sigmoid, tanh, softplus, softsign, relu, linear, hard_sigmoid'],
  ])('refuses %s: %s', async (name, value, expected) => {
    const said = await refusal(sequence, layer('LSTM', 'r', { units: 2, [name]: value }, cell(8, [8])))
    expect(said).toContain(name)
    expect(said).toContain(`expected ${expected}`)
  })

  it('QLSTM: weights quantised, functions by their names', async () => {
    const bits = { class_name: 'quantized_bits', config: { bits: 4, integer: 0, alpha: 1 } }
    const config = {
      units: 2,
      activation: 'quantized_tanh(8)',
      kernel_quantizer: bits,
      recurrent_quantizer: bits,
      bias_quantizer: bits,
      state_quantizer: null,
    }
    const graph = await read(sequence, layer('QLSTM', 'r', config, cell(8, [8])))
    const node = nodeNamed(graph, 'r')
    expect(node.attrs).toMatchObject({ activation: 'tanh', unkept: ['activation quantized_tanh(8)'] })
    expect(node.attrs).toMatchObject({ within: { activation: 'fixed<8,1,RND_CONV,SAT>' } })
    expect(Object.keys(node.quantisers)).toEqual(['weight', 'recurrent_weight', 'bias'])
  })
})

describe('Bidirectional', () => {
  const inner = (config: JsonObject = {}) => ({
    class_name: 'LSTM',
    config: { name: 'lstm', dtype: 'float32', units: 2, quantization_config: null, ...config },
  })
  const weights = { ...cell(8, [8], 'forward_lstm/cell/'), ...cell(8, [8], 'backward_lstm/cell/') }

  it.each([
    ['concat', [4, 4]],
    ['sum', [4, 2]],
    ['mul', [4, 2]],
    ['ave', [4, 2]],
  ])('merges by %s', async (merge_mode, shape) => {
    const config = { layer: inner({ return_sequences: true }), merge_mode }
    const graph = await read(sequence, layer('Bidirectional', 'b', config, weights))
    const node = nodeNamed(graph, 'b')
    expect(node).toMatchObject({ kind: 'bidirectional', attrs: { merge: merge_mode }, shape })
    expect(Object.keys(node.weights)).toHaveLength(6)
  })
})

describe('TimeDistributed', () => {
  it('is a dense layer over every step', async () => {
    const dense = {
      class_name: 'Dense',
      config: { name: 'd', dtype: 'float32', units: 2, activation: 'relu' },
    }
    const graph = await read(
      sequence,
      layer('TimeDistributed', 't', { layer: dense }, { kernel: array(3, 2), bias: array(2) }),
    )
    expect(graph.nodes.map(({ kind, name, shape }) => [kind, name, shape])).toEqual([
      ['input', 'x', [4, 3]],
      ['dense', 't', [4, 2]],
      ['relu', 't_relu', [4, 2]],
    ])
  })

  it('makes windows along one axis windows along two', async () => {
    const conv = {
      class_name: 'Conv1D',
      config: { name: 'c', filters: 2, kernel_size: [3], padding: 'same' },
    }
    const graph = await read(
      inputLayer('x', 4, 5, 3),
      layer('TimeDistributed', 't', { layer: conv }, { kernel: array(3, 3, 2), bias: array(2) }),
    )
    expect(nodeNamed(graph, 't')).toMatchObject({
      kind: 'conv',
      attrs: { kernelSize: [1, 3], before: [0, 1], after: [0, 1] },
      shape: [4, 5, 2],
    })
    expect(floatTensor(graph, nodeNamed(graph, 't'), 'weight').shape).toEqual([1, 3, 3, 2])
  })

  it('takes the steps of a sequence of its own for each', async () => {
    const pool = { class_name: 'GlobalMaxPooling1D', config: { name: 'f' } }
    const graph = await read(inputLayer('x', 4, 5, 3), layer('TimeDistributed', 't', { layer: pool }))
    expect(nodeNamed(graph, 't')).toMatchObject({
      kind: 'global-pool',
      attrs: { perStep: true },
      shape: [4, 3],
    })
  })

  it.each<[string, TestLayer, JsonObject, string]>([
    ['one axis', inputLayer('x', 4), { class_name: 'ReLU', config: { name: 'f' } }, 'expected [steps, …]'],
    [
      'an unknown class',
      inputLayer('x', 4, 5, 3),
      { class_name: 'Conv3D', config: { name: 'f' } },
      'expected a layer of a class that is read',
    ],
  ])('refuses %s', async (_, input, held, expected) => {
    expect(await refusal(input, layer('TimeDistributed', 't', { layer: held }))).toContain(expected)
  })
})

describe('states given and returned', () => {
  type Tensor = readonly [string, number, number] | readonly [string, number, number, JsonObject]

  /** A functional model whose layers read these tensors; the outputs are tensors too. */
  async function readCalls(
    layers: readonly TestLayer[],
    calls: Readonly<Record<string, readonly Tensor[]>>,
    outputs: readonly Tensor[],
  ) {
    const inputs = layers
      .filter(({ class_name }) => class_name === 'InputLayer')
      .map(own => `${own.config.name}`)
    const model = functional(layers, inputs, []) as { config: JsonObject } & JsonObject
    const entries = (model.config.layers as readonly JsonObject[]).map(entry => ({
      ...entry,
      inbound_nodes:
        entry.name && calls[`${entry.name}`] ? [calls[`${entry.name}`]!.map(own => [...own])] : [],
    }))
    const config = {
      ...model.config,
      layers: entries,
      output_layers: outputs.map(own => [...own]),
    } as JsonObject
    return importModel([{ name: 'm.h5', bytes: await kerasFile(layers, { ...model, config }) }])
  }

  const run = (graph: OpGraph, inputs: Readonly<Record<string, Float64Array>>) => {
    const batches = graph.nodes
      .filter(({ kind }) => kind === 'input')
      .map(({ name, shape }) => ({ rows: 1, shape, data: inputs[name]! }))
    const results = runFloat(graph, batches, graph.outputs)
    return graph.outputs.map(name => [...results.get(name)!.data])
  }

  const values = (count: number) => Float64Array.from({ length: count }, (_, k) => ((k * 5) % 11) / 8 - 0.6)
  const columns = { LSTM: 8, GRU: 6, SimpleRNN: 2 } as const
  const biasOf = (kind: keyof typeof columns) => (kind === 'GRU' ? [2, 6] : [columns[kind]])

  it.each(['LSTM', 'GRU', 'SimpleRNN'] as const)(
    '%s: what one goes on with from the states of another is one long sequence',
    async kind => {
      const weights = cell(columns[kind], biasOf(kind))
      const states: Tensor[] =
        kind === 'LSTM'
          ? [
              ['a', 0, 1],
              ['a', 0, 2],
            ]
          : [['a', 0, 1]]
      const two = await readCalls(
        [
          inputLayer('x', 4, 3),
          inputLayer('y', 3, 3),
          layer(kind, 'a', { units: 2, return_state: true }, weights),
          layer(kind, 'b', { units: 2, return_sequences: true, return_state: true }, weights),
        ],
        { a: [['x', 0, 0, {}]], b: [['y', 0, 0, {}], ...states] },
        [['b', 0, 0]],
      )
      expect(two.nodes.map(({ name }) => name)).toEqual([
        'x',
        'y',
        'a',
        'a_h_row',
        'a_h',
        ...(kind === 'LSTM' ? ['a_c_row', 'a_c'] : []),
        'b',
      ])
      const one = await read(
        inputLayer('x', 7, 3),
        layer(kind, 'r', { units: 2, return_sequences: true }, weights),
      )
      const all = values(21)
      const [whole] = run(one, { x: all })
      const [ends] = run(two, { x: all.slice(0, 12), y: all.slice(12) })
      expect(ends).toEqual(whole!.slice(8))
    },
  )

  it('Bidirectional: outputs, then the states of both directions; states by name', async () => {
    const inner = {
      class_name: 'LSTM',
      config: { name: 'lstm', dtype: 'float32', units: 2, return_sequences: true, return_state: true },
    }
    const weights = { ...cell(8, [8], 'forward_lstm/cell/'), ...cell(8, [8], 'backward_lstm/cell/') }
    const graph = await readCalls(
      [
        inputLayer('x', 4, 3),
        inputLayer('h', 2),
        inputLayer('c', 2),
        layer('Bidirectional', 'b', { layer: inner, merge_mode: 'concat' }, weights),
      ],
      {
        b: [
          [
            'x',
            0,
            0,
            {
              initial_state: [
                ['h', 0, 0],
                ['c', 0, 0],
                ['h', 0, 0],
                ['c', 0, 0],
              ],
            },
          ],
        ],
      },
      [0, 1, 2, 3, 4].map(output => ['b', 0, output] as const),
    )
    expect(graph.outputs).toEqual(['b_outputs', 'b_forward_h', 'b_forward_c', 'b_backward_h', 'b_backward_c'])
    const given = { x: values(12), h: Float64Array.of(0.5, -0.25), c: Float64Array.of(1, -1) }
    const [outputs, forward, , backward] = run(graph, given)
    expect(forward).toEqual(outputs!.slice(12, 14))
    expect(backward).toEqual(outputs!.slice(2, 4))
  })

  describe('Bidirectional without a merge', () => {
    const weights = { ...cell(8, [8], 'forward_lstm/cell/'), ...cell(8, [8], 'backward_lstm/cell/') }
    const made = (config: JsonObject, merge_mode: string | null, results: readonly number[]) => {
      const inner = {
        class_name: 'LSTM',
        config: { name: 'lstm', dtype: 'float32', units: 2, ...config },
      }
      return readCalls(
        [sequence, layer('Bidirectional', 'b', { layer: inner, merge_mode }, weights)],
        { b: [['x', 0, 0, {}]] },
        results.map(result => ['b', 0, result] as const),
      )
    }
    const given = { x: values(12) }
    const half = (all: readonly number[], direction: number) =>
      all.filter((_, k) => Math.floor(k / 2) % 2 === direction)

    it.each([true, false])('has the results of both directions, sequences: %s', async isSequence => {
      const config = { return_sequences: isSequence }
      const [whole] = run(await made(config, 'concat', [0]), given)
      const graph = await made(config, null, [0, 1])
      expect(graph.outputs).toEqual(['b_forward', 'b_backward'])
      expect(run(graph, given)).toEqual([half(whole!, 0), half(whole!, 1)])
      const one = await made(config, null, [0])
      expect(run(one, given)).toEqual([half(whole!, 0)])
    })

    it('has states behind them', async () => {
      const config = { return_sequences: true, return_state: true }
      const whole = run(await made(config, 'concat', [0, 1, 2, 3, 4]), given)
      const graph = await made(config, null, [0, 1, 2, 3, 4, 5])
      expect(graph.outputs.slice(2)).toEqual(['b_forward_h', 'b_forward_c', 'b_backward_h', 'b_backward_c'])
      expect(run(graph, given)).toEqual([half(whole[0]!, 0), half(whole[0]!, 1), ...whole.slice(1)])
    })
  })

  it.each(['sum', 'mul', 'ave', null] as const)(
    'Bidirectional merged by %s gives the states of both to another, stacked',
    async mode => {
      const inner = (name: string) => ({
        class_name: 'LSTM',
        config: { name, dtype: 'float32', units: 2, return_sequences: true, return_state: true },
      })
      const [x, h] = [3, 2].map(features => ({
        ...twoCells(features, 'forward_lstm/cell/'),
        ...twoCells(features, 'backward_lstm/cell/'),
      })) as [NonNullable<TestLayer['weights']>, NonNullable<TestLayer['weights']>]
      const outputs = mode === null ? 2 : 1
      const state = (name: string, k: number): Tensor => [name, 0, outputs + k]
      const initial_state = [0, 1, 2, 3].map(k => [...state('a', k)])
      const read = (merge_mode: string | null, width: NonNullable<TestLayer['weights']>) =>
        readCalls(
          [
            inputLayer('x', 4, 3),
            layer('Bidirectional', 'a', { layer: inner('lstm'), merge_mode }, x),
            layer('Bidirectional', 'b', { layer: inner('lstm'), merge_mode }, width),
          ],
          { a: [['x', 0, 0, {}]], b: [['a', 0, 0, { initial_state }]] },
          [
            ['a', 0, 0],
            state('a', 0),
            state('a', 1),
            state('a', 2),
            state('a', 3),
            ['b', 0, 0],
            state('b', 3),
          ],
        )
      const given = { x: values(12) }
      const graph = await read(mode, h)
      const [own, ...states] = run(graph, given)
      const [sequence, ...all] = [
        await readCalls(
          [
            inputLayer('x', 4, 3),
            layer('Bidirectional', 'a', { layer: inner('lstm'), merge_mode: 'concat' }, x),
          ],
          { a: [['x', 0, 0, {}]] },
          [0, 1, 2, 3, 4].map(k => ['a', 0, k] as const),
        ),
      ].flatMap(whole => run(whole, given)) as number[][]
      expect(states.slice(0, 4)).toEqual(all)
      const pairs = [0, 1, 2, 3].flatMap(step =>
        [0, 1].map(unit => [sequence![step * 4 + unit]!, sequence![step * 4 + 2 + unit]!] as const),
      )
      const merged = { sum: (a: number, b: number) => a + b, mul: (a: number, b: number) => a * b }
      const how = mode === 'ave' ? (a: number, b: number) => (a + b) / 2 : mode && merged[mode]
      expect(own).toEqual(pairs.map(([a, b]) => (how ? how(a, b) : a)))
      expect(states[4]).toHaveLength(8)
      expect(states[5]).toHaveLength(2)
    },
  )

  it('refuses states too few', async () => {
    const few = readCalls(
      [sequence, inputLayer('h', 2), layer('LSTM', 'r', { units: 2 }, cell(8, [8]))],
      {
        r: [
          ['x', 0, 0, {}],
          ['h', 0, 0, {}],
        ],
      },
      [['r', 0, 0]],
    )
    await expect(few).rejects.toThrow('expected none, or 2 of [2]')
  })
})

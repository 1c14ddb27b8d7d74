import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { runFloat } from '../../engines/float.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { importModel } from '../index.ts'
import type { Json, JsonObject } from '../json.ts'
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

async function refusal(work: Promise<unknown>): Promise<string> {
  const problem = await work.catch((thrown: unknown) => thrown)
  return problem instanceof CompileError ? problem.message : String(problem)
}

/** The results for one row. */
async function results(layers: readonly TestLayer[], ...row: readonly number[]) {
  const graph = await read(...layers)
  const { shape } = graph.nodes[0]!
  const batch = { rows: 1, shape, data: Float64Array.from(row) }
  return [...runFloat(graph, [batch], graph.outputs).get(graph.outputs[0]!)!.data]
}

describe('layers of a line or two', () => {
  it('RepeatVector: a vector for every step', async () => {
    const layers = [inputLayer('x', 2), layer('RepeatVector', 'r', { n: 3 })]
    expect(await results(layers, 1, 2)).toEqual([1, 2, 1, 2, 1, 2])
    const wrong = read(inputLayer('x', 2, 2), layer('RepeatVector', 'r', { n: 3 }))
    expect(await refusal(wrong)).toContain('keras/input-rank')
  })

  it('Rescaling: numbers, and one for each channel', async () => {
    const one = layer('Rescaling', 'r', { scale: 0.5, offset: -1 })
    expect(await results([inputLayer('x', 2), one], 4, 6)).toEqual([1, 2])
    const each = layer('Rescaling', 'r', { scale: [0.5, 2], offset: 1 })
    expect(await results([inputLayer('x', 2, 2), each], 4, 6, 8, 10)).toEqual([3, 13, 5, 21])
    const wrong = layer('Rescaling', 'r', { scale: [0.5, 2, 3], offset: 1 })
    expect(await refusal(read(inputLayer('x', 2), wrong))).toContain("the attribute 'scale'")
  })

  it('augmentation is nothing once trained', async () => {
    const config = { factor: [-0.1, 0.1], fill_mode: 'reflect', value_range: [0, 255], seed: null }
    const graph = await read(
      inputLayer('x', 4, 4, 1),
      layer('RandomRotation', 'a', config),
      layer('RandomContrast', 'b', config),
      layer('Flatten', 'f'),
    )
    expect(graph.nodes.map(({ name }) => name)).toEqual(['x', 'f'])
  })
})

describe('what Keras computes in', () => {
  const dense = (dtype: Json) =>
    layer('Dense', 'd', { units: 1, dtype }, { kernel: floats([2, 1], 1, 2), bias: floats([1], 3) })

  it.each<[string, Json]>([
    ['mixed precision', 'mixed_float16'],
    ['a policy', { class_name: 'Policy', config: { name: 'mixed_bfloat16' } }],
    ['doubles', 'float64'],
  ])('%s leaves trained values as they are', async (_, dtype) => {
    expect(await results([inputLayer('x', 2), dense(dtype)], 1, 1)).toEqual([6])
  })

  it('half precision is refused', async () => {
    expect(await refusal(read(inputLayer('x', 2), dense('float16')))).toContain("the attribute 'dtype'")
  })
})

describe('masks', () => {
  it.each<[string, TestLayer[], string]>([
    [
      'Embedding with mask_zero',
      [
        inputLayer('x', 3),
        layer(
          'Embedding',
          'e',
          { input_dim: 4, output_dim: 2, mask_zero: true },
          { embeddings: floats([4, 2], 1, 2, 3, 4, 5, 6, 7, 8) },
        ),
      ],
      "keras/mask: layer 'e' (Embedding): mask_zero is true",
    ],
    [
      'Masking',
      [inputLayer('x', 3, 2), layer('Masking', 'm', { mask_value: 0 })],
      'multiply what is padded by 0 (Multiply)',
    ],
  ])('of %s are refused, with a way on', async (_, layers, expected) => {
    expect(await refusal(read(...layers))).toContain(expected)
  })
})

describe('QAveragePow2 of HGQ2', () => {
  const config: JsonObject = { enable_iq: false, enable_oq: false }
  const readOf = async (...names: readonly string[]) => {
    const layers = [
      ...names.map(name => inputLayer(name, 2)),
      { ...layer('hgq>QAveragePow2', 'q', config), reads: names },
    ]
    return importModel([{ name: 'm.h5', bytes: await kerasFile(layers, functional(layers, names, ['q'])) }])
  }

  it('is the mean of two, and refused of three', async () => {
    expect(nodeNamed(await readOf('a', 'b'), 'q').attrs).toEqual({ operation: 'average' })
    expect(await refusal(readOf('a', 'b', 'c'))).toContain('whose sum it scales by a power of two')
  })
})

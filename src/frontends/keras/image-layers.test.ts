// Layers over sequences and images, and layers that read several: what Keras computes, by plain loops written here.

import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { runFloat } from '../../engines/float.ts'
import { importModel } from '../index.ts'
import {
  floats,
  functional,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from './testing/models.ts'

const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, k) => (((k * 7 + seed * 3) % 11) - 5) / 4)

/** The output of a network of one layer for one row. */
async function run(own: TestLayer, shape: readonly number[], x: readonly number[]): Promise<number[]> {
  const layers = [inputLayer('x', ...shape), own]
  const graph = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
  const batch = { rows: 1, shape, data: Float64Array.from(x) }
  return Array.from(runFloat(graph, [batch], graph.outputs).get(graph.outputs[0]!)!.data)
}

async function problems(layers: readonly TestLayer[], inputs: readonly string[], output: string) {
  const bytes = await kerasFile(layers, functional(layers, inputs, [output]))
  const thrown = await importModel([{ name: 'm.h5', bytes }]).catch((problem: unknown) => problem)
  return thrown instanceof CompileError ? thrown.diagnostics.map(({ code }) => code) : []
}

const plain = { use_bias: false, activation: 'linear', data_format: 'channels_last' }

describe('convolutions', () => {
  it('of a sequence, causal, with dilation: no step sees a later one', async () => {
    const kernel = numbers(2 * 1 * 1, 2)
    const x = numbers(6, 1)
    const conv = layer(
      'Conv1D',
      'c',
      { ...plain, filters: 1, kernel_size: [2], strides: [1], padding: 'causal', dilation_rate: [3] },
      { kernel: floats([2, 1, 1], ...kernel) },
    )
    const expected = x.map((now, t) => kernel[0]! * (x[t - 3] ?? 0) + kernel[1]! * now)
    expect(await run(conv, [6, 1], x)).toEqual(expected)
  })

  it('of an image, same, with dilation: zeros as many as the spread kernel needs', async () => {
    const kernel = numbers(9, 3)
    const x = numbers(30, 2)
    const conv = layer(
      'Conv2D',
      'c',
      { ...plain, filters: 1, kernel_size: [3, 3], padding: 'same', dilation_rate: [2, 1] },
      { kernel: floats([3, 3, 1, 1], ...kernel) },
    )
    const at = (row: number, column: number) =>
      row < 0 || row >= 5 || column < 0 || column >= 6 ? 0 : x[row * 6 + column]!
    const expected = x.map((_, k) => {
      const [row, column] = [Math.floor(k / 6), k % 6]
      return kernel.reduce(
        (sum, w, p) => sum + w * at(row + 2 * (Math.floor(p / 3) - 1), column + (p % 3) - 1),
        0,
      )
    })
    expect(await run(conv, [5, 6, 1], x)).toEqual(expected)
  })

  it('in groups: each half of the filters sees its half of the channels', async () => {
    const kernel = numbers(1 * 1 * 2 * 4, 5)
    const x = numbers(4, 3)
    const conv = layer(
      'Conv2D',
      'c',
      { ...plain, filters: 4, kernel_size: 1, groups: 2 },
      { kernel: floats([1, 1, 2, 4], ...kernel) },
    )
    const expected = [0, 1, 2, 3].map(
      f => x[f < 2 ? 0 : 2]! * kernel[f]! + x[f < 2 ? 1 : 3]! * kernel[4 + f]!,
    )
    expect(await run(conv, [1, 1, 4], x)).toEqual(expected)
  })

  it('depthwise, two filters a channel, strided, with a bias', async () => {
    const kernel = numbers(2 * 2 * 2, 7)
    const x = numbers(8, 4)
    const conv = layer(
      'DepthwiseConv1D',
      'c',
      { ...plain, use_bias: true, kernel_size: 2, strides: 2, depth_multiplier: 2 },
      { depthwise_kernel: floats([2, 2, 2], ...kernel), bias: floats([4], 1, 2, 3, 4) },
    )
    const expected = [0, 2].flatMap(t =>
      [0, 1, 2, 3].map(f => {
        const c = Math.floor(f / 2)
        return (
          f +
          1 +
          x[t * 2 + c]! * kernel[c * 2 + (f % 2)]! +
          x[(t + 1) * 2 + c]! * kernel[4 + c * 2 + (f % 2)]!
        )
      }),
    )
    expect(await run(conv, [4, 2], x)).toEqual(expected)
  })

  it('separable: one channel at a time, then all of them together', async () => {
    const [first, second] = [numbers(2 * 2, 1), numbers(2 * 3, 9)]
    const x = numbers(6, 6)
    const conv = layer(
      'SeparableConv1D',
      'c',
      { ...plain, filters: 3, kernel_size: [2], depth_multiplier: 1 },
      { depthwise_kernel: floats([2, 2, 1], ...first), pointwise_kernel: floats([1, 2, 3], ...second) },
    )
    const expected = [0, 1].flatMap(t => {
      const middle = [0, 1].map(c => x[t * 2 + c]! * first[c]! + x[(t + 1) * 2 + c]! * first[2 + c]!)
      return [0, 1, 2].map(f => middle[0]! * second[f]! + middle[1]! * second[3 + f]!)
    })
    expect(await run(conv, [3, 2], x)).toEqual(expected)
  })

  it('say what does not fit', async () => {
    const conv = (more: Record<string, number | string>) => ({
      ...layer(
        'Conv2D',
        'c',
        { ...plain, filters: 2, kernel_size: 3, ...more },
        { kernel: floats([3, 3, 1, 2], ...numbers(18, 1)) },
      ),
      reads: ['x'],
    })
    const image = inputLayer('x', 4, 4, 1)
    expect(await problems([inputLayer('x', 4, 1), conv({})], ['x'], 'c')).toContain('keras/input-rank')
    expect(await problems([inputLayer('x', 2, 2, 1), conv({})], ['x'], 'c')).toContain(
      'graph/kernel-larger-than-image',
    )
    expect(await problems([image, conv({ padding: 'causal' })], ['x'], 'c')).toContain(
      'keras/attribute-value',
    )
    expect(await problems([image, conv({ data_format: 'channels_first' })], ['x'], 'c')).toContain(
      'keras/attribute-value',
    )
    const turned = { ...layer('Conv2DTranspose', 'c'), reads: ['x'] }
    expect(await problems([image, turned], ['x'], 'c')).toEqual(['keras/unsupported-layer'])
  })
})

describe('pooling', () => {
  it('leaves padding out of averages and of maxima', async () => {
    const x = [-1, -2, -3, -4, -5]
    const pooling = (className: string) =>
      layer(className, 'p', { pool_size: [2], strides: [2], padding: 'same', data_format: 'channels_last' })
    expect(await run(pooling('AveragePooling1D'), [5, 1], x)).toEqual([-1.5, -3.5, -5])
    expect(await run(pooling('MaxPooling1D'), [5, 1], x)).toEqual([-1, -3, -5])
  })

  it('over everything keeps axes where asked', async () => {
    const global = layer('GlobalAveragePooling2D', 'p', { keepdims: true, data_format: 'channels_last' })
    const layers = [inputLayer('x', 2, 2, 1), global]
    const graph = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
    expect(graph.nodes.at(-1)).toMatchObject({ shape: [1, 1, 1], origin: { layerClass: 'GlobalPooling2D' } })
  })
})

describe('layers that move elements', () => {
  it.each<[string, TestLayer, number[], number[]]>([
    ['Reshape', layer('Reshape', 'l', { target_shape: [-1, 2] }), [3, 4], [6, 2]],
    ['Permute', layer('Permute', 'l', { dims: [3, 1, 2] }), [2, 3, 4], [4, 2, 3]],
    ['ZeroPadding1D', layer('ZeroPadding1D', 'l', { padding: [1, 2] }), [3, 4], [6, 4]],
    ['ZeroPadding2D of one number', layer('ZeroPadding2D', 'l', { padding: 2 }), [3, 4, 1], [7, 8, 1]],
    ['ZeroPadding2D by axis', layer('ZeroPadding2D', 'l', { padding: [1, 0] }), [3, 4, 1], [5, 4, 1]],
    [
      'Cropping2D by side',
      layer('Cropping2D', 'l', {
        cropping: [
          [1, 0],
          [0, 2],
        ],
      }),
      [3, 4, 1],
      [2, 2, 1],
    ],
    ['UpSampling1D', layer('UpSampling1D', 'l', { size: 3 }), [2, 2], [6, 2]],
    [
      'UpSampling2D',
      layer('UpSampling2D', 'l', { size: [2, 1], interpolation: 'nearest' }),
      [2, 2, 1],
      [4, 2, 1],
    ],
  ])('%s', async (_, own, shape, expected) => {
    const layers = [inputLayer('x', ...shape), own]
    const graph = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
    expect(graph.nodes.at(-1)!.shape).toEqual(expected)
  })

  it('say what does not fit', async () => {
    const one = async (own: TestLayer, ...shape: number[]) =>
      problems([inputLayer('x', ...shape), { ...own, reads: ['x'] }], ['x'], 'l')
    expect(await one(layer('Reshape', 'l', { target_shape: [5] }), 3, 2)).toEqual(['graph/reshape-size'])
    expect(await one(layer('Permute', 'l', { dims: [1, 1] }), 3, 2)).toEqual(['graph/permute-axes'])
    expect(await one(layer('Permute', 'l', { dims: [0, 1] }), 3, 2)).toEqual(['keras/attribute-value'])
    expect(await one(layer('Cropping1D', 'l', { cropping: 2 }), 3, 2)).toEqual(['graph/nothing-left'])
    expect(await one(layer('UpSampling2D', 'l', { interpolation: 'bilinear' }), 2, 2, 1)).toEqual([
      'keras/attribute-value',
    ])
  })
})

describe('layers that read several', () => {
  const inputs = [inputLayer('a', 2, 3), inputLayer('b', 2, 3), inputLayer('c', 1, 3), inputLayer('d', 2)]
  const merged = (className: string, reads: readonly string[], config = {}) =>
    problems([...inputs, { ...layer(className, 'm', config), reads }], ['a', 'b', 'c', 'd'], 'm')

  it('take two or more, of shapes that broadcast', async () => {
    expect(await merged('Add', ['a', 'b', 'c'])).toEqual([])
    expect(await merged('Subtract', ['a', 'b'])).toEqual([])
    expect(await merged('Concatenate', ['a', 'b', 'c'], { axis: 1 })).toEqual([])
    expect(await merged('Dot', ['d', 'd'], { axes: 1, normalize: false })).toEqual([])
    expect(await merged('Dot', ['a', 'b'], { axes: 1 })).toEqual([])
  })

  it('say what does not fit', async () => {
    expect(await merged('Subtract', ['a', 'b', 'c'])).toEqual(['keras/inbound-nodes'])
    expect(await merged('Average', ['a'])).toEqual(['keras/inbound-nodes'])
    expect(await merged('Maximum', ['a', 'd'])).toEqual(['graph/broadcast'])
    expect(await merged('Concatenate', ['a', 'c'], { axis: 2 })).toEqual(['graph/concatenate-shapes'])
    expect(await merged('Concatenate', ['a', 'b'], { axis: 0 })).toEqual(['keras/attribute-value'])
    expect(await merged('Dot', ['a', 'd'], { axes: [2, 1] })).toEqual(['graph/einsum-shapes'])
    expect(await merged('Dot', ['d', 'd'], { axes: 2 })).toEqual(['keras/attribute-value'])
  })
})

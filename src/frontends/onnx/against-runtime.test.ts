// Models as ONNX Runtime computes them: an independent meaning of every operator read.

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as runtime from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { runFloat } from '../../engines/float.ts'
import type { OnnxModel } from '../../formats/onnx/model.ts'
import { readOnnx } from '../../formats/onnx/read.ts'
import { writeOnnx } from '../../formats/onnx/write.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { importModel } from '../index.ts'
import { integers, model, node, numbers, tensor } from './testing/models.ts'

runtime.env.wasm.numThreads = 1
runtime.env.logLevel = 'error'

async function outputs(bytes: Uint8Array) {
  const graph = await importModel([{ name: 'net.onnx', bytes }])
  const input = graph.nodes.find(({ kind }) => kind === 'input')!
  const size = input.shape.reduce((product, extent) => product * extent, 1)
  const data = numbers(size, 99)
  const session = await runtime.InferenceSession.create(bytes)
  const tensorIn = new runtime.Tensor('float32', Float32Array.from(data), [1, ...input.shape])
  const expected = await session.run({ [session.inputNames[0]!]: tensorIn })
  const got = runFloat(graph, [{ rows: 1, shape: input.shape, data }], graph.outputs)
  await session.release()
  return graph.outputs.map((name, k) => {
    const own = expected[session.outputNames[k]!]!
    return {
      got: [...got.get(name)!.data],
      shape: [1, ...nodeNamed(graph, name).shape],
      expected: [...(own.data as Float32Array)],
      expectedShape: [...own.dims],
    }
  })
}

async function expectSame(bytes: Uint8Array) {
  for (const { got, shape, expected, expectedShape } of await outputs(bytes)) {
    expect(shape).toEqual(expectedShape)
    for (const [k, value] of expected.entries())
      expect(Math.abs(got[k]! - value), `element ${k}`).toBeLessThan(1e-5)
  }
}

const image = [3, 6, 5]
const kernel = tensor([4, 3, 3, 3], 1)
const bias = tensor([4], 2)
const norm = (channels: number) => ({
  gamma: tensor([channels], 3),
  beta: tensor([channels], 4),
  mean: tensor([channels], 5),
  variance: { ...tensor([channels], 6), data: numbers(channels, 6).map(value => Math.abs(value) + 0.1) },
})
const conv = (attributes: Record<string, number | number[] | string>) =>
  model(image, [node('c', 'Conv', ['x', 'k', 'b'], attributes)], { k: kernel, b: bias })

const models: Readonly<Record<string, OnnxModel>> = {
  'Gemm, transposed and scaled': model(
    [5],
    [node('y', 'Gemm', ['x', 'w', 'b'], { transB: 1, alpha: 0.5, beta: 1.5 })],
    { w: tensor([3, 5], 1), b: tensor([3], 2) },
  ),
  'Gemm without a bias': model([5], [node('y', 'Gemm', ['x', 'w'])], { w: tensor([5, 3], 1) }),
  'MatMul and Add': model([5], [node('m', 'MatMul', ['x', 'w']), node('y', 'Add', ['b', 'm'])], {
    w: tensor([5, 3], 1),
    b: tensor([3], 2),
  }),
  'MatMul over rows of a matrix': model([4, 5], [node('y', 'MatMul', ['x', 'w'])], { w: tensor([5, 3], 1) }),
  'sums, differences, products and quotients with constants': model(
    [4],
    [
      node('a', 'Sub', ['x', 'c']),
      node('b', 'Sub', ['c', 'a']),
      node('d', 'Mul', ['b', 'c']),
      node('e', 'Div', ['d', 'two']),
      node('y', 'Add', ['e', 'two']),
    ],
    { c: tensor([4], 1), two: { element: 'float32', dims: [], data: Float64Array.of(2) } },
  ),
  'BatchNormalization of a vector': model(
    [4],
    [node('y', 'BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'variance'], { epsilon: 0.001 })],
    norm(4),
  ),
  'BatchNormalization of an image': model(
    image,
    [node('y', 'BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'variance'])],
    norm(3),
  ),
  ...Object.fromEntries(
    [
      'Relu',
      'Sigmoid',
      'Tanh',
      'Softplus',
      'Softsign',
      'LeakyRelu',
      'HardSigmoid',
      'Softmax',
      'Identity',
      'Elu',
      'Selu',
      'Celu',
      'ThresholdedRelu',
      'HardSwish',
      'Neg',
    ].map(type => [type, model([6], [node('y', type, ['x'])], {}, 14)]),
  ),
  'Conv, valid': conv({}),
  'Conv, zeros around': conv({ pads: [1, 0, 1, 2], strides: [2, 1] }),
  'Conv, same above': conv({ auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  'Conv, same below': conv({ auto_pad: 'SAME_LOWER' }),
  'Conv, dilated': conv({ dilations: [2, 1], pads: [1, 1, 1, 1] }),
  'Conv in groups': model([4, 6, 5], [node('c', 'Conv', ['x', 'k', 'b'], { group: 2 })], {
    k: tensor([6, 2, 3, 2], 1),
    b: tensor([6], 2),
  }),
  'Conv by channel': model([4, 6, 5], [node('c', 'Conv', ['x', 'k'], { group: 4 })], {
    k: tensor([8, 1, 2, 3], 1),
  }),
  'Conv of a sequence': model(
    [3, 9],
    [node('c', 'Conv', ['x', 'k', 'b'], { pads: [2, 0], dilations: [2], strides: [2] })],
    { k: tensor([4, 3, 3], 1), b: bias },
  ),
  'Conv, normalised, flattened and multiplied': model(
    image,
    [
      node('c', 'Conv', ['x', 'k', 'b']),
      node('n', 'BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'variance']),
      node('r', 'Relu', ['n']),
      node('f', 'Flatten', ['r']),
      node('s', 'Mul', ['f', 'scale']),
      node('y', 'Gemm', ['s', 'w', 'v'], { transB: 1 }),
    ],
    { k: kernel, b: bias, ...norm(4), scale: tensor([48], 8), w: tensor([7, 48], 9), v: tensor([7], 10) },
  ),
  'Conv, flattened, normalised and put out': model(
    image,
    [
      node('c', 'Conv', ['x', 'k', 'b']),
      node('f', 'Flatten', ['c']),
      node('y', 'BatchNormalization', ['f', 'gamma', 'beta', 'mean', 'variance']),
    ],
    { k: kernel, b: bias, ...norm(48) },
  ),
  'Conv, reshaped and joined': model(
    image,
    [
      node('c', 'Conv', ['x', 'k', 'b']),
      node('r', 'Reshape', ['c', 'shape']),
      node('t', 'Transpose', ['r'], { perm: [0, 2, 1] }),
      node('y', 'Concat', ['t', 't'], { axis: 2 }),
    ],
    { k: kernel, b: bias, shape: integers([0, 4, -1]) },
  ),
  'an image added to by channel, padded, grown and turned': model(
    image,
    [
      node('c', 'Conv', ['x', 'k', 'b']),
      node('a', 'Add', ['c', 'offset']),
      node('p', 'Pad', ['a', 'widths']),
      node('u', 'Resize', ['p', '', 'scales'], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
      node('y', 'Transpose', ['u'], { perm: [0, 2, 3, 1] }),
    ],
    {
      k: kernel,
      b: bias,
      offset: tensor([1, 4, 1, 1], 3),
      widths: integers([0, 0, 1, 2, 0, 0, 0, 1]),
      scales: { element: 'float32', dims: [4], data: Float64Array.of(1, 1, 2, 3) },
    },
  ),
  ...Object.fromEntries(
    ([0, 1] as const).map(count => [
      `AveragePool, padding ${count === 0 ? 'left out' : 'counted'}`,
      model(
        image,
        [
          node('y', 'AveragePool', ['x'], {
            kernel_shape: [3, 2],
            strides: [2, 1],
            pads: [1, 0, 1, 1],
            count_include_pad: count,
          }),
        ],
        {},
      ),
    ]),
  ),
  'MaxPool and its neighbours': model(
    image,
    [
      node('p', 'MaxPool', ['x'], { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 1] }),
      node('c', 'Conv', ['p', 'k', 'b'], { pads: [1, 1, 1, 1] }),
      node('g', 'GlobalAveragePool', ['c']),
      node('f', 'Flatten', ['g']),
      node('y', 'Gemm', ['f', 'w']),
    ],
    { k: kernel, b: bias, w: tensor([4, 3], 9) },
  ),
  'MaxPool of a sequence, greatest of all': model(
    [3, 9],
    [node('p', 'MaxPool', ['x'], { kernel_shape: [3], strides: [3] }), node('y', 'GlobalMaxPool', ['p'])],
    {},
  ),
  'a skip around a convolution': model(
    image,
    [
      node('c', 'Conv', ['x', 'k', 'b'], { pads: [1, 1, 1, 1] }),
      node('d', 'Conv', ['c', 'l', 'b'], { pads: [1, 1, 1, 1] }),
      node('s', 'Add', ['c', 'd']),
      node('m', 'Mul', ['s', 'c']),
      node('u', 'Sub', ['m', 'd']),
      node('v', 'Max', ['u', 's', 'c']),
      node('o', 'Min', ['v', 'm']),
      node('n', 'Mean', ['o', 's']),
      node('q', 'Clip', ['n', 'zero', 'one']),
      node('y', 'Sum', ['q', 'n', 's']),
    ],
    {
      k: kernel,
      b: bias,
      l: tensor([4, 4, 3, 3], 7),
      zero: { element: 'float32', dims: [], data: Float64Array.of(0) },
      one: { element: 'float32', dims: [], data: Float64Array.of(1) },
    },
  ),
  'an image with channels first and one with channels last': model(
    image,
    [
      node('c', 'Conv', ['x', 'k', 'b'], { pads: [1, 1, 1, 1] }),
      node('t', 'Concat', ['x', 'x'], { axis: 1 }),
      node('p', 'MaxPool', ['t'], { kernel_shape: [1, 1] }),
      node('n', 'Concat', ['c', 'p'], { axis: 1 }),
      node('y', 'Add', ['n', 'n']),
    ],
    { k: kernel, b: bias },
  ),
  'MatMul of two computed matrices': model(
    [4, 5],
    [node('t', 'Transpose', ['x'], { perm: [0, 2, 1] }), node('y', 'MatMul', ['x', 't'])],
    {},
  ),
  'MatMul of images, by channel': model(
    [3, 4, 5],
    [
      node('c', 'Conv', ['x', 'k'], { pads: [1, 1, 1, 1] }),
      node('t', 'Transpose', ['x'], { perm: [0, 1, 3, 2] }),
      node('y', 'MatMul', ['c', 't']),
    ],
    { k: tensor([3, 3, 3, 3], 1) },
  ),
  'MatMul of tensors of several ranks': model(
    [2, 4, 5],
    [node('n', 'MatMul', ['x', 'u']), node('m', 'MatMul', ['n', 'v']), node('y', 'MatMul', ['m', 'r'])],
    { u: tensor([1, 2, 5, 3], 1), v: tensor([3], 2), r: tensor([4, 3], 3) },
  ),
  'MatMul of a constant by a computed tensor': model(
    [2, 4, 5],
    [node('m', 'MatMul', ['w', 'x']), node('y', 'MatMul', ['u', 'm'])],
    { w: tensor([3, 4], 1), u: tensor([1, 2, 6, 3], 2) },
  ),
  'Einsum: scores of attention and what they weigh': model(
    [4, 6],
    [
      node('q', 'MatMul', ['x', 'wq']),
      node('qs', 'Reshape', ['q', 'heads']),
      node('k', 'MatMul', ['x', 'wk']),
      node('ks', 'Reshape', ['k', 'heads']),
      node('s', 'Einsum', ['qs', 'ks'], { equation: 'bqhd, bkhd -> bhqk' }),
      node('p', 'Softmax', ['s'], { axis: -1 }),
      node('y', 'Einsum', ['p', 'ks'], { equation: 'bhqk,bkhd->bqhd' }),
    ],
    { wq: tensor([6, 6], 1), wk: tensor([6, 6], 2), heads: integers([0, 4, 2, 3]) },
  ),
  'Einsum with dots, constants and no stated result': model(
    [2, 4, 5],
    [
      node('a', 'Einsum', ['x', 'w'], { equation: '...jk,km->...jm' }),
      node('b', 'Einsum', ['v', 'a'], { equation: 'n, bjmn' }),
      node('y', 'Einsum', ['b', 'b'], { equation: 'bij,bik->bjk' }),
    ],
    { w: tensor([5, 3], 1), v: tensor([3], 2) },
  ),
  'Einsum of one tensor': model(
    [2, 4, 5],
    [
      node('a', 'Einsum', ['x'], { equation: 'bijk->bkj' }),
      node('y', 'Einsum', ['a'], { equation: 'bij->bji' }),
    ],
    {},
  ),
  'sums and products with a constant for every element, row or column': model(
    image,
    [
      node('a', 'Add', ['x', 'all']),
      node('c', 'Conv', ['a', 'k', 'b']),
      node('m', 'Mul', ['c', 'rows']),
      node('s', 'Sub', ['some', 'm']),
      node('f', 'Flatten', ['s']),
      node('y', 'Add', ['f', 'vector']),
    ],
    {
      all: tensor([1, ...image], 5),
      k: kernel,
      b: bias,
      rows: tensor([4, 1], 6),
      some: tensor([4, 1, 3], 7),
      vector: tensor([1, 48], 8),
    },
  ),
  'activations with parameters, on an image': model(
    image,
    [
      node('c', 'Conv', ['x', 'k', 'b']),
      node('p', 'PRelu', ['c', 'byChannel']),
      node('q', 'PRelu', ['p', 'byElement']),
      node('e', 'Elu', ['q'], { alpha: 0.75 }),
      node('y', 'ThresholdedRelu', ['e'], { alpha: 0.25 }),
    ],
    { k: kernel, b: bias, byChannel: tensor([4, 1, 1], 5), byElement: tensor([4, 4, 3], 6) },
  ),
  'PRelu of a vector, one factor': model([6], [node('y', 'PRelu', ['x', 'slope'])], {
    slope: tensor([1], 3),
  }),
  ...Object.fromEntries(
    [1, 2, 3, -2].map(axis => [
      `Softmax over axis ${axis} of an image`,
      model(image, [node('c', 'Conv', ['x', 'k', 'b']), node('y', 'Softmax', ['c'], { axis })], {
        k: kernel,
        b: bias,
      }),
    ]),
  ),
  ...Object.fromEntries(
    [1, 2, 3].map(axis => [
      `Softmax of opset 11 from axis ${axis} on`,
      model(image, [node('y', 'Softmax', ['x'], { axis })], {}, 11),
    ]),
  ),
  'LayerNormalization, with and without a bias': model(
    [4, 6],
    [
      node('a', 'LayerNormalization', ['x', 'scale', 'offset'], { axis: -1, epsilon: 0.001 }),
      node('y', 'LayerNormalization', ['a', 'scale']),
    ],
    { scale: tensor([6], 1), offset: tensor([6], 2) },
    17,
  ),
  'LayerNormalization with one factor for all': model(
    [4, 6],
    [node('y', 'LayerNormalization', ['x', 'scale'])],
    { scale: tensor([1], 1) },
    17,
  ),
  ...Object.fromEntries(
    (
      [
        ['the places of an image, kept', [2, 3], 1],
        ['the places of an image', [-1, -2], 0],
        ['the channels of an image', [1], 0],
        ['rows and channels of an image', [1, 2], 1],
        ['all axes of an image', [1, 2, 3], 1],
      ] as const
    ).flatMap(([title, axes, keepdims]) =>
      ['ReduceMean', 'ReduceMax'].map(type => [
        `${type} over ${title}`,
        model(
          image,
          [node('c', 'Conv', ['x', 'k', 'b']), node('y', type, ['c'], { axes: [...axes], keepdims })],
          { k: kernel, b: bias },
        ),
      ]),
    ),
  ),
  'ReduceMean over the steps of a sequence, axes as an input': model(
    [5, 3],
    [node('y', 'ReduceMean', ['x', 'axes'], { keepdims: 0 })],
    { axes: integers([1]) },
    18,
  ),
  'Split by lengths, and into equal parts': model(
    image,
    [
      node('c', 'Conv', ['x', 'k', 'b']),
      { ...node('s', 'Split', ['c', 'lengths'], { axis: 1 }), outputs: ['one', 'rest'] },
      { ...node('t', 'Split', ['rest'], { axis: 2 }), outputs: ['low', 'high'] },
      node('m', 'Mul', ['low', 'high']),
      node('r', 'Relu', ['one']),
      node('f', 'Flatten', ['m']),
      node('g', 'Flatten', ['r']),
      node('y', 'Concat', ['f', 'g'], { axis: 1 }),
    ],
    { k: kernel, b: bias, lengths: integers([1, 3]) },
  ),
  'squares, and scales computed of constants': model(
    [4],
    [
      node('q', 'Sqrt', ['c']),
      node('r', 'Reciprocal', ['q']),
      node('p', 'Pow', ['x', 'two']),
      node('m', 'Mul', ['p', 'r']),
      node('y', 'Neg', ['m']),
    ],
    {
      c: { element: 'float32', dims: [1], data: Float64Array.of(8) },
      two: { element: 'float32', dims: [], data: Float64Array.of(2) },
    },
  ),
  'axes of one element': model(
    [4],
    [node('u', 'Unsqueeze', ['x', 'axes']), node('m', 'Relu', ['u']), node('y', 'Squeeze', ['m', 'axes'])],
    { axes: integers([1]) },
  ),
}

describe('as ONNX Runtime computes', () => {
  it.each(Object.entries(models))('%s', async (_, own) => {
    await expectSame(writeOnnx(own))
  })
})

const real = resolve(import.meta.dirname, '../../../../shared/reference/real/onnx')
describe.skipIf(!existsSync(real))('models made by others, as ONNX Runtime computes', () => {
  it.each(['three_layer_keras', 'two_layer_pytorch', 'conv2d_small_mp_keras'])('%s', async name => {
    const own = readOnnx(new Uint8Array(readFileSync(join(real, `${name}.onnx`))), name)
    const oneRow = (values: OnnxModel['inputs']) =>
      values.map(value => ({ ...value, dims: [1, ...(value.dims ?? []).slice(1)] }))
    await expectSame(
      writeOnnx({ ...own, inputs: oneRow(own.inputs), outputs: oneRow(own.outputs), values: [] }),
    )
  })
})

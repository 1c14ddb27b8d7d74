// Small ONNX models, which between them have the operators that are read.

import { integers, model, node, tensor } from '../../src/frontends/onnx/testing/models.ts'

const products = () =>
  model([5], [node('m', 'MatMul', ['x', 'w']), node('a', 'Add', ['m', 'b']), node('y', 'Relu', ['a'])], {
    w: tensor([5, 3], 1),
    b: tensor([3], 2),
  })

const image = () =>
  model(
    [3, 6, 5],
    [
      node('c', 'Conv', ['x', 'k', 'b'], { pads: [1, 1, 1, 1], strides: [1, 2] }),
      node('p', 'MaxPool', ['c'], { kernel_shape: [2, 2], strides: [2, 1] }),
      node('s', 'Sigmoid', ['p']),
      node('u', 'Resize', ['s', '', 'scales'], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
      node('t', 'Transpose', ['u'], { perm: [0, 2, 3, 1] }),
      node('f', 'Flatten', ['t']),
      node('y', 'Gemm', ['f', 'w'], { transB: 1 }),
    ],
    {
      k: tensor([4, 3, 3, 3], 1),
      b: tensor([4], 2),
      scales: { element: 'float32', dims: [4], data: Float64Array.of(1, 1, 1, 1) },
      w: tensor([2, 24], 3),
    },
  )

const recurrent = () =>
  model(
    [4, 3],
    [
      node('t', 'Transpose', ['x'], { perm: [1, 0, 2] }),
      { ...node('l', 'LSTM', ['t', 'W', 'R', 'B', '', 'h', 'c'], { hidden_size: 2 }), outputs: ['Y', 'Yh'] },
      node('y', 'Squeeze', ['Yh', 'axis']),
    ],
    {
      W: tensor([1, 8, 3], 1),
      R: tensor([1, 8, 2], 2),
      B: tensor([1, 16], 3),
      h: tensor([1, 1, 2], 4),
      c: tensor([1, 1, 2], 5),
      axis: integers([0]),
    },
  )

const quantised = () =>
  model(
    [4],
    [
      node(
        'q',
        'Quant',
        ['x', 's', 'z', 'n'],
        { signed: 1, narrow: 0, rounding_mode: 'ROUND' },
        'qonnx.custom_op.general',
      ),
      node('r', 'Reshape', ['q', 'shape']),
      node('c', 'Concat', ['r', 'r'], { axis: 1 }),
      node('y', 'Softmax', ['c'], { axis: -1 }),
    ],
    {
      s: { element: 'float32', dims: [], data: Float64Array.of(0.25) },
      z: { element: 'float32', dims: [], data: Float64Array.of(0) },
      n: { element: 'float32', dims: [], data: Float64Array.of(5) },
      shape: integers([1, 2, -1]),
    },
  )

const axes = () =>
  model(
    [4, 6, 2],
    [
      node('p', 'PRelu', ['x', 'slope']),
      { ...node('s', 'Split', ['p', 'lengths'], { axis: 1 }), outputs: ['one', 'rest'] },
      node('e', 'Elu', ['rest'], { alpha: 0.5 }),
      node('m', 'ReduceMean', ['e', 'axes'], { keepdims: 0 }),
      node('g', 'ReduceMax', ['one', 'all'], { keepdims: 1 }),
      node('f', 'Flatten', ['g']),
      node('n', 'LayerNormalization', ['m', 'scale'], { axis: -1 }),
      node('c', 'Concat', ['n', 'f'], { axis: 1 }),
      node('r', 'Reshape', ['c', 'shape']),
      node('a', 'Softmax', ['r'], { axis: 1 }),
      node(
        'y',
        'Trunc',
        ['a', 'step', 'zero', 'bits', 'kept'],
        { rounding_mode: 'FLOOR' },
        'qonnx.custom_op.general',
      ),
    ],
    {
      slope: tensor([4, 1, 1], 1),
      lengths: integers([1, 3]),
      axes: integers([2, 3]),
      all: integers([1, 2, 3]),
      scale: tensor([3], 2),
      shape: integers([0, 2, 2]),
      step: { element: 'float32', dims: [], data: Float64Array.of(0.25) },
      zero: { element: 'float32', dims: [], data: Float64Array.of(0) },
      bits: { element: 'float32', dims: [], data: Float64Array.of(5) },
      kept: { element: 'float32', dims: [], data: Float64Array.of(3) },
    },
    18,
  )

/** What several nodes mean together: quantisers, limits, levels, rows of a table, hard swish. */
function patterns() {
  const number = (value: number) => ({ element: 'float32' as const, dims: [], data: Float64Array.of(value) })
  return model(
    [6],
    [
      node('m', 'Mul', ['x', 'four']),
      node('r', 'Round', ['m']),
      node('c', 'Clip', ['r', 'low', 'high']),
      node('q', 'Mul', ['c', 'quarter']),
      node('d', 'Add', ['q', 'shift']),
      node('e', 'Clip', ['d', 'zero', 'six']),
      node('f', 'Mul', ['q', 'e']),
      node('h', 'Div', ['f', 'six']),
      node('l', 'Less', ['h', 'zero']),
      node('s', 'Where', ['l', 'minus', 'one']),
      node('g', 'Greater', ['q', 'minus']),
      node('o', 'Where', ['g', 'zero', 'minus']),
      node('k', 'Greater', ['q', 'one']),
      node('t', 'Where', ['k', 'one', 'o']),
      node('a', 'Add', ['s', 't']),
      node('i', 'Clip', ['a', 'zero', 'shift']),
      node('j', 'Cast', ['i'], { to: 7 }),
      node('b', 'Gather', ['table', 'j']),
      node('n', 'ReduceSum', ['b', 'axes'], { keepdims: 0 }),
      node('y', 'Clip', ['n', 'minus', 'quarter']),
    ],
    {
      ...Object.fromEntries(
        Object.entries({
          four: 4,
          low: -8,
          high: 7,
          quarter: 0.25,
          shift: 3,
          zero: 0,
          six: 6,
          minus: -1,
          one: 1,
        }).map(([name, value]) => [name, number(value)]),
      ),
      table: tensor([4, 3], 9),
      axes: integers([2]),
    },
  )
}

export const onnxModels = () => [products(), image(), recurrent(), quantised(), axes(), patterns()]

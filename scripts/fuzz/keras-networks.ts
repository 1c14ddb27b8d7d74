// Small networks of Keras's layers, whose files are fuzzed in each of its formats.

import type { Json } from '../../src/frontends/json.ts'
import type { HeldArrays } from '../../src/frontends/keras/testing/held-models.ts'
import {
  denseLayer,
  floats,
  functional,
  inputLayer,
  layer,
  sequential,
  type TestLayer,
} from '../../src/frontends/keras/testing/models.ts'

const ramp = (...shape: number[]) =>
  floats(
    shape,
    ...Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, (_, k) => k / 16 - 1),
  )

const norm = (name: string, size: number) =>
  layer(
    'BatchNormalization',
    name,
    { axis: [-1], epsilon: 0.001, scale: true, center: true },
    {
      gamma: ramp(size),
      beta: ramp(size),
      moving_mean: ramp(size),
      moving_variance: floats([size], ...Array(size).fill(1)),
    },
  )

const chain = [
  inputLayer('in', 3),
  denseLayer('a', [3, 4], { activation: 'relu' }),
  norm('n', 4),
  layer('LeakyReLU', 'leaky', { alpha: 0.25 }),
  denseLayer('b', [4, 2], { activation: 'softmax' }),
]
const image = [
  inputLayer('in', 5, 5, 2),
  layer(
    'Conv2D',
    'c',
    {
      filters: 3,
      kernel_size: [2, 2],
      strides: [1, 1],
      padding: 'same',
      data_format: 'channels_last',
      dilation_rate: [1, 1],
      groups: 1,
      activation: 'relu',
      use_bias: true,
    },
    { kernel: ramp(2, 2, 2, 3), bias: ramp(3) },
  ),
  layer('MaxPooling2D', 'p', {
    pool_size: [2, 2],
    strides: [2, 2],
    padding: 'valid',
    data_format: 'channels_last',
  }),
  layer('Flatten', 'f', { data_format: 'channels_last' }),
  layer('Reshape', 'r', { target_shape: [4, 3] }),
  layer('Permute', 't', { dims: [2, 1] }),
  layer('Flatten', 'g', { data_format: 'channels_last' }),
  denseLayer('d', [12, 2], { activation: 'sigmoid' }),
]
const recurrent = [
  inputLayer('in', 4, 2),
  layer(
    'LSTM',
    'l',
    {
      units: 3,
      activation: 'tanh',
      recurrent_activation: 'sigmoid',
      use_bias: true,
      return_sequences: false,
      return_state: false,
      go_backwards: false,
      stateful: false,
      unroll: false,
      time_major: false,
    },
    { kernel: ramp(2, 12), recurrent_kernel: ramp(3, 12), bias: ramp(12) },
  ),
  denseLayer('d', [3, 2]),
]
const skip: readonly TestLayer[] = [
  inputLayer('in', 4),
  { ...denseLayer('a', [4, 4]), reads: ['in'] },
  { ...layer('Add', 'sum'), reads: ['in', 'a'] },
  { ...layer('Concatenate', 'cat', { axis: -1 }), reads: ['sum', 'a'] },
  { ...denseLayer('b', [8, 2]), reads: ['cat'] },
]
/** Quantizers of QKeras as activations, and within the steps of a cell. */
const quantised = [
  inputLayer('in', 4, 2),
  layer('QActivation', 'q', { activation: 'quantized_bits(8,2,alpha=1)' }),
  layer('QActivation', 'h', { activation: 'quantized_hswish(6,1,relu_shift=3,relu_upper_bound=6)' }),
  layer('QActivation', 'p', {
    activation: {
      class_name: 'quantized_relu_po2',
      config: { bits: 4, max_value: 2, negative_slope: 0.25, quadratic_approximation: false },
    },
  }),
  layer(
    'QLSTM',
    'l',
    {
      units: 3,
      activation: 'quantized_tanh(6)',
      recurrent_activation: 'quantized_sigmoid(5)',
      kernel_quantizer: 'quantized_bits(4,0,alpha=1)',
      recurrent_quantizer: 'quantized_bits(4,0,alpha=1)',
      bias_quantizer: 'quantized_bits(4,0,alpha=1)',
      state_quantizer: 'quantized_bits(6,0,alpha=1)',
      use_bias: true,
      return_sequences: true,
    },
    { kernel: ramp(2, 12), recurrent_kernel: ramp(3, 12), bias: ramp(12) },
  ),
  layer('QActivation', 'o', { activation: "quantized_po2(4,max_value=1,log2_rounding='floor')" }),
]
const attentive: readonly TestLayer[] = [
  inputLayer('in', 3, 4),
  {
    ...layer(
      'MultiHeadAttention',
      'm',
      { num_heads: 2, key_dim: 3, value_dim: 2, use_bias: true },
      {
        'query/kernel': ramp(4, 2, 3),
        'query/bias': ramp(2, 3),
        'key/kernel': ramp(4, 2, 3),
        'key/bias': ramp(2, 3),
        'value/kernel': ramp(4, 2, 2),
        'value/bias': ramp(2, 2),
        'attention_output/kernel': ramp(2, 2, 4),
        'attention_output/bias': ramp(4),
      },
    ),
    reads: ['in', 'in'],
  },
]

/** With the argument that attention is called with. */
function causal(model: Json): Json {
  const text = JSON.stringify(model).replaceAll(',0,0,{}]', ',0,0,{"use_causal_mask":true}]')
  return JSON.parse(text) as Json
}

export const networks: readonly (readonly [readonly TestLayer[], Json])[] = [
  [chain, sequential(chain)],
  [image, sequential(image)],
  [recurrent, sequential(recurrent)],
  [skip, functional(skip, ['in'], ['b'])],
  [quantised, sequential(quantised)],
  [attentive, causal(functional(attentive, ['in'], ['m']))],
]

export const heldArrays: HeldArrays = {
  'fc/kernel': ramp(4, 3),
  'fc/bias': ramp(3),
  'enc/block/fc/kernel': ramp(3, 2),
  'enc/block/fc/bias': ramp(2),
  'head/kernel': ramp(7, 2),
  'head/bias': ramp(2),
}

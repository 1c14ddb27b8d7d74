// Every activation that hls4ml has a kernel for, and every other one that Keras 2, Keras 3 and QKeras have a name for: it
// is read as an operator, which both engines compute alike, or refused by a code.

import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { createFixedEngine } from '../../engines/fixed/fixed.ts'
import { interpret } from '../../engines/interpreter/interpret.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { importModel } from '../index.ts'
import type { Json } from '../json.ts'
import { floats, inputLayer, kerasFile, layer, sequential, type TestLayer } from './testing/models.ts'

const read = async (own: TestLayer) => {
  const layers = [inputLayer('x', 4, 2), own]
  return importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
}

const activation = (value: Json, className = 'Activation') => layer(className, 'a', { activation: value })
const quantised = (value: Json) => activation(value, 'QActivation')

const accepted: readonly (readonly [TestLayer, kind: string])[] = [
  // Of hls4ml's kernels, and of Keras by name.
  [activation('linear'), 'quantise'],
  [activation('relu'), 'relu'],
  [activation('relu6'), 'relu'],
  [layer('ReLU', 'a', { max_value: 1 }), 'relu'],
  [layer('ReLU', 'a', { max_value: 3.5 }), 'relu'],
  [layer('LeakyReLU', 'a', { alpha: 0.1 }), 'leaky-relu'],
  [layer('ReLU', 'a', { negative_slope: 0.25 }), 'leaky-relu'],
  [activation('leaky_relu'), 'leaky-relu'],
  [layer('PReLU', 'a', {}, { alpha: floats([4, 2], 1, 2, 3, 4, 5, 6, 7, 8) }), 'prelu'],
  [layer('ThresholdedReLU', 'a', { theta: 0.5 }), 'thresholded-relu'],
  [activation('sigmoid'), 'table-activation'],
  [activation('tanh'), 'table-activation'],
  [activation('softplus'), 'table-activation'],
  [activation('softsign'), 'table-activation'],
  [activation('elu'), 'elu'],
  [layer('ELU', 'a', { alpha: 0.5 }), 'elu'],
  [activation('celu'), 'elu'],
  [activation('selu'), 'selu'],
  [activation('hard_sigmoid'), 'hard-activation'],
  [activation('hard_tanh'), 'hard-activation'],
  [activation('hard_silu'), 'hard-swish'],
  [activation('hard_swish'), 'hard-swish'],
  [activation('binary_tanh'), 'binary-tanh'],
  [activation('ternary_tanh'), 'ternary-tanh'],
  [activation('softmax'), 'softmax'],
  [layer('Softmax', 'a', { axis: -1 }), 'softmax'],
  // Of QKeras.
  [quantised('quantized_bits(6,1)'), 'quantise'],
  [quantised('quantized_bits(1)'), 'binary-tanh'],
  [quantised('quantized_linear(6,1)'), 'quantise'],
  [quantised('quantized_relu(6,1)'), 'relu'],
  [quantised('quantized_relu(6,1,negative_slope=0.25)'), 'leaky-relu'],
  [quantised('quantized_tanh(6)'), 'hard-activation'],
  [quantised('quantized_tanh(6,use_real_tanh=True)'), 'table-activation'],
  [quantised('quantized_sigmoid(6)'), 'hard-activation'],
  [quantised('quantized_sigmoid(6,use_real_sigmoid=True)'), 'table-activation'],
  [quantised('quantized_hswish(6,1)'), 'hard-swish'],
  [quantised('quantized_po2(4)'), 'power-of-two'],
  [quantised('quantized_relu_po2(4)'), 'power-of-two'],
  [quantised('binary(alpha=1)'), 'binary-tanh'],
  [quantised('ternary(alpha=1)'), 'ternary-tanh'],
  [quantised('stochastic_binary(alpha=1)'), 'binary-tanh'],
  [quantised('stochastic_ternary(alpha=1)'), 'ternary-tanh'],
  [quantised('binary_tanh'), 'binary-tanh'],
  [quantised('ternary_tanh'), 'ternary-tanh'],
]

const keras = 'keras/unsupported-activation'
const refused: readonly (readonly [TestLayer, code: string])[] = [
  ...[
    'exponential',
    'swish',
    'silu',
    'gelu',
    'mish',
    'glu',
    'log_sigmoid',
    'log_softmax',
    'sparsemax',
    'sparse_plus',
    'sparse_sigmoid',
    'squareplus',
    'hard_shrink',
    'soft_shrink',
    'tanh_shrink',
    'threshold',
    'my_own',
  ].map(name => [activation(name), keras] as const),
  // Functions of QKeras that no quantizer goes by.
  ...['smooth_sigmoid', 'smooth_tanh'].map(name => [activation(name), keras] as const),
  [activation('binary_sigmoid'), 'qkeras/unsupported-quantizer'],
  [layer('ReLU', 'a', { threshold: 0.5 }), 'keras/attribute-value'],
  [quantised('bernoulli'), 'qkeras/unsupported-quantizer'],
  [quantised('quantized_ulaw(6)'), 'qkeras/unsupported-quantizer'],
  [quantised('quantized_relu(6,use_sigmoid=1)'), 'qkeras/option-value'],
  [quantised('quantized_sigmoid(6,symmetric=True)'), 'qkeras/option-value'],
  [quantised('quantized_linear(1)'), 'qkeras/unsupported-activation'],
  [quantised("binary(alpha='auto')"), 'qkeras/unsupported-activation'],
  [quantised('quantized_relu_po2(8)'), 'qkeras/unsupported-activation'],
  [quantised('quantized_hswish(1)'), 'qkeras/unsupported-activation'],
]

const titleOf = ({ class_name: name, config: { name: _, trainable, dtype, ...own } }: TestLayer) =>
  `${name} ${JSON.stringify(own.activation ?? own)}`

const titled = <T>(rows: readonly (readonly [TestLayer, T])[]) =>
  rows.map(([own, wanted]) => ({ own, wanted, title: titleOf(own) }))

const type = { signed: true, width: 9, frac: 5 }
/** Every value of the type. */
const batch = {
  rows: 64,
  shape: [4, 2],
  data: Float64Array.from({ length: 512 }, (_, k) => ((k * 37) % 512) / 32 - 8),
}
const config = parseConfig(
  "HLSConfig:\n  Model: {Precision: 'fixed<16,6>', ReuseFactor: 1}\n  LayerName: {x: {Precision: 'fixed<9,4>'}}\n",
  'config.yml',
)

function expectAlike(graph: OpGraph, options: Parameters<typeof compileModel>[1]): void {
  const { typed } = compileModel(graph, { ...options, verifyPasses: true })
  const outputs = [typed.outputs[0]!]
  const fixed = createFixedEngine(typed).run([batch], outputs).get(outputs[0]!)!
  const plain = interpret(typed, [batch], outputs).get(outputs[0]!)!
  expect([...fixed.raw].map(BigInt)).toEqual([...plain.raw].map(BigInt))
}

describe('an activation that is read', () => {
  it.each(titled(accepted))('$title', async ({ own, wanted }) => {
    const graph = await read(own)
    expect(graph.nodes.at(-1)!.kind).toBe(wanted)
    expectAlike(graph, { inputTypes: new Map([['x', type]]) })
    expectAlike(graph, { config })
  })
})

describe('an activation that is refused', () => {
  it.each(titled(refused))('$title', async ({ own, wanted }) => {
    const problem = await read(own).catch((thrown: unknown) => thrown)
    expect(problem).toBeInstanceOf(CompileError)
    expect((problem as CompileError).diagnostics.map(({ code }) => code)).toEqual([wanted])
  })
})

const recurrent = (activation: Json, recurrentActivation: Json) =>
  layer(
    'LSTM',
    'a',
    { units: 1, activation, recurrent_activation: recurrentActivation },
    {
      kernel: floats([2, 4], 1, 2, 3, 4, 5, 6, 7, 8),
      recurrent_kernel: floats([1, 4], 1, 2, 3, 4),
      bias: floats([4], 1, 2, 3, 4),
    },
  )

describe('a function of a recurrent cell', () => {
  it.each(['sigmoid', 'tanh', 'softplus', 'softsign', 'relu', 'linear', 'hard_sigmoid'])(
    'is read: %s',
    async name => {
      expect((await read(recurrent(name, name))).nodes.at(-1)!.attrs).toMatchObject({
        activation: name,
        recurrentActivation: name,
      })
    },
  )

  it.each(['elu', 'selu', 'softmax', 'gelu', 'relu6', 'leaky_relu', 'hard_silu', 'exponential'])(
    'is refused: %s',
    async name => {
      const problem = await read(recurrent(name, 'sigmoid')).catch((thrown: unknown) => thrown)
      expect((problem as CompileError).diagnostics.map(({ code }) => code)).toEqual([keras])
    },
  )
})

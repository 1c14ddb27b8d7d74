import { describe, expect, it } from 'vitest'
import { initialWeights } from './initialise.ts'
import { kerasArchitecture } from './keras-architecture.ts'
import { readKerasModel, writeKerasModel } from './keras-model.ts'
import { defineModel, type ModelInput, readModelConfig } from './model.ts'
import { readArchitecture } from './read-architecture.ts'
import { bothWays } from './testing/read-back.ts'

const kernel = {
  kernelQuantizer: 'quantized_bits(6,1,alpha=1)',
  biasQuantizer: 'quantized_bits(6,1,alpha=1)',
}

describe('a Keras file of training', () => {
  it.each([
    ['fixed point', 'quantized_bits(6,0,alpha=1)'],
    ['a scale per channel', "quantized_bits(5,0,alpha='auto')"],
    ['a power of two per channel', "quantized_bits(4,1,alpha='auto_po2')"],
    ['unsigned', 'quantized_bits(4,0,keep_negative=False,alpha=1)'],
    ['linear steps', 'quantized_linear(5,0)'],
    ['linear steps of every code', 'quantized_linear(4,1,symmetric=0)'],
    ['linear steps without sign', 'quantized_linear(4,0,keep_negative=False)'],
    ['linear steps times a number', 'quantized_linear(5,0,alpha=0.3)'],
    ['linear steps times a scale', "quantized_linear(5,0,alpha='auto')"],
    ['linear steps without sign, times a scale', "quantized_linear(3,0,1,False,alpha='auto')"],
    ['linear steps times a power of two', "quantized_linear(4,1,alpha='auto_po2')"],
    ['half a linear step', 'quantized_linear(1,0)'],
    ['half a linear step times a power of two', "quantized_linear(1,0,alpha='auto_po2')"],
    ['binary', 'binary(alpha=1)'],
    ['binary, by chance in training', "stochastic_binary(alpha='auto')"],
    ['ternary, by chance in training', "stochastic_ternary(alpha='auto_po2')"],
    ['binary with a scale', "binary(alpha='auto_po2')"],
    ['ternary', 'ternary(alpha=1)'],
    ['ternary with a scale', "ternary(alpha='auto')"],
    ['powers of two', 'quantized_po2(4)'],
    ['powers of two, rounded down', "quantized_po2(4,log2_rounding='floor')"],
  ])('read back by Lutra means the same, with a kernel of %s', async (_, quantizer) => {
    const { trainer, lutra } = await bothWays({
      input: [12],
      layers: [
        { kind: 'dense', units: 7, kernelQuantizer: quantizer, biasQuantizer: 'quantized_bits(8,2,alpha=1)' },
        { kind: 'activation', activation: 'quantized_relu(6,2)' },
        { kind: 'dense', units: 3, ...kernel },
      ],
    })
    expect(lutra).toEqual(trainer)
  })

  it.each([
    'quantized_relu(4,1)',
    // Where it clips below zero, hls4ml's type clips later than QKeras's formula: here nothing clips.
    'quantized_relu(8,4,negative_slope=0.25)',
    'quantized_bits(5,1,alpha=1)',
    'quantized_linear(5,1)',
    'quantized_linear(4,0,symmetric=0)',
    'stochastic_binary(alpha=1)',
    'stochastic_ternary(alpha=1,threshold=0.5)',
    'quantized_tanh(5)',
    'quantized_sigmoid(6)',
    'quantized_hswish(6,2)',
    'quantized_hswish(5,1,symmetric=True,relu_shift=2,relu_upper_bound=5)',
    'quantized_relu_po2(3)',
    'quantized_relu_po2(4,2,negative_slope=0.25)',
    'quantized_relu_po2(4,quadratic_approximation=True)',
    'quantized_po2(4,max_value=1)',
    "quantized_po2(4,log2_rounding='floor')",
    'quantized_bits(1)',
    'binary(alpha=1)',
    'ternary(alpha=1)',
    'relu',
  ])('read back by Lutra means the same, with the activation %s', async activation => {
    const { trainer, lutra } = await bothWays({
      input: [9],
      layers: [
        { kind: 'dense', units: 6, ...kernel },
        { kind: 'activation', activation },
        { kind: 'dense', units: 2, ...kernel },
      ],
    })
    expect(lutra).toEqual(trainer)
  })

  const rest = { kind: 'dense', units: 2, ...kernel } as const
  const relu = { kind: 'activation', activation: 'quantized_relu(6,2)' } as const
  const separable = {
    depthwiseQuantizer: 'quantized_bits(5,1,alpha=1)',
    pointwiseQuantizer: 'quantized_linear(4,0)',
    biasQuantizer: kernel.biasQuantizer,
  }
  const images: readonly (readonly [string, readonly number[], ModelInput['layers']])[] = [
    ['conv1d', [9, 2], [{ kind: 'conv1d', filters: 3, kernelSize: 3, ...kernel }]],
    [
      'causal',
      [9, 2],
      [{ kind: 'conv1d', filters: 3, kernelSize: 3, padding: 'causal', dilationRate: 2, ...kernel }],
    ],
    [
      'strided',
      [10, 2],
      [{ kind: 'conv1d', filters: 3, kernelSize: 3, strides: 2, padding: 'same', ...kernel }],
    ],
    ['conv2d', [6, 5, 2], [{ kind: 'conv2d', filters: 3, kernelSize: [3, 2], ...kernel }]],
    [
      'same',
      [6, 5, 2],
      [{ kind: 'conv2d', filters: 3, kernelSize: 3, strides: 2, padding: 'same', ...kernel }],
    ],
    [
      'depthwise',
      [6, 5, 2],
      [
        {
          kind: 'depthwise-conv2d',
          kernelSize: 3,
          depthMultiplier: 2,
          padding: 'same',
          depthwiseQuantizer: kernel.kernelQuantizer,
          biasQuantizer: kernel.biasQuantizer,
        },
      ],
    ],
    [
      'separable, of a sequence',
      [9, 2],
      [{ kind: 'separable-conv1d', filters: 3, kernelSize: 3, strides: 2, padding: 'same', ...separable }],
    ],
    [
      'separable',
      [6, 5, 2],
      [{ kind: 'separable-conv2d', filters: 3, kernelSize: [3, 2], depthMultiplier: 2, ...separable }],
    ],
    ['max pooling', [6, 6, 2], [{ kind: 'max-pool2d' }]],
    ['max pooling, same', [5, 5, 2], [{ kind: 'max-pool2d', padding: 'same' }]],
    ['average pooling', [6, 6, 2], [{ kind: 'average-pool2d' }]],
    ['pooling of a sequence', [8, 2], [{ kind: 'max-pool1d', poolSize: 3, strides: 2 }]],
    ['global pooling', [4, 4, 2], [{ kind: 'global-average-pool2d' }]],
    ['global largest', [4, 2], [{ kind: 'global-max-pool1d' }]],
    ['batch normalisation', [4, 3], [{ kind: 'batch-norm' }, relu]],
    [
      'batch normalisation by powers of two',
      [4, 3],
      [
        {
          kind: 'batch-norm',
          gammaQuantizer: 'quantized_relu_po2(6,2048)',
          betaQuantizer: 'quantized_po2(5)',
          varianceQuantizer: 'quantized_relu_po2(6,quadratic_approximation=True)',
        },
        relu,
      ],
    ],
    [
      'batch normalisation in fixed point',
      [4, 3],
      [
        {
          kind: 'batch-norm',
          gammaQuantizer: 'quantized_bits(5,1,alpha=1)',
          betaQuantizer: "quantized_linear(4,0,alpha='auto')",
          meanQuantizer: 'quantized_bits(4,0,alpha=1)',
          varianceQuantizer: 'quantized_linear(6,2,keep_negative=False)',
        },
        relu,
      ],
    ],
  ]
  it.each(images)('read back by Lutra means the same: %s', async (_, input, layers) => {
    const { trainer, lutra } = await bothWays({ input, layers: [...layers, relu, { kind: 'flatten' }, rest] })
    expect(lutra).toEqual(trainer)
  })

  it('read back by Lutra means the same: an embedding', async () => {
    const layers = [
      { kind: 'embedding', inputDim: 7, outputDim: 3 },
      relu,
      { kind: 'flatten' },
      rest,
    ] as const
    const { trainer, lutra } = await bothWays({ input: [4], layers }, { whole: 7 })
    expect(lutra).toEqual(trainer)
  })

  // Whole numbers everywhere, so that no product is rounded in float64; Lutra takes a cell's functions by their names,
  // as hls4ml does, so quantised ones are not compared here.
  const gates = { activation: 'relu', recurrentActivation: 'relu' }
  const whole = {
    kernelQuantizer: 'quantized_bits(3,2,alpha=1)',
    recurrentQuantizer: 'quantized_bits(3,2,alpha=1)',
    biasQuantizer: 'quantized_bits(3,2,alpha=1)',
  }
  const sequences: readonly (readonly [string, ModelInput['layers']])[] = [
    ['a simple one', [{ kind: 'simple-rnn', units: 3, activation: 'relu', ...whole }]],
    ['backwards', [{ kind: 'simple-rnn', units: 3, activation: 'relu', goBackwards: true, ...whole }]],
    ['a GRU', [{ kind: 'gru', units: 3, ...gates, ...whole }]],
    ['a GRU that resets first', [{ kind: 'gru', units: 3, resetAfter: false, ...gates, ...whole }]],
    ['an LSTM', [{ kind: 'lstm', units: 3, ...gates, ...whole }]],
    [
      'sequences',
      [{ kind: 'lstm', units: 3, returnSequences: true, ...gates, ...whole }, { kind: 'flatten' }],
    ],
  ]
  it.each(sequences)('read back by Lutra means the same, recurrent: %s', async (_name, layers) => {
    const { trainer, lutra } = await bothWays({ input: [2, 4], layers: [...layers, rest] }, { whole: 4 })
    expect(lutra).toEqual(trainer)
    expect(new Set(trainer).size).toBeGreaterThan(2)
  })

  it('is read back by training to the same model and weights', async () => {
    const model = readModelConfig(example, 'test')
    const values = initialWeights(model, 1)
    const bytes = await writeKerasModel(model, values)
    const again = await readKerasModel(bytes, 'model.h5')
    expect(again.model).toEqual(model)
    expect(again.weights).toEqual(values)
    expect(await writeKerasModel(again.model, again.weights!)).toEqual(bytes)
  })

  it('is Functional where layers branch', () => {
    const model = readModelConfig(
      {
        input: [4],
        layers: [
          { kind: 'dense', units: 4, name: 'a' },
          { kind: 'add', inputs: ['input', 'a'] },
        ],
      },
      'test',
    )
    const config = kerasArchitecture(model)
    expect(config.class_name).toBe('Functional')
    expect(readArchitecture(config, 'test')).toEqual({ ...model, name: 'model' })
  })
})

const example: ModelInput = defineModel({
  name: 'pulses',
  input: [32],
  layers: [
    { kind: 'dense', units: 8, name: 'fc1', ...kernel },
    { kind: 'activation', name: 'relu1', activation: 'quantized_relu(6,1)' },
    { kind: 'dropout', rate: 0.1 },
    { kind: 'dense', units: 2, name: 'output' },
    { kind: 'activation', name: 'softmax', activation: 'softmax' },
  ],
})

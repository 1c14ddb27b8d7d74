// Every kind of layer learns: a small task that it can only do when its gradients are right.

import { describe, expect, it } from 'vitest'
import { type Dataset, rowSource } from '../data/dataset.ts'
import { loadAutodiff, type Tensors } from './autodiff.ts'
import { forward } from './forward.ts'
import { initialWeights } from './initialise.ts'
import { train, uploadWeights } from './loop.ts'
import { type ModelInput, readModelConfig } from './model.ts'
import { streamOf } from './random.ts'
import { readTrainSettings } from './settings.ts'

const autodiff = await loadAutodiff()
const { maths } = autodiff

const layerCases: readonly (readonly [string, readonly number[], ModelInput['layers']])[] = [
  ['dense', [5], [{ kind: 'dense', units: 3, activation: 'tanh' }]],
  ['conv1d', [6, 2], [{ kind: 'conv1d', filters: 2, kernelSize: 3, strides: 2, padding: 'same' }]],
  ['conv2d', [5, 4, 2], [{ kind: 'conv2d', filters: 2, kernelSize: 3, padding: 'same' }]],
  ['depthwise', [4, 4, 2], [{ kind: 'depthwise-conv2d', kernelSize: 2, depthMultiplier: 2 }]],
  ['separable', [4, 4, 2], [{ kind: 'separable-conv2d', kernelSize: 2, filters: 2 }]],
  ['batch norm', [3, 2], [{ kind: 'batch-norm' }]],
  ['average pooling', [4, 4, 1], [{ kind: 'average-pool2d', padding: 'same', poolSize: 3, strides: 2 }]],
  ['simple rnn', [3, 2], [{ kind: 'simple-rnn', units: 2 }]],
  ['gru', [3, 2], [{ kind: 'gru', units: 2 }]],
  ['gru, reset before', [3, 2], [{ kind: 'gru', units: 2, resetAfter: false }]],
  ['lstm', [3, 2], [{ kind: 'lstm', units: 2, returnSequences: true }]],
]

describe('gradients', () => {
  it.each(layerCases)('of %s are slopes of its result', (_, input, layers) => {
    const model = readModelConfig({ input, layers }, 'test')
    const values = initialWeights(model, 3)
    const uniform = streamOf(1, 'x')
    const shape = [3, ...input]
    const size = shape.reduce((a, b) => a * b)
    const data = Float32Array.from({ length: size }, () => uniform() * 2 - 1)
    const mixed = (output: { shape: readonly number[] }) => {
      const count = output.shape.reduce((a, b) => a * b)
      return Float32Array.from({ length: count }, (_, k) => Math.sin(k + 1))
    }
    const results = [3, ...model.outputShape]
    const mix = autodiff.upload({ shape: results, data: mixed({ shape: results }) })
    const loss = (weights: Tensors, given: Tensors, seed = maths.full([], 1, 'int32')) => {
      const pass = { maths, training: true, seed }
      return maths.sum(maths.multiply(forward(model, weights, [given.x!], pass).output, given.mix!))
    }
    const slopesOf = autodiff.compile((weights: Tensors, given: Tensors) => {
      const own = autodiff.gradient(all => ({ loss: loss(all, { ...given, x: all.x! }), more: {} }), {
        ...weights,
        x: given.x!,
      })
      return { slopes: own.gradients }
    })
    const lossOf = autodiff.compile((weights: Tensors, given: Tensors) => ({
      loss: loss(
        Object.fromEntries(Object.entries(weights).map(([key, own]) => [key, maths.cast(own, 'float64')])),
        { x: maths.cast(given.x!, 'float64'), mix: maths.cast(given.mix!, 'float64') },
      ),
    }))
    const x = { shape, data }
    const { slopes } = slopesOf(uploadWeights(autodiff, model, values), { x: autodiff.upload(x), mix })
    const at = (key: string, index: number, by: number) => {
      const changed = (array: Float32Array) => array.map((value, k) => (k === index ? value + by : value))
      const weights = key === 'x' ? values : { ...values, [key]: changed(values[key]!) }
      const rows = key === 'x' ? { shape, data: changed(data) } : x
      const { loss: value } = lossOf(uploadWeights(autodiff, model, weights), {
        x: autodiff.upload(rows),
        mix,
      })
      return autodiff.download(value)[0]!
    }
    for (const key of Object.keys(slopes).filter(own => !own.includes('moving'))) {
      const own = autodiff.download(slopes[key]!)
      for (const index of [0, own.length - 1]) {
        const difference = (at(key, index, 2 ** -8) - at(key, index, -(2 ** -8))) * 2 ** 7
        expect(Math.abs(difference - own[index]!), `${key}[${index}]`).toBeLessThan(
          0.005 * (1 + Math.abs(own[index]!)),
        )
      }
    }
  })
})

/** Bars that stand or lie. */
function bars(count: number, seed: number): Dataset {
  const uniform = streamOf(seed, 'bars')
  const labels = Int32Array.from({ length: count }, () => (uniform() < 0.5 ? 0 : 1))
  const data = new Float32Array(count * 36)
  labels.forEach((label, row) => {
    const at = Math.floor(uniform() * 6)
    for (let k = 0; k < 36; k++) {
      const lit = (label === 0 ? Math.floor(k / 6) : k % 6) === at
      data[row * 36 + k] = (lit ? 1 : 0) + 0.2 * uniform()
    }
  })
  return {
    count,
    inputs: [{ shape: [6, 6, 1], data }],
    target: { kind: 'classes', labels, names: ['lying', 'standing'] },
  }
}

it('learns bars with a quantised convolution, normalised', async () => {
  const quantised = { kernelQuantizer: 'quantized_bits(6,1,alpha=1)' }
  const model = readModelConfig(
    {
      input: [6, 6, 1],
      layers: [
        { kind: 'conv2d', filters: 4, kernelSize: 3, ...quantised },
        { kind: 'batch-norm', momentum: 0.8 },
        { kind: 'activation', activation: 'quantized_relu(6,2)' },
        { kind: 'max-pool2d' },
        { kind: 'flatten' },
        { kind: 'dense', units: 2, ...quantised },
      ],
    },
    'test',
  )
  const settings = readTrainSettings(
    { epochs: 6, batch: 50, optimiser: { kind: 'adam', rate: 0.02 } },
    'test',
  )
  const request = {
    autodiff,
    model,
    settings,
    data: rowSource(bars(400, 1)),
    validation: rowSource(bars(100, 2)),
  }
  const { history } = await train(request)
  expect(history.at(-1)!.validationAccuracy).toBeGreaterThan(0.95)
})

it('learns which letter came first, with an embedding and a GRU', async () => {
  const uniform = streamOf(1, 'letters')
  const count = 300
  const data = Float32Array.from({ length: count * 5 }, () => Math.floor(uniform() * 4))
  const labels = Int32Array.from({ length: count }, (_, row) => data[row * 5]!)
  const model = readModelConfig(
    {
      input: [5],
      layers: [
        { kind: 'embedding', inputDim: 4, outputDim: 4 },
        { kind: 'gru', units: 8 },
        { kind: 'dense', units: 4, activation: 'softmax' },
      ],
    },
    'test',
  )
  const rows: Dataset = {
    count,
    inputs: [{ shape: [5], data }],
    target: { kind: 'classes', labels, names: ['a', 'b', 'c', 'd'] },
  }
  const settings = readTrainSettings(
    { epochs: 10, batch: 30, optimiser: { kind: 'adam', rate: 0.03 } },
    'test',
  )
  const { history } = await train({ autodiff, model, settings, data: rowSource(rows) })
  expect(history.at(-1)!.accuracy).toBeGreaterThan(0.95)
  data[7] = 4
  const beyond = train({ autodiff, model, settings, data: rowSource(rows) })
  await expect(beyond).rejects.toThrow('train/index: row 1, element 2: the value is 4')
})

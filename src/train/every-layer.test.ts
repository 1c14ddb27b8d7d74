// Every layer that training has: written in each format and read back by Lutra, it means what training's own forward
// pass gives in float64. A layer that is added has no place here until it has its example.

import { describe, expect, it } from 'vitest'
import { runFloat } from '../engines/float.ts'
import { importModel } from '../frontends/index.ts'
import { initialWeights } from './initialise.ts'
import { checkWritable, readKerasModel, writeKerasModel } from './keras-model.ts'
import { writeKeras3Model } from './keras3-model.ts'
import type { LayerKind } from './layers/index.ts'
import { type LayerInput, type ModelInput, readModelConfig } from './model.ts'
import { bothWays } from './testing/read-back.ts'
import { writeTfjsModel } from './tfjs-model.ts'

interface Example {
  readonly input: readonly number[]
  readonly layers: readonly LayerInput[]
  /** Inputs are whole numbers below this, so that nothing is rounded. */
  readonly whole?: number
  /** Why a format has no form of it. */
  readonly no?: { readonly keras?: string }
}

const bits = 'quantized_bits(6,1,alpha=1)'
const kernel = { kernelQuantizer: bits, biasQuantizer: bits }
const depthwise = { depthwiseQuantizer: bits, biasQuantizer: bits }
const separable = { ...depthwise, pointwiseQuantizer: bits }
const small = 'quantized_bits(3,2,alpha=1)'
const cell = {
  units: 3,
  activation: 'relu',
  kernelQuantizer: small,
  recurrentQuantizer: small,
  biasQuantizer: small,
}
const gates = { ...cell, recurrentActivation: 'relu' }
const sequence = [6, 2]
const image = [6, 5, 2]
const windows = { kernelSize: 3, padding: 'same' } as const

/** Its widths become those of `fixed-point` layers before a file is written. */
type Written = Exclude<LayerKind, 'trained-width'>

const examples: Readonly<Record<Written, Example>> = {
  dense: { input: [7], layers: [{ kind: 'dense', units: 4, ...kernel }] },
  conv1d: { input: sequence, layers: [{ kind: 'conv1d', filters: 3, ...windows, ...kernel }] },
  conv2d: { input: image, layers: [{ kind: 'conv2d', filters: 3, ...windows, ...kernel }] },
  'depthwise-conv1d': { input: sequence, layers: [{ kind: 'depthwise-conv1d', kernelSize: 3 }] },
  'depthwise-conv2d': { input: image, layers: [{ kind: 'depthwise-conv2d', ...windows, ...depthwise }] },
  'separable-conv1d': {
    input: sequence,
    layers: [{ kind: 'separable-conv1d', filters: 3, ...windows, ...separable }],
  },
  'separable-conv2d': {
    input: image,
    layers: [{ kind: 'separable-conv2d', filters: 3, ...windows, ...separable }],
  },
  'max-pool1d': { input: sequence, layers: [{ kind: 'max-pool1d' }] },
  'max-pool2d': { input: [6, 6, 2], layers: [{ kind: 'max-pool2d' }] },
  'average-pool1d': { input: sequence, layers: [{ kind: 'average-pool1d' }] },
  'average-pool2d': { input: [6, 6, 2], layers: [{ kind: 'average-pool2d' }] },
  'global-max-pool1d': { input: sequence, layers: [{ kind: 'global-max-pool1d' }] },
  'global-max-pool2d': { input: image, layers: [{ kind: 'global-max-pool2d' }] },
  'global-average-pool1d': { input: [4, 2], layers: [{ kind: 'global-average-pool1d' }] },
  'global-average-pool2d': { input: [4, 4, 2], layers: [{ kind: 'global-average-pool2d' }] },
  'batch-norm': {
    input: [4, 3],
    layers: [{ kind: 'batch-norm' }, { kind: 'activation', activation: 'quantized_relu(6,2)' }],
  },
  'conv2d-batch-norm': {
    input: image,
    layers: [{ kind: 'conv2d-batch-norm', filters: 3, ...windows, ...kernel }],
    no: { keras: 'has no form in which Keras 3 keeps it that is read here' },
  },
  'depthwise-conv2d-batch-norm': {
    input: image,
    layers: [{ kind: 'depthwise-conv2d-batch-norm', ...windows, ...depthwise }],
    no: { keras: 'has no form in which Keras 3 keeps it that is read here' },
  },
  embedding: { input: [4], layers: [{ kind: 'embedding', inputDim: 7, outputDim: 3 }], whole: 7 },
  'simple-rnn': { input: [2, 4], layers: [{ kind: 'simple-rnn', ...cell }], whole: 4 },
  gru: { input: [2, 4], layers: [{ kind: 'gru', ...gates }], whole: 4 },
  lstm: { input: [2, 4], layers: [{ kind: 'lstm', ...gates }], whole: 4 },
  bidirectional: { input: [2, 4], layers: [{ kind: 'bidirectional', ...gates }], whole: 4 },
  activation: { input: [5], layers: [{ kind: 'activation', activation: 'quantized_relu(5,2)' }] },
  flatten: { input: [3, 2], layers: [{ kind: 'flatten' }] },
  reshape: { input: [3, 4], layers: [{ kind: 'reshape', targetShape: [6, -1] }] },
  dropout: { input: [5], layers: [{ kind: 'dropout', rate: 0.5 }] },
  add: {
    input: [4],
    layers: [
      { kind: 'dense', units: 4, name: 'a', ...kernel },
      { kind: 'add', inputs: ['input', 'a'] },
    ],
  },
  multiply: {
    input: [4],
    layers: [
      { kind: 'dense', units: 4, name: 'a', ...kernel },
      { kind: 'multiply', inputs: ['input', 'a'] },
    ],
  },
  concatenate: {
    input: [4],
    layers: [
      { kind: 'dense', units: 3, name: 'a', ...kernel },
      { kind: 'concatenate', inputs: ['a', 'input'] },
    ],
  },
  'fixed-point': {
    input: [4],
    layers: [{ kind: 'fixed-point', over: [1, 4] }],
    no: { keras: 'its class HGQ>FixedPointQuantizer is one of Keras 2 alone' },
  },
}

/** Values of any layer, rounded, flat, to two results: so that what stands behind a layer is looked at too. */
const model = (own: Example): ModelInput => ({
  input: own.input,
  layers: [
    ...own.layers,
    { kind: 'flatten', name: 'as_list' },
    { kind: 'dense', units: 2, name: 'last', ...kernel },
  ],
})

describe.each(Object.keys(examples) as Written[])('%s', kind => {
  const own = examples[kind]
  it('means the same as .h5, .keras and model.json', async () => {
    const {
      trainer,
      lutra,
      bytes,
      model: built,
      values,
      inputs,
    } = await bothWays(model(own), { whole: own.whole ?? 0 })
    expect(lutra).toEqual(trainer)
    // Types of no bits, as they are before anything is known, leave nothing of a value.
    if (kind !== 'fixed-point') expect(new Set(trainer).size).toBeGreaterThan(2)
    const again = await readKerasModel(bytes, 'model.h5')
    expect(again.weights).toEqual(values)
    expect(again.model.layers.map(layer => layer.settings)).toEqual(built.layers.map(layer => layer.settings))
    const results = async (files: readonly { name: string; bytes: Uint8Array }[]) => {
      const graph = await importModel(files)
      const last = graph.outputs[0]!
      return [...runFloat(graph, [inputs], [last]).get(last)!.data]
    }
    if (own.no?.keras !== undefined)
      await expect(writeKeras3Model(built, values)).rejects.toThrow(own.no.keras)
    else
      expect(await results([{ name: 'm.keras', bytes: await writeKeras3Model(built, values) }])).toEqual(
        lutra,
      )
    const tfjs = [...writeTfjsModel(built, values)].map(([name, content]) => ({
      name,
      bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
    }))
    expect(await results(tfjs)).toEqual(lutra)
  })
})

it('a layer that no file holds is refused before it is trained, and where it is to be written', async () => {
  const built = readModelConfig({ input: [4], layers: [{ kind: 'trained-width' }] }, 'test')
  const message = "layer 'trained_width' (trained-width): no file holds widths that are still trained"
  expect(() => checkWritable(built)).toThrow(message)
  await expect(writeKerasModel(built, initialWeights(built, 1))).rejects.toThrow(message)
})

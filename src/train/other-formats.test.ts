import { describe, expect, it } from 'vitest'
import { runFloat } from '../engines/float.ts'
import { importModel } from '../frontends/index.ts'
import { initialWeights } from './initialise.ts'
import { writeKerasModel } from './keras-model.ts'
import { writeKeras3Model } from './keras3-model.ts'
import { type ModelInput, readModelConfig } from './model.ts'
import { writeTfjsModel } from './tfjs-model.ts'

const quantised = {
  kernelQuantizer: 'quantized_bits(6,1,alpha=1)',
  biasQuantizer: 'quantized_bits(6,1,alpha=1)',
}

const models: Readonly<Record<string, ModelInput>> = {
  'a chain': {
    input: [4, 3],
    layers: [
      { kind: 'flatten' },
      { kind: 'dense', units: 5, ...quantised },
      { kind: 'activation', activation: 'quantized_relu(6,2)' },
      { kind: 'dense', units: 4, activation: 'tanh' },
      { kind: 'dense', units: 3, ...quantised },
      { kind: 'activation', activation: 'softmax' },
    ],
  },
  'branches that meet': {
    input: [6],
    layers: [
      { kind: 'dense', units: 6, name: 'a', activation: 'relu' },
      { kind: 'add', name: 'sum', inputs: ['input', 'a'] },
      { kind: 'concatenate', name: 'both', inputs: ['sum', 'a'] },
      { kind: 'dense', units: 2, ...quantised },
    ],
  },
}

describe.each(Object.entries(models))('%s', (_, input) => {
  const model = readModelConfig(input, 'test')
  const values = initialWeights(model, 4)
  const [first] = model.inputs
  const size = first!.shape.reduce((a, b) => a * b, 1)
  const batch = {
    rows: 3,
    shape: first!.shape,
    data: Float64Array.from({ length: 3 * size }, (_, k) => Math.round(32 * Math.sin(k)) / 16),
  }

  async function results(files: readonly { name: string; bytes: Uint8Array }[]) {
    const graph = await importModel(files)
    const to = graph.outputs[0]!
    return [...runFloat(graph, [batch], [to]).get(to)!.data]
  }

  it('means the same as .h5, .keras and model.json', async () => {
    const h5 = await results([{ name: 'm.h5', bytes: await writeKerasModel(model, values) }])
    expect(await results([{ name: 'm.keras', bytes: await writeKeras3Model(model, values) }])).toEqual(h5)
    const tfjs = [...writeTfjsModel(model, values)].map(([name, content]) => ({
      name,
      bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
    }))
    expect(await results(tfjs)).toEqual(h5)
    expect(await writeKeras3Model(model, values)).toEqual(await writeKeras3Model(model, values))
  })
})

it('a layer that Keras 3 does not have is refused', async () => {
  const model = readModelConfig(
    { input: [2], layers: [{ kind: 'fixed-point', over: [1, 2], name: 'q' }] },
    'test',
  )
  await expect(writeKeras3Model(model, initialWeights(model, 1))).rejects.toThrow(
    "layer 'q': its class HGQ>FixedPointQuantizer is one of Keras 2 alone",
  )
})

// Keras 3's archives mean what the same layers in Keras 2's files mean.

import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { writeHdf5 } from '../../formats/hdf5/write.ts'
import { importModel } from '../index.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import {
  denseLayer,
  floats,
  functional,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from '../keras/testing/models.ts'

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

/** An entry of a layer as Keras 3 writes it. */
function entryOf(entry: JsonObject): JsonObject {
  const { batch_input_shape: shape, dtype, ...rest } = entry.config as JsonObject
  const policy = {
    module: 'keras',
    class_name: 'DTypePolicy',
    config: { name: dtype ?? null },
    registered_name: null,
  }
  const config = {
    ...rest,
    ...(shape === undefined ? { dtype: policy } : { batch_shape: shape, dtype: 'float32', optional: false }),
    ...(entry.class_name === 'Dense' ? { lora_rank: null, quantization_config: null } : {}),
  }
  const calls = isList(entry.inbound_nodes) ? entry.inbound_nodes : []
  const history = (tensor: Json) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null], dtype: 'float32', keras_history: isList(tensor) ? tensor.slice(0, 3) : [] },
  })
  return {
    module: 'keras.layers',
    class_name: entry.class_name!,
    registered_name: null,
    build_config: {},
    name: rest.name ?? null,
    config,
    inbound_nodes: calls.map(call => ({
      args: isList(call) && call.length > 1 ? [call.map(history)] : (call as readonly Json[]).map(history),
      kwargs: { mask: null, training: false },
    })),
  }
}

function modelOf(model: Json): JsonObject {
  if (!isObject(model) || !isObject(model.config) || !isList(model.config.layers))
    throw new Error('a test model')
  const layers = model.config.layers.map(entry => entryOf(entry as JsonObject))
  return { ...model, module: 'keras', registered_name: null, config: { ...model.config, layers } }
}

function weightsFile(layers: readonly TestLayer[]): Promise<Uint8Array> {
  const counts = new Map<string, number>()
  const datasets = layers.flatMap(({ class_name: name, weights = {} }) => {
    const snake = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
    const count = counts.get(snake) ?? 0
    counts.set(snake, count + 1)
    const folder = `layers/${snake}${count === 0 ? '' : `_${count}`}`
    return Object.values(weights).map((array, k) => [`${folder}/vars/${k}`, array] as const)
  })
  return writeHdf5({ attributes: {}, groups: {}, datasets: Object.fromEntries(datasets) })
}

async function archive(layers: readonly TestLayer[], model: Json): Promise<Uint8Array> {
  return zipSync({
    'metadata.json': text({ keras_version: '3.5.0', date_saved: '' }),
    'config.json': text(modelOf(model)),
    'model.weights.h5': await weightsFile(layers),
  })
}

const ramp = (...shape: number[]) => {
  const size = shape.reduce((product, extent) => product * extent, 1)
  return floats(shape, ...Array.from({ length: size }, (_, k) => k / 16 - 1))
}
const norm = (name: string, channels: number, scale = true) =>
  layer(
    'BatchNormalization',
    name,
    { axis: -1, epsilon: 0.001, scale, center: true },
    {
      ...(scale ? { gamma: ramp(channels) } : {}),
      beta: ramp(channels),
      moving_mean: ramp(channels),
      moving_variance: floats([channels], ...Array.from({ length: channels }, (_, k) => 1 + k)),
    },
  )

const chain = [
  inputLayer('in', 3),
  denseLayer('a', [3, 4], { activation: 'relu' }),
  norm('n1', 4),
  denseLayer('b', [4, 4]),
  norm('n2', 4, false),
  denseLayer('c', [4, 2], { activation: 'softmax' }),
]
const skip = [
  inputLayer('in', 4),
  { ...denseLayer('a', [4, 4]), reads: ['in'] },
  { ...layer('Add', 'sum'), reads: ['in', 'a'] },
  { ...denseLayer('b', [4, 2]), reads: ['sum'] },
]

describe('a .keras archive', () => {
  it.each([
    ['of a chain', chain, sequential(chain)],
    ['with a skip', skip, functional(skip, ['in'], ['b'])],
  ] as const)('%s is the network of the .h5', async (_, layers, model) => {
    const three = await importModel([{ name: 'm.keras', bytes: await archive(layers, model) }])
    const two = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, model) }])
    expect(three).toEqual(two)
  })

  it('may come as architecture and weights apart', async () => {
    const weights = await weightsFile(chain)
    const three = await importModel([
      { name: 'm.json', bytes: text(modelOf(sequential(chain))) },
      { name: 'm.weights.h5', bytes: weights },
    ])
    expect(three.nodes.map(({ name }) => name)).toContain('c_softmax')
  })

  const codes = async (bytes: Uint8Array) => {
    const problem = await importModel([{ name: 'm.keras', bytes }]).catch((thrown: unknown) => thrown)
    if (problem instanceof CompileError) return problem.diagnostics.map(({ code }) => code)
    throw problem
  }

  it('without a part, or with the arrays of another model, is refused', async () => {
    const config = text(modelOf(sequential(chain)))
    const metadata = text({ keras_version: '3.5.0' })
    expect(await codes(zipSync({ 'metadata.json': metadata, 'config.json': config }))).toEqual([
      'keras/no-architecture',
    ])
    const other = await weightsFile([denseLayer('a', [3, 5])])
    const wrong = zipSync({ 'metadata.json': metadata, 'config.json': config, 'model.weights.h5': other })
    expect(await codes(wrong)).toContain('keras/weight-shape')
    const whole = await archive(chain, sequential(chain))
    for (let length = 100; length < whole.length; length += 499) {
      const found = await codes(whole.slice(0, length)).catch(String)
      expect(`${found}`).toMatch(/^(keras|zip|hdf5|import)\//)
    }
  })

  it('of layers that only share a name with Keras’s says whose they are', async () => {
    const model = modelOf(sequential(chain))
    const strange = JSON.parse(
      JSON.stringify(model).replace(
        '"module":"keras.layers","class_name":"Dense"',
        '"module":"hgq.layers.of.tomorrow","class_name":"Dense"',
      ),
    )
    const bytes = zipSync({
      'metadata.json': text({}),
      'config.json': text(strange),
      'model.weights.h5': await weightsFile(chain),
    })
    expect(await codes(bytes)).toContain('keras/unsupported-layer')
  })

  it('means its own hard sigmoid, and refuses it where gates have only that of Keras 2', async () => {
    const layers = [inputLayer('in', 3), denseLayer('a', [3, 2], { activation: 'hard_sigmoid' })]
    const three = await importModel([{ name: 'm.keras', bytes: await archive(layers, sequential(layers)) }])
    expect(three.nodes.at(-1)!.attrs).toEqual({ function: 'hard_sigmoid', slope: 1 / 6, shift: 0.5 })
    const two = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
    expect(two.nodes.at(-1)!.attrs).toMatchObject({ slope: 0.2 })
    // Keras 2.13 has the form of Keras 3 and its own meanings.
    const newer = { ...modelOf(sequential(layers)), keras_version: '2.13.1' }
    const weights = { name: 'w.h5', bytes: await kerasFile(layers) }
    const between = await importModel([{ name: 'm.json', bytes: text(newer) }, weights])
    expect(between.nodes.at(-1)!.attrs).toMatchObject({ slope: 0.2 })
    const cells = [
      inputLayer('in', 3, 2),
      layer(
        'SimpleRNN',
        'r',
        { units: 2, activation: 'hard_sigmoid', use_bias: true },
        { kernel: ramp(2, 2), recurrent_kernel: ramp(2, 2), bias: ramp(2) },
      ),
    ]
    expect(await codes(await archive(cells, sequential(cells)))).toContain('keras/unsupported-activation')
  })
})

describe('what TimeDistributed holds, in its folder', () => {
  const cell = { kernel: ramp(3, 8), recurrent_kernel: ramp(2, 8), bias: ramp(8) }
  const inner = (class_name: string, config: JsonObject) => ({
    class_name,
    config: { name: 'one', dtype: 'float32', ...config },
  })
  const lstm = inner('LSTM', { units: 2 })
  const prefixed = (prefix: string) =>
    Object.fromEntries(Object.entries(cell).map(([name, array]) => [`${prefix}${name}`, array]))

  it.each([
    ['an LSTM', lstm, cell, ['cell/']],
    [
      'both directions of one',
      inner('Bidirectional', { layer: lstm, merge_mode: 'sum' }),
      { ...prefixed('forward_one/'), ...prefixed('backward_one/') },
      ['forward_layer/cell/', 'backward_layer/cell/'],
    ],
  ] as const)('%s', async (_, held, weights, folders) => {
    const layers = [inputLayer('x', 2, 4, 3), layer('TimeDistributed', 'td', { layer: held }, weights)]
    const datasets = folders.flatMap(folder =>
      Object.values(cell).map(
        (array, k) => [`layers/time_distributed/layer/${folder}vars/${k}`, array] as const,
      ),
    )
    const file = { attributes: {}, groups: {}, datasets: Object.fromEntries(datasets) }
    const bytes = zipSync({
      'metadata.json': text({ keras_version: '3.5.0', date_saved: '' }),
      'config.json': text(modelOf(sequential(layers))),
      'model.weights.h5': await writeHdf5(file),
    })
    const three = await importModel([{ name: 'm.keras', bytes }])
    const two = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
    expect(three).toEqual(two)
  })
})

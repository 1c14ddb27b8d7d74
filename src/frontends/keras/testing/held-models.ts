// A network with a layer called twice, and models in models called several times, in every form in which Keras saves it.

import { zipSync } from 'fflate'
import { type Hdf5Array, writeHdf5 } from '../../../formats/hdf5/write.ts'
import type { SourceFile } from '../../frontend.ts'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import { tfjsFiles } from '../../tfjs/testing/models.ts'
import { denseLayer, inputLayer, layer, type TestLayer } from './models.ts'

type Tensor = readonly [layer: string, call: number, output: number]

const entry = (own: TestLayer, ...calls: (readonly Tensor[])[]): JsonObject => ({
  class_name: own.class_name,
  name: own.config.name ?? null,
  config: own.config,
  inbound_nodes: calls.map(call => call.map(tensor => [...tensor, {}])),
})

const model = (
  name: string,
  layers: readonly JsonObject[],
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
): JsonObject => ({
  class_name: 'Functional',
  config: {
    name,
    layers,
    input_layers: inputs.map(own => [...own]),
    output_layers: outputs.map(own => [...own]),
  },
})

const dense = (name: string, shape: readonly [number, number], activation: string) => {
  const { kernel_initializer: _, ...config } = denseLayer(name, shape, { activation }).config
  return { class_name: 'Dense', config }
}

/** `block`: one Dense called `fc`, as is a layer of the whole. */
const block: TestLayer = {
  class_name: 'Sequential',
  config: {
    name: 'block',
    layers: [inputLayer('block_input', 3), dense('fc', [3, 2], 'tanh')].map(({ class_name, config }) => ({
      class_name,
      config,
    })),
  },
}

/** block(p + q) and p − q. */
const encoder = model(
  'enc',
  [
    entry(inputLayer('p', 3)),
    entry(inputLayer('q', 3)),
    entry(layer('Add', 'sum'), [
      ['p', 0, 0],
      ['q', 0, 0],
    ]),
    // A model that starts with its own input counts its calls from 1.
    entry(block, [['sum', 0, 0]]),
    entry(layer('Subtract', 'difference'), [
      ['p', 0, 0],
      ['q', 0, 0],
    ]),
  ],
  [
    ['p', 0, 0],
    ['q', 0, 0],
  ],
  [
    ['block', 1, 0],
    ['difference', 0, 0],
  ],
)

/** head(enc(fc(a), fc(b)), first of enc(fc(b), fc(b))), and the second of the latter. */
export const heldArchitecture: JsonObject = model(
  'twins',
  [
    entry(inputLayer('a', 4)),
    entry(inputLayer('b', 4)),
    entry(dense('fc', [4, 3], 'relu'), [['a', 0, 0]], [['b', 0, 0]]),
    {
      ...encoder,
      name: 'enc',
      inbound_nodes: [
        [
          ['fc', 0, 0, { training: false }],
          ['fc', 1, 0, {}],
        ],
        [
          ['fc', 1, 0, {}],
          ['fc', 1, 0, {}],
        ],
      ],
    },
    entry(layer('Concatenate', 'all', { axis: -1 }), [
      ['enc', 1, 0],
      ['enc', 1, 1],
      ['enc', 2, 0],
    ]),
    entry(dense('head', [7, 2], 'linear'), [['all', 0, 0]]),
  ],
  [
    ['a', 0, 0],
    ['b', 0, 0],
  ],
  [
    ['head', 0, 0],
    ['enc', 2, 1],
  ],
)

/** Arrays by their place in the models. */
export interface HeldArrays {
  readonly 'fc/kernel': Hdf5Array
  readonly 'fc/bias': Hdf5Array
  readonly 'enc/block/fc/kernel': Hdf5Array
  readonly 'enc/block/fc/bias': Hdf5Array
  readonly 'head/kernel': Hdf5Array
  readonly 'head/bias': Hdf5Array
}

const encoded = (value: Json) => new TextEncoder().encode(JSON.stringify(value))

/** Keras 2 writes the weights of a model that is a layer into its group, by their own names. */
function keras2Arrays(arrays: HeldArrays, root: string): Record<string, Hdf5Array> {
  return {
    [`${root}fc/fc/kernel:0`]: arrays['fc/kernel'],
    [`${root}fc/fc/bias:0`]: arrays['fc/bias'],
    [`${root}enc/fc/kernel:0`]: arrays['enc/block/fc/kernel'],
    [`${root}enc/fc/bias:0`]: arrays['enc/block/fc/bias'],
    [`${root}head/head/kernel:0`]: arrays['head/kernel'],
    [`${root}head/head/bias:0`]: arrays['head/bias'],
  }
}

function keras3Arrays(arrays: HeldArrays, root: string): Record<string, Hdf5Array> {
  const inner = `${root}layers/functional/layers/sequential/layers/dense/vars`
  return {
    [`${root}layers/dense/vars/0`]: arrays['fc/kernel'],
    [`${root}layers/dense/vars/1`]: arrays['fc/bias'],
    [`${inner}/0`]: arrays['enc/block/fc/kernel'],
    [`${inner}/1`]: arrays['enc/block/fc/bias'],
    [`${root}layers/dense_1/vars/0`]: arrays['head/kernel'],
    [`${root}layers/dense_1/vars/1`]: arrays['head/bias'],
  }
}

/** The same architecture in Keras 3's words. */
export function inKeras3(value: Json): Json {
  if (isList(value)) return value.map(inKeras3)
  if (!isObject(value)) return value
  const { batch_input_shape: shape, inbound_nodes: nodes, ...rest } = value
  const others = Object.fromEntries(Object.entries(rest).map(([key, own]) => [key, inKeras3(own)]))
  return {
    ...others,
    ...(shape !== undefined && { batch_shape: shape }),
    ...(isList(nodes) && { inbound_nodes: nodes.map(callInKeras3) }),
    ...(value.class_name !== undefined && { module: 'keras.layers', registered_name: null }),
  }
}

function callInKeras3(call: Json): Json {
  const tensors = (isList(call) ? call : []).map(tensor => ({
    class_name: '__keras_tensor__',
    config: { shape: [null], dtype: 'float32', keras_history: isList(tensor) ? tensor.slice(0, 3) : [] },
  }))
  return { args: tensors.length === 1 ? tensors : [tensors], kwargs: { training: false, mask: null } }
}

export type HeldForm = 'h5' | 'json' | 'keras' | 'tfjs'

/** The files of the network, with these arrays. */
export async function heldFiles(form: HeldForm, arrays: HeldArrays): Promise<readonly SourceFile[]> {
  if (form === 'tfjs') {
    const names = ['fc', 'enc/block/fc', 'head'] as const
    const weights = names.map(name => ({
      kernel: arrays[`${name}/kernel`],
      bias: arrays[`${name}/bias`],
    }))
    const layers = names.map((name, k) => ({ class_name: 'Dense', config: { name }, weights: weights[k]! }))
    return tfjsFiles(layers, heldArchitecture)
  }
  if (form === 'keras') {
    const config = inKeras3(heldArchitecture)
    const weights = await writeHdf5({ datasets: keras3Arrays(arrays, '') })
    const entries = {
      'metadata.json': encoded({ keras_version: '3.5.0' }),
      'config.json': encoded(config),
      'model.weights.h5': weights,
    }
    return [{ name: 'm.keras', bytes: zipSync(entries) }]
  }
  const groups = { model_weights: { attributes: { layer_names: ['a', 'b', 'fc', 'enc', 'all', 'head'] } } }
  if (form === 'h5') {
    const attributes = { keras_version: '2.13.1', model_config: JSON.stringify(heldArchitecture) }
    const datasets = keras2Arrays(arrays, 'model_weights/')
    return [{ name: 'm.h5', bytes: await writeHdf5({ attributes, groups, datasets }) }]
  }
  return [
    { name: 'm.json', bytes: encoded(heldArchitecture) },
    { name: 'w.h5', bytes: await writeHdf5({ datasets: keras2Arrays(arrays, '') }) },
  ]
}

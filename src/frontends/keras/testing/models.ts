// Small Keras 2 files for tests, made as Keras makes them.

import { type Hdf5Array, writeHdf5 } from '../../../formats/hdf5/write.ts'
import type { Json, JsonObject } from '../../json.ts'

export interface TestLayer {
  readonly class_name: string
  readonly config: JsonObject
  /** Arrays by variable; `kernel` is stored as `<layer>/<layer>/kernel:0`. */
  readonly weights?: Readonly<Record<string, Hdf5Array>>
  /** Functional models: the layers read. */
  readonly reads?: readonly string[]
}

export function floats(shape: readonly number[], ...data: number[]): Hdf5Array {
  return { shape, data: Float32Array.from(data) }
}

export function inputLayer(name: string, ...shape: number[]): TestLayer {
  const config = { batch_input_shape: [null, ...shape], dtype: 'float32', sparse: false, ragged: false, name }
  return { class_name: 'InputLayer', config }
}

export function denseLayer(name: string, shape: readonly [number, number], more: JsonObject = {}): TestLayer {
  const [inputs, units] = shape
  const ones = (count: number) => Array.from({ length: count }, (_, k) => k / 8 - 0.5)
  return {
    class_name: 'Dense',
    config: {
      name,
      trainable: true,
      dtype: 'float32',
      units,
      activation: 'linear',
      use_bias: true,
      kernel_initializer: null,
      ...more,
    },
    weights: { kernel: floats(shape, ...ones(inputs * units)), bias: floats([units], ...ones(units)) },
  }
}

export function layer(
  class_name: string,
  name: string,
  config: JsonObject = {},
  weights?: TestLayer['weights'],
): TestLayer {
  return {
    class_name,
    config: { name, trainable: true, dtype: 'float32', ...config },
    ...(weights && { weights }),
  }
}

export function sequential(layers: readonly TestLayer[]): Json {
  const entries = layers.map(({ class_name, config }) => ({ class_name, config }))
  return { class_name: 'Sequential', config: { name: 'small', layers: entries } }
}

export function functional(
  layers: readonly TestLayer[],
  inputs: readonly string[],
  outputs: readonly string[],
): Json {
  const ends = (names: readonly string[]) => names.map(name => [name, 0, 0])
  const entries = layers.map(({ class_name, config, reads = [] }) => ({
    class_name,
    config,
    name: config.name ?? null,
    inbound_nodes: reads.length === 0 ? [] : [reads.map(name => [name, 0, 0, {}])],
  }))
  const config = { name: 'small', layers: entries, input_layers: ends(inputs), output_layers: ends(outputs) }
  return { class_name: 'Functional', config }
}

/** A file with the layers' arrays, and the architecture where one is given. */
export function kerasFile(layers: readonly TestLayer[], model?: Json): Promise<Uint8Array> {
  const datasets = layers.flatMap(({ config: { name }, weights = {} }) =>
    Object.entries(weights).map(
      ([variable, array]) => [`model_weights/${name}/${name}/${variable}:0`, array] as const,
    ),
  )
  const attributes = {
    keras_version: '2.13.1',
    ...(model !== undefined && { model_config: JSON.stringify(model) }),
  }
  const names = layers.map(({ config: { name } }) => `${name}`)
  const groups = { model_weights: { attributes: { layer_names: names } } }
  return writeHdf5({ attributes, groups, datasets: Object.fromEntries(datasets) })
}

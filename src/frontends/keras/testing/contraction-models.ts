// Models of one contraction or attention layer behind inputs, as Keras 2 and Keras 3 save them.

import { zipSync } from 'fflate'
import { type Hdf5Array, writeHdf5 } from '../../../formats/hdf5/write.ts'
import type { SourceFile } from '../../frontend.ts'
import type { Json, JsonObject } from '../../json.ts'
import { floats, inputLayer, kerasFile } from './models.ts'

export interface ContractionCase {
  readonly className: string
  readonly config: JsonObject
  /** By name of the input, without the batch axis. */
  readonly inputs: Readonly<Record<string, readonly number[]>>
  /** Inputs that the layer is called on; an object for those given by name. */
  readonly call: readonly string[]
  readonly named?: Readonly<Record<string, string>>
  /** What else the call is given, e.g. `use_causal_mask`. */
  readonly told?: JsonObject
  /** Of the arrays, by the name that Keras 2 gives them, in Keras 3's order. */
  readonly weights: Readonly<Record<string, readonly number[]>>
  /** What the layer gives, in numpy: of its inputs and arrays as `w[name]`. */
  readonly numpy: string
}

const size = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1)

/** Sixteenths between −1 and 1. */
export function arraysOf({ weights }: ContractionCase): Readonly<Record<string, Hdf5Array>> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, shape], k) => [
      name,
      floats(shape, ...Array.from({ length: size(shape) }, (_, at) => (((at * 7 + 5 * k) % 31) - 15) / 16)),
    ]),
  )
}

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const ends = (names: readonly string[]) => names.map(name => [name, 0, 0])

function architecture(own: ContractionCase, layer: JsonObject, inputOf: (entry: JsonObject) => JsonObject) {
  const inputs = Object.entries(own.inputs).map(([name, shape]) =>
    inputOf({
      class_name: 'InputLayer',
      config: inputLayer(name, ...shape).config,
      name,
      inbound_nodes: [],
    }),
  )
  const config = {
    name: 'net',
    layers: [...inputs, layer],
    input_layers: ends(Object.keys(own.inputs)),
    output_layers: ends(['layer']),
  }
  return { class_name: 'Functional', config }
}

export async function keras2File(own: ContractionCase): Promise<SourceFile> {
  const given = Object.fromEntries(Object.entries(own.named ?? {}).map(([key, name]) => [key, [name, 0, 0]]))
  const layer: JsonObject = {
    class_name: own.className,
    config: { name: 'layer', trainable: true, dtype: 'float32', ...own.config },
    name: 'layer',
    inbound_nodes: [own.call.map(name => [name, 0, 0, { ...given, ...own.told }])],
  }
  const model = architecture(own, layer, entry => entry)
  const layers = [{ class_name: own.className, config: { name: 'layer' }, weights: arraysOf(own) }]
  return { name: 'net.h5', bytes: await kerasFile(layers, model as unknown as Json) }
}

/** `folders` tells where Keras 3 has a variable: its folder and number. */
export async function keras3File(
  own: ContractionCase,
  folders: (variable: string, index: number) => string,
): Promise<SourceFile> {
  const tensor = (name: string) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null], dtype: 'float32', keras_history: [name, 0, 0] },
  })
  const policy = {
    module: 'keras',
    class_name: 'DTypePolicy',
    config: { name: 'float32' },
    registered_name: null,
  }
  const isOperation = own.className === 'Matmul' || own.className === 'Einsum'
  const layer = {
    module: isOperation ? 'keras.src.ops.numpy' : 'keras.layers',
    class_name: own.className,
    registered_name: null,
    build_config: {},
    name: 'layer',
    config: isOperation ? own.config : { name: 'layer', trainable: true, dtype: policy, ...own.config },
    inbound_nodes: [
      {
        args:
          own.className.endsWith('Attention') && own.className !== 'MultiHeadAttention'
            ? [own.call.map(tensor)]
            : own.call.map(tensor),
        kwargs: {
          mask: null,
          ...own.told,
          ...Object.fromEntries(Object.entries(own.named ?? {}).map(([key, name]) => [key, tensor(name)])),
        },
      },
    ],
  }
  const model = architecture(own, layer as unknown as JsonObject, ({ config, ...entry }) => {
    const { batch_input_shape: shape, name } = config as JsonObject
    return {
      ...entry,
      module: 'keras.layers',
      registered_name: null,
      config: { name: name!, batch_shape: shape!, dtype: 'float32', sparse: false, ragged: false },
    } as JsonObject
  })
  const datasets = Object.entries(arraysOf(own)).map(
    ([variable, array], k) => [folders(variable, k), array] as const,
  )
  return {
    name: 'net.keras',
    bytes: zipSync({
      'metadata.json': text({ keras_version: '3.5.0', date_saved: '' }),
      'config.json': text({ ...model, module: 'keras', registered_name: 'Functional' }),
      'model.weights.h5': await writeHdf5({
        attributes: {},
        groups: {},
        datasets: Object.fromEntries(datasets),
      }),
    }),
  }
}

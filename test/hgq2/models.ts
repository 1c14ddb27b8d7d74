// Small models of HGQ2 as Keras 3 saves them, their arrays drawn from a seed.

import { zipSync } from 'fflate'
import type { Hdf5Array } from '../../src/formats/hdf5/write.ts'
import { writeHdf5 } from '../../src/formats/hdf5/write.ts'
import { type Shape, sizeOf } from '../../src/ir/tensor-type.ts'

/** Arrays by their path under the layer's folder. */
export type Arrays = Record<string, Hdf5Array>

export interface TestLayer {
  readonly kind: string
  readonly name: string
  readonly config: object
  readonly arrays: Arrays
  readonly reads: readonly string[]
}

/** Numbers in [0, 1) from a seed. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export interface QuantiserOptions {
  readonly q_type?: 'kif' | 'kbi'
  readonly round_mode?: string
  readonly overflow_mode?: string
  readonly is_weight?: boolean
  /** One type for all elements. */
  readonly same?: boolean
  readonly k?: 0 | 1
  readonly i?: readonly [low: number, high: number]
  readonly f?: readonly [low: number, high: number]
  readonly more?: object
}

/** Draws models. */
export function modelMaker(seed: number) {
  const random = seeded(seed)
  const floats = (shape: Shape, low = -2, high = 2): Hdf5Array => ({
    shape,
    data: Float32Array.from({ length: sizeOf(shape) }, () => low + random() * (high - low)),
  })
  const signs = (shape: Shape, k: 0 | 1 | undefined): Hdf5Array => ({
    shape,
    data: Int8Array.from({ length: sizeOf(shape) }, () => k ?? Math.floor(random() * 2)),
  })

  /** A config, and its arrays in the order of the file. */
  function quantiser(folder: string, shape: Shape, options: QuantiserOptions = {}) {
    const { q_type = 'kif', round_mode = 'RND', overflow_mode = 'WRAP', is_weight = false, more } = options
    const own = options.same === true ? shape.map(() => 1) : shape
    const k = signs(own, options.k)
    const i = floats(own, ...(options.i ?? [-1, 3.4]))
    const f = floats(own, ...(options.f ?? [-1.4, 3.4]))
    const b: Hdf5Array = {
      shape: own,
      data: Float32Array.from(i.data, (value, at) => Math.max(0, value + Number(f.data[at]))),
    }
    const wraps = overflow_mode === 'WRAP'
    const prefix = folder === '' ? '' : `${folder}/`
    const order = q_type === 'kbi' ? (wraps ? [b, k, i] : [b, i, k]) : wraps ? [f, k, i] : [i, f, k]
    const arrays = Object.fromEntries(order.map((array, at) => [`${prefix}quantizer/vars/${at}`, array]))
    if (wraps)
      arrays[`${prefix}quantizer/vars/3`] = { shape: [], data: Float32Array.of(Number.POSITIVE_INFINITY) }
    const config = {
      q_type,
      place: 'datalane',
      scaler: null,
      round_mode,
      overflow_mode,
      bw_mapper: null,
      trainable: true,
      is_weight,
      ...more,
    }
    return { conf: { module: 'hgq.quantizer.config', class_name: 'QuantizerConfig', config }, arrays }
  }

  /** A layer with quantisers; `parts` name them and their options by attribute and folder. */
  function layer(
    kind: string,
    name: string,
    reads: readonly string[],
    config: object,
    parts: readonly {
      readonly attribute: string
      readonly folder: string
      readonly shape: Shape
      readonly options?: QuantiserOptions
    }[],
    arrays: Arrays = {},
  ): TestLayer {
    const made = parts.map(part => ({ ...part, ...quantiser(part.folder, part.shape, part.options) }))
    const counted = { 'vars/8': { shape: [], data: Float32Array.of(1e-8) } }
    return {
      kind,
      name,
      reads,
      config: {
        ...(kind !== 'Quantizer' && {
          enable_ebops: true,
          beta0: { class_name: 'Constant', config: { value: 1e-5 } },
          enable_iq: made.some(({ folder }) => folder.startsWith('iq')),
          enable_oq: made.some(({ folder }) => folder === 'oq'),
        }),
        ...Object.fromEntries(made.map(({ attribute, conf }) => [attribute, conf])),
        ...config,
      },
      arrays: Object.assign(counted, arrays, ...made.map(part => part.arrays)),
    }
  }

  return { floats, quantiser, layer, random }
}

export type ModelMaker = ReturnType<typeof modelMaker>

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

const tensor = (name: string) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null], dtype: 'float32', keras_history: [name, 0, 0] },
})

/** The archive of a model with one input. */
export async function archiveOf(input: Shape, layers: readonly TestLayer[]): Promise<Uint8Array> {
  const entries = layers.map(({ kind, name, config, reads }) => {
    const merges = reads.length > 1 && !kind.includes('Attention')
    return {
      module: kind === 'Flatten' ? 'keras.layers' : 'hgq.layers',
      class_name: kind,
      registered_name: null,
      name,
      config: { name, trainable: true, dtype: 'float32', ...config },
      inbound_nodes: [{ args: merges ? [reads.map(tensor)] : reads.map(tensor), kwargs: {} }],
    }
  })
  const start = {
    module: 'keras.layers',
    class_name: 'InputLayer',
    name: 'in',
    config: { name: 'in', batch_shape: [null, ...input], dtype: 'float32' },
    inbound_nodes: [],
  }
  const config = {
    name: 'm',
    layers: [start, ...entries],
    input_layers: [['in', 0, 0]],
    output_layers: [[layers.at(-1)!.name, 0, 0]],
  }
  return zipSync({
    'metadata.json': text({ keras_version: '3.11.2' }),
    'config.json': text({ module: 'keras.src.models.functional', class_name: 'Functional', config }),
    'model.weights.h5': await writeHdf5({ attributes: {}, groups: {}, datasets: datasetsOf(layers) }),
  })
}

function datasetsOf(layers: readonly TestLayer[]): Arrays {
  const counts = new Map<string, number>()
  const entries = layers.flatMap(({ kind, arrays }) => {
    const snake = kind
      .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toLowerCase()
    const count = counts.get(snake) ?? 0
    counts.set(snake, count + 1)
    const folder = `layers/${snake}${count === 0 ? '' : `_${count}`}`
    return Object.entries(arrays).map(([path, array]) => [`${folder}/${path}`, array] as const)
  })
  return Object.fromEntries(entries)
}

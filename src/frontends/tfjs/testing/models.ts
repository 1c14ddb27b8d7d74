// Models of TensorFlow.js for tests, as its Python converter and its own `save` write them.

import type { SourceFile } from '../../frontend.ts'
import type { Json } from '../../json.ts'
import type { TestLayer } from '../../keras/testing/models.ts'

export interface TfjsOptions {
  /** Bytes of a file of weights; all in one where absent. */
  readonly shardBytes?: number
  /** The architecture stands in the topology itself, as TensorFlow.js saves it. */
  readonly direct?: boolean
  /** What begins the names of all arrays. */
  readonly prefix?: string
}

/** `model.json` and the files that it names. */
export function tfjsFiles(
  layers: readonly TestLayer[],
  model: Json,
  options: TfjsOptions = {},
): SourceFile[] {
  const arrays = layers.flatMap(({ config: { name }, weights = {} }) =>
    Object.entries(weights).map(([variable, array]) => ({
      name: `${options.prefix ?? ''}${name}/${variable}`,
      ...array,
    })),
  )
  const bytes = Uint8Array.from(
    arrays.flatMap(({ data }) => [...new Uint8Array(Float32Array.from(data).buffer)]),
  )
  const size = options.shardBytes ?? Math.max(1, bytes.length)
  const count = Math.ceil(bytes.length / size)
  const shards = Array.from({ length: count }, (_, k) => ({
    name: `group1-shard${k + 1}of${count}.bin`,
    bytes: bytes.slice(k * size, (k + 1) * size),
  }))
  const weights = arrays.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }))
  const topology = options.direct
    ? model
    : { keras_version: '2.13.1', backend: 'tensorflow', model_config: model }
  const json = {
    format: 'layers-model',
    generatedBy: 'keras v2.13.1',
    convertedBy: 'TensorFlow.js Converter v4.22.0',
    modelTopology: topology,
    weightsManifest: [{ paths: shards.map(({ name }) => name), weights }],
  }
  return [{ name: 'model.json', bytes: jsonBytes(json) }, ...shards]
}

export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

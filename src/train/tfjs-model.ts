// A model as TensorFlow.js keeps it: `model.json` with Keras 2's architecture, and the weights one after another.

import type { WeightValues } from './initialise.ts'
import { kerasArchitecture, variableOf } from './keras-architecture.ts'
import { type Model, weightKey } from './model.ts'

const shard = 'group1-shard1of1.bin'

/** Files by name; float32 as trained. */
export function writeTfjsModel(model: Model, values: WeightValues): Map<string, string | Uint8Array> {
  const arrays = model.layers.flatMap(layer =>
    layer.weights.map(weight => ({
      name: [layer.name, ...(weight.path ?? []), variableOf(weight)].join('/'),
      shape: weight.shape,
      dtype: weight.isWhole === true ? 'int32' : 'float32',
      data: values[weightKey(layer, weight)]!,
    })),
  )
  const topology = {
    format: 'layers-model',
    generatedBy: 'keras v2.12.0',
    convertedBy: null,
    modelTopology: { keras_version: '2.12.0', backend: 'tensorflow', model_config: kerasArchitecture(model) },
    weightsManifest: [
      { paths: [shard], weights: arrays.map(({ name, shape, dtype }) => ({ name, shape, dtype })) },
    ],
  }
  return new Map<string, string | Uint8Array>([
    ['model.json', `${JSON.stringify(topology)}\n`],
    [shard, bytesOf(arrays)],
  ])
}

interface StoredArray {
  readonly dtype: string
  readonly data: Float32Array
}

/** Little-endian, as the format asks. */
function bytesOf(arrays: readonly StoredArray[]): Uint8Array {
  const bytes = new Uint8Array(4 * arrays.reduce((sum, { data }) => sum + data.length, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { dtype, data } of arrays) {
    for (const value of data) {
      if (dtype === 'int32') view.setInt32(at, value, true)
      else view.setFloat32(at, value, true)
      at += 4
    }
  }
  return bytes
}

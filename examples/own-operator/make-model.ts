// Writes absolute.h5, a small network with a layer that Lutra does not bring, as Keras saves it, and rows for it:
//   npx tsx examples/own-operator/make-model.ts

import { writeFileSync } from 'node:fs'
import { writeHdf5 } from '../../src/formats/hdf5/write.ts'

const dense = (name: string, units: number, activation: string) => ({
  class_name: 'Dense',
  config: { name, trainable: true, dtype: 'float32', units, activation, use_bias: true },
})
const layers = [
  { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, 3], dtype: 'float32' } },
  dense('turn', 4, 'linear'),
  // As Keras writes a layer of the user's own that is registered under a package's name.
  { class_name: 'mine>Absolute', config: { name: 'fold', trainable: true, dtype: 'float32' } },
  dense('decide', 2, 'linear'),
]
const eighths = (...values: number[]) => Float32Array.from(values, value => value / 8)

/** The same bytes every time. */
export function modelBytes(): Promise<Uint8Array> {
  const model = { class_name: 'Sequential', config: { name: 'folded', layers } }
  return writeHdf5({
    attributes: { keras_version: '2.13.1', model_config: JSON.stringify(model) },
    groups: { model_weights: { attributes: { layer_names: layers.map(({ config: { name } }) => name) } } },
    datasets: {
      'model_weights/turn/turn/kernel:0': {
        shape: [3, 4],
        data: eighths(3, -5, 8, -2, 6, 1, -4, 7, -8, 2, 5, -3),
      },
      'model_weights/turn/turn/bias:0': { shape: [4], data: eighths(1, -2, 0, 4) },
      'model_weights/decide/decide/kernel:0': { shape: [4, 2], data: eighths(5, -5, -3, 3, 2, -2, 7, -7) },
      'model_weights/decide/decide/bias:0': { shape: [2], data: eighths(-4, 4) },
    },
  })
}

export function rowsText(): string {
  const rows = Array.from({ length: 120 }, (_, row) =>
    Array.from({ length: 3 }, (_, k) => (((row * 37 + k * 11) % 63) - 31) / 16).join(','),
  )
  return `${['a', 'b', 'c'].join(',')}\n${rows.join('\n')}\n`
}

if (process.argv[1]?.endsWith('make-model.ts') === true) {
  writeFileSync(new URL('absolute.h5', import.meta.url), await modelBytes())
  writeFileSync(new URL('rows.csv', import.meta.url), rowsText())
}

// Models of Keras 2 and QKeras in files, as training reads and writes them: the `.h5` with architecture and weights, laid
// out as Keras 2.12 lays it out.

import { fail } from '../diagnostics/diagnostic.ts'
import { type Hdf5File, openHdf5 } from '../formats/hdf5/read.ts'
import { type Hdf5Array, type Hdf5Tree, writeHdf5 } from '../formats/hdf5/write.ts'
import type { Json } from '../frontends/json.ts'
import type { WeightValues } from './initialise.ts'
import { isSequential, kerasArchitecture, variableOf } from './keras-architecture.ts'
import type { WeightSpec } from './layers/definition.ts'
import { layerOf } from './layers/index.ts'
import { type BuiltLayer, type Model, weightKey } from './model.ts'
import { failNoModel, readArchitecture } from './read-architecture.ts'

const utf8Of = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([name, utf8]) => [name, { utf8 }]))

const writtenBy = { backend: 'tensorflow', keras_version: '2.12.0' }

/** Fails with `train/widths` for a layer that no class of Keras or its kin stands for. */
export function checkWritable(model: Model): void {
  const layer = model.layers.find(({ kind }) => Object.keys(layerOf(kind).classes).length === 0)
  if (layer === undefined) return
  fail({
    code: 'train/widths',
    place: `layer '${layer.name}' (${layer.kind})`,
    problem: 'no file holds widths that are still trained',
    expected: "'widths' in compress, which makes types of them",
    remedy: 'Train the network without it, and let compress train the widths.',
  })
}

/** The bytes of an `.h5` with architecture and weights, float32 as trained; the same model gives the same bytes. */
export async function writeKerasModel(model: Model, values: WeightValues): Promise<Uint8Array> {
  checkWritable(model)
  // Keras counts inputs among the layers of a Functional model alone.
  const inputs = isSequential(model) ? [] : model.inputs
  const groups = Object.fromEntries([
    ...inputs.map(({ name }) => [name, { attributes: { weight_names: [] } }] as const),
    ...model.layers.map(layer => [layer.name, layerGroup(layer, values)] as const),
    ['top_level_model_weights', { attributes: { weight_names: [] } }] as const,
  ])
  const names = [...inputs, ...model.layers].map(({ name }) => name)
  return writeHdf5({
    // As Keras has it at the root, and not below.
    attributes: { ...utf8Of(writtenBy), model_config: JSON.stringify(kerasArchitecture(model)) },
    groups: { model_weights: { attributes: { ...writtenBy, layer_names: names }, groups } },
  })
}

function layerGroup(layer: BuiltLayer, values: WeightValues): Hdf5Tree {
  const paths = layer.weights.map(own => [layer.name, ...(own.path ?? []), `${variableOf(own)}:0`].join('/'))
  const datasets = layer.weights.map((own, k) => {
    return [paths[k]!, storedArray(own, values[weightKey(layer, own)]!)] as const
  })
  return { attributes: { weight_names: paths }, datasets: Object.fromEntries(datasets) }
}

/** A weight in a file; counts are int64, as Keras keeps them. */
export const storedArray = ({ shape, isWhole = false }: WeightSpec, data: Float32Array): Hdf5Array => ({
  shape,
  data,
  ...(isWhole && { isLong: true }),
})

/** A model and, where the file has them, its weights; from a Keras 2 `.h5` or the JSON of `model.to_json()`. */
export async function readKerasModel(
  bytes: Uint8Array,
  name: string,
): Promise<{ readonly model: Model; readonly weights?: WeightValues }> {
  if (bytes[0] === '{'.charCodeAt(0) || /^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64))))
    return { model: readArchitecture(parse(new TextDecoder().decode(bytes), name), name) }
  const file = await openHdf5(bytes, name)
  try {
    const text = file.attribute('', 'model_config')
    if (typeof text !== 'string') failNoModel(name, 'the file has no architecture')
    const model = readArchitecture(parse(text, name), name)
    return { model, weights: readWeights(file, model) }
  } finally {
    file.close()
  }
}

function parse(text: string, name: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return failNoModel(name, 'its architecture is not JSON')
  }
}

/** The arrays by their paths in the file: `<layer>/…/<variable>:0`. */
function readWeights(file: Hdf5File, model: Model): WeightValues {
  const root = file.has('model_weights') ? 'model_weights/' : ''
  return Object.fromEntries(
    model.layers.flatMap(layer => {
      const names = layer.weights.length === 0 ? [] : file.attribute(`${root}${layer.name}`, 'weight_names')
      const paths = Array.isArray(names) ? names.map(String) : []
      return layer.weights.map(weight => {
        const path = pathOf(weight, paths)
        if (path === undefined) failWeight(file, layer, `it has no '${weight.name}'`)
        const { shape, data } = file.dataset(`${root}${layer.name}/${path}`)
        if (shape.join() !== weight.shape.join())
          failWeight(
            file,
            layer,
            `'${weight.name}' is [${shape.join(', ')}], and not [${weight.shape.join(', ')}]`,
          )
        return [weightKey(layer, weight), Float32Array.from(data)] as const
      })
    }),
  )
}

/** By its name, and by the direction where a layer has a variable in each. */
function pathOf(weight: WeightSpec, paths: readonly string[]): string | undefined {
  const direction = /^(?:for|back)ward_/.exec(weight.path?.[0] ?? '')?.[0]
  return paths.find(
    own =>
      own.split('/').at(-1) === `${variableOf(weight)}:0` &&
      (direction === undefined || own.includes(`/${direction}`)),
  )
}

function failWeight(file: Hdf5File, { name }: BuiltLayer, problem: string): never {
  return fail({
    code: 'train/keras-weights',
    place: `${file.name}: layer '${name}'`,
    problem,
    expected: 'the arrays of the architecture',
    remedy: 'Save the model again.',
  })
}

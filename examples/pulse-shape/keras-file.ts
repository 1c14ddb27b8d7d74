// The network's file: a QKeras Sequential model in the .h5 form of Keras 2. Weights are stored in float32
// as trained; the quantisers stand beside them in the layers' settings.
import { readFileSync } from 'node:fs'
import * as h5wasm from 'h5wasm'
import { sampleCount } from './generate.ts'
import { activation, type DenseWeights, layerSizes, type Model, weight } from './model.ts'

const denseNames = ['fc1', 'fc2', 'output'] as const

/** A class and its settings, as Keras writes them for layers, initialisers and quantisers. */
interface KerasObject<Config extends object = object> {
  readonly class_name: string
  readonly config: Config
}
type KerasLayer = KerasObject<{ readonly name: string }>

function kerasObject<Config extends object>(className: string, config: Config): KerasObject<Config> {
  return { class_name: className, config }
}

function quantizedBits(): KerasObject {
  return kerasObject('quantized_bits', {
    ...weight,
    symmetric: 0,
    alpha: 1,
    keep_negative: true,
    use_stochastic_rounding: false,
    qnoise_factor: 1,
  })
}

function qDense(name: string, units: number): KerasLayer {
  return kerasObject('QDense', {
    name,
    trainable: true,
    dtype: 'float32',
    units,
    activation: 'linear',
    use_bias: true,
    kernel_initializer: kerasObject('GlorotUniform', { seed: null }),
    bias_initializer: kerasObject('Zeros', {}),
    kernel_regularizer: null,
    bias_regularizer: null,
    activity_regularizer: null,
    kernel_constraint: null,
    bias_constraint: null,
    kernel_quantizer: quantizedBits(),
    bias_quantizer: quantizedBits(),
    kernel_range: null,
    bias_range: null,
  })
}

function activationLayer(className: string, name: string, activation: string): KerasLayer {
  return kerasObject(className, { name, trainable: true, dtype: 'float32', activation })
}

/** The layers as Keras describes them in `model_config`. */
function modelLayers(): KerasLayer[] {
  const relu = `quantized_relu(${activation.bits},${activation.integer})`
  const input = { batch_input_shape: [null, sampleCount], dtype: 'float32', sparse: false, ragged: false }
  const dense = denseNames.flatMap((name, i) => {
    const last = i === denseNames.length - 1
    const after = last
      ? activationLayer('Activation', 'softmax', 'softmax')
      : activationLayer('QActivation', `relu${i + 1}`, relu)
    return [qDense(name, layerSizes[i]![1]), after]
  })
  return [kerasObject('InputLayer', { ...input, name: 'pulse' }), ...dense]
}

/** The bytes of the model's .h5 file: the same for the same weights. */
export async function writeModel(model: Model): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready
  const clock = Date.now
  Date.now = () => 0 // HDF5 stamps what it writes with the time; without it equal weights give equal bytes
  try {
    writeFile('written.h5', model)
  } finally {
    Date.now = clock
  }
  return FS.readFile('written.h5')
}

function writeFile(name: string, model: Model): void {
  const file = new h5wasm.File(name, 'w', { libver: ['earliest', 'latest'] })
  const layers = modelLayers()
  const config = { class_name: 'Sequential', config: { name: 'pulse_shape', layers } }
  const root = file.create_group('model_weights')
  for (const group of [file, root]) {
    group.create_attribute('backend', 'tensorflow')
    group.create_attribute('keras_version', '2.13.1')
  }
  file.create_attribute('model_config', JSON.stringify(config))
  root.create_attribute(
    'layer_names',
    layers.map(l => l.config.name),
  )
  const dense = new Map<string, DenseWeights>(denseNames.map((name, i) => [name, model[i]!]))
  for (const { config } of layers) writeLayer(root, config.name, dense.get(config.name))
  file.close()
}

function writeLayer(root: h5wasm.Group, name: string, weights: DenseWeights | undefined): void {
  const group = root.create_group(name)
  if (weights === undefined) {
    // Keras stores the empty list of weight names as an empty float64 array.
    group.create_attribute('weight_names', new Float64Array(0), [0])
    return
  }
  group.create_attribute('weight_names', [`${name}/kernel:0`, `${name}/bias:0`])
  const units = weights.bias.length
  const inner = group.create_group(name)
  inner.create_dataset({ name: 'bias:0', data: weights.bias, shape: [units] })
  const shape = [weights.kernel.length / units, units]
  inner.create_dataset({ name: 'kernel:0', data: weights.kernel, shape })
}

/** Read the dense layers back from a file. */
export async function readModel(path: string): Promise<Model> {
  const { FS } = await h5wasm.ready
  FS.writeFile('read.h5', readFileSync(path))
  const file = new h5wasm.File('read.h5', 'r')
  const read = (name: string, what: string) => {
    const found = file.get(`model_weights/${name}/${name}/${what}:0`)
    if (!(found instanceof h5wasm.Dataset)) throw new Error(`${path} has no ${what} of layer ${name}`)
    return Float32Array.from(found.value as Float32Array)
  }
  const model = denseNames.map(name => ({ kernel: read(name, 'kernel'), bias: read(name, 'bias') }))
  file.close()
  return model
}

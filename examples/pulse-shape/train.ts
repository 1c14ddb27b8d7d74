// Trains the pulse classifier and writes pulse-shape.h5: first in float, then with the quantisers of
// QKeras in the forward pass and the gradient passed straight through them. Prints both accuracies.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { init, jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax'
import {
  fullScale,
  generatePulses,
  type Pulses,
  sampleCount,
  testPulses,
  uniformGenerator,
} from './generate.ts'
import { readModel, writeModel } from './keras-file.ts'
import { accuracy, activation, layerSizes, type Model, weight } from './model.ts'

const trainingPulses = 20_000
const batch = 250
const epochs = 40
const peakRate = 4e-3
const sizePenalty = 5e-5 // on |w|: a weight that is not needed goes to zero and costs no adder

type Weights = np.Array[] // kernel, bias, kernel, bias, …
type State = { weights: Weights; mean: Weights; square: Weights }

/** quantized_bits(bits, integer, alpha=1) with the gradient of the identity. Consumes x. */
function quantizeBits(x: np.Array): np.Array {
  const lsb = 2 ** (weight.integer + 1 - weight.bits)
  const low = -(2 ** weight.integer)
  const rounded = np.clip(np.round(x.ref.div(lsb)).mul(lsb), low, -low - lsb)
  return x.ref.add(lax.stopGradient(rounded.sub(x)))
}

/** quantized_relu(bits, integer) with the gradient of a relu clipped at its largest value. Consumes x. */
function quantizeRelu(x: np.Array): np.Array {
  const lsb = 2 ** (activation.integer - activation.bits)
  const clipped = np.clip(x, 0, 2 ** activation.integer - lsb)
  const rounded = np.round(clipped.ref.div(lsb)).mul(lsb)
  return clipped.ref.add(lax.stopGradient(rounded.sub(clipped)))
}

/** Logits of the network; consumes all arguments. */
function forward(weights: Weights, x: np.Array, quantised: boolean): np.Array {
  const used = quantised ? weights.map(quantizeBits) : weights
  for (let i = 0; i < used.length; i += 2) {
    x = np.dot(x, used[i]!).add(used[i + 1]!)
    if (i + 2 < used.length) x = quantised ? quantizeRelu(x) : nn.relu(x)
  }
  return x
}

const lossOf = (quantised: boolean) => (weights: Weights, x: np.Array, y: np.Array) => {
  const size = weights.map(w => np.abs(w.ref).sum()).reduce((a, b) => a.add(b))
  const logits = forward(weights, x, quantised)
  const agreement = nn.logSoftmax(logits).mul(y).sum()
  return agreement.div(-batch).add(size.mul(sizePenalty))
}

/** One step of Adam; `rate` is the learning rate with Adam's correction in it. */
function stepper(quantised: boolean) {
  const gradient = valueAndGrad(lossOf(quantised))
  const limit = 2 ** weight.integer // beyond it a weight would no longer change what is used
  return jit((state: State, x: np.Array, y: np.Array, rate: np.Array) => {
    const current = state.weights.map(w => w.ref)
    const [loss, slopes] = gradient(current, x, y)
    const mean = state.mean.map((m, i) => m.mul(0.9).add(slopes[i]!.ref.mul(0.1)))
    const square = state.square.map((s, i) => s.mul(0.999).add(np.square(slopes[i]!).mul(0.001)))
    const weights = state.weights.map((w, i) => {
      const change = mean[i]!.ref.div(np.sqrt(square[i]!.ref).add(1e-7)).mul(rate.ref)
      return quantised ? np.clip(w.sub(change), -limit, limit) : w.sub(change)
    })
    rate.dispose()
    return { loss, state: { weights, mean, square } }
  })
}

/** Weights drawn uniformly within Glorot's limit, biases zero. */
function initialWeights(seed: number): Weights {
  const uniform = uniformGenerator(seed)
  return layerSizes.flatMap(([inputs, outputs]) => {
    const limit = Math.sqrt(6 / (inputs + outputs))
    const kernel = Float32Array.from({ length: inputs * outputs }, () => (2 * uniform() - 1) * limit)
    return [np.array(kernel).reshape([inputs, outputs]), np.zeros([outputs])]
  })
}

/** The pulses in a new order (Fisher-Yates), in place. */
function shuffle(order: Uint32Array, uniform: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
}

function batchOf(pulses: Pulses, order: Uint32Array): { x: np.Array; y: np.Array } {
  const x = new Float32Array(batch * sampleCount)
  const y = new Float32Array(batch * 2)
  order.forEach((pulse, row) => {
    for (let k = 0; k < sampleCount; k++) {
      x[row * sampleCount + k] = pulses.counts[pulse * sampleCount + k]! / fullScale
    }
    y[row * 2 + pulses.labels[pulse]!] = 1
  })
  return { x: np.array(x).reshape([batch, sampleCount]), y: np.array(y).reshape([batch, 2]) }
}

/** Learning rate of a step: falls linearly to zero, times Adam's correction for its zero start. */
function rateAt(step: number, steps: number): number {
  const corrected = Math.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
  return peakRate * (1 - step / steps) * corrected
}

/** Train from the given weights (consumed) and return the trained ones. */
function train(weights: Weights, pulses: Pulses, quantised: boolean): Weights {
  const step = stepper(quantised)
  const uniform = uniformGenerator(quantised ? 21 : 20)
  const order = Uint32Array.from(pulses.labels, (_, i) => i)
  const zeros = () => weights.map(w => np.zeros(w.shape))
  let state: State = { weights, mean: zeros(), square: zeros() }
  const steps = (epochs * order.length) / batch
  let done = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, uniform)
    let sum = 0
    for (let at = 0; at < order.length; at += batch, done++) {
      const { x, y } = batchOf(pulses, order.subarray(at, at + batch))
      const result = step(state, x, y, np.array(rateAt(done, steps)))
      state = result.state
      sum += result.loss.js() as number
    }
    if (epoch % 10 === 9) console.log(`epoch ${epoch + 1}: loss ${((sum * batch) / order.length).toFixed(4)}`)
  }
  for (const w of [...state.mean, ...state.square]) w.dispose()
  return state.weights
}

function modelOf(weights: Weights): Model {
  return layerSizes.map((_, i) => ({
    kernel: Float32Array.from(weights[2 * i]!.ref.dataSync()),
    bias: Float32Array.from(weights[2 * i + 1]!.ref.dataSync()),
  }))
}

await init('wasm')
const pulses = generatePulses(trainingPulses, 1)
const test = testPulses()
const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const floatWeights = train(initialWeights(7), pulses, false)
const floatShare = accuracy(modelOf(floatWeights), test, false)
console.log(`float network: ${percent(floatShare)} of ${test.labels.length} pulses`)
const weights = train(floatWeights, pulses, true)
const path = fileURLToPath(new URL('pulse-shape.h5', import.meta.url))
writeFileSync(path, await writeModel(modelOf(weights)))
const stored = await readModel(path)
console.log(`quantised network, read back: ${percent(accuracy(stored, test, true))}; wrote ${path}`)

// The network in plain arithmetic: its quantisers, the forward pass and the accuracy, written without
// the training library so that they check what it trained.
import { fullScale, type Pulses, sampleCount } from './generate.ts'

/** Kernels and biases are quantized_bits(bits, integer, alpha=1). */
export const weight = { bits: 6, integer: 1 } as const
/** Hidden layers end in quantized_relu(bits, integer). */
export const activation = { bits: 6, integer: 1 } as const
/** Inputs and outputs of the dense layers. */
export const layerSizes = [
  [sampleCount, 8],
  [8, 8],
  [8, 2],
] as const

/** Trained float32 values of one dense layer, kernel as [inputs][outputs]. */
export interface DenseWeights {
  readonly kernel: Float32Array
  readonly bias: Float32Array
}
export type Model = readonly DenseWeights[]

/** Round to the nearest integer, halves to even. */
function roundEven(x: number): number {
  const floor = Math.floor(x)
  if (x - floor !== 0.5) return Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x))

/** quantized_bits(bits, integer, alpha=1). */
export function quantizeWeight(x: number): number {
  const lsb = 2 ** (weight.integer + 1 - weight.bits)
  const low = -(2 ** weight.integer)
  return clamp(roundEven(x / lsb) * lsb, low, -low - lsb)
}

/** quantized_relu(bits, integer). */
function quantizeActivation(x: number): number {
  const lsb = 2 ** (activation.integer - activation.bits)
  return clamp(roundEven(x / lsb) * lsb, 0, 2 ** activation.integer - lsb)
}

function dense(weights: DenseWeights, x: readonly number[]): number[] {
  return Array.from(weights.bias, (bias, j) =>
    x.reduce((sum, value, i) => sum + value * weights.kernel[i * weights.bias.length + j]!, bias),
  )
}

/** The two logits of one pulse; quantised sums are exact in doubles, so their order does not matter. */
export function logits(model: Model, pulse: readonly number[], quantised: boolean): readonly number[] {
  const relu = quantised ? quantizeActivation : (x: number) => Math.max(0, x)
  const used = quantised ? model.map(quantizeLayer) : model
  let x = pulse
  for (const [i, weights] of used.entries()) {
    const sums = dense(weights, x)
    x = i + 1 < used.length ? sums.map(relu) : sums
  }
  return x
}

function quantizeLayer({ kernel, bias }: DenseWeights): DenseWeights {
  return { kernel: kernel.map(quantizeWeight), bias: bias.map(quantizeWeight) }
}

/** Share of the pulses whose larger logit is that of their label (a tie counts for class 0). */
export function accuracy(model: Model, pulses: Pulses, quantised: boolean): number {
  const right = pulses.labels.filter((label, i) => {
    const row = pulses.counts.subarray(i * sampleCount, (i + 1) * sampleCount)
    const samples = Array.from(row, count => count / fullScale)
    const [gamma, neutron] = logits(model, samples, quantised)
    return (neutron! > gamma! ? 1 : 0) === label
  })
  return right.length / pulses.labels.length
}

// Networks like the bundled one: `lutra run --config examples/pulse-shape/lutra.config.ts`.
import { defineConfig } from 'lutra'
import { fullScale, generatePulses, type Pulses, sampleCount, testPulses } from './generate.ts'

/** Pulses as rows of samples in [0, 1), and what hit. */
function rows({ counts, labels }: Pulses) {
  return {
    count: labels.length,
    inputs: [{ shape: [sampleCount], data: Float32Array.from(counts, count => count / fullScale) }],
    target: { kind: 'classes', labels: Int32Array.from(labels), names: ['gamma', 'neutron'] },
  }
}

const pulses = { data: rows(generatePulses(20_000, 1)), validation: 0.1, test: rows(testPulses()), seed: 7 }
const training = {
  ...pulses,
  epochs: 40,
  batch: 250,
  optimiser: { kind: 'adam', rate: 4e-3 },
  schedule: 'linear',
  // A weight that is not needed goes to zero and costs no adder.
  l1: 5e-5,
}

export const network = {
  name: 'pulse_shape',
  input: { pulse: [sampleCount] },
  layers: [
    { kind: 'dense', name: 'fc1', units: 8 },
    { kind: 'activation', name: 'relu1', activation: 'relu' },
    { kind: 'dense', name: 'fc2', units: 8 },
    { kind: 'activation', name: 'relu2', activation: 'relu' },
    { kind: 'dense', name: 'output', units: 2 },
    { kind: 'activation', name: 'softmax', activation: 'softmax' },
  ],
}

// In floating point first; then from these weights with QKeras's quantisers, as the bundled network has them.
export default defineConfig({
  train: {
    ...training,
    model: network,
    out: 'float',
  },
  compress: {
    ...training,
    teacher: 'float/model.h5',
    quantise: {
      kernel: 'quantized_bits(6,1,alpha=1)',
      bias: 'quantized_bits(6,1,alpha=1)',
      relu: 'quantized_relu(6,1)',
    },
    out: 'quantised',
  },
  // Hardware of the quantised one, for lutra run.
  out: 'build',
})

// The pulse classifier as a training project: `lutra train --config examples/pulse-shape/lutra.config.ts`.
import { fullScale, generatePulses, type Pulses, sampleCount, testPulses } from './generate.ts'
import { activation, layerSizes, weight } from './model.ts'

/** Pulses as rows of samples in [0, 1), and what hit. */
function rows({ counts, labels }: Pulses) {
  return {
    count: labels.length,
    inputs: [{ shape: [sampleCount], data: Float32Array.from(counts, count => count / fullScale) }],
    target: { kind: 'classes', labels: Int32Array.from(labels), names: ['gamma', 'neutron'] },
  }
}

const quantizer = `quantized_bits(${weight.bits},${weight.integer},alpha=1)`
const quantised = { kernelQuantizer: quantizer, biasQuantizer: quantizer }
const relu = `quantized_relu(${activation.bits},${activation.integer})`
const [first, second, last] = layerSizes.map(([, units]) => units)

export default {
  train: {
    model: {
      name: 'pulse_shape',
      input: { pulse: [sampleCount] },
      layers: [
        { kind: 'dense', name: 'fc1', units: first, ...quantised },
        { kind: 'activation', name: 'relu1', activation: relu },
        { kind: 'dense', name: 'fc2', units: second, ...quantised },
        { kind: 'activation', name: 'relu2', activation: relu },
        { kind: 'dense', name: 'output', units: last, ...quantised },
        { kind: 'activation', name: 'softmax', activation: 'softmax' },
      ],
    },
    data: rows(generatePulses(20_000, 1)),
    validation: 0.1,
    test: rows(testPulses()),
    epochs: 60,
    batch: 250,
    seed: 7,
    optimiser: { kind: 'adam', rate: 4e-3 },
    schedule: 'linear',
    // A weight that is not needed goes to zero and costs no adder.
    l1: 5e-5,
    out: '../../training',
  },
}

import { defineCompression, defineSearch, defineTraining } from 'lutra'

// Pulses of 64 samples at 8 bits, with some noise, baseline and pile-up: see README.md.
const detector = { samples: 64, noise: 0.006, baselineSpread: 0.003, pileUp: 0.02, slowDecay: 16 }

export default {
  train: defineTraining({
    model: {
      name: 'teacher',
      input: [64],
      layers: [
        { kind: 'dense', units: 64, name: 'fc1', activation: 'relu' },
        { kind: 'dropout', rate: 0.1 },
        { kind: 'dense', units: 32, name: 'fc2', activation: 'relu' },
        { kind: 'dense', units: 2, name: 'out', activation: 'softmax' },
      ],
    },
    data: { generate: 'pulses', count: 20_000, seed: 1, settings: detector },
    test: { generate: 'pulses', count: 5_000, seed: 2, settings: detector },
    epochs: 40,
    optimiser: { kind: 'adam', rate: 0.003 },
    schedule: 'cosine',
    out: 'teacher',
  }),
  compress: defineCompression({
    teacher: 'teacher/model.h5',
    student: {
      name: 'student',
      input: [64],
      layers: [
        { kind: 'dense', units: 6, name: 'fc1', activation: 'relu' },
        { kind: 'dense', units: 4, name: 'fc2', activation: 'relu' },
        { kind: 'dense', units: 2, name: 'out', activation: 'softmax' },
      ],
    },
    quantise: {
      kernel: 'quantized_bits(8,1,alpha=1)',
      bias: 'quantized_bits(8,1,alpha=1)',
      relu: 'quantized_relu(8,2)',
    },
    prune: { sparsity: 0.4, layers: ['fc1', 'fc2'] },
    distil: { alpha: 0.5, temperature: 2 },
    epochs: 60,
    optimiser: { kind: 'adam', rate: 0.005 },
    schedule: 'cosine',
    out: 'student',
  }),
  // Which students lutra search tries in the place of that one.
  search: defineSearch({
    units: { fc1: [2, 3, 4, 6, 8], fc2: [2, 3, 4, 6] },
    weightBits: [4, 5, 6, 8],
    activationBits: [4, 5, 6, 8],
    sparsity: [0, 0.2, 0.4, 0.6],
    trials: 24,
    epochs: 10,
    finalists: 3,
    out: 'search',
  }),
  // The hardware of the student, for lutra run.
  out: 'build',
}

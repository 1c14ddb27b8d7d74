import { defineCompression, defineTraining } from 'lutra'

// Digits of 16 × 16 pixels at 8 bits: see README.md.
export default {
  train: defineTraining({
    model: {
      name: 'teacher',
      input: [16, 16, 1],
      layers: [
        { kind: 'conv2d', filters: 12, kernelSize: 3, name: 'conv1', activation: 'relu' },
        { kind: 'max-pool2d', poolSize: 2, name: 'pool1' },
        { kind: 'conv2d', filters: 24, kernelSize: 3, name: 'conv2', activation: 'relu' },
        { kind: 'flatten' },
        { kind: 'dropout', rate: 0.3 },
        { kind: 'dense', units: 64, name: 'fc', activation: 'relu' },
        { kind: 'dense', units: 10, name: 'out', activation: 'softmax' },
      ],
    },
    data: { generate: 'digits', count: 6_000, seed: 1 },
    test: { generate: 'digits', count: 2_000, seed: 2 },
    validation: 0.1,
    epochs: 8,
    optimiser: { kind: 'adam', rate: 0.003 },
    schedule: 'cosine',
    out: 'teacher',
  }),
  compress: defineCompression({
    teacher: 'teacher/model.h5',
    student: {
      name: 'student',
      input: [16, 16, 1],
      layers: [
        { kind: 'conv2d', filters: 8, kernelSize: 3, name: 'conv1', activation: 'relu' },
        { kind: 'max-pool2d', poolSize: 2, name: 'pool1' },
        { kind: 'conv2d', filters: 11, kernelSize: 3, name: 'conv2', activation: 'relu' },
        { kind: 'flatten' },
        { kind: 'dense', units: 10, name: 'out', activation: 'softmax' },
      ],
    },
    quantise: {
      kernel: 'quantized_bits(8,0,alpha=1)',
      bias: 'quantized_bits(8,0,alpha=1)',
      relu: 'quantized_relu(8,2)',
    },
    prune: { sparsity: 0.5, layers: ['conv1', 'conv2', 'out'] },
    distil: { alpha: 0.5, temperature: 3 },
    epochs: 20,
    optimiser: { kind: 'adam', rate: 0.004 },
    schedule: 'cosine',
    out: 'student',
  }),
  // The student predicted from its file, for lutra run.
  predict: { out: 'prediction' },
}

import { defineCompression, defineTraining } from 'lutra'

// 64 things, and 0 for none yet: see README.md.
const things = 65
const bits = 'quantized_bits(8,0,alpha=1)'

export default {
  train: defineTraining({
    model: {
      name: 'teacher',
      input: [8],
      layers: [
        { kind: 'embedding', inputDim: things, outputDim: 12, name: 'things' },
        { kind: 'gru', units: 24, name: 'gru' },
        { kind: 'dense', units: things, name: 'out', activation: 'softmax' },
      ],
    },
    data: { generate: 'sessions', count: 10_000, seed: 1 },
    test: { generate: 'sessions', count: 2_000, seed: 2 },
    validation: 0.1,
    epochs: 10,
    optimiser: { kind: 'adam', rate: 0.005 },
    schedule: 'cosine',
    out: 'teacher',
  }),
  compress: defineCompression({
    teacher: 'teacher/model.h5',
    student: {
      name: 'student',
      input: [8],
      layers: [
        { kind: 'embedding', inputDim: things, outputDim: 12, name: 'things' },
        { kind: 'activation', activation: bits, name: 'vectors' },
        { kind: 'gru', units: 24, name: 'gru', stateQuantizer: bits },
        { kind: 'activation', activation: bits, name: 'state' },
        { kind: 'dense', units: things, name: 'out', activation: 'softmax' },
      ],
    },
    quantise: {
      kernel: 'quantized_bits(8,1,alpha=1)',
      bias: 'quantized_bits(8,1,alpha=1)',
      tanh: 'quantized_tanh(8)',
      // A step adds these bits to those of the state, which stay exact through all eight.
      sigmoid: 'quantized_sigmoid(5)',
    },
    distil: { alpha: 0.5, temperature: 2 },
    epochs: 15,
    optimiser: { kind: 'adam', rate: 0.005 },
    schedule: 'cosine',
    out: 'student',
  }),
  // The student predicted from its file, for lutra run.
  predict: { out: 'prediction' },
  // Who ranks needs no softmax: its table of 8 bits would make many small scores equal.
  layerName: { out_softmax: { skip: true } },
}

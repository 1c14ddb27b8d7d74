import { defineConfig } from 'lutra'
import { hardware, network, rows, taught } from './project.ts'

// A teacher in floating point, and a student of 494 parameters at 8 bits, half of them zero: see README.md.
export default defineConfig({
  ...hardware,
  train: {
    model: network('teacher', 32, 16),
    ...rows,
    epochs: 100,
    batch: 64,
    optimiser: { kind: 'adam', rate: 0.005 },
    schedule: 'cosine',
    out: 'teacher',
  },
  compress: taught({
    student: network('student', 3),
    quantise: {
      kernel: 'quantized_bits(8,1,alpha=1)',
      bias: 'quantized_bits(8,1,alpha=1)',
      relu: 'quantized_relu(8,2)',
    },
    prune: { sparsity: 0.5 },
    out: 'student',
  }),
  predict: { out: 'prediction' },
  out: 'build',
})

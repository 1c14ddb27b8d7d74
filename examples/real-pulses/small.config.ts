import { defineConfig } from 'lutra'
import { hardware, network, taught } from './project.ts'

// Eight samples of 161 are left, and two neurons of 6 bits.
export default defineConfig({
  ...hardware,
  compress: taught({
    student: network('small', 2),
    quantise: {
      kernel: 'quantized_bits(6,1,alpha=1)',
      bias: 'quantized_bits(6,2,alpha=1)',
      relu: 'quantized_relu(6,2)',
    },
    prune: { sparsity: 0.95, structure: 'input', layers: ['fc1'] },
    out: 'small',
  }),
  predict: { out: 'small-prediction' },
  out: 'small-build',
})

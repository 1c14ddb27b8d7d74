import { defineConfig } from 'lutra'
import { hardware, network, taught } from './project.ts'

// As little as will do: one neuron of 4 bits that looks at five samples.
export default defineConfig({
  ...hardware,
  compress: taught({
    student: network('smallest', 1),
    quantise: {
      kernel: 'quantized_bits(4,1,alpha=1)',
      bias: 'quantized_bits(6,2,alpha=1)',
      relu: 'quantized_relu(4,2)',
    },
    prune: { sparsity: 0.97, structure: 'input', layers: ['fc1'] },
    out: 'smallest',
  }),
  predict: { out: 'smallest-prediction' },
  out: 'smallest-build',
})

import { defineCompression } from 'lutra'
import { data, training, widths } from './networks.ts'

// One run whose price of bit operations rises: a front of networks, from accurate to small. See README.md.
export default {
  compress: defineCompression({
    ...data,
    ...training,
    student: widths,
    widths: { price: [2e-7, 3e-4], overflow: 'SAT' },
    epochs: 150,
    out: 'front',
  }),
  // The hardware of the most accurate of them, for lutra run.
  out: 'build',
}

// The quantisers that training knows, by QKeras's names. Adding one is its definition and one line here.

import {
  quantizedHswish,
  quantizedRelu,
  quantizedSigmoid,
  quantizedTanh,
  quantizedUlaw,
} from './activations.ts'
import { quantizedBits, quantizedLinear } from './bits.ts'
import { bernoulli, binary, stochasticBinary, stochasticTernary, ternary } from './codes.ts'
import type { QuantiserDefinition } from './definition.ts'
import { quantizedPo2, quantizedReluPo2 } from './po2.ts'

export const quantisers: Readonly<Record<string, QuantiserDefinition>> = {
  quantized_bits: quantizedBits,
  quantized_linear: quantizedLinear,
  quantized_relu: quantizedRelu,
  quantized_tanh: quantizedTanh,
  quantized_sigmoid: quantizedSigmoid,
  quantized_ulaw: quantizedUlaw,
  quantized_hswish: quantizedHswish,
  binary,
  ternary,
  stochastic_binary: stochasticBinary,
  stochastic_ternary: stochasticTernary,
  bernoulli,
  quantized_po2: quantizedPo2,
  quantized_relu_po2: quantizedReluPo2,
}

import { describe, expect, it } from 'vitest'
import { renderDiagnostic } from '../../diagnostics/diagnostic.ts'
import type { Json } from '../json.ts'
import { collectProblems } from '../problems.ts'
import { parseQuantiser } from './parse.ts'

function parsed(value: Json) {
  const problems = collectProblems()
  const quantiser = parseQuantiser(value, "layer 'a' (QActivation)", problems)
  return { quantiser, messages: problems.list.map(renderDiagnostic) }
}

describe('parseQuantiser', () => {
  it('reads calls with positional and named arguments', () => {
    expect(parsed('quantized_bits(8, 2, alpha=1)').quantiser?.source).toEqual({
      name: 'quantized_bits',
      options: { bits: 8, integer: 2, symmetric: false, keep_negative: true, alpha: 1 },
    })
    expect(
      parsed("quantized_bits(4,0,1,keep_negative=False,alpha='auto_po2')").quantiser?.source.options,
    ).toEqual({
      bits: 4,
      integer: 0,
      symmetric: true,
      keep_negative: false,
      alpha: 'auto_po2',
    })
  })

  it('reads objects, and passes over what only training reads', () => {
    const config = {
      bits: 7,
      integer: 2,
      use_sigmoid: 0,
      negative_slope: 0.25,
      use_stochastic_rounding: true,
      relu_upper_bound: null,
      qnoise_factor: 0.5,
    }
    const value = { class_name: 'quantized_relu', config, __passive_serialization__: true }
    expect(parsed(value)).toEqual({
      quantiser: {
        source: { name: 'quantized_relu', options: { bits: 7, integer: 2, negative_slope: 0.25 } },
      },
      messages: [],
    })
  })

  it('reads bare names', () => {
    expect(parsed('binary_tanh').quantiser?.source).toEqual({ name: 'binary_tanh', options: {} })
    expect(parsed('ternary').quantiser?.source.options).toEqual({
      alpha: null,
      threshold: null,
      number_of_unrolls: 5,
    })
  })

  it('keeps an array of scales apart', () => {
    const value = { class_name: 'quantized_bits', config: { bits: 4, alpha: [[0.5, 1]] } }
    expect(parsed(value).quantiser).toMatchObject({
      source: { options: { alpha: 'array' } },
      scales: [0.5, 1],
    })
  })

  it.each<[string, Json, string[]]>([
    [
      'an unknown quantizer',
      'quantized_bit(4)',
      [
        "qkeras/unsupported-quantizer: layer 'a' (QActivation): the quantizer 'quantized_bit' is not supported yet; expected one of quantized_bits, quantized_linear, quantized_relu, quantized_tanh, quantized_sigmoid, quantized_hswish, quantized_po2, quantized_relu_po2, binary, ternary, stochastic_binary, stochastic_ternary, binary_tanh, ternary_tanh. Did you mean 'quantized_bits'?",
      ],
    ],
    [
      'an option that changes numbers',
      'quantized_relu(4,0,1)',
      [
        "qkeras/option-value: layer 'a' (QActivation): quantized_relu has the option use_sigmoid = 1; expected 0 or false. Train with a value that is supported.",
      ],
    ],
    [
      'an unknown option and a bad value together',
      'quantized_sigmoid(0, symetric=1)',
      [
        "qkeras/unknown-option: layer 'a' (QActivation): quantized_sigmoid has the option symetric = 1, which is not known; expected bits, symmetric, use_real_sigmoid, use_stochastic_rounding. Did you mean 'symmetric'?",
        "qkeras/option-value: layer 'a' (QActivation): quantized_sigmoid has the option bits = 0; expected a whole number from 1 to 32. Train with a value that is supported.",
      ],
    ],
    [
      'too many arguments',
      'binary_tanh(3)',
      [
        "qkeras/unknown-option: layer 'a' (QActivation): binary_tanh has the option argument 1 = 3, which is not known; expected no options. Train with a quantizer that does without it.",
      ],
    ],
    [
      'what is no quantizer',
      ['x'],
      [
        `qkeras/unsupported-quantizer: layer 'a' (QActivation): the quantizer ["x"] is not supported yet; expected one of quantized_bits, quantized_linear, quantized_relu, quantized_tanh, quantized_sigmoid, quantized_hswish, quantized_po2, quantized_relu_po2, binary, ternary, stochastic_binary, stochastic_ternary, binary_tanh, ternary_tanh. Train with one of these.`,
      ],
    ],
  ])('refuses %s', (_, value, messages) => {
    expect(parsed(value)).toEqual({ quantiser: undefined, messages })
  })
})

import { describe, expect, it } from 'vitest'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import type { Conversion } from '../fixed/types.ts'
import type { SourceQuantiser } from './graph.ts'
import { exactQuantiserType, quantiserType } from './source-quantiser.ts'

const quantiser = (name: string, options: SourceQuantiser['options'] = {}): SourceQuantiser => ({
  name,
  options,
})
const bits = (width: number, integer: number, more: SourceQuantiser['options'] = {}) =>
  quantiser('quantized_bits', {
    bits: width,
    integer,
    symmetric: false,
    keep_negative: true,
    alpha: null,
    ...more,
  })
const shown = (c: Conversion | undefined) =>
  c === undefined ? 'none' : printPrecision(fixedPrecision(c), 'short')

describe('quantiserType, the type that hls4ml gives', () => {
  it.each<[string, SourceQuantiser, string, string]>([
    ['a kernel', bits(6, 0), 'weight', 'fixed<6,1>'],
    ['a kernel with integer bits', bits(16, 6), 'bias', 'fixed<16,7>'],
    ['a kernel that is all integer', bits(4, 4), 'weight', 'fixed<4,4>'],
    ['a kernel of one bit', bits(1, 1), 'weight', 'ufixed<1,1>'],
    ['a binary kernel', quantiser('binary', { alpha: 1 }), 'weight', 'ufixed<1,1>'],
    ['a binary bias', quantiser('binary', { alpha: 1 }), 'bias', 'fixed<2,2>'],
    ['a ternary kernel', quantiser('ternary', { alpha: 1 }), 'weight', 'fixed<2,2>'],
    ['a kernel of a BinaryDense layer', quantiser('BinaryDense'), 'weight', 'fixed<2,2>'],
    ['powers of two', quantiser('quantized_po2', { bits: 4, max_value: null }), 'weight', 'fixed<4,4>'],
    ['an activation', bits(8, 2), 'result', 'fixed<8,3,RND_CONV,SAT>'],
    ['an activation without fraction', bits(4, 3), 'result', 'fixed<4,4>'],
    [
      'linear steps',
      quantiser('quantized_linear', {
        bits: 6,
        integer: 2,
        symmetric: true,
        keep_negative: true,
        alpha: null,
      }),
      'weight',
      'fixed<6,3,RND_CONV,SAT_SYM>',
    ],
    [
      'linear steps of every code',
      quantiser('quantized_linear', {
        bits: 6,
        integer: 2,
        symmetric: false,
        keep_negative: true,
        alpha: null,
      }),
      'result',
      'fixed<6,3,RND_CONV,SAT>',
    ],
    [
      'half a linear step',
      quantiser('quantized_linear', {
        bits: 1,
        integer: 0,
        symmetric: true,
        keep_negative: true,
        alpha: null,
      }),
      'weight',
      'fixed<2,1,RND_CONV,SAT>',
    ],
    [
      'a relu',
      quantiser('quantized_relu', { bits: 4, integer: 0, negative_slope: 0 }),
      'result',
      'ufixed<4,0,RND_CONV,SAT>',
    ],
    [
      'a leaky relu',
      quantiser('quantized_relu', { bits: 7, integer: 2, negative_slope: 0.25 }),
      'result',
      'fixed<7,3,RND_CONV,SAT>',
    ],
    [
      'a tanh',
      quantiser('quantized_tanh', { bits: 6, symmetric: false }),
      'result',
      'fixed<6,1,RND_CONV,SAT>',
    ],
    [
      'a symmetric tanh',
      quantiser('quantized_tanh', { bits: 6, symmetric: true }),
      'result',
      'fixed<6,1,RND_CONV,SAT_SYM>',
    ],
    ['a sigmoid', quantiser('quantized_sigmoid', { bits: 6 }), 'result', 'ufixed<6,0,RND_CONV,SAT>'],
    ['a binary activation', quantiser('binary_tanh'), 'result', 'fixed<2,2>'],
    ['a ternary activation', quantiser('ternary', { alpha: 1 }), 'result', 'fixed<2,2>'],
  ])('%s', (_, source, role, expected) => {
    expect(shown(quantiserType(source, role))).toBe(expected)
  })
})

describe('exactQuantiserType, the type that holds the values', () => {
  it.each<[string, SourceQuantiser, string, string]>([
    ['a kernel', bits(6, 0), 'weight', 'fixed<6,1,RND_CONV,SAT>'],
    [
      'a kernel with a scale of its own node',
      bits(4, 0, { alpha: 'auto' }),
      'weight',
      'fixed<4,1,RND_CONV,SAT_SYM>',
    ],
    ['a bias with a scale', bits(4, 0, { alpha: 'auto' }), 'bias', 'none'],
    ['an unsigned kernel', bits(4, 1, { keep_negative: false }), 'weight', 'ufixed<4,1,RND_CONV,SAT>'],
    ['a kernel of signs', bits(1, 0), 'weight', 'fixed<2,2>'],
    ['an activation without fraction', bits(4, 3), 'result', 'fixed<4,4,RND_CONV,SAT>'],
    [
      'a relu beyond its fraction',
      quantiser('quantized_relu', { bits: 4, integer: 6, negative_slope: 0 }),
      'result',
      'ufixed<4,6,RND_CONV,SAT>',
    ],
    ['powers of two', quantiser('quantized_po2', { bits: 4 }), 'weight', 'none'],
    ['a ternary activation', quantiser('ternary', { alpha: null }), 'result', 'fixed<2,2>'],
  ])('%s', (_, source, role, expected) => {
    expect(shown(exactQuantiserType(source, role))).toBe(expected)
  })
})

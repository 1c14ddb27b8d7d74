import { describe, expect, it } from 'vitest'
import { conversion, fixedType } from '../fixed/types.ts'
import { transposed } from './call.ts'
import { cppConstant, cppName, cppType, exactDecimal } from './types.ts'

describe('cppType', () => {
  const signed = fixedType(true, 16, 10)
  it.each([
    [conversion(signed), 'ap_fixed<16,6>'],
    [conversion(fixedType(false, 8, 9)), 'ap_ufixed<8,-1>'],
    [conversion(signed, 'RND'), 'ap_fixed<16,6,AP_RND>'],
    [conversion(signed, 'TRN', 'SAT'), 'ap_fixed<16,6,AP_TRN,AP_SAT>'],
    [conversion(signed, 'RND_CONV', 'WRAP', 2), 'ap_fixed<16,6,AP_RND_CONV,AP_WRAP,2>'],
    [conversion(fixedType(true, 0, 3), 'RND', 'SAT'), 'nnet::zero'],
  ])('%o is %s', (type, text) => expect(cppType(type)).toBe(text))
})

describe('exactDecimal', () => {
  it.each([
    [3n, 2, '0.75'],
    [-1n, 10, '-0.0009765625'],
    [-2048n, 10, '-2.0'],
    [5n, -3, '40.0'],
    [0n, 4, '0.0'],
  ])('%d · 2^-%d is %s', (raw, frac, text) => expect(exactDecimal(raw, frac)).toBe(text))
})

describe('cppConstant', () => {
  it('writes the bits of what a double cannot hold', () => {
    const wide = conversion(fixedType(true, 70, 10))
    expect(cppConstant(-1n, wide)).toBe('-0.0009765625')
    expect(cppConstant(2n ** 53n, wide)).toBe('nnet::from_raw<ap_fixed<70,60> >(0x20000000000000ull)')
    expect(cppConstant(-(2n ** 69n), wide)).toBe('nnet::from_raw<ap_fixed<70,60> >(0x0ull, 0x20ull)')
  })
})

it('makes identifiers of layer names', () => {
  expect(cppName('conv2d/BiasAdd:0')).toBe('conv2d_BiasAdd_0')
  expect(cppName('2nd')).toBe('_2nd')
})

it('transposes a kernel for the resource strategy', () => {
  expect(transposed([1, 2, 3, 4, 5, 6], 2, 3)).toEqual([1n, 4n, 2n, 5n, 3n, 6n])
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactValue } from '../fixed/convert.ts'
import { type FixedType, fixedType, includesType, maxRaw, minRaw } from '../fixed/types.ts'
import { accumulatedType, clampType } from './auto-type.ts'
import { constantType } from './constant-type.ts'

/** `fixed<W,I>` */
const fixed = (width: number, integer: number) => fixedType(true, width, width - integer)
const ufixed = (width: number, integer: number) => fixedType(false, width, width - integer)

describe('accumulatedType', () => {
  const sum = (x: FixedType, weight: FixedType, terms: number, bias: FixedType, maximum?: FixedType) =>
    accumulatedType({ x, weight, terms }, bias, maximum)

  it('adds widths, ⌈log2 n⌉ and a bit for the bias', () => {
    expect(sum(fixed(16, 6), fixed(16, 6), 16, fixed(16, 6))).toEqual(fixed(37, 17))
    expect(sum(fixed(16, 6), fixed(8, 2), 17, fixed(16, 6))).toEqual(fixed(30, 14))
    expect(sum(fixed(16, 6), fixed(16, 6), 1, fixed(16, 6))).toEqual(fixed(33, 13))
  })

  it("counts a missing bias, hls4ml's ufixed<1,1>, like any other", () => {
    expect(sum(fixed(8, 4), fixed(8, 4), 4, ufixed(1, 1))).toEqual(fixed(19, 11))
  })

  it('takes the bias where it has more integer or fraction bits', () => {
    expect(sum(fixed(4, 2), fixed(4, 2), 2, fixed(20, 10))).toEqual(fixed(21, 11))
    expect(sum(fixed(4, 2), fixed(4, 2), 2, fixed(12, 1))).toEqual(fixed(17, 6))
  })

  it('adds a sign bit to the side that has none', () => {
    // Unsigned products of 4 integer bits, a signed bias.
    expect(sum(ufixed(4, 2), ufixed(4, 2), 1, fixed(4, 2))).toEqual(fixed(10, 6))
    // Signed products, an unsigned bias of more integer bits.
    expect(sum(ufixed(4, 1), fixed(4, 1), 1, ufixed(8, 6))).toEqual(fixed(14, 8))
    expect(sum(ufixed(4, 2), ufixed(4, 2), 1, ufixed(4, 2))).toEqual(ufixed(9, 5))
  })

  it('clamps width and integer bits each on its own', () => {
    expect(sum(fixed(16, 6), fixed(16, 6), 16, fixed(16, 6), fixed(24, 20))).toEqual(fixed(24, 17))
    expect(clampType(fixed(10, 9), fixed(20, 4))).toEqual(fixed(10, 4))
    expect(clampType(ufixed(10, 2), fixed(8, 4))).toEqual(ufixed(8, 2))
    expect(clampType(fixed(10, 9), undefined)).toEqual(fixed(10, 9))
  })

  it('holds every sum of products and a bias', () => {
    const type = fc.record({
      signed: fc.boolean(),
      width: fc.integer({ min: 1, max: 9 }),
      frac: fc.integer({ min: -3, max: 9 }),
    })
    fc.assert(
      fc.property(type, type, type, fc.integer({ min: 1, max: 40 }), (x, weight, bias, terms) => {
        const found = sum(x, weight, terms, bias)
        const ends = (t: FixedType) => [minRaw(t), maxRaw(t)]
        const products = ends(x).flatMap(a => ends(weight).map(b => a * b * BigInt(terms)))
        const shift = (raw: bigint, own: number) => raw << BigInt(found.frac - own)
        for (const product of products)
          for (const offset of ends(bias)) {
            const raw = shift(product, x.frac + weight.frac) + shift(offset, bias.frac)
            expect(raw >= minRaw(found) && raw <= maxRaw(found)).toBe(true)
          }
        expect(includesType(found, bias)).toBe(true)
      }),
    )
  })
})

describe('constantType', () => {
  it.each([
    [0.3, ufixed(8, -1)],
    [0.7, ufixed(8, 0)],
    [-0.3, fixed(9, 0)],
    [0.25, ufixed(1, -1)],
    [-0.25, fixed(2, 0)],
    [1, ufixed(1, 1)],
    [6, ufixed(2, 3)],
    [0, ufixed(1, 1)],
    [255, ufixed(8, 8)],
    [257, ufixed(8, 9)],
    [0.2, ufixed(8, -2)],
  ])('%d is %o', (value, type) => {
    expect(constantType(value, 8)).toEqual({ to: type, rounding: 'TRN', overflow: 'WRAP', saturationBits: 0 })
  })

  it('is exact where 8 significant bits are enough, and no wider', () => {
    const value = fc
      .tuple(fc.integer({ min: -255, max: 255 }), fc.integer({ min: -20, max: 20 }))
      .filter(([mantissa]) => mantissa !== 0)
      .map(([mantissa, shift]) => mantissa * 2 ** shift)
    fc.assert(
      fc.property(value, x => {
        const { to } = constantType(x, 8)
        const { mantissa, frac } = exactValue(x * 2 ** to.frac)
        expect(frac).toBe(0)
        expect(mantissa >= minRaw(to) && mantissa <= maxRaw(to)).toBe(true)
        expect(mantissa & 1n).toBe(1n)
        expect(to.signed).toBe(x < 0)
      }),
    )
  })
})

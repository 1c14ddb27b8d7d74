import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { typeOfRaws } from '../fixed/interval.ts'
import { conversion, fixedType, type Overflow, type Rounding } from '../fixed/types.ts'
import { decimalText, exactTensor, quantiseTensor } from './quantise-weights.ts'

describe('decimalText', () => {
  // As Python prints them: '{:.2f}'.format(0.125) and so on.
  it.each([
    [0.125, 2, '0.12'],
    [0.375, 2, '0.38'],
    [2.5, 0, '2'],
    [3.5, 0, '4'],
    [-0.5, 0, '-0'],
    [-2.5, 0, '-2'],
    [0.05, 1, '0.1'],
    [0.15, 1, '0.1'],
    [0.25, 1, '0.2'],
    [0.35, 1, '0.3'],
    [0, 3, '0.000'],
    [-0, 3, '-0.000'],
    [-0.0001, 3, '-0.000'],
    [0.9999, 3, '1.000'],
    [-9.996, 2, '-10.00'],
    [1e21, 1, '1000000000000000000000.0'],
    [2 ** 70, 0, '1180591620717411303424'],
    [5e-324, 4, '0.0000'],
    [1 / 3, 20, '0.33333333333333331483'],
    [Math.fround(0.1), 10, '0.1000000015'],
    [0.2475, 2, '0.25'],
  ])('prints %d with %i digits as %s', (value, digits, text) => {
    expect(decimalText(value, digits)).toBe(text)
  })

  /** |text − value| as a fraction n / 2^k, by another way: both scaled to integers. */
  const distance = (text: string, value: number, digits: number): { twice: bigint; unit: bigint } => {
    const bits = 1074n
    const scaled = BigInt(text.replace('.', '')) << bits
    // A double times 2^1074 is an integer: shift its parts in steps that stay exact.
    let exact = 0n
    let rest = value
    for (let k = 0; k <= 1074 && rest !== 0; k++) {
      const whole = Math.trunc(rest)
      exact += BigInt(whole) << (bits - BigInt(k))
      rest = (rest - whole) * 2
    }
    const difference = scaled - exact * 10n ** BigInt(digits)
    return { twice: 2n * (difference < 0n ? -difference : difference), unit: 1n << bits }
  }

  it('is the nearest decimal, the even one of two', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
      fc
        .tuple(fc.integer({ min: -4000, max: 4000 }), fc.integer({ min: 0, max: 12 }))
        .map(([n, k]) => n / 2 ** k),
    )
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 14 }), (x, digits) => {
        const text = decimalText(x, digits)
        expect(text).toMatch(digits === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${digits}}$`))
        expect(text.startsWith('-')).toBe(x < 0 || Object.is(x, -0))
        const { twice, unit } = distance(text, x, digits)
        expect(twice <= unit).toBe(true)
        if (twice === unit) expect(Number(text.at(-1)) % 2).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})

const quantised = (
  value: number,
  frac: number,
  rounding: Rounding = 'TRN',
  overflow: Overflow = 'WRAP',
): bigint => {
  const to = conversion(fixedType(true, 8, frac), rounding, overflow)
  return quantiseTensor({ shape: [1], data: Float64Array.of(value) }, to, false).raw[0]!
}

describe('quantiseTensor', () => {
  it('reads the decimal text, not the number', () => {
    // 0.2475 is below 1/4, its text with two digits is not.
    expect(quantised(0.2475, 2)).toBe(1n)
    expect(quantised(0.2475, 4)).toBe(3n)
    expect(quantised(-0.01, 2)).toBe(-1n)
    expect(quantised(-0.001, 2)).toBe(0n)
  })

  it('converts by rounding and overflow of the type', () => {
    expect(quantised(0.3, 3, 'RND')).toBe(2n)
    expect(quantised(20, 3)).toBe(-96n)
    expect(quantised(20, 3, 'TRN', 'SAT')).toBe(127n)
  })

  it('prints whole numbers where the type has no fraction bits', () => {
    expect(quantised(2.5, 0)).toBe(2n)
    expect(quantised(7.6, -1)).toBe(4n)
  })

  it('keeps coded values, whatever their type says', () => {
    const tensor = { shape: [3], data: Float64Array.of(0.25, -4, 1) }
    const raw = quantiseTensor(tensor, conversion(fixedType(true, 3, 0)), true)
    expect(raw).toEqual({ shape: [3], type: fixedType(true, 5, 2), raw: [1n, -16n, 4n] })
  })
})

describe('exactTensor', () => {
  it('is the narrowest type that holds all values', () => {
    const of = (...data: number[]) => exactTensor({ shape: [data.length], data: Float64Array.from(data) })
    expect(of(0, -0)).toEqual({ shape: [2], type: fixedType(false, 0, 0), raw: [0n, 0n] })
    expect(of(96, 32)).toEqual({ shape: [2], type: fixedType(false, 2, -5), raw: [3n, 1n] })
    expect(of(-0.5, 0.25)).toEqual({ shape: [2], type: fixedType(true, 2, 2), raw: [-2n, 1n] })
    expect(of(-1)).toEqual({ shape: [1], type: fixedType(true, 1, 0), raw: [-1n] })
    expect(of(5e-324).type).toEqual(fixedType(false, 1, 1074))
  })

  it('loses nothing and has no bit to spare', () => {
    const value = fc
      .double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
      .map(x => (Math.abs(x) < 1e-9 ? 0 : x))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), data => {
        const { raw, type } = exactTensor({ shape: [data.length], data: Float64Array.from(data) })
        raw.forEach((whole, k) => {
          expect(Number(whole) / 2 ** type.frac).toBe(data[k]! + 0)
        })
        if (type.width > 0) expect(raw.some(whole => (whole & 1n) === 1n)).toBe(true)
        expect(typeOfRaws(raw, type.frac)).toEqual(type)
      }),
    )
  })
})

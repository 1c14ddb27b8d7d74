import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  convertRaw,
  exactValue,
  numberConverter,
  numberQuantiser,
  quantiseInfinite,
  quantiseNumber,
  rawToNumber,
} from './convert.ts'
import {
  type Conversion,
  conversion,
  fixedType,
  maxRaw,
  minRaw,
  overflows,
  type Rounding,
  roundings,
} from './types.ts'

// The model: rational arithmetic from each mode's definition, and overflow on two's-complement text.

interface Rational {
  readonly n: bigint
  readonly d: bigint
}

function toRational(raw: bigint, frac: number): Rational {
  return frac >= 0 ? { n: raw, d: 2n ** BigInt(frac) } : { n: raw * 2n ** BigInt(-frac), d: 1n }
}

function floorOf({ n, d }: Rational): bigint {
  const q = n / d
  return n % d < 0n ? q - 1n : q
}

function abs(n: bigint): bigint {
  return n < 0n ? -n : n
}

/** The whole numbers on both sides, and the rule that picks one. */
function roundByDefinition(x: Rational, mode: Rounding): bigint {
  const below = floorOf(x)
  if (below * x.d === x.n) return below
  const above = below + 1n
  if (mode === 'TRN') return below
  const towardZero = abs(below) < abs(above) ? below : above
  if (mode === 'TRN_ZERO') return towardZero
  const toBelow = x.n - below * x.d
  const toAbove = above * x.d - x.n
  if (toBelow !== toAbove) return toBelow < toAbove ? below : above
  const tie: Record<Exclude<Rounding, 'TRN' | 'TRN_ZERO'>, bigint> = {
    RND: above,
    RND_MIN_INF: below,
    RND_ZERO: towardZero,
    RND_INF: towardZero === below ? above : below,
    RND_CONV: below % 2n === 0n ? below : above,
  }
  return tie[mode]
}

/** Two's complement of `value`, `length` characters, highest bit first. */
function bitsOf(value: bigint, length: number): string[] {
  return Array.from({ length }, (_, i) => {
    const place = 2n ** BigInt(length - 1 - i)
    return floorOf({ n: value, d: place }) % 2n === 0n ? '0' : '1'
  })
}

function numberOf(bits: readonly string[], signed: boolean): bigint {
  return bits.reduce((sum, bit, i) => {
    const place = bit === '1' ? 2n ** BigInt(bits.length - 1 - i) : 0n
    return i === 0 && signed ? sum - place : sum + place
  }, 0n)
}

function invert(bits: readonly string[]): string[] {
  return bits.map(b => (b === '1' ? '0' : '1'))
}

function model(raw: bigint, frac: number, c: Conversion): bigint {
  const { signed, width } = c.to
  if (width === 0) return 0n
  const scaled = toRational(raw, frac - c.to.frac)
  const x = roundByDefinition(scaled, c.rounding)
  const largest = 2n ** BigInt(signed ? width - 1 : width) - 1n
  const smallest = signed ? -largest - 1n : 0n
  const symmetric = c.overflow === 'SAT_SYM' && signed && width > 1 ? -largest : smallest
  if (x <= largest && x >= symmetric) return x
  if (c.overflow === 'SAT_ZERO') return 0n
  if (c.overflow === 'SAT' || c.overflow === 'SAT_SYM') return x > 0n ? largest : symmetric
  const negative = x < 0n
  const kept = bitsOf(x, width)
  const n = Math.min(c.saturationBits, width)
  if (c.overflow === 'WRAP') return numberOf(saturateTop(kept, n, negative, signed), signed)
  const deletedLowest = floorOf({ n: floorOf(scaled), d: 2n ** BigInt(width) }) % 2n === 0n ? '0' : '1'
  const sign = negative ? '1' : '0'
  if (n === 0) return numberOf(kept[0] === deletedLowest ? kept : invert(kept), true)
  // The lowest of the saturated bits should be the sign's opposite (for N = 1 it is the sign itself).
  const wanted = n === 1 ? sign : sign === '1' ? '0' : '1'
  return numberOf(saturateTop(kept[n - 1] === wanted ? kept : invert(kept), n, negative, true), true)
}

function saturateTop(bits: readonly string[], n: number, negative: boolean, signed: boolean): string[] {
  return bits.map((bit, i) => {
    if (i >= n) return bit
    if (!signed) return '1'
    return (i === 0) === negative ? '1' : '0'
  })
}

const anyConversion: fc.Arbitrary<Conversion> = fc
  .record({
    signed: fc.boolean(),
    width: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 70 })),
    frac: fc.integer({ min: -12, max: 24 }),
    rounding: fc.constantFrom(...roundings),
    overflow: fc.constantFrom(...overflows),
    saturation: fc.integer({ min: 0, max: 5 }),
  })
  .map(r =>
    conversion(
      fixedType(r.signed, r.width, r.frac),
      r.rounding,
      r.overflow === 'WRAP_SM' && !r.signed ? 'WRAP' : r.overflow,
      Math.min(r.saturation, r.width),
    ),
  )
const anyRaw = fc.oneof(fc.bigInt({ min: -70n, max: 70n }), fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }))
const anyFrac = fc.integer({ min: -10, max: 30 })

describe('convertRaw', () => {
  it('is the model at random types and values', () => {
    fc.assert(
      fc.property(anyRaw, anyFrac, anyConversion, (raw, frac, c) => {
        expect(convertRaw(raw, frac, c)).toBe(model(raw, frac, c))
      }),
      { numRuns: 20_000 },
    )
  })

  it('is the model for every mode, small width and value', () => {
    for (const rounding of roundings) {
      for (const overflow of overflows) {
        for (const signed of overflow === 'WRAP_SM' ? [true] : [true, false])
          checkSmall(signed, rounding, overflow)
      }
    }
  })

  function checkSmall(signed: boolean, rounding: Rounding, overflow: Conversion['overflow']): void {
    for (let width = 0; width <= 4; width++) {
      for (let n = 0; n <= (overflow.startsWith('WRAP') ? Math.min(width, 3) : 0); n++) {
        const c = conversion(fixedType(signed, width, 1), rounding, overflow, n)
        for (const frac of [0, 1, 3]) {
          for (let raw = -80n; raw <= 80n; raw++) {
            const result = convertRaw(raw, frac, c)
            if (result !== model(raw, frac, c)) expect({ raw, frac, c, result }).toEqual(model(raw, frac, c))
          }
        }
      }
    }
  }

  it("gives the manual's examples", () => {
    const at = (
      value: number,
      signed: boolean,
      c: Pick<Conversion, 'rounding' | 'overflow'>,
      i = 4,
      w = 4,
    ): number =>
      rawToNumber(
        quantiseNumber(value, conversion(fixedType(signed, w, w - i), c.rounding, c.overflow)),
        w - i,
      )
    expect(at(19, true, { rounding: 'RND', overflow: 'SAT' })).toBe(7)
    expect(at(-19, true, { rounding: 'RND', overflow: 'SAT' })).toBe(-8)
    expect(at(-19, false, { rounding: 'RND', overflow: 'SAT' })).toBe(0)
    expect(at(19, true, { rounding: 'RND', overflow: 'SAT_ZERO' })).toBe(0)
    expect(at(-19, true, { rounding: 'RND', overflow: 'SAT_SYM' })).toBe(-7)
    expect(at(19, false, { rounding: 'RND', overflow: 'SAT_SYM' })).toBe(15)
    expect(at(31, true, { rounding: 'RND', overflow: 'WRAP' })).toBe(-1)
    expect(at(-19, true, { rounding: 'RND', overflow: 'WRAP' })).toBe(-3)
    expect(at(-19, false, { rounding: 'RND', overflow: 'WRAP' })).toBe(13)
    expect(at(19, true, { rounding: 'RND', overflow: 'WRAP_SM' })).toBe(-4)
    expect(at(-19, true, { rounding: 'RND', overflow: 'WRAP_SM' })).toBe(2)
    const round = (value: number, rounding: Rounding): number =>
      at(value, true, { rounding, overflow: 'SAT' }, 2, 3)
    expect(roundings.map(r => round(1.25, r))).toEqual([1, 1, 1.5, 1, 1.5, 1, 1])
    expect(roundings.map(r => round(-1.25, r))).toEqual([-1.5, -1, -1, -1, -1.5, -1.5, -1])
  })

  it('folds sign and magnitude as a triangle', () => {
    const fold = (raw: bigint, frac: number): bigint =>
      convertRaw(raw, frac, conversion(fixedType(true, 4, 0), 'RND', 'WRAP_SM'))
    expect([7n, 8n, 9n, 15n, 16n, 17n, 23n, 24n, 31n, 32n].map(x => fold(x, 0))).toEqual([
      7n,
      7n,
      6n,
      0n,
      -1n,
      -2n,
      -8n,
      -8n,
      -1n,
      0n,
    ])
    expect(fold(31n, 1)).toBe(0n)
    expect(() => convertRaw(9n, 0, conversion(fixedType(false, 3, 0), 'TRN', 'WRAP_SM'))).toThrow(
      'precision/unsigned-wrap-sm',
    )
  })

  it('keeps one signed bit as ap_fixed does', () => {
    const bit = (overflow: Conversion['overflow']): bigint[] =>
      [-3n, -1n, 0n, 1n, 2n].map(x => convertRaw(x, 0, conversion(fixedType(true, 1, 0), 'TRN', overflow)))
    expect(bit('WRAP')).toEqual([-1n, -1n, 0n, -1n, 0n])
    expect(bit('SAT')).toEqual([-1n, -1n, 0n, 0n, 0n])
    expect(bit('SAT_SYM')).toEqual([-1n, -1n, 0n, 0n, 0n])
  })
})

describe('numberConverter', () => {
  const range = fc
    .tuple(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.integer({ min: 0, max: 53 }))
    .map(([a, b, drop]) => {
      const [x, y] = [BigInt(a) >> BigInt(drop), BigInt(b) >> BigInt(drop)]
      return x < y ? { min: x, max: y } : { min: y, max: x }
    })

  it('is convertRaw wherever it exists', () => {
    let made = 0
    fc.assert(
      fc.property(
        range,
        anyFrac,
        anyConversion,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        (r, frac, c, at) => {
          const convert = numberConverter(frac, r.min, r.max, c)
          if (convert === undefined) return
          made++
          const inside = at.map(t => r.min + BigInt(Math.floor(t * Number(r.max - r.min))))
          for (const raw of [r.min, r.max, ...inside, 0n, -1n, 1n, 2n ** 20n - 1n, -(2n ** 31n)]) {
            if (raw < r.min || raw > r.max) continue
            const result = convert(Number(raw))
            if (!Object.is(result, Number(convertRaw(raw, frac, c))))
              expect(result).toBe(Number(convertRaw(raw, frac, c)))
          }
        },
      ),
      { numRuns: 20_000 },
    )
    expect(made).toBeGreaterThan(5000)
  })

  it('is convertRaw for every mode over small ranges', () => {
    for (const rounding of roundings) {
      for (const overflow of overflows.filter(o => o !== 'WRAP_SM')) {
        for (const signed of [true, false]) {
          for (const width of [0, 1, 3, 5]) {
            for (const n of overflow === 'WRAP' ? [0, 1, 2].filter(x => x <= width) : [0]) {
              checkRange(conversion(fixedType(signed, width, 1), rounding, overflow, n))
            }
          }
        }
      }
    }
  })

  function checkRange(c: Conversion): void {
    for (const frac of [-1, 0, 1, 2, 4, 40]) {
      for (const [min, max] of [
        [-64n, 64n],
        [10n, 90n],
        [-90n, -10n],
      ] as const) {
        const convert = numberConverter(frac, min, max, c)!
        for (let raw = min; raw <= max; raw++) {
          const [ours, exact] = [convert(Number(raw)), Number(convertRaw(raw, frac, c))]
          if (!Object.is(ours, exact)) expect({ raw, frac, c, ours }).toEqual(exact)
        }
      }
    }
  }

  it('exists for the types of the field and refuses what 53 bits do not hold', () => {
    const to = (w: number, i: number): Conversion => conversion(fixedType(true, w, w - i))
    expect(numberConverter(20, -(2n ** 31n), 2n ** 31n - 1n, to(16, 6))!(3 * 2 ** 20 + 1023)).toBe(
      3 * 2 ** 10,
    )
    expect(numberConverter(20, -(2n ** 52n), 2n ** 52n, to(40, 20))).toBeDefined()
    expect(numberConverter(20, -(2n ** 60n), 2n ** 60n, to(16, 6))).toBeUndefined()
    expect(numberConverter(0, -(2n ** 40n), 2n ** 40n, to(60, 20))).toBeUndefined()
    expect(numberConverter(0, -8n, 7n, conversion(fixedType(false, 60, 0)))).toBeUndefined()
    expect(numberConverter(0, -8n, 7n, conversion(fixedType(false, 60, 0), 'TRN', 'SAT'))!(-3)).toBe(0)
  })
})

describe('doubles', () => {
  const anyDouble = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, min: -40, max: 40 }),
    fc.integer({ min: -4000, max: 4000 }).map(x => x / 64),
  )

  it('are taken apart exactly', () => {
    fc.assert(
      fc.property(anyDouble, x => {
        const { mantissa, frac } = exactValue(x)
        expect(rawToNumber(mantissa, frac)).toBe(x + 0)
      }),
      { numRuns: 3000 },
    )
    expect(exactValue(5e-324)).toMatchObject({ mantissa: 2n ** BigInt(exactValue(5e-324).frac - 1074) })
  })

  it('are quantised as by the model, and by the compiled form', () => {
    fc.assert(
      fc.property(anyDouble, anyConversion, (x, c) => {
        const { mantissa, frac } = exactValue(x)
        const exact = model(mantissa, frac, c)
        expect(quantiseNumber(x, c)).toBe(exact)
        const fast = numberQuantiser(c)
        if (fast !== undefined) expect(fast(x)).toBe(Number(exact))
      }),
      { numRuns: 10_000 },
    )
  })

  it('just off a half are not pulled onto it', () => {
    const c = conversion(fixedType(true, 8, 0), 'RND', 'SAT')
    for (const x of [0.49999999999999994, -0.49999999999999994, -0.5000000000000001, 1.4999999999999998]) {
      for (const rounding of roundings) {
        expect(numberQuantiser({ ...c, rounding })!(x)).toBe(Number(quantiseNumber(x, { ...c, rounding })))
      }
    }
    expect(quantiseNumber(0.49999999999999994, c)).toBe(0n)
  })

  it('that are not finite fail, and infinity saturates when asked', () => {
    const c = conversion(fixedType(true, 18, 10), 'RND', 'SAT')
    expect(() => quantiseNumber(NaN, c, "weight 'w'")).toThrow("fixed/not-finite: weight 'w'")
    expect(() => numberQuantiser(c)!(Infinity)).toThrow('fixed/not-finite')
    expect([quantiseInfinite(1, c), quantiseInfinite(-1, c)]).toEqual([maxRaw(c.to), minRaw(c.to)])
    expect(quantiseInfinite(-1, { ...c, overflow: 'SAT_SYM' })).toBe(-maxRaw(c.to))
    expect(quantiseInfinite(1, { ...c, overflow: 'SAT_ZERO' })).toBe(0n)
    expect(quantiseInfinite(1, { ...c, overflow: 'WRAP' })).toBe(0n)
    expect(quantiseInfinite(-1, { ...c, to: fixedType(false, 8, 4) })).toBe(0n)
  })

  it('come back from raws, rounded once', () => {
    expect(rawToNumber(-5n, 1)).toBe(-2.5)
    expect(rawToNumber(3, -4)).toBe(48)
    expect(rawToNumber((1n << 200n) + (1n << 147n) + 1n, 200)).toBe(1 + 2 ** -52)
    expect(rawToNumber((1n << 200n) + (1n << 147n), 200)).toBe(1)
    expect(rawToNumber(1n << 3000n, 3000)).toBe(1)
    expect(rawToNumber(1, 1074)).toBe(5e-324)
  })
})

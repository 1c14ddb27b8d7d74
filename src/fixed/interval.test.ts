import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bitLength, trailingZeros } from './bit-length.ts'
import { convertRaw } from './convert.ts'
import type { Interval } from './interval.ts'
import * as interval from './interval.ts'
import {
  type Conversion,
  conversion,
  fixedType,
  includesType,
  maxRaw,
  minRaw,
  overflows,
  roundings,
} from './types.ts'

const anyInterval: fc.Arbitrary<Interval> = fc
  .tuple(
    fc.bigInt({ min: -20n, max: 20n }),
    fc.bigInt({ min: 0n, max: 12n }),
    fc.integer({ min: -3, max: 4 }),
  )
  .map(([min, length, frac]) => ({ min, max: min + length, frac }))

const anyConversion: fc.Arbitrary<Conversion> = fc
  .record({
    signed: fc.boolean(),
    width: fc.integer({ min: 0, max: 6 }),
    frac: fc.integer({ min: -4, max: 5 }),
    rounding: fc.constantFrom(...roundings),
    overflow: fc.constantFrom(...overflows),
    bits: fc.integer({ min: 0, max: 2 }),
  })
  .map(r =>
    conversion(
      fixedType(r.signed, r.width, r.frac),
      r.rounding,
      r.overflow === 'WRAP_SM' && !r.signed ? 'SAT' : r.overflow,
      Math.min(r.bits, r.width),
    ),
  )

function raws(a: Interval): bigint[] {
  return Array.from({ length: Number(a.max - a.min) + 1 }, (_, i) => a.min + BigInt(i))
}

/** raw as a multiple of 2^-frac brought to a common least bit. */
function at(raw: bigint, from: number, to: number): bigint {
  return raw << BigInt(to - from)
}

function hull(values: readonly bigint[]): { min: bigint; max: bigint } {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return { min: sorted[0]!, max: sorted[sorted.length - 1]! }
}

describe('intervals', () => {
  const operations: Record<
    string,
    { of: (a: Interval, b: Interval) => Interval; value: (x: bigint, y: bigint) => bigint }
  > = {
    add: { of: interval.add, value: (x, y) => x + y },
    sub: { of: interval.sub, value: (x, y) => x - y },
    minimum: { of: interval.minimum, value: (x, y) => (x < y ? x : y) },
    maximum: { of: interval.maximum, value: (x, y) => (x > y ? x : y) },
  }
  for (const [name, operation] of Object.entries(operations)) {
    it(`${name} is the exact hull`, () => {
      fc.assert(
        fc.property(anyInterval, anyInterval, (a, b) => {
          const frac = Math.max(a.frac, b.frac)
          const all = raws(a).flatMap(x =>
            raws(b).map(y => operation.value(at(x, a.frac, frac), at(y, b.frac, frac))),
          )
          expect(operation.of(a, b)).toEqual({ ...hull(all), frac })
        }),
        { numRuns: 300 },
      )
    })
  }

  it('multiply, negate, absolute, shift and union are exact hulls', () => {
    fc.assert(
      fc.property(anyInterval, anyInterval, (a, b) => {
        const products = raws(a).flatMap(x => raws(b).map(y => x * y))
        expect(interval.multiply(a, b)).toEqual({ ...hull(products), frac: a.frac + b.frac })
        expect(interval.negate(a)).toEqual({ ...hull(raws(a).map(x => -x)), frac: a.frac })
        expect(interval.absolute(a)).toEqual({ ...hull(raws(a).map(x => (x < 0n ? -x : x))), frac: a.frac })
        expect(interval.shift(a, 3)).toEqual({ ...a, frac: a.frac - 3 })
        const frac = Math.max(a.frac, b.frac)
        const both = [...raws(a).map(x => at(x, a.frac, frac)), ...raws(b).map(x => at(x, b.frac, frac))]
        expect(interval.union(a, b)).toEqual({ ...hull(both), frac })
      }),
      { numRuns: 300 },
    )
  })

  it('have the narrowest type', () => {
    fc.assert(
      fc.property(anyInterval, a => {
        const type = interval.typeOf(a)
        expect(minRaw(type) <= a.min && a.max <= maxRaw(type)).toBe(true)
        expect(interval.fitsType(a, type)).toBe(true)
        if (type.width === 0) return
        const narrower = fixedType(type.signed, type.width - 1, type.frac)
        expect(minRaw(narrower) <= a.min && a.max <= maxRaw(narrower)).toBe(false)
        expect(type.signed).toBe(a.min < 0n)
      }),
    )
    expect(interval.typeOf(interval.constant(0n, 3))).toEqual(fixedType(false, 0, 3))
    expect(interval.typeOf(interval.constant(-1n, 0))).toEqual(fixedType(true, 1, 0))
    expect(interval.intervalOf(fixedType(true, 8, 4))).toEqual({ min: -128n, max: 127n, frac: 4 })
  })

  it('tell what fits where', () => {
    fc.assert(
      fc.property(anyInterval, anyInterval, (a, b) => {
        const frac = Math.max(a.frac, b.frac, 0)
        const outer = new Set(raws(b).map(x => at(x, b.frac, frac)))
        const inside = raws(a).every(x => outer.has(at(x, a.frac, frac)))
        expect(interval.contains(b, a)).toBe(inside)
      }),
    )
    expect(interval.contains({ min: 0n, max: 0n, frac: -1 }, { min: 0n, max: 0n, frac: 0 })).toBe(true)
    expect(interval.fitsType({ min: 0n, max: 6n, frac: 1 }, fixedType(false, 2, 0))).toBe(false)
    expect(interval.fitsType(interval.constant(6n, 1), fixedType(false, 2, 0))).toBe(true)
    expect(includesType(fixedType(true, 8, 4), fixedType(false, 7, 4))).toBe(true)
  })

  it('lose trailing zeros when told', () => {
    expect(interval.coarsen({ min: -13n, max: 13n, frac: 4 }, 2)).toEqual({ min: -3n, max: 3n, frac: 2 })
    expect(interval.tight(interval.constant(-24n, 1))).toEqual({ min: -3n, max: -3n, frac: -2 })
    expect(interval.tight(interval.constant(0n, 9))).toEqual({ min: 0n, max: 0n, frac: 0 })
    expect(interval.tight({ min: 0n, max: 8n, frac: 0 })).toEqual({ min: 0n, max: 8n, frac: 0 })
  })
})

describe('convertInterval', () => {
  it('holds every result, and is their hull but for saturation bits and WRAP_SM', () => {
    fc.assert(
      fc.property(anyInterval, anyConversion, (a, c) => {
        const results = hull(raws(a).map(x => convertRaw(x, a.frac, c)))
        const bound = interval.convertInterval(a, c)
        expect(bound.frac).toBe(c.to.frac)
        if (c.overflow === 'WRAP_SM' || (c.overflow === 'WRAP' && c.saturationBits > 0)) {
          expect(bound.min <= results.min && results.max <= bound.max).toBe(true)
          expect(bound.min >= minRaw(c.to) && bound.max <= maxRaw(c.to)).toBe(true)
        } else expect({ min: bound.min, max: bound.max }).toEqual(results)
      }),
      { numRuns: 20_000 },
    )
  })

  it('stays narrow where one period holds all values', () => {
    const c = conversion(fixedType(true, 4, 0))
    expect(interval.convertInterval({ min: 17n, max: 20n, frac: 0 }, c)).toEqual({
      min: 1n,
      max: 4n,
      frac: 0,
    })
    expect(interval.convertInterval({ min: 7n, max: 8n, frac: 0 }, c)).toEqual({ min: -8n, max: 7n, frac: 0 })
    const shifted = conversion(fixedType(true, 4, 2))
    expect(interval.convertInterval({ min: -9n, max: 9n, frac: 0 }, shifted)).toEqual({
      min: -8n,
      max: 4n,
      frac: 2,
    })
  })
})

describe('bit lengths', () => {
  it('count bits and trailing zeros', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }), n => {
        const magnitude = n < 0n ? -n : n
        expect(bitLength(n)).toBe(n === 0n ? 0 : magnitude.toString(2).length)
        expect(trailingZeros(n)).toBe(n === 0n ? 0 : /0*$/.exec(magnitude.toString(2))![0].length)
      }),
    )
  })
})

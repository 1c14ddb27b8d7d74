import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convertRaw } from '../../fixed/convert.ts'
import { type Conversion, conversion, type Rounding } from '../../fixed/types.ts'
import { toRaw } from './conversion.ts'
import { dyadic, dyadicOfNumber } from './dyadic.ts'
import { conversions } from './testing/random-types.ts'

const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000_000)

const fourBits = (overflow: Conversion['overflow'], saturationBits = 0) =>
  conversion({ signed: true, width: 4, frac: 0 }, 'TRN', overflow, saturationBits)

describe('the examples of docs/semantics.md', () => {
  const rounded: Readonly<Record<Rounding, readonly bigint[]>> = {
    TRN: [-3n, -2n, -2n, 1n, 1n, 2n],
    TRN_ZERO: [-2n, -1n, -1n, 1n, 1n, 2n],
    RND: [-2n, -1n, -1n, 1n, 2n, 3n],
    RND_MIN_INF: [-3n, -2n, -1n, 1n, 1n, 2n],
    RND_ZERO: [-2n, -1n, -1n, 1n, 1n, 2n],
    RND_INF: [-3n, -2n, -1n, 1n, 2n, 3n],
    RND_CONV: [-2n, -2n, -1n, 1n, 2n, 2n],
  }
  for (const [rounding, expected] of Object.entries(rounded)) {
    it(rounding, () => {
      const c = conversion({ signed: true, width: 8, frac: 0 }, rounding as Rounding)
      const values = [-2.5, -1.5, -1.25, 1.25, 1.5, 2.5]
      expect(values.map(value => toRaw(dyadicOfNumber(value), c))).toEqual(expected)
    })
  }

  it('saturation bits', () => {
    expect(toRaw(dyadic(13n), fourBits('WRAP', 2))).toBe(5n)
  })

  it('folding', () => {
    const integers = [7n, 8n, 9n, 15n, 16n, 17n]
    const folded = integers.map(integer => toRaw(dyadic(integer), fourBits('WRAP_SM')))
    expect(folded).toEqual([7n, 7n, 6n, 0n, -1n, -2n])
  })
})

it(`conversions agree with those of the other engines, seed ${seed}`, () => {
  const values = fc.record({
    raw: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
    frac: fc.integer({ min: -4, max: 44 }),
  })
  fc.assert(
    fc.property(values, conversions(20), ({ raw, frac }, c) => {
      expect(toRaw(dyadic(raw, -frac), c)).toBe(convertRaw(raw, frac, c))
    }),
    { seed, numRuns: 20_000 },
  )
})

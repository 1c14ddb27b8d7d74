import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { signedDigits } from '../signed-digits.ts'
import { canonicalDigits, digitCount, digitValue, removableDigits, removablePairs } from './recodings.ts'

const coefficients = fc.integer({ min: -(2 ** 24), max: 2 ** 24 })
const values = (digits: Iterable<number>) => [...digits].map(digitValue).sort((a, b) => a - b)

describe('recodings', () => {
  test('canonical digits are those of the exact recoding', () => {
    fc.assert(
      fc.property(coefficients, c => {
        const expected = signedDigits(BigInt(c)).map(({ shift, sign }) => sign * 2 ** shift)
        expect(canonicalDigits(c).map(digitValue)).toEqual(expected)
        expect(digitCount(c)).toBe(expected.length)
      }),
      { seed: 1 },
    )
  })

  test('3 is 4 − 1 and 2 + 1; 11 has three forms', () => {
    expect(values(removableDigits(3))).toEqual([-1, 1, 2, 4])
    expect(values(removableDigits(11))).toEqual(
      [-4, -1, 1, 2, 4, 8, 16].filter(d => digitCount(11 - d) === 2),
    )
    expect(removableDigits(0)).toHaveLength(0)
    const pairs = removablePairs(3)
    expect([...pairs].map(digitValue)).toEqual([1, 2, -1, 4])
  })

  test('each removable digit leaves one digit less, each pair two', () => {
    fc.assert(
      fc.property(coefficients, c => {
        for (const d of removableDigits(c)) expect(digitCount(c - digitValue(d))).toBe(digitCount(c) - 1)
        const pairs = removablePairs(c)
        for (let k = 0; k < pairs.length; k += 2)
          expect(digitCount(c - digitValue(pairs[k]!) - digitValue(pairs[k + 1]!))).toBe(digitCount(c) - 2)
        for (const d of canonicalDigits(c)) expect([...removableDigits(c)]).toContain(d)
      }),
      { seed: 2 },
    )
  })
})

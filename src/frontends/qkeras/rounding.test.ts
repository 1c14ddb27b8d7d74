import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearestPowerOfTwo, roundHalfEven } from './rounding.ts'

describe('roundHalfEven', () => {
  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [2.4999, 2],
    [-2.5001, -3],
    [7, 7],
  ])('%f → %f', (x, expected) => {
    expect(roundHalfEven(x) + 0).toBe(expected)
  })
})

describe('nearestPowerOfTwo', () => {
  it.each([
    [1, 1],
    [1.41, 1],
    [1.42, 2],
    [0.7, 0.5],
    [0.71, 1],
    [3, 4],
    [1e-7, 2 ** -23],
  ])('%f → %f', (x, expected) => {
    expect(nearestPowerOfTwo(Math.fround(x))).toBe(expected)
  })

  it('is 2^round(log2 x) away from the borders', () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(1e-20), max: Math.fround(1e20), noNaN: true }), x => {
        const log = Math.log2(x)
        fc.pre(Math.abs(log - Math.floor(log) - 0.5) > 1e-9)
        expect(nearestPowerOfTwo(x)).toBe(2 ** Math.round(log))
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDistribution, distributionOf, exponentOf } from './distribution.ts'
import { randomRows } from './testing/small-model.ts'

/** numpy's percentile, written again. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return low + (high - low) * (place - Math.floor(place))
}

describe('distributions', () => {
  it('are those of sorted values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), values => {
        const told = distributionOf(values)
        const shares = { p5: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95 }
        for (const [key, share] of Object.entries(shares) as [keyof typeof shares, number][])
          expect(told.quantiles[key]).toBeCloseTo(percentile(values, share), 9)
        expect(told.min).toBe(Math.min(...values) + 0)
        expect(told.max).toBe(Math.max(...values) + 0)
        expect(told.medianMagnitude).toBeCloseTo(percentile(values.map(Math.abs), 0.5), 9)
        expect(told.zeros).toBe(values.filter(value => value === 0).length / values.length)
        const magnitudes = values.map(Math.abs).filter(value => value > 0)
        expect(told.magnitudes === undefined).toBe(magnitudes.length === 0)
        if (told.magnitudes === undefined) return
        expect(told.magnitudes.p25).toBeCloseTo(percentile(magnitudes, 0.25), 9)
        expect([told.magnitudes.min, told.magnitudes.max]).toEqual([
          Math.min(...magnitudes),
          Math.max(...magnitudes),
        ])
      }),
    )
  })

  it('of one value, of zeros, of none', () => {
    expect(distributionOf([-3])).toMatchObject({
      min: -3,
      max: -3,
      medianMagnitude: 3,
      zeros: 0,
      exponent: 2,
    })
    const zeros = distributionOf([0, -0, 0])
    expect(zeros).toMatchObject({ zeros: 1, min: 0, max: 0 })
    expect('magnitudes' in zeros || 'exponent' in zeros).toBe(false)
    expect(distributionOf([])).toMatchObject({ count: 0, zeros: 0 })
  })

  it('count what is no number apart', () => {
    const told = distributionOf([1, Number.NaN, 2, Number.POSITIVE_INFINITY])
    expect(told).toMatchObject({ count: 2, notFinite: 2, min: 1, max: 2 })
  })

  it('of many values are exact but for quantiles, which are at most 2^-8 too near to 0', () => {
    const { data } = randomRows(20_000, 1, 40)
    data.fill(0, 0, 3000)
    const many = createDistribution(1000)
    for (let k = 0; k < data.length; k += 777) many.add(data.subarray(k, k + 777))
    const [told, exact] = [many.result(), distributionOf(data)]
    expect(told).toMatchObject({ count: 20_000, min: exact.min, max: exact.max, zeros: exact.zeros })
    expect(told.exponent).toBe(exact.exponent)
    expect([exact.quantileError, told.quantileError]).toEqual([0, 2 ** -8])
    for (const key of ['p5', 'p25', 'p50', 'p75', 'p95'] as const) {
      const [got, wanted] = [told.quantiles[key], exact.quantiles[key]]
      expect(Math.abs(got)).toBeLessThanOrEqual(Math.abs(wanted))
      expect(Math.abs(got)).toBeGreaterThan(Math.abs(wanted) * (1 - 2 ** -8) - 1e-12)
      expect(told.magnitudes![key]).toBeGreaterThan(exact.magnitudes![key] * (1 - 2 ** -8))
    }
  })

  it('of many values with few bits are exact', () => {
    const data = randomRows(5000, 1, 8).data.map(value => Math.round(value * 16) / 16)
    const many = createDistribution(100)
    many.add(data)
    expect({ ...many.result(), quantileError: 0 }).toEqual(distributionOf(data))
  })

  it('do not depend on how values are cut into pieces', () => {
    const { data } = randomRows(3000, 1)
    const whole = createDistribution(500)
    whole.add(data)
    const pieces = createDistribution(500)
    for (let k = 0; k < data.length; k += 7) pieces.add(data.subarray(k, k + 7))
    expect(pieces.result()).toEqual(whole.result())
  })

  it('tell the least power of two that nothing exceeds', () => {
    expect([1, 1.5, 2, 0.75, 0.5, 2 ** -40, 2 ** 29, 2 ** 29 + 1].map(exponentOf)).toEqual([
      0, 1, 1, 0, -1, -40, 29, 30,
    ])
  })
})

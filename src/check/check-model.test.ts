import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { findDevice } from '../estimate/devices.ts'
import { conversion, fixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { accuracyFindings, checkAccuracy } from './accuracy.ts'
import { type FitCheck, fitFindings, fitRows, fitsDevice, largerDevice } from './fit.ts'
import { neededInteger } from './range-findings.ts'

test('the integer bits named hold what came, and one fewer does not', () => {
  const value = fc.integer({ min: -(2 ** 40), max: 2 ** 40 })
  fc.assert(
    fc.property(value, value, fc.boolean(), fc.integer({ min: -4, max: 30 }), (a, b, signed, frac) => {
      const [low, high] = a < b ? [a, b] : [b, a]
      const [min, max] = [low * 2 ** -frac, high * 2 ** -frac]
      const own = conversion(fixedType(signed, 8, frac))
      const reached = { role: 'result', conversions: [own], min, max, of: 2, wrapped: 0, saturated: 0 }
      const width = neededInteger(reached) + frac
      const holds = (bits: number) => {
        const type = fixedType(signed || low < 0, Math.max(0, bits), frac)
        return minRaw(type) <= BigInt(low) && BigInt(high) <= maxRaw(type)
      }
      expect(holds(width)).toBe(true)
      if (width > 1) expect(holds(width - 1)).toBe(false)
    }),
    { seed: 1, numRuns: 500 },
  )
})

const batch = (...data: number[]) => ({
  rows: data.length / 2,
  shape: [2],
  data: Float64Array.from(data),
})

describe('accuracy', () => {
  const float = batch(0.9, 0.1, 0.2, 0.8, 0.4, 0.6, 0.7, 0.3)
  const fixed = batch(0.9, 0.1, 0.8, 0.2, 0.6, 0.4, 0.7, 0.3)

  it('by labels, with what both decide', () => {
    const check = checkAccuracy({ kind: 'accuracy', labels: [0, 1, 0, 0] }, 0.005, float, fixed)
    expect(check).toMatchObject({ float: 0.75, fixed: 0.75, changed: 2, rows: 4, loss: 0 })
    expect(accuracyFindings(check)).toEqual([])
  })

  it('by decisions', () => {
    const check = checkAccuracy({ kind: 'decisions' }, 0.005, float, fixed)
    expect(check).toMatchObject({ changed: 2, loss: 0.5 })
    expect(accuracyFindings(check).map(({ code, problem }) => [code, problem])).toEqual([
      ['check/accuracy', '2 of 4 rows are decided otherwise than in float, 50 %'],
    ])
  })
})

describe('fit', () => {
  const device = findDevice('xc7a35tcpg236-1')
  const cost = { lut: 30_000, ff: 100, dsp: 100, bram18: 10 }

  it('names what is too much, and the smallest device of the family with room', () => {
    const larger = largerDevice(cost, device)!
    expect(larger).toBe('xc7a50t')
    const fit: FitCheck = {
      part: 'xc7a35tcpg236-1',
      rows: fitRows(cost, device),
      fits: fitsDevice(cost, device),
      latency: 9,
      interval: 1,
      error: 0.09,
      larger,
    }
    expect(fitFindings(fit, 'fc2').map(({ problem, remedy }) => [problem, remedy])).toEqual([
      [
        'by its estimate the design takes 30000 LUT and the device has 20800',
        "xc7a50t has room; layer 'fc2' takes most.",
      ],
      [
        'by its estimate the design takes 100 DSP and the device has 90',
        "xc7a50t has room; layer 'fc2' takes most.",
      ],
    ])
  })

  it('is silent where all fits', () => {
    const small = { ...cost, lut: 20_000, dsp: 90 }
    const fit: FitCheck = {
      part: '',
      rows: fitRows(small, device),
      fits: fitsDevice(small, device),
      latency: 9,
      interval: 1,
      error: 0.09,
    }
    expect(fitFindings(fit, undefined)).toEqual([])
  })
})

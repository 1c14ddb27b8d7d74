import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { largest, lossOf } from './loss.ts'

const batch = (size: number, ...data: number[]) => ({
  rows: data.length / size,
  shape: [size],
  data: Float64Array.from(data),
})

describe('largest', () => {
  it('is the first of equals', () => {
    expect(largest(Float64Array.of(1, 3, 3))).toBe(1)
    expect(largest(Float64Array.of(-2, -2))).toBe(0)
  })

  it('decides a single output at a half', () => {
    expect(largest(Float64Array.of(0.5))).toBe(1)
    expect(largest(Float64Array.of(0.4999))).toBe(0)
  })
})

describe('lossOf', () => {
  const float = batch(2, 1, 0, 0, 1, 1, 0, 0, 1)

  it('counts decisions that change', () => {
    const fixed = Float64Array.of(1, 0, 1, 0, 0.5, 0.5, 0, 1)
    expect(lossOf({ kind: 'decisions' }, float, fixed)).toBe(0.25)
    expect(lossOf({ kind: 'decisions' }, float, float.data)).toBe(0)
  })

  it('weighs answers lost against answers won by labels', () => {
    const loss = (labels: number[], ...fixed: number[]) =>
      lossOf({ kind: 'accuracy', labels }, float, Float64Array.from(fixed))
    expect(loss([0, 1, 0, 1], 1, 0, 1, 0, 0, 1, 0, 1)).toBe(0.5)
    expect(loss([0, 0, 0, 0], 1, 0, 1, 0, 0, 1, 0, 1)).toBe(0)
    // Better than float is no loss.
    expect(loss([1, 1, 1, 1], 0, 1, 0, 1, 0, 1, 0, 1)).toBe(0)
  })

  it('is the largest error as a share of the range', () => {
    const wide = batch(1, -1, 3, 1)
    expect(lossOf({ kind: 'range' }, wide, Float64Array.of(-1, 2.5, 1.25))).toBe(0.125)
    expect(lossOf({ kind: 'range' }, wide, wide.data)).toBe(0)
    // All float values equal: the error itself.
    expect(lossOf({ kind: 'range' }, batch(1, 2, 2), Float64Array.of(2, 2.5))).toBe(0.5)
  })

  it('is between 0 and 1 for decisions, and 0 where nothing changed', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -9, max: 9 }), { minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(values, values, (a, b) => {
        const loss = lossOf({ kind: 'decisions' }, batch(3, ...a), Float64Array.from(b))
        expect(loss).toBeGreaterThanOrEqual(0)
        expect(loss).toBeLessThanOrEqual(1)
        expect(lossOf({ kind: 'decisions' }, batch(3, ...a), Float64Array.from(a))).toBe(0)
      }),
    )
  })
})

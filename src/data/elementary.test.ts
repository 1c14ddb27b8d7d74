import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cosine, exponential, logarithm, sine } from './elementary.ts'

const within = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true })

it('exponential, sine and cosine are the functions to 1e-9', () => {
  fc.assert(
    fc.property(within(30), x => {
      expect(exponential(x) / Math.exp(x)).toBeCloseTo(1, 9)
      expect(sine(x)).toBeCloseTo(Math.sin(x), 9)
      expect(cosine(x)).toBeCloseTo(Math.cos(x), 9)
    }),
  )
})

it('the logarithm is the function to 1e-9', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), x => {
      expect(logarithm(x)).toBeCloseTo(Math.log(x), 9)
    }),
  )
})

it('what is too small is 0', () => {
  expect(exponential(-1e9)).toBe(0)
})

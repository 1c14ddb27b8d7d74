import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bug } from '../../diagnostics/diagnostic.ts'
import { quantiseNumber, rawToNumber } from '../../fixed/convert.ts'
import { conversion, fixedType } from '../../fixed/types.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { collectProblems } from '../problems.ts'
import { parseQuantiser } from './parse.ts'
import { quantiseWeights } from './quantisers.ts'

const { fround } = Math
const vector = (...data: number[]): FloatValues => ({ shape: [data.length], data: Float64Array.from(data) })
const matrix = (columns: number, ...data: number[]): FloatValues => ({
  shape: [data.length / columns, columns],
  data: Float64Array.from(data),
})

function quantised(text: string, weights: FloatValues) {
  const quantiser = parseQuantiser(text, 'test', collectProblems()) ?? bug(`${text} is no quantizer`)
  const { units, scale, values } = quantiseWeights(quantiser, weights)
  return { units: [...units], scale: [...scale], values: [...values] }
}

describe('quantized_bits', () => {
  it('rounds half to even and clips: 4 bits step by 1/8 from -1 to 7/8', () => {
    const { values } = quantised('quantized_bits(4)', vector(0.0625, 0.1875, -0.0625, 0.9, 5, -5))
    expect(values).toEqual([0, 0.25, 0, 0.875, 0.875, -1])
  })

  it('leaves -1 out when symmetric, and negatives when unsigned', () => {
    expect(quantised('quantized_bits(4,0,1)', vector(-5)).values).toEqual([-0.875])
    expect(quantised('quantized_bits(4,0,0,False)', vector(-5, 5)).values).toEqual([0, 0.9375])
  })

  it('is the sign for one bit', () => {
    expect(quantised('quantized_bits(1)', vector(-0.1, 0, 3)).values).toEqual([-1, 1, 1])
  })

  it('is conversion into fixed<bits, integer + 1> with RND_CONV and SAT', () => {
    const sizes = fc.tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: -2, max: 6 }))
    fc.assert(
      fc.property(sizes, fc.float({ min: -70, max: 70, noNaN: true }), ([bits, integer], x) => {
        const to = conversion(fixedType(true, bits, bits - integer - 1), 'RND_CONV', 'SAT')
        const expected = rawToNumber(quantiseNumber(x, to), to.to.frac)
        expect(quantised(`quantized_bits(${bits},${integer})`, vector(x)).values[0]).toBeCloseTo(expected, 12)
      }),
    )
  })

  it('scales by a number', () => {
    const { units, scale, values } = quantised('quantized_bits(4,alpha=0.3)', vector(0.5))
    expect({ units, scale, values }).toEqual({
      units: [0.5],
      scale: [fround(0.3)],
      values: [fround(0.5 * fround(0.3))],
    })
  })

  it("finds max|x| / 7 per channel for 4 bits with alpha 'auto'", () => {
    const { units, scale } = quantised("quantized_bits(4,alpha='auto')", matrix(2, 0.7, 0.1, -0.2, 0.05))
    expect(scale).toEqual([fround(0.7), fround(0.1)].map(x => fround(fround(fround(x * 2) / 14) * 8)))
    expect(units).toEqual([7 / 8, 7 / 8, -2 / 8, 4 / 8])
  })

  it("finds powers of two per channel, and per element of a vector, with alpha 'auto_po2'", () => {
    const kernel = quantised("quantized_bits(4,alpha='auto_po2')", matrix(2, 0.7, 0.1, -0.2, 0.05))
    expect(kernel.scale).toEqual([1, 0.125])
    expect(kernel.values).toEqual([0.75, 0.09375, -0.25, 0.046875])
    const bias = quantised("quantized_bits(4,alpha='auto_po2')", vector(0.7, 0.1))
    expect(bias.scale).toHaveLength(2)
  })

  it("gives zeros, not NaN, for a channel of zeros with alpha 'auto'", () => {
    expect(quantised("quantized_bits(4,alpha='auto')", matrix(2, 0, 1, 0, 1)).values).toEqual([0, 1, 0, 1])
  })
})

describe('binary and ternary', () => {
  it('takes zero for +1', () => {
    expect(quantised('binary(alpha=1)', vector(-0.2, 0, 0.2)).values).toEqual([-1, 1, 1])
  })

  it("scales by the mean magnitude with alpha 'auto'", () => {
    const { units, scale } = quantised("binary(alpha='auto')", matrix(1, 0.5, -1, 1.5))
    expect(units).toEqual([1, -1, 1])
    expect(scale[0]).toBeCloseTo(1, 6)
  })

  it('has its threshold at 0.33 unless told', () => {
    expect(quantised('ternary(alpha=1)', vector(0.33, 0.3299, -0.34, 0)).values).toEqual([1, 0, -1, 0])
    expect(quantised('ternary(alpha=1,threshold=0.5)', vector(0.49, -0.5)).values).toEqual([0, -1])
  })

  it("finds threshold and scale in turn with alpha 'auto'", () => {
    const { units, scale } = quantised("ternary(alpha='auto')", matrix(1, 1, -1, 0.1, 1))
    expect(units).toEqual([1, -1, 0, 1])
    expect(scale[0]).toBeCloseTo(1, 6)
  })
})

describe('quantized_po2', () => {
  it('keeps exponents from -4 to 3 with 4 bits, and never zero', () => {
    const { values } = quantised('quantized_po2(4)', vector(1, -0.7, 0.71, 100, 0.001, 0, -0.001))
    expect(values).toEqual([1, -0.5, 1, 8, 0.0625, 0.0625, -0.0625])
  })

  it('has one exponent bit more when limited to 1', () => {
    expect(quantised('quantized_po2(4,max_value=1)', vector(3, 0.001)).values).toEqual([1, 2 ** -8])
  })
})

describe('quantized_relu_po2', () => {
  it('has no sign bit, and takes all below zero for the smallest unless it leaks', () => {
    const { values } = quantised('quantized_relu_po2(3)', vector(1, 0.71, 100, 0, -3))
    expect(values).toEqual([1, 1, 8, 0.0625, 0.0625])
    expect(quantised('quantized_relu_po2(3,negative_slope=0.5)', vector(-1)).values).toEqual([-0.5])
  })

  it('has even exponents by quadratic approximation', () => {
    const text = 'quantized_relu_po2(6,quadratic_approximation=True)'
    expect(quantised(text, vector(1.5, 2.5, 7, 9)).values).toEqual([1, 4, 4, 16])
  })
})

describe('quantized_linear', () => {
  it('leaves the lowest code out unless told, and rounds half to even', () => {
    const { values } = quantised('quantized_linear(4)', vector(0.0625, 0.1875, 0.9, -5))
    expect(values).toEqual([0, 0.25, 0.875, -0.875])
    expect(quantised('quantized_linear(4,symmetric=0)', vector(-5)).values).toEqual([-1])
  })

  it('rounds to multiples of what alpha makes of the step', () => {
    const { values, scale } = quantised('quantized_linear(4,alpha=0.5)', vector(0.0625, 0.1, 5))
    expect({ values, scale }).toEqual({ values: [0.0625, 0.125, 7 / 16], scale: [0.5] })
  })

  it('is half a step up or down for one bit', () => {
    expect(quantised('quantized_linear(1,1)', vector(-0.1, 0.1, 3)).values).toEqual([-1, 1, 1])
  })

  it("finds 2 max|x| / 14 per channel for 4 bits with alpha 'auto'", () => {
    const { units, values } = quantised("quantized_linear(4,alpha='auto')", matrix(2, 7, 0.875, -2, 0.25))
    expect(units).toEqual([7 / 8, 7 / 8, -2 / 8, 2 / 8])
    expect(values).toEqual([7, 0.875, -2, 0.25])
  })
})

describe('the stochastic quantizers in inference', () => {
  it('are binary and ternary', () => {
    expect(quantised('stochastic_binary(alpha=1)', vector(-0.2, 0, 0.2)).values).toEqual([-1, 1, 1])
    expect(quantised('stochastic_ternary(alpha=1,threshold=0.5)', vector(0.4, -0.5)).values).toEqual([0, -1])
  })

  it.each([
    ['bernoulli(alpha=1)', /by chance in inference too/],
    ['quantized_ulaw(6)', /no fixed-point grid/],
  ])('has no %s, and says why', (text, why) => {
    const problems = collectProblems()
    expect(parseQuantiser(text, 'test', problems)).toBeUndefined()
    expect(problems.list.map(item => item.problem).join()).toMatch(why)
  })
})

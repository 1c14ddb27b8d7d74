import { describe, expect, it } from 'vitest'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { autoPrecision } from '../fixed/precision.ts'
import { conversion, type FixedType } from '../fixed/types.ts'
import type { ElementTypes, Shape } from '../ir/tensor-type.ts'
import { contractionOf, elementPairs } from './contraction.ts'
import type { PrecisionRequest, RawValues } from './definition.ts'
import { einsum } from './einsum/index.ts'
import { einsumDense } from './einsum-dense/index.ts'

const signed = (width: number, frac: number): FixedType => ({ signed: true, width, frac })
const unsigned = (width: number, frac: number): FixedType => ({ signed: false, width, frac })

function codeOf(run: () => unknown): string {
  try {
    run()
    return 'none'
  } catch (problem) {
    return problem instanceof CompileError ? problem.diagnostics[0]!.code : String(problem)
  }
}

describe('a contraction', () => {
  it.each<[string, Shape, Shape, Shape, object]>([
    [
      'ij,jk->ik',
      [2, 3],
      [3, 4],
      [2, 4],
      { leftOnly: 'i', rightOnly: 'k', summed: 'j', inPlace: '', terms: 3 },
    ],
    [
      'bij,bjk->kb',
      [2, 3, 4],
      [2, 4, 5],
      [5, 2],
      { inPlace: 'b', leftOnly: '', rightOnly: 'k', summed: 'ji', terms: 12 },
    ],
    ['bij,bjk->bi', [2, 3, 4], [1, 4, 5], [2, 3], { inPlace: '', leftOnly: 'bi', summed: 'jk', terms: 20 }],
    ['i,i->i', [3], [3], [3], { inPlace: 'i', summed: '', terms: 1 }],
    ['ij,->', [2, 3], [], [], { leftOnly: '', summed: 'ij', terms: 6 }],
  ])('%s of [%s] and [%s] has the shape [%s]', (equation, left, right, shape, parts) => {
    const found = contractionOf(equation, left, right, 'mix')
    expect(found.result.shape).toEqual(shape)
    expect(found).toMatchObject(parts)
  })

  it('sums over the axes of the right operand first, the last one fastest', () => {
    const { left, right } = elementPairs(contractionOf('ij,ji->', [2, 3], [3, 2], 'mix'))
    expect(right.inner).toEqual([0, 1, 2, 3, 4, 5])
    expect(left.inner).toEqual([0, 3, 1, 4, 2, 5])
  })

  it('is refused where equation or shapes do not fit', () => {
    for (const equation of [
      'ij,jk',
      'ii,ij->j',
      'ij,jk->ii',
      'ij,jk->iz',
      'ij->ij',
      'i j,jk->ik',
      '...j,jk->k',
      '',
    ])
      expect(
        codeOf(() => contractionOf(equation, [2, 3], [3, 4], 'mix')),
        equation,
      ).toBe('graph/einsum-equation')
    expect(codeOf(() => contractionOf('ij,jk->ik', [2, 3], [4, 4], 'mix'))).toBe('graph/einsum-shapes')
    expect(codeOf(() => contractionOf('ij,jk->ik', [2, 3, 1], [3, 4], 'mix'))).toBe('graph/einsum-shapes')
  })
})

function request<A>(
  attrs: A,
  inputs: readonly { shape: Shape; element: ElementTypes }[],
  weights: Readonly<Record<string, RawValues>> = {},
): PrecisionRequest<A> {
  return {
    name: 'mix',
    attrs,
    inputs,
    inputConversions: [],
    shape: [],
    quantisers: {},
    choices: {},
    asked: () => autoPrecision,
    modelDefault: conversion(signed(16, 10)),
    maximum: undefined,
    weight: () => undefined,
    rawWeight: role => weights[role],
  }
}

const uniform = (shape: Shape, type: FixedType) => ({ shape, element: { shape: [], types: [type] } })

describe('lossless types', () => {
  it('hold every sum of products, and no more', () => {
    const inputs = [uniform([2, 3], signed(4, 2)), uniform([3, 2], unsigned(3, 1))]
    // Three times −8 · 7 to 7 · 7, in eighths.
    expect(einsum.inferLossless(request({ equation: 'ij,jk->ik' }, inputs))).toEqual({
      accum: conversion(signed(9, 3)),
      result: conversion(signed(9, 3)),
    })
  })

  it('know the type of every element', () => {
    const left = { shape: [2], element: { shape: [2], types: [signed(4, 0), unsigned(2, 3)] } }
    const right = uniform([2], unsigned(3, 0))
    // −8 · 7 + 0 to 7 · 7 + 3/8 · 7, in eighths: −448 to 413.
    expect(einsum.inferLossless(request({ equation: 'i,i->' }, [left, right])).result).toEqual(
      conversion(signed(10, 3)),
    )
  })

  it('know the kernel and the biases', () => {
    const weights = {
      weight: { shape: [2, 2], type: signed(4, 1), raw: [3n, 0n, -2n, 5n] },
      bias: { shape: [1, 2], type: signed(4, 2), raw: [-7n, 7n] },
    }
    const inputs = [uniform([3, 2], unsigned(2, 0))]
    // In quarters: 2 · (3 · 3 − 2 · 0) − 7 = 11 to 2 · −2 · 3 − 7 = −19, and 7 to 2 · 5 · 3 + 7 = 37.
    expect(
      einsumDense.inferLossless(request({ equation: 'ab,bc->ac', kernel: [2, 2] }, inputs, weights)).result,
    ).toEqual(conversion(signed(7, 2)))
  })

  it('by hls4ml are the default: it infers nothing for contractions', () => {
    const auto = einsum.inferAuto(
      request({ equation: 'i,i->' }, [uniform([2], signed(4, 0)), uniform([2], signed(4, 0))]),
    )
    expect(auto).toEqual({ accum: conversion(signed(16, 10)), result: conversion(signed(16, 10)) })
  })
})

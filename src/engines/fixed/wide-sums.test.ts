import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runStep } from '../../fixed/kernel-meaning.ts'
import type { PlanBuffer, StepOf } from '../../fixed/kernels.ts'
import { type Conversion, conversion, fixedType, maxRaw, minRaw } from '../../fixed/types.ts'
import { newValues, store, toBigints } from './forms.ts'
import { numberStep } from './number-steps.ts'
import { wideSumStep } from './wide-sums.ts'

type Sums = StepOf<'multiply-accumulate'>

interface Case {
  readonly step: Sums
  readonly buffers: readonly PlanBuffer[]
  readonly raws: readonly bigint[]
}

const [rows, inputs, outputs] = [2, 7, 3]
const reach = (bits: number) => fc.bigInt({ min: -(1n << BigInt(bits)), max: 1n << BigInt(bits) })
const many = (arb: fc.Arbitrary<bigint>, count: number) =>
  fc.array(arb, { minLength: count, maxLength: count })

/** Sources of up to 90 bits, with their ends more often than chance has it; accumulators that wrap, and none. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    width: fc.integer({ min: 2, max: 90 }),
    frac: fc.integer({ min: -4, max: 70 }),
    bits: fc.integer({ min: 1, max: 24 }),
  })
  .chain(({ width, frac, bits }) => {
    const type = fixedType(true, width, frac)
    const ends = fc.constantFrom(minRaw(type), maxRaw(type), -1n, 0n)
    const value = fc.oneof(ends, fc.bigInt({ min: minRaw(type), max: maxRaw(type) }))
    return fc.record({
      type: fc.constant(type),
      raws: many(value, rows * inputs),
      weights: many(reach(bits), inputs * outputs),
      bias: fc.option(many(reach(20), outputs), { nil: undefined }),
      accumulator: fc.constantFrom(
        undefined,
        conversion(fixedType(true, 140, 100)),
        conversion(fixedType(true, 100, 90)),
      ),
      result: fc.constantFrom<Conversion>(
        conversion(fixedType(true, 130, 70)),
        conversion(fixedType(true, 16, 8), 'RND_CONV', 'SAT'),
        conversion(fixedType(false, 53, 33)),
      ),
    })
  })
  .map(({ type, raws, weights, bias, accumulator, result }) => ({
    raws,
    buffers: [
      { size: rows * inputs, types: [type] },
      { size: rows * outputs, types: [result.to] },
    ],
    step: {
      kernel: 'multiply-accumulate',
      ...{ from: 0, into: 1, rows, inputs, outputs, weights, weightFrac: 5, bias, biasFrac: 12 },
      ...{ product: { kind: 'multiply' }, accumulator, order: undefined, conversions: [result] },
    },
  }))

describe('wideSumStep', () => {
  it('gives the bits of the plain meaning', () => {
    let wide = 0
    fc.assert(
      fc.property(cases, ({ step, buffers, raws }) => {
        const values = buffers.map(newValues)
        store(values[0]!, raws)
        const run = wideSumStep(step, buffers)
        if (run === undefined) return
        if (numberStep(step, buffers) === undefined) wide++
        run(values)
        expect(toBigints(values[1]!)).toEqual(runStep(step, buffers, [[...raws], []]))
      }),
      { numRuns: 500, seed: 20261122 },
    )
    expect(wide).toBeGreaterThan(200)
  })

  it('leaves sums alone that lose bits on the way', () => {
    const type = fixedType(true, 60, 30)
    const buffers = [
      { size: 1, types: [type] },
      { size: 1, types: [type] },
    ]
    const step: Sums = {
      kernel: 'multiply-accumulate',
      ...{ from: 0, into: 1, rows: 1, inputs: 1, outputs: 1, weights: [3n], weightFrac: 5 },
      ...{ bias: undefined, biasFrac: 0, product: { kind: 'multiply' }, order: undefined },
      accumulator: undefined,
      conversions: [conversion(type)],
    }
    expect(wideSumStep(step, buffers)).toBeDefined()
    const saturating = conversion(fixedType(true, 90, 60), 'TRN', 'SAT')
    expect(wideSumStep({ ...step, accumulator: saturating }, buffers)).toBeUndefined()
    expect(wideSumStep({ ...step, accumulator: conversion(type) }, buffers)).toBeUndefined()
    expect(wideSumStep({ ...step, finish: { scale: 1n, offset: 0n } }, buffers)).toBeUndefined()
  })
})

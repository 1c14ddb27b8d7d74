import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runPlan } from '../../fixed/kernel-meaning.ts'
import { conversion, type FixedType, fixedType, maxRaw, minRaw } from '../../fixed/types.ts'
import { randomRaws, seeded } from '../../hls/testing/random.ts'
import { runFolded } from '../../rtl/run-folded.ts'
import { isRefusal } from '../definition.ts'
import { isLegalReuse } from '../strategy.ts'
import { typedOpOfExample } from '../typed-op.ts'
import type { DenseAttrs } from './attrs.ts'
import { foldedDense } from './folded.ts'
import { dense } from './index.ts'

interface Layer {
  readonly inputs: number
  readonly units: number
  readonly reuse: number
  readonly strategy: 'Resource' | 'Latency'
  readonly x: FixedType
  readonly w: FixedType
  readonly accumulator: ReturnType<typeof conversion>
  readonly zeros: number
  readonly dsp: boolean
  readonly seed: number
  /** Elements of a beat; absent: whole frames. */
  readonly perBeat?: number
}

/** A layer of random weights, some of them zero, as operator and as folded stage. */
function built(layer: Layer) {
  const random = seeded(layer.seed)
  const { inputs, units, x, w } = layer
  // Zeros stand where they were asked for and nowhere else.
  const raw = randomRaws(random, w, inputs * units).map(value =>
    random(100) < layer.zeros * 100 ? 0n : value === 0n ? maxRaw(w) : value,
  )
  const op = typedOpOfExample(dense, {
    title: 'random',
    attrs: { units, weightCoding: 'plain', inputCoding: 'plain' } as DenseAttrs,
    inputs: [{ shape: [inputs], type: x }],
    weights: {
      weight: { shape: [inputs, units], type: w, raw },
      bias: { shape: [units], type: w, raw: randomRaws(random, w, units) },
    },
    conversions: {
      result: conversion(fixedType(true, 9, 3), 'RND', 'SAT'),
      accum: layer.accumulator,
    },
    choices: { Strategy: layer.strategy, ReuseFactor: layer.reuse },
  })
  const form = foldedDense(op)
  if (isRefusal(form) || form.form !== 'folded') throw new Error('not folded')
  const known = Array.from({ length: inputs }, () => ({ min: minRaw(x), max: maxRaw(x), frac: x.frac }))
  const beats = layer.perBeat === undefined ? {} : { perBeat: layer.perBeat }
  const stage = form.build({
    clockNs: 5,
    family: 'xc7',
    name: 'layer',
    inputs: known,
    dsp: layer.dsp,
    ...beats,
  })
  const frames = [
    known.map(({ min }) => min),
    known.map(({ max }) => max),
    ...Array.from({ length: 6 }, () => known.flatMap(() => randomRaws(random, x, 1))),
  ]
  return { op, stage, frames }
}

function check(layer: Layer) {
  const { op, stage, frames } = built(layer)
  const plan = dense.emulate(op)
  expect(runFolded(stage, frames)).toEqual(frames.map(frame => runPlan(plan, [frame])))
  return stage
}

const x = fixedType(true, 8, 3)
const w = fixedType(true, 6, 4)
const exact = conversion(fixedType(true, 24, 7))

describe('a folded dense layer', () => {
  it.each([
    ['exact sums', exact],
    ['wrapping sums', conversion(fixedType(true, 9, 7))],
    ['sums that cut every product', conversion(fixedType(true, 9, 3), 'RND')],
    ['sums that saturate step by step', conversion(fixedType(true, 8, 4), 'TRN', 'SAT')],
  ])('gives the bits of the plan at every legal reuse factor: %s', (_, accumulator) => {
    for (let reuse = 2; reuse <= 48; reuse++) {
      if (!isLegalReuse(8, 6, reuse)) continue
      const stage = check({
        inputs: 8,
        units: 6,
        reuse,
        strategy: 'Resource',
        x,
        w,
        accumulator,
        zeros: 0,
        dsp: true,
        seed: reuse,
      })
      expect(stage.interval).toBe(reuse)
      expect(stage.multipliers).toBe(48 / reuse)
    }
  })

  it('gives the bits of the plan for random layers', () => {
    const widths = fc.record({
      width: fc.integer({ min: 1, max: 10 }),
      frac: fc.integer({ min: -2, max: 8 }),
      signed: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.record({
          inputs: fc.integer({ min: 1, max: 9 }),
          units: fc.integer({ min: 1, max: 7 }),
          reuse: fc.integer({ min: 2, max: 70 }),
          strategy: fc.constantFrom('Resource' as const, 'Latency' as const),
          x: widths,
          w: widths,
          accumulator: fc.constantFrom(
            conversion(fixedType(true, 40, 17)),
            conversion(fixedType(true, 10, 5)),
            conversion(fixedType(true, 10, 2), 'RND_CONV', 'SAT'),
            conversion(fixedType(false, 9, 4), 'TRN', 'SAT_SYM'),
          ),
          zeros: fc.constantFrom(0, 0.5, 0.9, 1),
          dsp: fc.boolean(),
          seed: fc.nat(1e6),
        }),
        layer => void check(layer),
      ),
      { numRuns: 60 },
    )
  })

  it('holds sums whose terms are all coarser than 1', () => {
    const coarse = (width: number) => fixedType(false, width, -1)
    check({
      inputs: 8,
      units: 5,
      reuse: 3,
      strategy: 'Resource',
      x: coarse(1),
      w: coarse(2),
      accumulator: conversion(fixedType(true, 40, 17)),
      zeros: 0.9,
      dsp: false,
      seed: 17,
    })
  })

  it.each(dense.examples)('gives the bits of the plan, folded, of $title', example => {
    const [{ shape, type }] = example.inputs as [(typeof example.inputs)[number]]
    if (shape.length > 1) return
    const random = seeded(3)
    for (const reuse of [2, 3, 7, 1000]) {
      const op = typedOpOfExample(dense, {
        ...example,
        choices: { Strategy: 'Resource', ReuseFactor: reuse },
      })
      const form = foldedDense(op)
      if (isRefusal(form) || form.form !== 'folded') throw new Error('not folded')
      const known = Array.from({ length: shape[0]! }, () => ({
        min: minRaw(type),
        max: maxRaw(type),
        frac: type.frac,
      }))
      const stage = form.build({ clockNs: 5, family: 'xcup', name: 'layer', inputs: known, dsp: true })
      const frames = Array.from({ length: 5 }, () => known.flatMap(() => randomRaws(random, type, 1)))
      const plan = dense.emulate(op)
      expect(runFolded(stage, frames)).toEqual(frames.map(frame => runPlan(plan, [frame])))
    }
  })

  it.each([1, 2, 3])('works while its input comes, %i elements a beat', perBeat => {
    const stage = check({
      inputs: 8,
      units: 3,
      reuse: 2,
      strategy: 'Resource',
      x,
      w,
      accumulator: conversion(fixedType(true, 9, 3)),
      zeros: 0.3,
      dsp: true,
      seed: 5,
      perBeat,
    })
    expect(stage.interval).toBe(Math.ceil(8 / perBeat))
  })

  it('does not build multipliers of zeros, nor show inputs that add to nothing', () => {
    const full = check({
      inputs: 16,
      units: 8,
      reuse: 4,
      strategy: 'Resource',
      x,
      w,
      accumulator: exact,
      zeros: 0,
      dsp: true,
      seed: 1,
    })
    const pruned = check({
      inputs: 16,
      units: 8,
      reuse: 4,
      strategy: 'Resource',
      x,
      w,
      accumulator: exact,
      zeros: 0.9,
      dsp: true,
      seed: 1,
    })
    expect(full.multipliers).toBe(32)
    expect(pruned.multipliers).toBeLessThan(16)
  })
})

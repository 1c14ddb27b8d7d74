import { describe, expect, it } from 'vitest'
import { runPlan } from '../../fixed/kernel-meaning.ts'
import { conversion, type FixedType, maxRaw, minRaw } from '../../fixed/types.ts'
import { sizeOf, uniform } from '../../ir/tensor-type.ts'
import { createStreamSimulation } from '../../rtl/run-stream.ts'
import { stallPattern } from '../../rtl/stream-ports.ts'
import { isRefusal, type OpExample } from '../definition.ts'
import { typedOpOfExample } from '../typed-op.ts'
import { sameBorders } from '../windows.ts'
import type { ConvAttrs } from './attrs.ts'
import { conv } from './index.ts'

let state = 20_261
const random = (limit: number) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}
const between = (low: number, high: number) => low + random(high - low + 1)
const rawOf = (type: FixedType) => minRaw(type) + BigInt(random(Number(maxRaw(type) - minRaw(type)) + 1))

const pixel: FixedType = { signed: true, width: 5, frac: 2 }
const weight: FixedType = { signed: true, width: 3, frac: 1 }
const values = (shape: readonly number[]) => ({
  shape,
  type: weight,
  raw: Array.from({ length: sizeOf(shape) }, () => rawOf(weight)),
})

/** Any kernel, strides and padding on a small image or sequence. */
function randomExample(): OpExample<ConvAttrs> {
  const rank = random(4) > 0 ? 2 : 1
  const each = (make: () => number) => Array.from({ length: rank }, make)
  const kernelSize = each(() => between(1, 4))
  const padding = random(3) > 0 ? ('same' as const) : ('valid' as const)
  const least = padding === 'same' ? each(() => 1) : kernelSize
  const shape = [...least.map(extent => extent + random(6)), between(1, 2)]
  const strides = each(() => between(1, 3))
  const dilation = each(() => 1)
  const none = each(() => 0)
  const borders =
    padding === 'same'
      ? sameBorders({ size: kernelSize, strides, dilation }, shape.slice(0, -1))
      : { before: none, after: none }
  const attrs = { filters: between(1, 2), kernelSize, strides, dilation, ...borders, groups: 1 }
  return {
    title: `${padding} ${kernelSize.join('×')} strides ${strides.join('×')} on ${shape.join('×')}`,
    attrs,
    inputs: [{ shape, type: pixel }],
    weights: { weight: values([...kernelSize, shape.at(-1)!, attrs.filters]), bias: values([attrs.filters]) },
    conversions: {
      accum: conversion({ signed: true, width: 16, frac: 3 }),
      result: conversion({ signed: true, width: 16, frac: 3 }),
    },
  }
}

const examples = Array.from({ length: 40 }, randomExample)

describe('streamed convolutions', () => {
  it.each(examples)('$title', example => {
    const op = typedOpOfExample(conv, example)
    const answer = conv.rtl(op)
    if (isRefusal(answer)) {
      expect(answer.code).toBe('rtl/kernel-beyond-image')
      const { shape } = example.inputs[0]!
      expect(example.attrs.kernelSize.some((extent, axis) => extent > shape[axis]!)).toBe(true)
      return
    }
    if (answer.form !== 'process') throw new Error('a convolution is a process')
    const { module, latency, interval } = answer.build({ clockNs: 8, family: 'xcup', name: 'conv' })
    const simulation = createStreamSimulation(module)
    const channels = op.inputs[0]!.shape.at(-1)!
    const frames = Array.from({ length: 7 }, () =>
      Array.from({ length: sizeOf(op.inputs[0]!.shape) / channels }, () =>
        Array.from({ length: channels }, () => rawOf(pixel)),
      ),
    )
    const plan = conv.emulate(op)
    const expected = frames.map(frame => runPlan(plan, [frame.flat()]))
    const beatsPerFrame = { m_data: sizeOf(op.output.shape.slice(0, -1)) }
    const run = simulation.run({ s_data: frames }, { beatsPerFrame })
    expect(run.outputs.m_data!.map(frame => frame.flat())).toEqual(expected)
    expect([run.latency, run.ii]).toEqual([latency, interval])
    for (const seed of [1, 2, 3]) {
      const stall = seed === 1 ? stallPattern(seed, 0, 240) : stallPattern(seed)
      const stalled = simulation.run({ s_data: frames }, { beatsPerFrame, stall, resetAt: 11 * seed })
      expect(stalled.outputs.m_data!.map(frame => frame.flat())).toEqual(expected)
    }
  })

  it('lose nothing in lossless types', () => {
    for (const example of examples.slice(0, 10)) {
      const [{ shape, type }] = example.inputs as [{ shape: readonly number[]; type: FixedType }]
      const types = conv.inferLossless({
        name: 'conv',
        attrs: example.attrs,
        inputs: [{ shape, element: uniform(type) }],
        inputConversions: [],
        shape: [],
        quantisers: {},
        asked: () => ({ kind: 'auto' }),
        modelDefault: conversion(type),
        maximum: undefined,
        weight: () => undefined,
        rawWeight: role => example.weights[role],
      })
      const op = typedOpOfExample(conv, { ...example, conversions: types })
      const wide = conversion({ signed: true, width: 60, frac: types.result!.to.frac })
      const exact = typedOpOfExample(conv, { ...example, conversions: { accum: wide, result: wide } })
      for (const pick of [minRaw, maxRaw, rawOf]) {
        const x = Array.from({ length: sizeOf(shape) }, () => pick(type))
        expect(runPlan(conv.emulate(op), [x])).toEqual(runPlan(conv.emulate(exact), [x]))
      }
    }
  })

  it('say which images no window fits in', () => {
    const attrs = {
      filters: 1,
      kernelSize: [3, 3],
      strides: [1, 1],
      dilation: [1, 1],
      before: [0, 0],
      after: [0, 0],
      groups: 1,
    }
    expect(() => conv.inferShape(attrs, [[2, 5, 1]], 'conv1')).toThrow(
      "graph/kernel-larger-than-image: layer 'conv1': a kernel of 3 × 3 does not fit an image of 2 × 5; expected a smaller kernel, or padding 'same'.",
    )
  })
})

// The greatest element of a whole sequence or image, or the mean, channel by channel.

import { fail } from '../../diagnostics/diagnostic.ts'
import { conversion } from '../../fixed/types.ts'
import { type Shape, sizeOf, unionType } from '../../ir/tensor-type.ts'
import type { OpDefinition } from '../definition.ts'
import {
  emulatePooling,
  evaluatePooling,
  type Pooled,
  type PoolReduce,
  poolingEstimate,
  poolingHls,
  poolingRoles,
  poolingRtl,
} from '../pooling.ts'

export interface GlobalPoolAttrs {
  readonly reduce: PoolReduce
  /** Whether the axes stay, with one element each. */
  readonly keepDims: boolean
  /** The first axis stays: every element along it is a sequence or image of its own. */
  readonly perStep?: true
}

const type = { signed: true, width: 8, frac: 4 }

export const globalPool: OpDefinition<'global-pool', GlobalPoolAttrs> = {
  kind: 'global-pool',
  summary: 'greatest or mean of all pixels, channel by channel',
  roles: poolingRoles,
  choices: [],
  inferShape: ({ keepDims, perStep }, inputs, name) => {
    const whole = inputs[0] ?? []
    const [outer, shape] = perStep ? [whole.slice(0, 1), whole.slice(1)] : [[], whole]
    if (shape.length >= 2)
      return [...outer, ...(keepDims ? shape.slice(0, -1).map(() => 1) : []), shape.at(-1)!]
    return fail({
      code: 'graph/image-input',
      place: `layer '${name}'`,
      problem: `its input has the shape [${shape.join(', ')}]`,
      expected: '[steps, channels] or [rows, columns, channels], none of them 0',
    })
  },
  // hls4ml's inference passes global pooling by: a sum of many elements wraps in the default type.
  inferAuto: ({ modelDefault }) => ({ accum: modelDefault, result: modelDefault }),
  inferLossless: ({ attrs, inputs }) => {
    const own = unionType(inputs[0]!)
    if (attrs.reduce === 'max') return { accum: conversion(own), result: conversion(own) }
    const bits = Math.ceil(Math.log2(countsOf(attrs, inputs[0]!.shape).pixels))
    const accum = conversion({ ...own, width: own.width + 2 * bits, frac: own.frac + bits })
    return { accum, result: conversion({ ...own, width: own.width + bits, frac: own.frac + bits }) }
  },
  evaluate: (op, inputs) => evaluatePooling(pooled(op.attrs, op.inputs[0]!), inputs[0]!),
  emulate: op => emulatePooling(op, pooled(op.attrs, op.inputs[0]!.shape)),
  hls: op => {
    // A step in a row, all of its pixels side by side, however many axes they have.
    const { steps, pixels } = countsOf(op.attrs, op.inputs[0]!.shape)
    const windows = { size: [1, pixels], strides: [1, 1], before: [0, 0], counts: [steps, 1] }
    const geometry = { image: [steps, pixels], ...windows, countPadding: false }
    return poolingHls(op, op.attrs, geometry)
  },
  rtl: op => poolingRtl(op, pooled(op.attrs, op.inputs[0]!.shape)),
  estimate: op => poolingEstimate(op, pooled(op.attrs, op.inputs[0]!.shape)),
  findings: () => [],
  examples: [
    {
      title: 'greatest pixel',
      attrs: { reduce: 'max', keepDims: false },
      inputs: [{ shape: [3, 2, 2], type }],
      weights: {},
      conversions: { accum: conversion(type), result: conversion(type) },
    },
    {
      title: 'mean of 12 steps',
      attrs: { reduce: 'average', keepDims: true },
      inputs: [{ shape: [12, 2], type }],
      weights: {},
      conversions: {
        accum: conversion({ signed: true, width: 12, frac: 4 }),
        result: conversion({ signed: true, width: 7, frac: 3 }, 'TRN', 'SAT'),
      },
      floatBound: 2 ** -2,
    },
    {
      title: 'mean of every step',
      attrs: { reduce: 'average', keepDims: false, perStep: true },
      inputs: [{ shape: [3, 2, 3, 2], type }],
      weights: {},
      conversions: {
        accum: conversion({ signed: true, width: 11, frac: 4 }),
        result: conversion({ signed: true, width: 7, frac: 3 }, 'RND', 'SAT'),
      },
      floatBound: 2 ** -3,
    },
    {
      title: 'greatest of every step, axes kept',
      attrs: { reduce: 'max', keepDims: true, perStep: true },
      inputs: [{ shape: [3, 4, 2], type }],
      weights: {},
      conversions: { accum: conversion(type), result: conversion(type) },
    },
    {
      title: 'mean of 100 pixels, wrapping',
      attrs: { reduce: 'average', keepDims: false },
      inputs: [{ shape: [10, 10, 1], type }],
      weights: {},
      conversions: { accum: conversion(type), result: conversion(type) },
    },
  ],
}

/** How many results a channel has, and of how many pixels each. */
function countsOf({ perStep }: GlobalPoolAttrs, shape: Shape) {
  const steps = perStep ? shape[0]! : 1
  return { steps, pixels: sizeOf(shape.slice(0, -1)) / steps }
}

function pooled(attrs: GlobalPoolAttrs, shape: Shape): Pooled {
  const channels = shape.at(-1)!
  const { steps, pixels } = countsOf(attrs, shape)
  const seen = Array.from({ length: steps * channels }, (_, k) => {
    const first = Math.floor(k / channels) * pixels * channels + (k % channels)
    return Array.from({ length: pixels }, (_, pixel) => first + pixel * channels)
  })
  return { reduce: attrs.reduce, seen, divisors: seen.map(() => pixels) }
}

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
}

const type = { signed: true, width: 8, frac: 4 }

export const globalPool: OpDefinition<'global-pool', GlobalPoolAttrs> = {
  kind: 'global-pool',
  summary: 'greatest or mean of all pixels, channel by channel',
  roles: poolingRoles,
  choices: [],
  inferShape: ({ keepDims }, inputs, name) => {
    const shape = inputs[0] ?? []
    if (shape.length >= 2)
      return keepDims ? [...shape.slice(0, -1).map(() => 1), shape.at(-1)!] : shape.slice(-1)
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
    const bits = Math.ceil(Math.log2(sizeOf(inputs[0]!.shape.slice(0, -1))))
    const accum = conversion({ ...own, width: own.width + 2 * bits, frac: own.frac + bits })
    return { accum, result: conversion({ ...own, width: own.width + bits, frac: own.frac + bits }) }
  },
  evaluate: (op, inputs) => evaluatePooling(pooled(op.attrs, op.inputs[0]!), inputs[0]!),
  emulate: op => emulatePooling(op, pooled(op.attrs, op.inputs[0]!.shape)),
  hls: op => {
    // All pixels in a row, however many axes they have.
    const image = [sizeOf(op.inputs[0]!.shape.slice(0, -1))]
    const geometry = { image, size: image, strides: [1], before: [0], counts: [1], countPadding: false }
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
      title: 'mean of 100 pixels, wrapping',
      attrs: { reduce: 'average', keepDims: false },
      inputs: [{ shape: [10, 10, 1], type }],
      weights: {},
      conversions: { accum: conversion(type), result: conversion(type) },
    },
  ],
}

function pooled({ reduce }: GlobalPoolAttrs, shape: Shape): Pooled {
  const channels = shape.at(-1)!
  const pixels = Array.from({ length: sizeOf(shape.slice(0, -1)) }, (_, pixel) => pixel)
  const seen = Array.from({ length: channels }, (_, channel) =>
    pixels.map(pixel => pixel * channels + channel),
  )
  return { reduce, seen, divisors: seen.map(() => pixels.length) }
}

// The greatest element of each window of a sequence or image, or the mean, channel by channel.

import { fail } from '../../diagnostics/diagnostic.ts'
import { conversion } from '../../fixed/types.ts'
import { type Shape, sizeOf, unionType } from '../../ir/tensor-type.ts'
import type { OpDefinition, OpExample, PrecisionRequest, RoleConversions } from '../definition.ts'
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
import { imageOf, sameBorders, type Windows, windowCounts, windowPixels } from '../windows.ts'

export interface PoolAttrs {
  readonly reduce: PoolReduce
  /** By image axis, as are the next three. */
  readonly size: readonly number[]
  readonly strides: readonly number[]
  /** Padding in front of and behind the image: elements that are not there, or zeros where they are counted. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Whether an average is divided by the window's size, padding included, or by the elements that are there. */
  readonly countPadding: boolean
}

export const pool: OpDefinition<'pool', PoolAttrs> = {
  kind: 'pool',
  summary: 'greatest or mean of each window, channel by channel',
  roles: poolingRoles,
  choices: [],
  inferShape,
  inferAuto,
  inferLossless,
  evaluate: (op, inputs) => evaluatePooling(pooled(op.attrs, op.inputs[0]!), inputs[0]!),
  emulate: op => emulatePooling(op, pooled(op.attrs, op.inputs[0]!.shape)),
  hls: op =>
    poolingHls(op, op.attrs, {
      ...op.attrs,
      image: op.inputs[0]!.shape.slice(0, -1),
      counts: op.output.shape.slice(0, -1),
    }),
  rtl: op => poolingRtl(op, pooled(op.attrs, op.inputs[0]!.shape)),
  estimate: op => poolingEstimate(op, pooled(op.attrs, op.inputs[0]!.shape)),
  findings: () => [],
  examples: examples(),
}

function windowsOf(attrs: PoolAttrs): Windows {
  return { ...attrs, dilation: attrs.size.map(() => 1) }
}

function inferShape(attrs: PoolAttrs, inputs: readonly Shape[], name: string): Shape {
  const windows = windowsOf(attrs)
  const image = imageOf(windows, inputs[0] ?? [], name)
  const counts = windowCounts(windows, image, name, 'window')
  const beyond = attrs.size.some(
    (extent, axis) => attrs.before[axis]! >= extent || attrs.after[axis]! >= extent,
  )
  if (beyond) {
    fail({
      code: 'graph/window-of-padding',
      place: `layer '${name}'`,
      problem: `a window of ${attrs.size.join(' × ')} can lie in the padding alone`,
      expected: 'less padding than the window is large',
    })
  }
  return [...counts, inputs[0]!.at(-1)!]
}

function pooled(attrs: PoolAttrs, shape: Shape): Pooled {
  const channels = shape.at(-1)!
  const windows = windowPixels(windowsOf(attrs), shape.slice(0, -1))
  const seen = windows.flatMap(pixels => {
    const inside = pixels.filter(pixel => pixel >= 0)
    return Array.from({ length: channels }, (_, channel) => inside.map(pixel => pixel * channels + channel))
  })
  const divisors = seen.map(own => (attrs.countPadding ? sizeOf(attrs.size) : own.length))
  return { reduce: attrs.reduce, seen, divisors }
}

/** hls4ml infer_precision, `_infer_pooling_precision`: the sum takes ⌈log2 n⌉ bits on either side, the result none. */
function inferAuto({ attrs, inputs, inputConversions }: PrecisionRequest<PoolAttrs>): RoleConversions {
  const input = { ...inputConversions[0]!, to: unionType(inputs[0]!) }
  if (attrs.reduce === 'max') return { accum: input, result: input }
  const bits = Math.ceil(Math.log2(sizeOf(attrs.size)))
  const { signed, width, frac } = input.to
  return { accum: conversion({ signed, width: width + 2 * bits, frac: frac + bits }), result: input }
}

/** The sum is exact; a mean of a power of two of elements is too, any other keeps as many bits. */
function inferLossless({ attrs, inputs }: PrecisionRequest<PoolAttrs>): RoleConversions {
  const type = unionType(inputs[0]!)
  if (attrs.reduce === 'max') return { accum: conversion(type), result: conversion(type) }
  const bits = Math.ceil(Math.log2(sizeOf(attrs.size)))
  const accum = conversion({ ...type, width: type.width + 2 * bits, frac: type.frac + bits })
  return { accum, result: conversion({ ...type, width: type.width + bits, frac: type.frac + bits }) }
}

function examples(): OpExample<PoolAttrs>[] {
  const type = { signed: true, width: 8, frac: 4 }
  const image = { shape: [5, 4, 2], type }
  const attrs = (reduce: PoolReduce, more: Partial<PoolAttrs> = {}): PoolAttrs => ({
    reduce,
    size: [2, 2],
    strides: [2, 2],
    before: [0, 0],
    after: [0, 0],
    countPadding: false,
    ...more,
  })
  const same = { size: [3, 3], strides: [1, 1] }
  const padded = { ...same, ...sameBorders({ ...same, dilation: [1, 1] }, [5, 4]) }
  const sum = conversion({ signed: true, width: 14, frac: 6 })
  const plain = conversion(type)
  return [
    example('greatest of 2 × 2', attrs('max'), { accum: plain, result: plain }),
    example('greatest of 3 × 3, same', attrs('max', padded), { accum: plain, result: plain }),
    example('greatest in a narrower type', attrs('max'), {
      accum: conversion({ signed: true, width: 6, frac: 3 }),
      result: conversion({ signed: true, width: 5, frac: 2 }, 'RND', 'SAT'),
    }),
    example('mean of 2 × 2', attrs('average'), { accum: sum, result: plain }, 2 ** -4),
    example(
      'mean of 3 × 3, same',
      attrs('average', padded),
      { accum: sum, result: plain },
      2 ** -4 + 2 ** -6,
    ),
    {
      ...example(
        'greatest of 2 × 2, same, an image for every step',
        attrs('max', { size: [1, 2, 2], strides: [1, 2, 2], before: [0, 0, 0], after: [0, 1, 0] }),
        { accum: plain, result: plain },
      ),
      inputs: [{ shape: [2, 3, 4, 2], type }],
    },
    example('mean of 3 × 3, same, padding counted', attrs('average', { ...padded, countPadding: true }), {
      accum: sum,
      result: plain,
    }),
    example('sum that wraps', attrs('average'), { accum: plain, result: plain }),
    example('sum that saturates, half to even', attrs('average', padded), {
      accum: conversion({ signed: true, width: 7, frac: 2 }, 'RND_CONV', 'SAT'),
      result: plain,
    }),
    {
      ...example('mean of 3 steps', attrs('average', { size: [3], strides: [2], before: [0], after: [0] }), {
        accum: sum,
        result: conversion({ signed: true, width: 10, frac: 6 }, 'RND'),
      }),
      inputs: [{ shape: [7, 2], type }],
    },
  ]

  function example(
    title: string,
    own: PoolAttrs,
    conversions: RoleConversions,
    floatBound?: number,
  ): OpExample<PoolAttrs> {
    const bound = floatBound === undefined ? {} : { floatBound }
    return { title, attrs: own, inputs: [image], weights: {}, conversions, ...bound }
  }
}

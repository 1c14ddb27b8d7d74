// Convolutions that the conformance suite runs through every engine.

import { conversion, type FixedType } from '../../fixed/types.ts'
import type { OpExample, RawValues } from '../definition.ts'
import { sameBorders } from '../windows.ts'
import type { ConvAttrs } from './attrs.ts'

const kernelType: FixedType = { signed: true, width: 6, frac: 4 }
const pixelType: FixedType = { signed: true, width: 8, frac: 5 }
const wide = conversion({ signed: true, width: 20, frac: 9 })
const rounded = conversion({ signed: true, width: 8, frac: 3 }, 'RND_CONV', 'SAT')

/** Weights that differ and have zeros among them. */
function values(shape: readonly number[], type: FixedType, seed: number): RawValues {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const raw = Array.from({ length: size }, (_, k) => {
    const value = (k * 37 + seed * 11 + ((k * k) % 13)) % 61
    return value % 7 === 0 ? 0n : BigInt(value - 30)
  })
  return { shape, type, raw }
}

/** 3 × 3 with padding `same` unless told otherwise. */
function attrs(image: readonly number[], more: Partial<ConvAttrs> & { valid?: true } = {}): ConvAttrs {
  const { valid, ...rest } = more
  const each = (value: number) => image.map(() => value)
  const windows = {
    size: rest.kernelSize ?? each(3),
    strides: rest.strides ?? each(1),
    dilation: rest.dilation ?? each(1),
  }
  const borders = valid ? { before: each(0), after: each(0) } : sameBorders(windows, image)
  const { size: kernelSize, ...others } = windows
  return { filters: 2, groups: 1, kernelSize, ...others, ...borders, ...rest }
}

/** `shape` is that of the input. */
function example(
  title: string,
  shape: readonly number[],
  conv: Partial<ConvAttrs> & { valid?: true } = {},
  more: Partial<OpExample<ConvAttrs>> = {},
): OpExample<ConvAttrs> {
  const own = attrs(shape.slice(0, -1), conv)
  const kernel = [...own.kernelSize, shape.at(-1)! / own.groups, own.filters]
  return {
    title,
    attrs: own,
    inputs: [{ shape, type: pixelType }],
    weights: { weight: values(kernel, kernelType, 1), bias: values([own.filters], kernelType, 5) },
    conversions: { accum: wide, result: rounded },
    // Half a step of the result.
    ...(more.conversions === undefined ? { floatBound: 2 ** -4 } : {}),
    ...more,
  }
}

export const convExamples: readonly OpExample<ConvAttrs>[] = [
  example('3 × 3, same, one channel, rounding result', [5, 6, 1]),
  example('3 × 3, same, two channels', [4, 8, 2], { filters: 3 }),
  example('3 × 3, valid', [5, 5, 2], { valid: true }),
  example('3 × 3, same, stride 2', [6, 7, 1], { strides: [2, 2] }),
  example('2 × 3, same, strides 1 and 3', [4, 7, 1], { kernelSize: [2, 3], strides: [1, 3] }),
  example('1 × 1', [3, 4, 2], { kernelSize: [1, 1], filters: 3 }),
  example(
    'wrapping accumulator',
    [4, 4, 1],
    {},
    {
      conversions: {
        accum: conversion({ signed: true, width: 12, frac: 9 }),
        result: conversion({ signed: true, width: 12, frac: 9 }),
      },
    },
  ),
  example(
    'every product truncated',
    [4, 4, 1],
    {},
    {
      conversions: { accum: conversion({ signed: true, width: 14, frac: 5 }), result: rounded },
    },
  ),
  example(
    'saturating accumulator',
    [4, 4, 1],
    { kernelSize: [2, 2] },
    {
      conversions: { accum: conversion({ signed: true, width: 8, frac: 4 }, 'RND', 'SAT'), result: rounded },
    },
  ),
  example(
    'exact sums of distributed arithmetic, no bias',
    [4, 5, 1],
    {},
    {
      weights: { weight: values([3, 3, 1, 2], kernelType, 3) },
      choices: { Strategy: 'Distributed_Arithmetic' },
    },
  ),
  example(
    'saturating accumulator in resource order',
    [4, 4, 1],
    {},
    {
      choices: { Strategy: 'Resource', ReuseFactor: 3 },
      conversions: { accum: conversion({ signed: true, width: 11, frac: 9 }, 'TRN', 'SAT'), result: rounded },
    },
  ),
  example(
    'saturating accumulator in the order of unrolled turns',
    [4, 4, 1],
    {},
    {
      choices: { Strategy: 'Resource_Unrolled', ReuseFactor: 3 },
      conversions: { accum: conversion({ signed: true, width: 11, frac: 9 }, 'TRN', 'SAT'), result: rounded },
    },
  ),
  example('a sequence, same, stride 2', [7, 2], { strides: [2] }),
  example('a sequence, causal', [6, 2], { before: [2], after: [0], filters: 3 }),
  example('an image for every step, same', [3, 4, 4, 1], {
    kernelSize: [1, 3, 3],
    before: [0, 1, 1],
    after: [0, 1, 1],
  }),
  example('an image for every step, valid, strides', [2, 5, 4, 2], {
    kernelSize: [1, 2, 2],
    strides: [1, 2, 1],
    valid: true,
  }),
  example('spread elements', [7, 6, 1], { dilation: [2, 1], valid: true }),
  example('two groups', [4, 4, 4], { groups: 2, filters: 4 }),
  example('depthwise, two filters a channel', [4, 5, 2], { groups: 2, filters: 4 }),
  example(
    'depthwise sequence, saturating in resource order',
    [6, 3],
    { groups: 3, filters: 3 },
    {
      choices: { Strategy: 'Resource', ReuseFactor: 4 },
      conversions: { accum: conversion({ signed: true, width: 9, frac: 7 }, 'TRN', 'SAT'), result: rounded },
    },
  ),
]

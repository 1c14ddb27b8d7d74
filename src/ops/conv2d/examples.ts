// Convolutions that the conformance suite runs through every engine.

import { conversion, type FixedType } from '../../fixed/types.ts'
import type { OpExample, RawValues } from '../definition.ts'
import type { Conv2dAttrs } from './attrs.ts'

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

function attrs(more: Partial<Conv2dAttrs> = {}): Conv2dAttrs {
  const plain = { kernelSize: [3, 3], strides: [1, 1], padding: 'same', dataFormat: 'channels-last' } as const
  return { filters: 2, ...plain, ...more }
}

function example(
  title: string,
  conv: Conv2dAttrs,
  shape: readonly [number, number, number],
  more: Partial<OpExample<Conv2dAttrs>> = {},
): OpExample<Conv2dAttrs> {
  const kernel = [...conv.kernelSize, shape[2], conv.filters]
  return {
    title,
    attrs: conv,
    inputs: [{ shape, type: pixelType }],
    weights: { weight: values(kernel, kernelType, 1), bias: values([conv.filters], kernelType, 5) },
    conversions: { accum: wide, result: rounded },
    // Half a step of the result.
    ...(more.conversions === undefined ? { floatBound: 2 ** -4 } : {}),
    ...more,
  }
}

export const conv2dExamples: readonly OpExample<Conv2dAttrs>[] = [
  example('3 × 3, same, one channel, rounding result', attrs(), [5, 6, 1]),
  example('3 × 3, same, two channels', attrs({ filters: 3 }), [4, 8, 2]),
  example('3 × 3, valid', attrs({ padding: 'valid' }), [5, 5, 2]),
  example('3 × 3, same, stride 2', attrs({ strides: [2, 2] }), [6, 7, 1]),
  example('2 × 3, same, strides 1 and 3', attrs({ kernelSize: [2, 3], strides: [1, 3] }), [4, 7, 1]),
  example('1 × 1', attrs({ kernelSize: [1, 1], filters: 3 }), [3, 4, 2]),
  example('wrapping accumulator', attrs(), [4, 4, 1], {
    conversions: {
      accum: conversion({ signed: true, width: 12, frac: 9 }),
      result: conversion({ signed: true, width: 12, frac: 9 }),
    },
  }),
  example('every product truncated', attrs(), [4, 4, 1], {
    conversions: { accum: conversion({ signed: true, width: 14, frac: 5 }), result: rounded },
  }),
  example('saturating accumulator', attrs({ kernelSize: [2, 2] }), [4, 4, 1], {
    conversions: { accum: conversion({ signed: true, width: 8, frac: 4 }, 'RND', 'SAT'), result: rounded },
  }),
  example('exact sums of distributed arithmetic, no bias', attrs(), [4, 5, 1], {
    weights: { weight: values([3, 3, 1, 2], kernelType, 3) },
    choices: { Strategy: 'Distributed_Arithmetic' },
  }),
  example('saturating accumulator in resource order', attrs(), [4, 4, 1], {
    choices: { Strategy: 'Resource', ReuseFactor: 3 },
    conversions: { accum: conversion({ signed: true, width: 11, frac: 9 }, 'TRN', 'SAT'), result: rounded },
  }),
]

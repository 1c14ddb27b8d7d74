// Contractions with constant kernels that the conformance suite runs through every engine.

import { conversion } from '../../fixed/types.ts'
import type { OpExample, RawValues } from '../definition.ts'
import type { EinsumDenseAttrs } from './attrs.ts'

const x = { signed: true, width: 8, frac: 5 }
const wide = conversion({ signed: true, width: 20, frac: 9 })

/** Values that differ everywhere. */
function kernel(shape: readonly number[], first: number): RawValues {
  const count = shape.reduce((size, extent) => size * extent, 1)
  return {
    shape,
    type: { signed: true, width: 6, frac: 4 },
    raw: Array.from({ length: count }, (_, k) => BigInt(((k * 29 + first) % 63) - 31)),
  }
}

export const einsumDenseExamples: readonly OpExample<EinsumDenseAttrs>[] = [
  {
    title: 'projection to heads, rounding result',
    attrs: { equation: 'sd,dhk->shk', kernel: [3, 2, 2] },
    inputs: [{ shape: [2, 3], type: x }],
    weights: { weight: kernel([3, 2, 2], 5), bias: kernel([1, 2, 2], 9) },
    conversions: { accum: wide, result: conversion({ signed: true, width: 9, frac: 3 }, 'RND_CONV', 'SAT') },
    floatBound: 2 ** -4,
  },
  {
    title: 'heads joined, every product truncated',
    attrs: { equation: 'shk,hkd->sd', kernel: [2, 2, 3] },
    inputs: [{ shape: [2, 2, 2], type: x }],
    weights: { weight: kernel([2, 2, 3], 7) },
    conversions: {
      accum: conversion({ signed: true, width: 12, frac: 5 }),
      result: conversion({ signed: true, width: 12, frac: 5 }),
    },
  },
  {
    title: 'a matrix for each row, a bias for each result, turned',
    attrs: { equation: 'bi,bij->jb', kernel: [2, 3, 2] },
    inputs: [{ shape: [2, 3], type: x }],
    weights: { weight: kernel([2, 3, 2], 11), bias: kernel([2, 2], 3) },
    conversions: { accum: wide, result: conversion({ signed: true, width: 11, frac: 4 }, 'RND', 'SAT') },
    floatBound: 2 ** -5,
  },
  {
    title: 'a bias for each row, a wrapping accumulator',
    attrs: { equation: 'ab,bc->ac', kernel: [3, 2] },
    inputs: [{ shape: [2, 3], type: x }],
    weights: { weight: kernel([3, 2], 13), bias: kernel([2, 1], 17) },
    conversions: {
      accum: conversion({ signed: true, width: 10, frac: 9 }),
      result: conversion({ signed: true, width: 10, frac: 9 }),
    },
  },
  {
    title: 'a saturating accumulator in the order of the kernel’s axes',
    attrs: { equation: 'ab,ba->', kernel: [3, 2] },
    inputs: [{ shape: [2, 3], type: x }],
    weights: { weight: kernel([3, 2], 13), bias: { ...kernel([], 17) } },
    conversions: {
      accum: conversion({ signed: true, width: 8, frac: 5 }, 'RND', 'SAT'),
      result: conversion({ signed: true, width: 8, frac: 5 }),
    },
  },
  {
    title: 'element by element',
    attrs: { equation: 'ab,b->ab', kernel: [3] },
    inputs: [{ shape: [2, 3], type: x }],
    weights: { weight: kernel([3], 19) },
    conversions: { accum: wide, result: conversion({ signed: true, width: 10, frac: 4 }, 'TRN_ZERO', 'SAT') },
    floatBound: 2 ** -4,
  },
  {
    title: 'unrolled, a saturating accumulator in turns',
    attrs: { equation: 'ab,cb->ac', kernel: [2, 4] },
    inputs: [{ shape: [2, 4], type: x }],
    weights: { weight: kernel([2, 4], 31) },
    choices: { Strategy: 'Resource_Unrolled', ReuseFactor: 2 },
    conversions: {
      accum: conversion({ signed: true, width: 9, frac: 6 }, 'TRN', 'SAT'),
      result: conversion({ signed: true, width: 9, frac: 6 }),
    },
  },
  {
    title: 'distributed arithmetic: exact, whatever the accumulator',
    attrs: { equation: 'ab,ca->cb', kernel: [3, 2] },
    inputs: [{ shape: [2, 3], type: x }],
    weights: { weight: kernel([3, 2], 23), bias: kernel([3, 1], 29) },
    choices: { Strategy: 'Distributed_Arithmetic' },
    conversions: {
      accum: conversion({ signed: true, width: 4, frac: 2 }),
      result: conversion({ signed: true, width: 16, frac: 8 }, 'RND_CONV', 'SAT'),
    },
    floatBound: 2 ** -9,
  },
]

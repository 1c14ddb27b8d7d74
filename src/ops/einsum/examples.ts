// Contractions that the conformance suite runs through every engine.

import { conversion, type FixedType } from '../../fixed/types.ts'
import type { OpExample } from '../definition.ts'
import type { EinsumAttrs } from './attrs.ts'

const a: FixedType = { signed: true, width: 6, frac: 3 }
const b: FixedType = { signed: false, width: 5, frac: 4 }
const wide = conversion({ signed: true, width: 16, frac: 7 })

export const einsumExamples: readonly OpExample<EinsumAttrs>[] = [
  {
    title: 'product of two matrices, rounding result',
    attrs: { equation: 'ij,jk->ik' },
    inputs: [
      { shape: [2, 3], type: a },
      { shape: [3, 2], type: b },
    ],
    weights: {},
    conversions: { accum: wide, result: conversion({ signed: true, width: 9, frac: 3 }, 'RND', 'SAT') },
    floatBound: 2 ** -4,
  },
  {
    title: 'scores of attention: queries and keys by head, every product truncated',
    attrs: { equation: 'qhd,khd->hqk' },
    inputs: [
      { shape: [2, 2, 3], type: a },
      { shape: [2, 2, 3], type: a },
    ],
    weights: {},
    conversions: {
      accum: conversion({ signed: true, width: 9, frac: 3 }),
      result: conversion({ signed: true, width: 9, frac: 3 }),
    },
  },
  {
    title: 'a saturating accumulator, cut once a step',
    attrs: { equation: 'bi,bij->bj' },
    inputs: [
      { shape: [2, 4], type: a },
      { shape: [2, 4, 2], type: a },
    ],
    weights: {},
    conversions: {
      accum: conversion({ signed: true, width: 8, frac: 4 }, 'RND_CONV', 'SAT'),
      result: conversion({ signed: true, width: 8, frac: 3 }),
    },
  },
  {
    title: 'an accumulator that rounds toward zero and wraps',
    attrs: { equation: 'ij,kj->ki' },
    inputs: [
      { shape: [2, 4], type: a },
      { shape: [1, 4], type: a },
    ],
    weights: {},
    conversions: {
      accum: conversion({ signed: true, width: 7, frac: 3 }, 'TRN_ZERO'),
      result: conversion({ signed: true, width: 7, frac: 2 }, 'RND_INF', 'SAT_SYM'),
    },
  },
  {
    title: 'outer product: nothing is summed',
    attrs: { equation: 'i,j->ji' },
    inputs: [
      { shape: [2], type: a },
      { shape: [3], type: b },
    ],
    weights: {},
    conversions: { accum: wide, result: conversion({ signed: true, width: 8, frac: 2 }, 'RND_CONV', 'SAT') },
    floatBound: 2 ** -3,
  },
  {
    title: 'sums over axes of one operand alone, and an axis of one that repeats',
    attrs: { equation: 'bij,bjk->bi' },
    inputs: [
      { shape: [2, 2, 3], type: a },
      { shape: [1, 3, 2], type: b },
    ],
    weights: {},
    conversions: { accum: wide, result: conversion({ signed: true, width: 12, frac: 5 }) },
    floatBound: 2 ** -5,
  },
  {
    title: 'distributed arithmetic: exact, whatever the accumulator',
    attrs: { equation: 'ij,j->i' },
    inputs: [
      { shape: [3, 3], type: a },
      { shape: [3], type: a },
    ],
    weights: {},
    choices: { Strategy: 'Distributed_Arithmetic' },
    conversions: {
      accum: conversion({ signed: true, width: 4, frac: 2 }),
      result: conversion({ signed: true, width: 12, frac: 5 }, 'RND_CONV', 'SAT'),
    },
    floatBound: 2 ** -6,
  },
]

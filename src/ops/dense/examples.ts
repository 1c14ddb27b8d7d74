// Dense layers that the conformance suite runs through every engine.

import { conversion } from '../../fixed/types.ts'
import type { OpExample } from '../definition.ts'
import type { DenseAttrs } from './attrs.ts'

const plain: DenseAttrs = { units: 3, weightCoding: 'plain', inputCoding: 'plain' }
const weight = {
  shape: [4, 3],
  type: { signed: true, width: 6, frac: 4 },
  raw: [5n, -7n, 0n, 31n, 1n, -32n, 0n, 12n, 9n, -3n, 0n, 22n],
}
const bias = { shape: [3], type: { signed: true, width: 6, frac: 4 }, raw: [3n, -9n, 0n] }
const input = { shape: [4], type: { signed: true, width: 8, frac: 5 } }
const wide = conversion({ signed: true, width: 18, frac: 9 })

export const denseExamples: readonly OpExample<DenseAttrs>[] = [
  {
    title: 'exact accumulator, rounding result',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    conversions: { accum: wide, result: conversion({ signed: true, width: 8, frac: 3 }, 'RND_CONV', 'SAT') },
    floatBound: 2 ** -4,
  },
  {
    title: 'wrapping accumulator',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    conversions: {
      accum: conversion({ signed: true, width: 11, frac: 9 }),
      result: conversion({ signed: true, width: 11, frac: 9 }),
    },
  },
  {
    title: 'every product truncated',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    conversions: {
      accum: conversion({ signed: true, width: 12, frac: 5 }),
      result: conversion({ signed: true, width: 12, frac: 5 }),
    },
  },
  {
    title: 'saturating accumulator in resource order',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    choices: { Strategy: 'Resource', ReuseFactor: 2 },
    conversions: {
      accum: conversion({ signed: true, width: 11, frac: 9 }, 'TRN', 'SAT'),
      result: conversion({ signed: true, width: 11, frac: 9 }),
    },
  },
  {
    title: 'XNOR inputs and weights',
    attrs: { units: 2, weightCoding: 'xnor', inputCoding: 'xnor' },
    inputs: [{ shape: [4], type: { signed: false, width: 1, frac: 0 } }],
    weights: {
      weight: {
        shape: [4, 2],
        type: { signed: true, width: 2, frac: 0 },
        raw: [1n, -1n, -1n, -1n, 1n, 1n, -1n, 1n],
      },
    },
    conversions: {
      accum: conversion({ signed: true, width: 16, frac: 10 }),
      result: conversion({ signed: true, width: 16, frac: 10 }),
    },
  },
  {
    title: 'single-bit inputs, three-valued weights',
    attrs: { units: 1, weightCoding: 'plain', inputCoding: 'xnor' },
    inputs: [{ shape: [4], type: { signed: false, width: 1, frac: 0 } }],
    weights: { weight: { shape: [4, 1], type: { signed: true, width: 2, frac: 0 }, raw: [1n, 0n, -1n, 1n] } },
    conversions: {
      accum: conversion({ signed: true, width: 6, frac: 0 }),
      result: conversion({ signed: true, width: 6, frac: 0 }),
    },
  },
  {
    title: 'no weights left: a constant',
    attrs: { units: 2, weightCoding: 'plain', inputCoding: 'plain' },
    inputs: [input],
    weights: {
      weight: {
        shape: [4, 2],
        type: { signed: false, width: 0, frac: 0 },
        raw: [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
      },
      bias: { shape: [2], type: { signed: true, width: 4, frac: 2 }, raw: [0n, -5n] },
    },
    conversions: { accum: wide, result: conversion({ signed: true, width: 6, frac: 3 }) },
  },
  {
    title: 'every row of a matrix',
    attrs: plain,
    inputs: [{ ...input, shape: [2, 4] }],
    weights: { weight, bias },
    conversions: { accum: wide, result: conversion({ signed: true, width: 9, frac: 4 }, 'RND', 'SAT') },
  },
  {
    title: 'resource, an output in several turns',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    choices: { Strategy: 'Resource', ReuseFactor: 12 },
    conversions: {
      accum: conversion({ signed: true, width: 11, frac: 9 }, 'TRN', 'SAT'),
      result: conversion({ signed: true, width: 11, frac: 9 }),
    },
  },
  {
    title: 'distributed arithmetic: exact, whatever the accumulator',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    choices: { Strategy: 'Distributed_Arithmetic' },
    conversions: {
      accum: conversion({ signed: true, width: 4, frac: 2 }),
      result: conversion({ signed: true, width: 14, frac: 7 }, 'RND_CONV', 'SAT'),
    },
  },
  {
    title: 'distributed arithmetic on every row',
    attrs: plain,
    inputs: [{ ...input, shape: [2, 4] }],
    weights: { weight },
    choices: { Strategy: 'Distributed_Arithmetic' },
    conversions: {
      accum: conversion({ signed: true, width: 4, frac: 2 }),
      result: conversion({ signed: true, width: 18, frac: 9 }),
    },
  },
  {
    title: 'shifts that lose bits one by one',
    attrs: { units: 2, weightCoding: 'exponent', inputCoding: 'plain' },
    inputs: [{ shape: [3], type: { signed: true, width: 4, frac: 3 } }],
    weights: {
      weight: {
        shape: [3, 2],
        type: { signed: true, width: 12, frac: 8 },
        raw: [1n, -4n, 512n, -1n, 16n, 2n],
      },
      bias: { shape: [2], type: { signed: true, width: 6, frac: 4 }, raw: [3n, -9n] },
    },
    conversions: {
      weight: conversion({ signed: true, width: 3, frac: 0 }),
      accum: conversion({ signed: true, width: 18, frac: 9 }),
      result: conversion({ signed: true, width: 12, frac: 6 }, 'RND'),
    },
  },
  {
    title: 'XNOR inputs and weights with a bias, which counts twice',
    attrs: { units: 2, weightCoding: 'xnor', inputCoding: 'xnor' },
    inputs: [{ shape: [3], type: { signed: false, width: 1, frac: 0 } }],
    weights: {
      weight: { shape: [3, 2], type: { signed: true, width: 2, frac: 0 }, raw: [1n, -1n, -1n, -1n, 1n, 1n] },
      bias: { shape: [2], type: { signed: true, width: 6, frac: 4 }, raw: [3n, -9n] },
    },
    conversions: {
      accum: conversion({ signed: true, width: 10, frac: 4 }),
      result: conversion({ signed: true, width: 10, frac: 4 }),
    },
  },
]

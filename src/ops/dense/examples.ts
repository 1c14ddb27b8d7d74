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
  {
    title: 'every product rounded into a saturating accumulator',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    conversions: {
      accum: conversion({ signed: true, width: 8, frac: 5 }, 'RND', 'SAT'),
      result: conversion({ signed: true, width: 8, frac: 5 }),
    },
  },
  {
    title: 'every product rounded to even into a wrapping accumulator',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    conversions: {
      accum: conversion({ signed: true, width: 7, frac: 4 }, 'RND_CONV'),
      result: conversion({ signed: true, width: 7, frac: 4 }),
    },
  },
  {
    title: 'an unsigned accumulator that saturates symmetrically toward zero',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    conversions: {
      accum: conversion({ signed: false, width: 6, frac: 3 }, 'TRN_ZERO', 'SAT_ZERO'),
      result: conversion({ signed: true, width: 8, frac: 3 }),
    },
  },
  {
    title: 'a saturating accumulator that no sum reaches the ends of',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    conversions: {
      accum: conversion({ signed: true, width: 16, frac: 6 }, 'TRN', 'SAT'),
      result: conversion({ signed: true, width: 9, frac: 6 }),
    },
  },
  {
    title: 'unrolled, a saturating accumulator in turns',
    attrs: plain,
    inputs: [input],
    weights: { weight, bias },
    choices: { Strategy: 'Resource_Unrolled', ReuseFactor: 2 },
    conversions: {
      accum: conversion({ signed: true, width: 10, frac: 8 }, 'TRN', 'SAT'),
      result: conversion({ signed: true, width: 10, frac: 8 }),
    },
  },
  {
    title: 'many products truncated, inputs never negative',
    attrs: { units: 2, weightCoding: 'plain', inputCoding: 'plain' },
    inputs: [{ shape: [14], type: { signed: false, width: 9, frac: 6 } }],
    weights: {
      weight: {
        shape: [14, 2],
        type: { signed: true, width: 8, frac: 6 },
        raw: Array.from({ length: 28 }, (_, k) => BigInt(((k * 73 + 29) % 255) - 127)),
      },
      bias: { shape: [2], type: { signed: true, width: 8, frac: 7 }, raw: [-77n, 100n] },
    },
    conversions: {
      accum: conversion({ signed: true, width: 10, frac: 5 }),
      result: conversion({ signed: true, width: 9, frac: 4 }),
    },
  },
  {
    title: 'many signed products truncated, weights that share what they drop',
    attrs: { units: 3, weightCoding: 'plain', inputCoding: 'plain' },
    inputs: [{ shape: [13], type: { signed: true, width: 7, frac: 5 } }],
    weights: {
      weight: {
        shape: [13, 3],
        type: { signed: true, width: 8, frac: 4 },
        raw: Array.from({ length: 39 }, (_, k) =>
          BigInt([24, -24, 12, 64, -40, 0, -64, 5, -5, 63, -3][k % 11]!),
        ),
      },
    },
    conversions: {
      accum: conversion({ signed: true, width: 12, frac: 3 }),
      result: conversion({ signed: true, width: 12, frac: 3 }),
    },
  },
  {
    title: 'an odd number of XNOR inputs, counted in an accumulator that wraps',
    attrs: { units: 2, weightCoding: 'xnor', inputCoding: 'xnor' },
    inputs: [{ shape: [7], type: { signed: false, width: 1, frac: 0 } }],
    weights: {
      weight: {
        shape: [7, 2],
        type: { signed: true, width: 2, frac: 0 },
        raw: [1n, -1n, -1n, -1n, 1n, 1n, -1n, 1n, 1n, 1n, 1n, -1n, -1n, 1n],
      },
    },
    conversions: {
      accum: conversion({ signed: true, width: 3, frac: 0 }),
      result: conversion({ signed: true, width: 6, frac: 0 }),
    },
  },
  {
    title: 'XNOR inputs and weights in an accumulator that saturates',
    attrs: { units: 2, weightCoding: 'xnor', inputCoding: 'xnor' },
    inputs: [{ shape: [5], type: { signed: false, width: 1, frac: 0 } }],
    weights: {
      weight: {
        shape: [5, 2],
        type: { signed: true, width: 2, frac: 0 },
        raw: [1n, -1n, -1n, -1n, 1n, 1n, -1n, 1n, 1n, 1n],
      },
      bias: { shape: [2], type: { signed: true, width: 4, frac: 1 }, raw: [3n, -5n] },
    },
    conversions: {
      accum: conversion({ signed: true, width: 4, frac: 1 }, 'RND', 'SAT'),
      result: conversion({ signed: true, width: 8, frac: 1 }),
    },
  },
  {
    title: 'single-bit inputs whose products are rounded',
    attrs: { units: 2, weightCoding: 'plain', inputCoding: 'xnor' },
    inputs: [{ shape: [5], type: { signed: false, width: 1, frac: 0 } }],
    weights: {
      weight: {
        shape: [5, 2],
        type: { signed: true, width: 5, frac: 3 },
        raw: [7n, -7n, 0n, 15n, -16n, 3n, 1n, -1n, 5n, -12n],
      },
      bias: { shape: [2], type: { signed: true, width: 4, frac: 3 }, raw: [3n, -5n] },
    },
    conversions: {
      accum: conversion({ signed: true, width: 5, frac: 1 }, 'RND'),
      result: conversion({ signed: true, width: 5, frac: 1 }),
    },
  },
  {
    title: 'shifts into an accumulator that saturates',
    attrs: { units: 2, weightCoding: 'exponent', inputCoding: 'plain' },
    inputs: [{ shape: [3], type: { signed: true, width: 4, frac: 3 } }],
    weights: {
      weight: {
        shape: [3, 2],
        type: { signed: true, width: 12, frac: 8 },
        raw: [1n, -4n, 512n, -1n, 16n, 2n],
      },
    },
    conversions: {
      weight: conversion({ signed: true, width: 3, frac: 0 }),
      accum: conversion({ signed: true, width: 6, frac: 4 }, 'TRN', 'SAT'),
      result: conversion({ signed: true, width: 6, frac: 4 }),
    },
  },
]

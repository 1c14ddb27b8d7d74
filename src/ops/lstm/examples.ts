// LSTMs that the conformance suite runs through every engine.

import { conversion, type FixedType } from '../../fixed/types.ts'
import type { OpExample, RawValues } from '../definition.ts'
import { exampleCurves, exampleQuantisers } from '../recurrent-examples.ts'
import type { LstmAttrs } from './attrs.ts'

const weightType: FixedType = { signed: true, width: 6, frac: 4 }
const state = conversion({ signed: true, width: 12, frac: 8 })
const accum = conversion({ signed: true, width: 18, frac: 12 })
const table = conversion({ signed: true, width: 12, frac: 9 })

function values(shape: readonly number[], seed: number): RawValues {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const raw = Array.from({ length: size }, (_, k) => {
    const value = (k * 29 + seed * 17 + ((k * k) % 11)) % 63
    return value % 6 === 0 ? 0n : BigInt(value - 31)
  })
  return { shape, type: weightType, raw }
}

const plain: LstmAttrs = {
  units: 2,
  returnSequences: false,
  goBackwards: false,
  activation: 'tanh',
  recurrentActivation: 'sigmoid',
}
const features = 3
const weights = {
  weight: values([features, 8], 1),
  recurrent_weight: values([2, 8], 2),
  bias: values([8], 3),
}

function example(
  title: string,
  attrs: LstmAttrs,
  more: Partial<OpExample<LstmAttrs>> = {},
): OpExample<LstmAttrs> {
  return {
    title,
    attrs,
    inputs: [{ shape: [4, features], type: { signed: true, width: 8, frac: 5 } }],
    weights,
    choices: { TableSize: 64 },
    conversions: { accum, table, result: state },
    ...more,
  }
}

const sequence = { shape: [4, features], type: { signed: true, width: 8, frac: 5 } } as const
const givenState = { shape: [2], type: { signed: true, width: 7, frac: 5 } } as const
const longest: LstmAttrs = {
  ...plain,
  returnSequences: true,
  goBackwards: true,
  keepsOrder: true,
  returnState: true,
}
const same = conversion({ signed: true, width: 16, frac: 10 })

export const lstmExamples: readonly OpExample<LstmAttrs>[] = [
  example('last output', plain),
  example(
    'from given states, all outputs and states',
    { ...plain, returnSequences: true, returnState: true },
    { inputs: [sequence, givenState, givenState] },
  ),
  example('the states alone behind a long sequence, backwards', longest, {
    inputs: [{ ...sequence, shape: [66, features] }],
  }),
  example(
    'all outputs, recurrent bias, rounding and saturating state',
    { ...plain, returnSequences: true },
    {
      weights: { ...weights, recurrent_bias: values([8], 4) },
      conversions: {
        accum,
        table,
        result: conversion({ signed: true, width: 9, frac: 7 }, 'RND_CONV', 'SAT'),
      },
    },
  ),
  example('one type for all, every product truncated, a table of 1024', plain, {
    inputs: [{ shape: [3, features], type: same.to }],
    choices: { TableSize: 1024 },
    conversions: { accum: same, table: conversion({ signed: true, width: 18, frac: 10 }), result: same },
  }),
  example('near to float', plain, {
    choices: { TableSize: 1024 },
    conversions: {
      accum: conversion({ signed: true, width: 22, frac: 16 }),
      table: conversion({ signed: true, width: 18, frac: 16 }),
      result: conversion({ signed: true, width: 16, frac: 12 }, 'RND'),
    },
    // Four steps of table bins of 2^-7 (tanh) and 2^-6 at a quarter of the slope (sigmoid).
    floatBound: 0.04,
  }),
  example('gate sums coarser than the tables', plain, {
    choices: { TableSize: 256 },
    conversions: {
      accum: conversion({ signed: true, width: 7, frac: 1 }, 'RND', 'SAT'),
      table,
      result: state,
    },
  }),
  example(
    'exact sums of distributed arithmetic, one step',
    { ...plain, returnSequences: true },
    {
      inputs: [{ shape: [1, features], type: { signed: true, width: 8, frac: 5 } }],
      choices: { TableSize: 64, Strategy: 'Distributed_Arithmetic' },
    },
  ),
  example(
    'backwards, in resource order',
    { ...plain, returnSequences: true, goBackwards: true },
    {
      choices: { TableSize: 64, Strategy: 'Resource', ReuseFactor: 3, RecurrentReuseFactor: 2 },
      conversions: {
        accum: conversion({ signed: true, width: 9, frac: 6 }, 'TRN', 'SAT'),
        table,
        result: state,
      },
    },
  ),
  example('ReLU cells, hard sigmoid gates', {
    ...plain,
    activation: 'relu',
    recurrentActivation: 'hard_sigmoid',
  }),
  example('quantised curves within a step', { ...plain, within: exampleCurves, returnSequences: true }),
  example('quantised within a step', { ...plain, within: exampleQuantisers, returnSequences: true }),
  example(
    'a sequence for every step, last outputs',
    { ...plain, perStep: true },
    { inputs: [{ shape: [3, 2, features], type: { signed: true, width: 8, frac: 5 } }] },
  ),
  example(
    'a sequence for every step, all outputs',
    { ...plain, perStep: true, returnSequences: true },
    { inputs: [{ shape: [2, 3, features], type: { signed: true, width: 8, frac: 5 } }] },
  ),
  example('linear cells', { ...plain, activation: 'linear', recurrentActivation: 'softsign' }),
]

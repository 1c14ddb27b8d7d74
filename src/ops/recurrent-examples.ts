// What the examples of recurrent layers share: a short sequence, its types, trained values.

import { conversion, type FixedType } from '../fixed/types.ts'
import type { RawValues } from './definition.ts'

export const exampleFeatures = 3
export const exampleSequence = {
  shape: [4, exampleFeatures],
  type: { signed: true, width: 8, frac: 5 },
} as const

/** A state to begin with, of two units, coarser than the layer's. */
export const exampleState = { shape: [2], type: { signed: true, width: 7, frac: 5 } } as const

const weightType: FixedType = { signed: true, width: 6, frac: 4 }
const result = conversion({ signed: true, width: 12, frac: 8 })
const accum = conversion({ signed: true, width: 18, frac: 12 })
const table = conversion({ signed: true, width: 12, frac: 9 })

/** Types of a layer that loses a little everywhere. */
export const exampleTypes = { accum, table, result }
/** Types that keep near to the float meaning. */
export const fineTypes = {
  accum: conversion({ signed: true, width: 22, frac: 16 }),
  table: conversion({ signed: true, width: 18, frac: 16 }),
  result: conversion({ signed: true, width: 16, frac: 12 }, 'RND'),
}
/** Types that round, saturate and cut. */
export const coarseTypes = {
  accum: conversion({ signed: true, width: 9, frac: 6 }, 'TRN', 'SAT'),
  table,
  result: conversion({ signed: true, width: 9, frac: 7 }, 'RND_CONV', 'SAT'),
}

/** Quantisers of QKeras within a step, finer and coarser than the types around them. */
export const exampleQuantisers = {
  activation: 'fixed<6,1,RND_CONV,SAT>',
  recurrentActivation: 'ufixed<5,0,RND_CONV,SAT>',
  state: 'fixed<7,1,RND_CONV,SAT_SYM>',
} as const

/** The same with the curves of tanh and sigmoid before they are rounded. */
export const exampleCurves = {
  ...exampleQuantisers,
  curves: ['activation', 'recurrentActivation'],
} as const

/** Trained values of a shape, some of them 0. */
export function exampleValues(shape: readonly number[], seed: number): RawValues {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const raw = Array.from({ length: size }, (_, k) => {
    const value = (k * 29 + seed * 17 + ((k * k) % 11)) % 63
    return value % 6 === 0 ? 0n : BigInt(value - 31)
  })
  return { shape, type: weightType, raw }
}

/** Weights of a cell of so many columns, `prefix` before their roles. */
export function exampleWeights(units: number, columns: number, prefix = '', seed = 1) {
  return {
    [`${prefix}weight`]: exampleValues([exampleFeatures, columns], seed),
    [`${prefix}recurrent_weight`]: exampleValues([units, columns], seed + 1),
    [`${prefix}bias`]: exampleValues([columns], seed + 2),
  }
}

// GravNet's gathering for the conformance suite.

import { conversion, type FixedType } from '../../fixed/types.ts'
import type { OpExample } from '../definition.ts'
import type { GravNetAttrs } from './attrs.ts'

const signed = (width: number, frac: number): FixedType => ({ signed: true, width, frac })
const unsigned = (width: number, frac: number): FixedType => ({ signed: false, width, frac })

export const gravNetExamples: readonly OpExample<GravNetAttrs>[] = [
  {
    title: 'mean and greatest of two of five vertices, near to float',
    attrs: { neighbours: 2, includeSelf: false, scale: 10, gather: ['mean', 'max'] },
    inputs: [
      { shape: [5, 2], type: signed(6, 5) },
      { shape: [5, 3], type: signed(6, 4) },
    ],
    weights: {},
    choices: { TableSize: 4096, TableRangePower2: -3 },
    conversions: {
      distance: conversion(unsigned(14, 10)),
      accum: conversion(signed(24, 18)),
      result: conversion(signed(20, 14)),
    },
    // A bin of 2^−9 in the square of a distance, at a slope of 10 and features up to 2.
    floatBound: 0.05,
  },
  {
    title: 'itself among its three neighbours, coarse and wrapping',
    attrs: { neighbours: 3, includeSelf: true, scale: 2, gather: ['max', 'sum', 'mean'] },
    inputs: [
      { shape: [4, 1], type: signed(5, 2) },
      { shape: [4, 2], type: signed(5, 2) },
    ],
    weights: {},
    choices: { TableSize: 50, TableRangePower2: -2 },
    conversions: {
      distance: conversion(unsigned(5, 1), 'RND', 'SAT'),
      accum: conversion(signed(6, 2)),
      table: conversion(unsigned(5, 4)),
      result: conversion(signed(5, 2), 'RND_CONV', 'SAT'),
    },
  },
]

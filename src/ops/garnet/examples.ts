// GarNet layers for the conformance suite.

import { conversion, type FixedType } from '../../fixed/types.ts'
import type { OpExample, RawValues } from '../definition.ts'
import type { GarNetAttrs } from './attrs.ts'

const vertices = 4
const features = 2
const sizes = { aggregators: 2, filters: 3 }

const signed = (width: number, frac: number): FixedType => ({ signed: true, width, frac })
const unsigned = (width: number, frac: number): FixedType => ({ signed: false, width, frac })

function values(shape: readonly number[], seed: number): RawValues {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const raw = Array.from({ length: size }, (_, k) => BigInt(((k * 23 + seed * 13) % 47) - 23))
  return { shape, type: signed(7, 4), raw }
}

const { aggregators, filters } = sizes
const weights = {
  input_transform_weights: values([filters, aggregators, features], 1),
  input_transform_biases: values([filters, aggregators], 2),
  aggregator_distance_weights: values([aggregators, features], 3),
  aggregator_distance_biases: values([aggregators], 4),
  output_transform_biases: values([filters], 5),
}

const plain: GarNetAttrs = { ...sizes, collapse: 'mean', byVertices: false, stack: null }

const fine = {
  distance: conversion(signed(12, 8), 'RND', 'SAT'),
  edge_weight: conversion(unsigned(12, 12)),
  edge_weight_aggr: conversion(unsigned(18, 14)),
  weighted: conversion(signed(18, 14)),
  aggr: conversion(signed(26, 18)),
  norm: conversion(unsigned(18, 14)),
  mean_bias: conversion(signed(20, 14)),
  result: conversion(signed(24, 14)),
}

const coarse = {
  distance: conversion(signed(7, 3), 'TRN', 'SAT'),
  edge_weight: conversion(unsigned(5, 5)),
  edge_weight_aggr: conversion(unsigned(6, 4), 'RND', 'SAT'),
  weighted: conversion(signed(6, 3), 'RND', 'SAT'),
  aggr: conversion(signed(8, 4)),
  norm: conversion(unsigned(6, 3)),
  mean_bias: conversion(signed(6, 4), 'RND', 'SAT'),
  result: conversion(signed(8, 4)),
}

function example(title: string, more: Partial<OpExample<GarNetAttrs>>): OpExample<GarNetAttrs> {
  return {
    title,
    attrs: plain,
    inputs: [
      { shape: [vertices, features], type: signed(6, 3) },
      { shape: [1], type: unsigned(3, 0) },
    ],
    weights,
    conversions: coarse,
    ...more,
  }
}

export const garNetExamples: readonly OpExample<GarNetAttrs>[] = [
  example('mean over the room, two groups, coarse', { choices: { ReuseFactor: 2 } }),
  example('mean over the vertices that there are, near to float', {
    attrs: { ...plain, byVertices: true },
    inputs: [
      { shape: [vertices, features], type: signed(4, 3) },
      { shape: [1], type: unsigned(2, 0) },
    ],
    conversions: fine,
    floatBound: 0.06,
  }),
  example('every vertex, one group for all', { attrs: { ...plain, collapse: 'none' } }),
  example('every vertex, near to float', {
    attrs: { ...plain, collapse: 'none' },
    inputs: [
      { shape: [vertices, features], type: signed(4, 3) },
      { shape: [1], type: unsigned(3, 0) },
    ],
    choices: { ReuseFactor: 4 },
    conversions: fine,
    floatBound: 0.06,
  }),
]

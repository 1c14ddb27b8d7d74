// Neurons for the conformance suite.

import { conversion } from '../../fixed/types.ts'
import type { OpExample, RawValues } from '../definition.ts'
import type { IntegrateFireAttrs } from './attrs.ts'

const bit = conversion({ signed: false, width: 1, frac: 0 })
const signed = (width: number, frac: number) => ({ signed: true, width, frac })

function values(width: number, frac: number, ...raw: readonly bigint[]): RawValues {
  return { shape: [raw.length], type: { signed: false, width, frac }, raw }
}

const plain: IntegrateFireAttrs = { leaky: false, reset: 'subtract', window: 0 }

export const integrateFireExamples: readonly OpExample<IntegrateFireAttrs>[] = [
  {
    title: 'without a leak, exact',
    attrs: plain,
    inputs: [{ shape: [6, 3], type: signed(5, 2) }],
    weights: { threshold: values(3, 2, 5n) },
    conversions: { membrane: conversion(signed(9, 2)), result: bit },
    floatBound: 0,
  },
  {
    title: 'leaking, a threshold for each neuron, rounding and saturating, emptied by a spike',
    attrs: { leaky: true, reset: 'zero', window: 0 },
    inputs: [{ shape: [5, 2], type: signed(6, 3) }],
    weights: { threshold: values(6, 4, 13n, 40n), beta: values(8, 8, 243n) },
    conversions: {
      membrane: conversion(signed(7, 4), 'RND', 'SAT'),
      result: conversion({ signed: true, width: 4, frac: 2 }),
    },
  },
  {
    title: 'two windows, a leak for each neuron, a coarse wrapping membrane',
    attrs: { leaky: true, reset: 'subtract', window: 4 },
    inputs: [{ shape: [8, 2], type: signed(6, 3) }],
    weights: { threshold: values(6, 4, 21n), beta: values(4, 4, 9n, 14n) },
    conversions: { membrane: conversion(signed(6, 2)), result: bit },
  },
  {
    title: 'a window too long to be unrolled',
    attrs: { leaky: true, reset: 'subtract', window: 70 },
    inputs: [{ shape: [140, 2], type: signed(4, 2) }],
    weights: { threshold: values(3, 1, 3n), beta: values(4, 4, 13n) },
    conversions: { membrane: conversion(signed(9, 5), 'TRN', 'SAT'), result: bit },
  },
]

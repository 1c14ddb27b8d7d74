// What an operator asks while it decides types between which nothing is lost.

import { autoPrecision } from '../fixed/precision.ts'
import { conversion } from '../fixed/types.ts'
import type { Shape } from '../ir/tensor-type.ts'
import type { PrecisionRequest, RawValues } from '../ops/definition.ts'
import type { Signal } from './define-network.ts'
import { elementTypesOf } from './target-type.ts'

/** The request of a layer that reads these, for `inferLossless`. */
export function exactRequest<A>(
  signals: readonly Signal[],
  attrs: A,
  shape: Shape,
  weights: Readonly<Record<string, RawValues>>,
): PrecisionRequest<A> {
  const inputs = signals.map(({ types, shape: own }) => ({ shape: own, element: elementTypesOf(types, own) }))
  return {
    name: signals[0]?.name ?? '',
    attrs,
    inputs,
    inputConversions: inputs.map(({ element }) => ({
      to: element,
      rounding: 'TRN',
      overflow: 'WRAP',
      saturationBits: 0,
    })),
    shape,
    quantisers: {},
    choices: {},
    asked: () => autoPrecision,
    modelDefault: conversion({ signed: true, width: 16, frac: 10 }),
    maximum: undefined,
    weight: () => undefined,
    rawWeight: role => weights[role],
  }
}

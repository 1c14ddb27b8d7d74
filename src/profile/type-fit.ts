// Values against the type that is to hold them: what its range does not reach, and what its step is too coarse for.

import { roundingOfDouble } from '../fixed/number-steps.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { type Conversion, lowestKept, maxRaw } from '../fixed/types.ts'
import { type Shape, sizeOf, type TensorConversion, typeAt, unionType } from '../ir/tensor-type.ts'

/** A type as users read it, with its range in values. */
export interface TypeRange {
  /** The short spelling, e.g. `fixed<16,6,RND,SAT>`; the narrowest that holds all where elements differ. */
  readonly type: string
  /** Types among the elements. */
  readonly kinds: number
  /** The finest step, 2^-fraction bits. */
  readonly step: number
  /** Smallest and largest value that a type holds. */
  readonly min: number
  readonly max: number
}

/** Shares of 1, of the values counted. */
export interface TypeFit extends TypeRange {
  /** Values that, rounded as the type rounds, lie beyond its range: they saturate or wrap. */
  readonly outside: number
  /** Values other than 0 that are smaller than a step. */
  readonly belowStep: number
}

/** The range of a tensor's type. */
export function typeRangeOf(conversion: TensorConversion, shape: Shape): TypeRange {
  const union = { ...conversion, to: unionType({ shape, element: conversion.to }) }
  const ranges = conversion.to.types.map(to => valueRange({ ...conversion, to }))
  return {
    type: printPrecision(fixedPrecision(union), 'short'),
    kinds: new Set(conversion.to.types.map(({ signed, width, frac }) => `${signed} ${width} ${frac}`)).size,
    step: Math.min(...ranges.map(({ step }) => step)),
    min: Math.min(...ranges.map(({ min }) => min)),
    max: Math.max(...ranges.map(({ max }) => max)),
  }
}

function valueRange(conversion: Conversion): { step: number; min: number; max: number } {
  const step = 2 ** -conversion.to.frac
  return {
    step,
    min: Number(lowestKept(conversion)) * step,
    max: Number(maxRaw(conversion.to)) * step,
  }
}

export interface FitCollector {
  add(values: ArrayLike<number>): void
  result(): TypeFit
}

/** Counts values of rows of a tensor, row-major, against the types of its elements. */
export function createFit(conversion: TensorConversion, shape: Shape): FitCollector {
  const size = conversion.to.types.length === 1 ? 1 : sizeOf(shape)
  const limits = Array.from({ length: size }, (_, k) => typeAt({ shape, element: conversion.to }, k)).map(
    to => ({ step: 2 ** -to.frac, leaves: leavingOf({ ...conversion, to }) }),
  )
  let [count, outside, belowStep] = [0, 0, 0]
  return {
    add: values => {
      for (let k = 0; k < values.length; k++) {
        const value = values[k]!
        if (!Number.isFinite(value)) continue
        count++
        const { leaves, step } = limits[k % size]!
        if (leaves(value)) outside++
        if (value !== 0 && value > -step && value < step) belowStep++
      }
    },
    result: () => ({
      ...typeRangeOf(conversion, shape),
      outside: count === 0 ? 0 : outside / count,
      belowStep: count === 0 ? 0 : belowStep / count,
    }),
  }
}

/** Whether a value, rounded as the conversion rounds, lies beyond the range of its type. */
export function leavingOf(conversion: Conversion): (value: number) => boolean {
  const round = roundingOfDouble(conversion.rounding)
  const scale = 2 ** conversion.to.frac
  const least = Number(lowestKept(conversion))
  // The first above the largest is a power of two, and so exact.
  const above = Number(maxRaw(conversion.to) + 1n)
  return value => {
    const raw = round(value * scale)
    return raw < least || raw >= above
  }
}

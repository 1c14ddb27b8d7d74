// Values with a binary point, and conversions between fixed types, as expressions over lanes. A value is held at any
// number of fraction bits that is exact: a conversion that loses nothing costs nothing.

import { bitLength } from '../../../fixed/bit-length.ts'
import { roundRaw } from '../../../fixed/convert.ts'
import { type Conversion, lowestKept, maxRaw, type Rounding } from '../../../fixed/types.ts'
import type { Value } from './value.ts'
import * as v from './value.ts'

/** value · 2^−frac. */
export interface Held {
  readonly value: Value
  readonly frac: number
}

export function align({ value, frac }: Held, to: number): Value {
  return v.isConstant(value) && value.min === 0n ? value : v.shiftLeft(value, to - frac)
}

/** Both under the finer of their two least bits. */
function aligned(a: Held, b: Held): { x: Value; y: Value; frac: number } {
  const frac = isZero(a) ? b.frac : isZero(b) ? a.frac : Math.max(a.frac, b.frac)
  return { x: align(a, frac), y: align(b, frac), frac }
}

function isZero({ value }: Held): boolean {
  return value.min === 0n && value.max === 0n
}

export function addHeld(a: Held, b: Held): Held {
  const { x, y, frac } = aligned(a, b)
  return { value: v.add(x, y), frac }
}

export function combineHeld(op: 'subtract' | 'maximum' | 'minimum', a: Held, b: Held): Held {
  const { x, y, frac } = aligned(a, b)
  if (op === 'subtract') return { value: v.subtract(x, y), frac }
  return { value: op === 'maximum' ? v.maximum(x, y) : v.minimum(x, y), frac }
}

export function multiplyHeld(a: Held, b: Held): Held {
  return { value: v.multiply(a.value, b.value), frac: a.frac + b.frac }
}

/** What `convertRaw` gives, at as few fraction bits as is exact; undefined for the overflow modes without a lane form. */
export function convertHeld(held: Held, c: Conversion): Held | undefined {
  if (c.to.width === 0) return { value: v.constant(0n), frac: c.to.frac }
  const drop = held.frac - c.to.frac
  if (drop <= 0) return limitCoarse(held, c, -drop)
  const value = limit(roundValue(held.value, drop, c.rounding), c)
  return value && { value, frac: c.to.frac }
}

/** A source without fraction bits to lose stays at its own least bit where it can. */
function limitCoarse({ value, frac }: Held, c: Conversion, zeros: number): Held | undefined {
  const [min, max] = [value.min << BigInt(zeros), value.max << BigInt(zeros)]
  if (min >= lowestKept(c) && max <= maxRaw(c.to)) return { value, frac }
  if (c.overflow === 'WRAP' && c.saturationBits === 0)
    return { value: v.wrap(value, c.to.width - zeros, c.to.signed), frac }
  const fine = limit(v.shiftLeft(value, zeros), c)
  return fine && { value: fine, frac: c.to.frac }
}

/** value · 2^−drop as a whole number, drop ≥ 1. */
export function roundValue(value: Value, drop: number, mode: Rounding): Value {
  if (v.isConstant(value)) return v.constant(roundRaw(value.min, drop, mode))
  // Below a quarter of the least bit, how small a value is no longer matters.
  const by = Math.min(drop, Math.max(bitLength(value.min), bitLength(value.max)) + 2)
  return v.shiftRight(biased(value, by, mode), by)
}

function biased(value: Value, by: number, mode: Rounding): Value {
  const half = 1n << BigInt(by - 1)
  const add = (bias: bigint) => v.add(value, v.constant(bias))
  switch (mode) {
    case 'TRN':
      return value
    case 'RND':
      return add(half)
    case 'RND_MIN_INF':
      return add(half - 1n)
    case 'TRN_ZERO':
      return v.add(value, v.where(v.negative(value), v.constant(2n * half - 1n)))
    case 'RND_ZERO':
      return v.subtract(add(half - 1n), v.negative(value))
    case 'RND_INF':
      return v.add(add(half), v.negative(value))
    case 'RND_CONV':
      return v.add(add(half - 1n), v.wrap(v.shiftRight(value, by), 1, false))
  }
}

/** Brings whole numbers of the type's least bit into its range. */
function limit(value: Value, c: Conversion): Value | undefined {
  const [low, high] = [lowestKept(c), maxRaw(c.to)]
  if (value.min >= low && value.max <= high) return value
  switch (c.overflow) {
    case 'WRAP':
      return c.saturationBits === 0 ? v.wrap(value, c.to.width, c.to.signed) : undefined
    case 'SAT':
    case 'SAT_SYM':
      return v.minimum(v.maximum(value, v.constant(low)), v.constant(high))
    case 'SAT_ZERO': {
      const outside = (bad: Value, kept: Value) => v.choose(bad, v.constant(0n), kept)
      const kept = outside(v.less(v.constant(high), value), outside(v.less(value, v.constant(low)), value))
      return { ...kept, min: low, max: high }
    }
    case 'WRAP_SM':
      return undefined
  }
}

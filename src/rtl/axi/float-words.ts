// IEEE 754 single-precision words as cells: to a fixed-point type with its rounding and overflow, and back.

import { type Conversion, type FixedType, fixedType } from '../../fixed/types.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net } from '../../netlist/netlist.ts'

/** A 32-bit word as it stands on a bus. */
export const wordType: FixedType = fixedType(false, 32, 0)

const significand = 24
const exponentBias = 127
/** Places kept below the result's least bit: with one fewer, a value lost below them could be half of it. */
const guard = 24

export interface FromFloat {
  /** The word's value in the type; 0 where it is none. */
  readonly value: Net
  /** The word is a number, neither NaN nor infinite. */
  readonly finite: Net
}

/**
 * The value of a float32 word, converted. WRAP_SM looks at all bits above the type's, of which huge values here keep
 * none; it is not supported.
 */
export function lowerFromFloat(b: NetlistBuilder, word: Net, to: Conversion): FromFloat {
  const sign = b.bits(word, 31, 1, false, 0)
  const exponent = b.bits(word, 23, 8, false, 0)
  const isNormal = b.not(b.eq(exponent, b.constant(0n, 0)))
  const finite = b.not(b.eq(exponent, b.constant(255n, 0)))
  const magnitude = b.add(b.bits(word, 0, 23, false, 0), b.scale(isNormal, significand - 1))
  // Subnormal values have the exponent of the least normal ones.
  const place = b.mux(isNormal, exponent, b.constant(1n, 0))
  const moved = movedLeft(b, magnitude, place, to.to)
  const value = b.mux(sign, b.negate(moved), moved)
  const number = b.mux(finite, value, b.constant(0n, 0))
  return { value: lowerConversion(b, number, to), finite }
}

/** magnitude · 2^(place − 150), under a frac with the guard places; what lies below them becomes their last. */
function movedLeft(b: NetlistBuilder, magnitude: Net, place: Net, type: FixedType): Net {
  const frac = type.frac + guard
  // The raw value under that frac is magnitude · 2^(place + offset).
  const offset = BigInt(frac - (exponentBias + significand - 1))
  const by = b.add(place, b.constant(offset, 0))
  // Beyond, every bit of the type is 0, and the value beyond its range.
  const most = BigInt(type.width + guard + 1)
  const isTiny = b.lt(by, b.constant(0n, 0))
  const shift = b.within(b.min(b.max(by, b.constant(0n, 0)), b.constant(most, 0)), 0n, most)
  let moved = magnitude
  for (let k = 0; 1n << BigInt(k) <= most; k++) {
    const bit = b.bits(shift, k, 1, false, 0)
    moved = b.mux(bit, b.scale(moved, 2 ** k), moved)
  }
  const some = b.not(b.eq(magnitude, b.constant(0n, 0)))
  return b.scale(b.mux(isTiny, some, moved), -frac)
}

/** Whether every value of the type is 0 or a normal float32, rounded where it has more than 24 bits. */
export function hasFloatForm({ width, frac }: FixedType): boolean {
  return width - frac <= exponentBias && frac < exponentBias
}

/** The float32 word nearest to a value, ties to even; `hasFloatForm` of its type must hold. */
export function lowerToFloat(b: NetlistBuilder, value: Net, type: FixedType): Net {
  if (type.width === 0) return b.constant(0n, 0)
  const raw = b.scale(value, type.frac)
  const sign = type.signed ? b.lt(raw, b.constant(0n, 0)) : b.constant(0n, 0)
  const size = type.width
  const magnitude = b.bits(b.mux(sign, b.negate(raw), raw), 0, size, false, 0)
  const { top, zeros } = normalised(b, magnitude, size)
  const { mantissa, carry } = rounded(b, top, size)
  const isZero = b.eq(magnitude, b.constant(0n, 0))
  // The top bit stands for 2^(size − 1 − frac) before it was moved up by the zeros above it.
  const highest = b.constant(BigInt(size - 1 - type.frac + exponentBias), 0)
  const exponent = b.bits(b.add(b.sub(highest, zeros), carry), 0, 8, false, 0)
  const word = b.add(b.add(mantissa, b.scale(exponent, 23)), b.scale(sign, 31))
  return b.within(b.bits(b.mux(isZero, b.constant(0n, 0), word), 0, 32, false, 0), 0n, (1n << 32n) - 1n)
}

/** The magnitude moved up until its top bit is set, and by how much. */
function normalised(b: NetlistBuilder, magnitude: Net, size: number): { top: Net; zeros: Net } {
  let top = magnitude
  let zeros: Net = b.constant(0n, 0)
  for (let k = Math.ceil(Math.log2(size)); k >= 0; k--) {
    const by = 2 ** k
    if (by >= size) continue
    const isEmpty = b.eq(b.bits(top, size - by, by, false, 0), b.constant(0n, 0))
    top = b.bits(b.mux(isEmpty, b.scale(top, by), top), 0, size, false, 0)
    zeros = b.add(zeros, b.scale(isEmpty, k))
  }
  return { top, zeros }
}

/** 23 bits below the top one, rounded to nearest even, and whether that carried into the next power of two. */
function rounded(b: NetlistBuilder, top: Net, size: number): { mantissa: Net; carry: Net } {
  const none = b.constant(0n, 0)
  if (size <= significand)
    return { mantissa: b.bits(top, size - significand, significand - 1, false, 0), carry: none }
  const below = size - significand
  const kept = b.bits(top, below, significand, false, 0)
  const half = b.bits(top, below - 1, 1, false, 0)
  const rest = below === 1 ? none : b.not(b.eq(b.bits(top, 0, below - 1, false, 0), none))
  const up = b.and(half, b.or(rest, b.bits(kept, 0, 1, false, 0)))
  const sum = b.add(kept, up)
  return { mantissa: b.bits(sum, 0, significand - 1, false, 0), carry: b.bits(sum, significand, 1, false, 0) }
}

// Values into types: the roundings and overflows of docs/semantics.md, each written as its formula there.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Conversion, FixedType, Overflow, Rounding } from '../../fixed/types.ts'
import {
  add,
  ceiling,
  type Dyadic,
  dyadic,
  dyadicOfNumber,
  floor,
  subtract,
  timesPowerOfTwo,
  truncate,
} from './dyadic.ts'

const half = dyadic(1n, -1)

/** Integers at which a scaled value may end; ties between two neighbours are what the five `RND` modes differ in. */
const roundingFormulas: Readonly<Record<Rounding, (t: Dyadic) => bigint>> = {
  TRN: floor,
  TRN_ZERO: truncate,
  RND: t => floor(add(t, half)),
  RND_MIN_INF: t => ceiling(subtract(t, half)),
  RND_ZERO: t => (t.mantissa < 0n ? floor(add(t, half)) : ceiling(subtract(t, half))),
  RND_INF: t => (t.mantissa < 0n ? ceiling(subtract(t, half)) : floor(add(t, half))),
  RND_CONV: roundToEven,
}

/** The nearest integer, of two nearest the even one. */
export function roundToEven(t: Dyadic): bigint {
  const below = ceiling(subtract(t, half))
  return below % 2n === 0n ? below : floor(add(t, half))
}

/** The raw integer under `c.to` that the value becomes. */
export function toRaw(value: Dyadic, c: Conversion): bigint {
  if (c.to.width === 0) return 0n
  const scaled = timesPowerOfTwo(value, c.to.frac)
  const rounded = roundingFormulas[c.rounding](scaled)
  const [low, high] = limits(c)
  return rounded >= low && rounded <= high ? rounded : overflowed(rounded, floor(scaled), c)
}

/** The value that a raw integer stands for. */
export function valueOfRaw(raw: bigint, type: FixedType): Dyadic {
  return dyadic(raw, -type.frac)
}

/** The value after conversion. */
export function converted(value: Dyadic, c: Conversion): Dyadic {
  return valueOfRaw(toRaw(value, c), c.to)
}

/** The raw integers that pass unchanged. */
function limits({ to, overflow }: Conversion): readonly [bigint, bigint] {
  const values = 2n ** BigInt(to.width)
  if (!to.signed) return [0n, values - 1n]
  const symmetric = overflow === 'SAT_SYM' && to.width > 1
  return [-values / 2n + (symmetric ? 1n : 0n), values / 2n - 1n]
}

function overflowed(rounded: bigint, floored: bigint, c: Conversion): bigint {
  const [low, high] = limits(c)
  const overflow: Overflow = c.overflow === 'WRAP_SM' && !c.to.signed ? 'WRAP' : c.overflow
  switch (overflow) {
    case 'SAT':
    case 'SAT_SYM':
      return rounded < low ? low : high
    case 'SAT_ZERO':
      return 0n
    case 'WRAP':
      return wrap(rounded, c)
    case 'WRAP_SM':
      return wrapSignMagnitude(rounded, floored, c)
    default:
      return bug(`no overflow ${overflow satisfies never}`)
  }
}

/** Bits 0 … width−1 of an integer, bit 0 first. */
function bitsOf(integer: bigint, width: number): boolean[] {
  return Array.from({ length: width }, (_, place) => bitAt(integer, place))
}

function bitAt(integer: bigint, place: number): boolean {
  return (integer >> BigInt(place)) % 2n !== 0n
}

function rawOfBits(bits: readonly boolean[], signed: boolean): bigint {
  return bits.reduce((sum, bit, place) => {
    const weight = 2n ** BigInt(place)
    if (!bit) return sum
    return sum + (signed && place === bits.length - 1 ? -weight : weight)
  }, 0n)
}

/** The low bits; of these the N topmost as saturation would have them. */
function wrap(rounded: bigint, { to, saturationBits }: Conversion): bigint {
  const bits = bitsOf(rounded, to.width)
  const count = Math.min(saturationBits, to.width)
  for (let place = to.width - count; place < to.width; place++) {
    bits[place] = !to.signed || (place === to.width - 1) === rounded < 0n
  }
  return rawOfBits(bits, to.signed)
}

/** Folds the number line back and forth; the bit above the type's is that of the value before it was rounded. */
function wrapSignMagnitude(rounded: bigint, floored: bigint, { to, saturationBits }: Conversion): bigint {
  const { width } = to
  const negative = rounded < 0n
  const bits = bitsOf(rounded, width)
  const count = Math.min(saturationBits, width)
  const sign = count === 0 ? bitAt(floored, width) : negative
  const folded = count > 1 ? bits[width - count] === negative : bits[width - 1] !== sign
  const result = folded ? bits.map(bit => !bit) : bits
  for (let place = width - count; place < width - 1; place++) result[place] = !negative
  result[width - 1] = sign
  return rawOfBits(result, true)
}

/** The raw integer of a double; an infinity converts as ±2^1024, which is what its bit pattern says. */
export function rawOfNumber(value: number, c: Conversion): bigint {
  if (Number.isNaN(value)) bug('NaN has no raw value')
  if (Number.isFinite(value)) return toRaw(dyadicOfNumber(value), c)
  return toRaw(dyadic(value < 0 ? -1n : 1n, 1024), c)
}

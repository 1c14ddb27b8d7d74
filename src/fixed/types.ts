// Fixed-point types. A type is a set of values; losing bits belongs to a conversion, never to a type.
// A value is held as its raw integer: value = raw · 2^-frac.

/**
 * The values raw · 2^-frac with raw in [0, 2^width − 1] or, signed, [−2^(width−1), 2^(width−1) − 1].
 * `frac` may be negative or exceed `width`. Width 0 is the constant 0 and takes no bits on a bus.
 * hls4ml's `ap_fixed<W, I>` is width W, frac W − I (I counts the sign bit).
 */
export interface FixedType {
  readonly signed: boolean
  readonly width: number
  readonly frac: number
}

/** ap_fixed's quantisation modes: floor, toward zero, and five ways to round to nearest. */
export const roundings = ['TRN', 'TRN_ZERO', 'RND', 'RND_ZERO', 'RND_INF', 'RND_MIN_INF', 'RND_CONV'] as const
export type Rounding = (typeof roundings)[number]

/** ap_fixed's overflow modes. */
export const overflows = ['WRAP', 'SAT', 'SAT_ZERO', 'SAT_SYM', 'WRAP_SM'] as const
export type Overflow = (typeof overflows)[number]

/** A type together with the way values come into it: the one place where bits are lost. */
export interface Conversion {
  readonly to: FixedType
  readonly rounding: Rounding
  readonly overflow: Overflow
  /** ap_fixed's N: top bits that saturate when `overflow` is WRAP or WRAP_SM; 0 in nearly every design. */
  readonly saturationBits: number
}

/** A fixed type; `integer` bits of the field's spelling are width − frac. */
export function fixedType(signed: boolean, width: number, frac: number): FixedType {
  return { signed, width, frac }
}

/** A conversion that floors and wraps unless told otherwise, ap_fixed's default. */
export function conversion(
  to: FixedType,
  rounding: Rounding = 'TRN',
  overflow: Overflow = 'WRAP',
  saturationBits = 0,
): Conversion {
  return { to, rounding, overflow, saturationBits }
}

/** Smallest raw integer of the type. */
export function minRaw(type: FixedType): bigint {
  return type.signed && type.width > 0 ? -(1n << BigInt(type.width - 1)) : 0n
}

/** Largest raw integer of the type. */
export function maxRaw(type: FixedType): bigint {
  if (type.width === 0) return 0n
  return (1n << BigInt(type.signed ? type.width - 1 : type.width)) - 1n
}

/** Smallest raw value that a conversion lets through unchanged: its type's smallest, but for SAT_SYM. */
export function lowestKept(c: Conversion): bigint {
  const lowest = minRaw(c.to)
  // −2^(width−1) has no positive twin; symmetric saturation moves it. One signed bit has only 0 and −1: ap_fixed keeps −1.
  return c.overflow === 'SAT_SYM' && c.to.signed && c.to.width > 1 ? lowest + 1n : lowest
}

export function sameType(a: FixedType, b: FixedType): boolean {
  return a.signed === b.signed && a.width === b.width && a.frac === b.frac
}

/** True when every value of `inner` is a value of `outer`. */
export function includesType(outer: FixedType, inner: FixedType): boolean {
  if (inner.width === 0) return true
  if (inner.frac > outer.frac) return false
  const shift = BigInt(outer.frac - inner.frac)
  return minRaw(inner) << shift >= minRaw(outer) && maxRaw(inner) << shift <= maxRaw(outer)
}

/** The narrowest type that holds the values of both. */
export function joinTypes(a: FixedType, b: FixedType): FixedType {
  if (includesType(a, b)) return a
  if (includesType(b, a)) return b
  const signed = a.signed || b.signed
  const integer = Math.max(...[a, b].map(type => type.width - type.frac + (signed && !type.signed ? 1 : 0)))
  const frac = Math.max(a.frac, b.frac)
  return { signed, width: integer + frac, frac }
}

/** Overflow that only drops top bits: a sum may be wrapped at any time, or once at the end. */
export function wrapsPlainly({ overflow, saturationBits }: Conversion): boolean {
  return overflow === 'WRAP' && saturationBits === 0
}

// Exact ranges of values: every wire is as narrow as its interval proves. The bounds are raw integers, so an interval
// holds the values raw · 2^-frac with min ≤ raw ≤ max. Each operation gives the smallest interval holding all results
// when its operands vary independently.
import { bitLength, trailingZeros } from './bit-length.ts'
import { roundRaw, wrapRaw } from './convert.ts'
import { type Conversion, type FixedType, fixedType, lowestKept, maxRaw, minRaw } from './types.ts'

/** The values raw · 2^-frac with min ≤ raw ≤ max; min ≤ max always. */
export interface Interval {
  readonly min: bigint
  readonly max: bigint
  readonly frac: number
}

/** All values of a type. */
export function intervalOf(type: FixedType): Interval {
  return { min: minRaw(type), max: maxRaw(type), frac: type.frac }
}

/** The values from the least to the greatest of the raw ones, 0 alone where there are none. */
export function intervalOfRaws(raws: readonly bigint[], frac: number): Interval {
  let min = raws[0] ?? 0n
  let max = min
  for (const raw of raws) {
    if (raw < min) min = raw
    if (raw > max) max = raw
  }
  return { min, max, frac }
}

/** The narrowest type for raw values; width 0 when all are zero. */
export function typeOfRaws(raws: readonly bigint[], frac: number): FixedType {
  const type = typeOf(intervalOfRaws(raws, frac))
  return type.width === 0 ? { ...type, frac: 0 } : type
}

/** The narrowest type holding the interval, at the interval's own least bit (see `tight` for constants). */
export function typeOf(interval: Interval): FixedType {
  const { min, max, frac } = interval
  if (min >= 0n) return fixedType(false, bitLength(max), frac)
  const negativeBits = bitLength(min + 1n)
  return fixedType(true, 1 + Math.max(negativeBits, max > 0n ? bitLength(max) : 0), frac)
}

/** The single value raw · 2^-frac. */
export function constant(raw: bigint, frac: number): Interval {
  return { min: raw, max: raw, frac }
}

/** True when the interval is a single value. */
export function isConstant(interval: Interval): boolean {
  return interval.min === interval.max
}

/** The same values over a finer least bit; `frac` must not be below the interval's. */
export function align(interval: Interval, frac: number): Interval {
  const by = BigInt(frac - interval.frac)
  return by === 0n ? interval : { min: interval.min << by, max: interval.max << by, frac }
}

/** Both intervals over the finer of their two least bits. */
export function alignPair(a: Interval, b: Interval): [Interval, Interval] {
  const frac = Math.max(a.frac, b.frac)
  return [align(a, frac), align(b, frac)]
}

/** a + b. */
export function add(a: Interval, b: Interval): Interval {
  const [x, y] = alignPair(a, b)
  return { min: x.min + y.min, max: x.max + y.max, frac: x.frac }
}

/** a − b. */
export function sub(a: Interval, b: Interval): Interval {
  const [x, y] = alignPair(a, b)
  return { min: x.min - y.max, max: x.max - y.min, frac: x.frac }
}

/** −a. */
export function negate(a: Interval): Interval {
  return { min: -a.max, max: -a.min, frac: a.frac }
}

/** a · 2^k: the same raw integers under another binary point. */
export function shift(a: Interval, k: number): Interval {
  return { min: a.min, max: a.max, frac: a.frac - k }
}

/** a · b. */
export function multiply(a: Interval, b: Interval): Interval {
  const products = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max]
  return { min: least(products), max: greatest(products), frac: a.frac + b.frac }
}

/** |a|. */
export function absolute(a: Interval): Interval {
  if (a.min >= 0n) return a
  if (a.max <= 0n) return negate(a)
  return { min: 0n, max: greatest([-a.min, a.max]), frac: a.frac }
}

/** The hull of both: what comes out of a multiplexer. */
export function union(a: Interval, b: Interval): Interval {
  const [x, y] = alignPair(a, b)
  return { min: least([x.min, y.min]), max: greatest([x.max, y.max]), frac: x.frac }
}

/** min(a, b). */
export function minimum(a: Interval, b: Interval): Interval {
  const [x, y] = alignPair(a, b)
  return { min: least([x.min, y.min]), max: least([x.max, y.max]), frac: x.frac }
}

/** max(a, b). */
export function maximum(a: Interval, b: Interval): Interval {
  const [x, y] = alignPair(a, b)
  return { min: greatest([x.min, y.min]), max: greatest([x.max, y.max]), frac: x.frac }
}

/** True when every value of the interval is a value of the type. */
export function fitsType(interval: Interval, type: FixedType): boolean {
  if (isConstant(interval) && interval.min === 0n) return true
  const inner = isConstant(interval) ? tight(interval) : interval
  if (inner.frac > type.frac) return false
  const { min, max } = align(inner, type.frac)
  return min >= minRaw(type) && max <= maxRaw(type)
}

/** True when every value of `inner` lies in `outer`'s range and on its grid. */
export function contains(outer: Interval, inner: Interval): boolean {
  // 0 lies on every grid.
  if (inner.min === 0n && inner.max === 0n) return outer.min <= 0n && outer.max >= 0n
  const fine = isConstant(inner) ? tight(inner) : inner
  if (fine.frac > outer.frac) return false
  const { min, max } = align(fine, outer.frac)
  return min >= outer.min && max <= outer.max
}

/** Same bounds over a least bit 2^bits coarser: for a caller who knows that all values are multiples of it. */
export function coarsen(interval: Interval, bits: number): Interval {
  const by = BigInt(bits)
  return { min: -(-interval.min >> by), max: interval.max >> by, frac: interval.frac - bits }
}

/** A constant without its trailing zeros (0 at frac 0); any other interval as it is. */
export function tight(interval: Interval): Interval {
  if (!isConstant(interval)) return interval
  if (interval.min === 0n) return constant(0n, 0)
  return coarsen(interval, trailingZeros(interval.min))
}

/**
 * What `c` can make of the interval's values, at `c.to`'s least bit. The exact hull for WRAP, SAT, SAT_ZERO and SAT_SYM;
 * for WRAP_SM and for saturation bits, the whole type as soon as any value overflows.
 */
export function convertInterval(interval: Interval, c: Conversion): Interval {
  const { to } = c
  if (to.width === 0) return constant(0n, to.frac)
  const drop = interval.frac - to.frac
  const min = roundRaw(interval.min, drop, c.rounding)
  const max = roundRaw(interval.max, drop, c.rounding)
  const lowest = lowestKept(c)
  const highest = maxRaw(to)
  if (min >= lowest && max <= highest) return { min, max, frac: to.frac }
  switch (c.overflow) {
    case 'SAT':
    case 'SAT_SYM':
      return { min: clamp(min, lowest, highest), max: clamp(max, lowest, highest), frac: to.frac }
    case 'SAT_ZERO':
      return zeroOutside(min, max, drop, to)
    case 'WRAP':
      return c.saturationBits === 0 ? wrapInterval(min, max, Math.max(0, -drop), to) : intervalOf(to)
    case 'WRAP_SM':
      return intervalOf(to)
  }
}

/** SAT_ZERO of min … max (multiples of 2^-drop when drop < 0), some of which lie outside the type. */
function zeroOutside(min: bigint, max: bigint, drop: number, to: FixedType): Interval {
  const step = BigInt(Math.max(0, -drop))
  const low = -(-(min < minRaw(to) ? minRaw(to) : min) >> step) << step
  const high = ((max > maxRaw(to) ? maxRaw(to) : max) >> step) << step
  if (low > high) return constant(0n, to.frac)
  return { min: low < 0n ? low : 0n, max: high > 0n ? high : 0n, frac: to.frac }
}

/** The multiples of 2^zeros in min … max, wrapped: one stretch when they lie in one period, else everything. */
function wrapInterval(min: bigint, max: bigint, zeros: number, to: FixedType): Interval {
  if (zeros >= to.width) return constant(0n, to.frac)
  const step = BigInt(zeros)
  const short = fixedType(to.signed, to.width - zeros, 0)
  const low = wrapRaw(min >> step, short)
  const high = wrapRaw(max >> step, short)
  const onePeriod = high - low === (max - min) >> step
  const [from, upTo] = onePeriod ? [low, high] : [minRaw(short), maxRaw(short)]
  return { min: from << step, max: upTo << step, frac: to.frac }
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
  return value < low ? low : value > high ? high : value
}

function least(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (b < a ? b : a))
}

function greatest(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (b > a ? b : a))
}

// Fixed-point conversion as cells: rounding is floor plus one bit, overflow is a look at the bits above the target.
// Intervals decide what is built: no comparator where nothing can overflow, nothing at all where nothing is lost.
// Example, <8,4> to <4,4,RND,SAT>: floor(a) + bit 3 of a, then 7 or −8 where the bits above bit 3 differ.

import { fail } from '../diagnostics/diagnostic.ts'
import { roundRaw } from '../fixed/convert.ts'
import type { Interval } from '../fixed/interval.ts'
import { convertInterval } from '../fixed/interval.ts'
import { type Conversion, lowestKept, maxRaw, minRaw, type Rounding } from '../fixed/types.ts'
import type { NetlistBuilder } from './builder.ts'
import type { Net } from './netlist.ts'

/**
 * The value of `a` after conversion `c`, bit for bit as `convertRaw` gives it. The result's frac is at most `c.to.frac`
 * (a coarser source stays coarse) and its interval is as tight as `convertInterval` proves.
 */
export function lowerConversion(b: NetlistBuilder, a: Net, c: Conversion): Net {
  const source = b.interval(a)
  const result = convertInterval(source, c)
  if (result.min === result.max) return b.constant(result.min, result.frac)
  const rounded = lowerRounding(b, a, c)
  const { min, max } = roundedBounds(source, c)
  const kept = min >= lowestKept(c) && max <= maxRaw(c.to)
  return narrow(b, kept ? rounded : lowerOverflow(b, a, rounded, c), result)
}

/** The interval after rounding, in raw integers of the target. */
function roundedBounds({ min, max, frac }: Interval, c: Conversion): { min: bigint; max: bigint } {
  const drop = frac - c.to.frac
  return { min: roundRaw(min, drop, c.rounding), max: roundRaw(max, drop, c.rounding) }
}

/** Tells the builder that `net` lies in `proved`, which may be on a finer grid. */
function narrow(b: NetlistBuilder, net: Net, proved: Interval): Net {
  const { min, max, frac } = b.interval(net)
  if (min === max) return net
  const surplus = BigInt(proved.frac - frac)
  return b.within(net, -(-proved.min >> surplus), proved.max >> surplus)
}

/** `a` on the target's grid or a coarser one: its floor, plus one where the mode rounds up. */
function lowerRounding(b: NetlistBuilder, a: Net, c: Conversion): Net {
  const source = b.interval(a)
  const drop = source.frac - c.to.frac
  if (drop <= 0) return a
  const floor = b.floorTo(a, c.to.frac)
  if (c.rounding === 'TRN') return floor
  const up = b.scale(roundsUp(b, a, drop, c.rounding), -c.to.frac)
  return narrow(b, b.add(floor, up), { ...roundedBounds(source, c), frac: c.to.frac })
}

/** One bit: whether the dropped part takes `a` to the next step above its floor. */
function roundsUp(b: NetlistBuilder, a: Net, drop: number, mode: Exclude<Rounding, 'TRN'>): Net {
  const bitOf = (low: number) => b.bits(a, low, 1, false, 0)
  const half = bitOf(drop - 1)
  const belowHalf = () => anyBit(b, a, drop - 1)
  const negative = () => b.lt(a, b.constant(0n, 0))
  switch (mode) {
    case 'RND':
      return half
    case 'RND_MIN_INF':
      return b.and(half, belowHalf())
    case 'RND_ZERO':
      return b.and(half, b.or(belowHalf(), negative()))
    case 'RND_INF':
      return b.and(half, b.or(belowHalf(), b.not(negative())))
    case 'RND_CONV':
      return b.and(half, b.or(belowHalf(), bitOf(drop)))
    case 'TRN_ZERO':
      return b.and(anyBit(b, a, drop), negative())
  }
}

/** One bit: whether any of the lowest `count` bits is set. Above the sign bit they all repeat it. */
function anyBit(b: NetlistBuilder, a: Net, count: number): Net {
  const low = b.bits(a, 0, Math.min(count, b.type(a).width), false, 0)
  return b.not(b.eq(low, b.constant(0n, 0)))
}

/** What the overflow modes choose from. `low` and `~low` are the target's bits of the rounded value. */
interface Overflowing {
  /** The rounded value modulo the target's range. */
  readonly wrapped: Net
  /** One bit: above the largest value. */
  readonly over: Net
  /** One bit: below the smallest value let through. */
  readonly under: Net
}

function lowerOverflow(b: NetlistBuilder, a: Net, rounded: Net, c: Conversion): Net {
  const parts: Overflowing = {
    wrapped: lowBits(b, rounded, c, c.to.width, c.to.signed),
    over: isOver(b, rounded, c),
    under: isUnder(b, rounded, c),
  }
  const { wrapped, over, under } = parts
  const largest = b.constant(maxRaw(c.to), c.to.frac)
  const smallest = b.constant(lowestKept(c), c.to.frac)
  switch (c.overflow) {
    case 'SAT':
    case 'SAT_SYM':
      return b.mux(over, largest, b.mux(under, smallest, wrapped))
    case 'SAT_ZERO':
      return b.mux(b.or(over, under), b.constant(0n, 0), wrapped)
    case 'WRAP':
      return c.saturationBits === 0 ? wrapped : setTopBits(b, wrapped, parts, c)
    case 'WRAP_SM':
      return c.to.signed ? foldSignMagnitude(b, a, parts, c) : refuseUnsignedFold()
  }
}

/** The lowest `width` bits of the target, taken from a net that may be on a coarser grid. */
function lowBits(b: NetlistBuilder, net: Net, c: Conversion, width: number, signed: boolean): Net {
  const { frac } = b.interval(net)
  const there = width - (c.to.frac - frac)
  return there <= 0 ? b.constant(0n, 0) : b.bits(net, 0, there, signed, frac)
}

/** The range is [−2^k, 2^k) or [0, 2^k): only bits from k on are compared, and low bits cannot change the answer. */
function aboveRange(b: NetlistBuilder, rounded: Net, c: Conversion): { top: Net; frac: number } {
  const k = c.to.signed ? c.to.width - 1 : c.to.width
  const frac = c.to.frac - k
  return { top: b.floorTo(rounded, frac), frac }
}

function isOver(b: NetlistBuilder, rounded: Net, c: Conversion): Net {
  return b.lt(b.constant(0n, 0), aboveRange(b, rounded, c).top)
}

function isUnder(b: NetlistBuilder, rounded: Net, c: Conversion): Net {
  if (!c.to.signed) return b.lt(rounded, b.constant(0n, 0))
  if (lowestKept(c) !== minRaw(c.to)) return b.lt(rounded, b.constant(lowestKept(c), c.to.frac))
  const { top, frac } = aboveRange(b, rounded, c)
  return b.lt(top, b.constant(-1n, frac))
}

/** On overflow the N top bits saturate and `source` gives the rest; otherwise the value passes. */
function setTopBits(
  b: NetlistBuilder,
  source: Net,
  { wrapped, over, under }: Overflowing,
  c: Conversion,
): Net {
  const { width, signed, frac } = c.to
  const count = Math.min(c.saturationBits, width)
  const low = lowBits(b, source, c, width - count, false)
  const place = BigInt(width - count)
  const ones = (1n << BigInt(signed ? count - 1 : count)) - 1n
  const high = b.add(low, b.constant(ones << place, frac))
  const negative = signed ? b.add(low, b.constant(minRaw(c.to), frac)) : high
  return b.mux(over, high, b.mux(under, negative, wrapped))
}

/** WRAP_SM, as `foldSignMagnitude` of fixed/convert.ts: bits are inverted on alternate periods. */
function foldSignMagnitude(b: NetlistBuilder, a: Net, parts: Overflowing, c: Conversion): Net {
  const { width, frac } = c.to
  const { wrapped, over, under } = parts
  const inverted = b.sub(b.constant(-1n, frac), wrapped)
  const wrappedSign = b.lt(wrapped, b.constant(0n, 0))
  if (c.saturationBits <= 1) {
    const sign = c.saturationBits === 1 ? under : lostSign(b, a, c)
    const fold = b.and(b.or(over, under), b.xor(wrappedSign, sign))
    return b.mux(fold, inverted, wrapped)
  }
  const lowestSaturated = targetBit(b, wrapped, c, width - Math.min(c.saturationBits, width))
  const folded = b.mux(b.xor(lowestSaturated, under), wrapped, inverted)
  return setTopBits(b, folded, parts, c)
}

/** The lowest bit lost above the target, read before rounding. */
function lostSign(b: NetlistBuilder, a: Net, c: Conversion): Net {
  return targetBit(b, a, c, c.to.width)
}

/** Bit `index` of a value counted in the target's raw bits. */
function targetBit(b: NetlistBuilder, net: Net, c: Conversion, index: number): Net {
  const low = index + b.interval(net).frac - c.to.frac
  return low < 0 ? b.constant(0n, 0) : b.bits(net, low, 1, false, 0)
}

function refuseUnsignedFold(): never {
  return fail({
    code: 'rtl/unsigned-wrap-sm',
    place: '',
    problem: 'sign-magnitude wrapping (WRAP_SM) into an unsigned type, where values can overflow',
    expected: 'a signed type, as in ap_fixed',
    remedy: 'Use WRAP, make the type signed, or wide enough.',
  })
}

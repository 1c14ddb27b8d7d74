// The one place where bits are lost: an exact value comes in, a raw integer of the target type goes out.
// A conversion first brings the value to a whole number of the target's least bits (rounding), then into the
// target's range (overflow). With <4,4,RND,SAT>: 6.5 → 7, 7.5 → 8 → 7. Behaviour is that of ap_fixed (AMD UG1399,
// "Quantization modes" and "Overflow modes"), width 0 added.
import { bug, fail } from '../diagnostics/diagnostic.ts'
import { bitLength } from './bit-length.ts'
import {
  fusedStep,
  int32RoundingStep,
  overflowStep,
  type RawForm,
  roundingOfDouble,
  roundingStep,
  type Step,
} from './number-steps.ts'
import { type Conversion, type FixedType, lowestKept, maxRaw, type Rounding } from './types.ts'

/** The raw integer `c.to` holds after taking in the value raw · 2^-frac. */
export function convertRaw(raw: bigint, frac: number, c: Conversion): bigint {
  if (c.to.width === 0) return 0n
  const drop = frac - c.to.frac
  const rounded = roundRaw(raw, drop, c.rounding)
  if (c.overflow === 'WRAP' && c.saturationBits === 0) return wrapRaw(rounded, c.to)
  if (rounded >= lowestKept(c) && rounded <= maxRaw(c.to)) return rounded
  return overflowed(rounded, c, () => floorShift(raw, drop))
}

/** raw · 2^-drop as a whole number, rounded as `mode` says; exact for drop ≤ 0. */
export function roundRaw(raw: bigint, drop: number, mode: Rounding): bigint {
  const floor = floorShift(raw, drop)
  if (drop <= 0 || mode === 'TRN') return floor
  const rest = raw - (floor << BigInt(drop))
  return roundsUp(raw, floor, rest, 1n << BigInt(drop - 1), mode) ? floor + 1n : floor
}

/** Whether floor + rest/(2·half) goes to floor + 1, given 0 ≤ rest < 2·half. */
function roundsUp(
  raw: bigint,
  floor: bigint,
  rest: bigint,
  half: bigint,
  mode: Exclude<Rounding, 'TRN'>,
): boolean {
  if (mode === 'TRN_ZERO') return raw < 0n && rest !== 0n
  if (rest !== half) return rest > half
  switch (mode) {
    case 'RND':
      return true
    case 'RND_MIN_INF':
      return false
    case 'RND_ZERO':
      return raw < 0n
    case 'RND_INF':
      return raw >= 0n
    case 'RND_CONV':
      return (floor & 1n) === 1n
  }
}

function floorShift(raw: bigint, drop: number): bigint {
  return drop >= 0 ? raw >> BigInt(drop) : raw << BigInt(-drop)
}

/** Keeps the low bits only: the representative of `raw` modulo 2^width within the type. */
export function wrapRaw(raw: bigint, type: FixedType): bigint {
  return type.signed ? BigInt.asIntN(type.width, raw) : BigInt.asUintN(type.width, raw)
}

function overflowed(rounded: bigint, c: Conversion, floor: () => bigint): bigint {
  switch (c.overflow) {
    case 'SAT':
    case 'SAT_SYM':
      return rounded < 0n ? lowestKept(c) : maxRaw(c.to)
    case 'SAT_ZERO':
      return 0n
    case 'WRAP':
      return setTopBits(wrapRaw(rounded, c.to), rounded < 0n, c)
    case 'WRAP_SM':
      return c.to.signed ? foldSignMagnitude(rounded, floor(), c) : refuseUnsignedFold()
  }
}

/** WRAP with N > 0: N top bits saturate (signed: sign, then N − 1 bits of its opposite; unsigned: ones), the rest wraps. */
function setTopBits(wrapped: bigint, negative: boolean, c: Conversion): bigint {
  const { width, signed } = c.to
  const count = Math.min(c.saturationBits, width)
  const low = BigInt.asUintN(width - count, wrapped)
  const top = BigInt(width - count)
  if (!signed) return low | (((1n << BigInt(count)) - 1n) << top)
  return negative ? low - (1n << BigInt(width - 1)) : low | (((1n << BigInt(count - 1)) - 1n) << top)
}

/**
 * WRAP_SM: bits are inverted on alternate periods, so that the result runs up and down like a triangle instead of
 * jumping. With 4 bits and N = 0: 7, 8, 9 … 15, 16 → 7, 7, 6 … 0, −1. For N = 0 the sign is the lowest bit lost above
 * the target; ap_fixed reads it before rounding, so 15.5 (RND → 16) gives 0.
 */
function foldSignMagnitude(rounded: bigint, floor: bigint, c: Conversion): bigint {
  const { to, saturationBits } = c
  const wrapped = wrapRaw(rounded, to)
  const negative = rounded < 0n
  if (saturationBits === 0) {
    const sign = ((floor >> BigInt(to.width)) & 1n) === 1n
    return wrapped < 0n === sign ? wrapped : ~wrapped
  }
  if (saturationBits === 1) return wrapped < 0n === negative ? wrapped : ~wrapped
  const lowestSaturated = (wrapped >> BigInt(to.width - Math.min(saturationBits, to.width))) & 1n
  const folded = (lowestSaturated === 1n) === negative ? ~wrapped : wrapped
  return setTopBits(folded, negative, c)
}

function refuseUnsignedFold(): never {
  return fail({
    code: 'precision/unsigned-wrap-sm',
    place: '',
    problem: 'sign-magnitude wrapping (WRAP_SM) is asked of an unsigned type',
    expected: 'a signed type, as in ap_fixed',
    remedy: 'Use WRAP, or make the type signed.',
  })
}

/** What `ap_fixed<…> x = value` holds for a finite double: no rounding other than `c`'s. */
export function quantiseNumber(value: number, c: Conversion, place = ''): bigint {
  if (!Number.isFinite(value)) return refuseNotFinite(value, place)
  const { mantissa, frac } = exactValue(value)
  return convertRaw(mantissa, frac, c)
}

/**
 * What assigning ±infinity to ap_fixed gives: it reads the exponent alone and sees ±2^1024. SAT gives the largest or
 * smallest value (so the 1/0 of an inverse table saturates), SAT_ZERO 0, WRAP 0 too, since every kept bit is 0.
 */
export function quantiseInfinite(sign: 1 | -1, c: Conversion): bigint {
  return convertRaw(BigInt(sign), -1024, c)
}

/** `value` = mantissa · 2^-frac exactly. */
export function exactValue(value: number): { mantissa: bigint; frac: number } {
  if (value === 0) return { mantissa: 0n, frac: 0 }
  let scaled = value
  let frac = 0
  if (Math.abs(scaled) < 2 ** -900) {
    scaled *= 2 ** 600
    frac = 600
  }
  while (!Number.isInteger(scaled)) {
    scaled *= 2 ** 27
    frac += 27
  }
  return { mantissa: BigInt(scaled), frac }
}

function refuseNotFinite(value: number, place: string): never {
  return fail({
    code: 'fixed/not-finite',
    place,
    problem: `${value} cannot be held by a fixed-point type`,
    expected: 'a finite number',
    remedy: 'Remove NaN and infinity from the weights or the data.',
  })
}

/** The double nearest to raw · 2^-frac (ties to even); exact when raw fits 53 bits and the result is a normal double. */
export function rawToNumber(raw: bigint | number, frac: number): number {
  if (typeof raw === 'number') return scaleByPowerOfTwo(raw, -frac)
  const surplus = raw.toString(16).length * 4 - 64
  if (surplus <= 0) return scaleByPowerOfTwo(Number(raw), -frac)
  // Keep at least 60 bits and remember whether anything below them was set, so that Number() rounds but once.
  const kept = raw >> BigInt(surplus)
  const sticky = kept << BigInt(surplus) === raw ? 0n : 1n
  return scaleByPowerOfTwo(Number(kept | sticky), surplus - frac)
}

function scaleByPowerOfTwo(value: number, exponent: number): number {
  if (exponent >= -1000 && exponent <= 1000) return value * 2 ** exponent
  if (!Number.isInteger(exponent)) bug(`exponent ${exponent} is not whole`)
  const step = exponent > 0 ? 1000 : -1000
  if (value === 0 || Math.abs(exponent) > 20_000) return exponent > 0 && value !== 0 ? value * Infinity : 0
  return scaleByPowerOfTwo(value * 2 ** step, exponent - step)
}

const exactLimit = 1n << 53n
const int32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n }

/**
 * `convertRaw` compiled for doubles that hold integers of fromMin … fromMax: same results, no bigint inside. Undefined
 * where some intermediate is not proved to fit 2^53, and for an overflowing WRAP_SM.
 */
export function numberConverter(
  fromFrac: number,
  fromMin: bigint,
  fromMax: bigint,
  c: Conversion,
): Step | undefined {
  if (c.to.width === 0) return () => 0
  const drop = fromFrac - c.to.frac
  const lowest = roundRaw(fromMin, drop, c.rounding)
  const highest = roundRaw(fromMax, drop, c.rounding)
  if (!fitsDouble(fromMin, fromMax) || !fitsDouble(lowest, highest)) return undefined
  const fits = lowest >= lowestKept(c) && highest <= maxRaw(c.to)
  const { effective, form } = effectiveDrop(drop, fromMin, fromMax)
  const fused = fits || form === undefined ? undefined : fusedStep(effective, form, c, lowest, highest)
  const round = fused ?? scalingStep(effective, form, c.rounding)
  if (fits || fused !== undefined || round === undefined) return round
  const limit = overflowStep(c, lowest, highest)
  if (limit === undefined) return undefined
  return drop === 0 ? limit : fuse(drop, round, limit)
}

/** Below a quarter of the least bit, how small a value is no longer matters: `drop` need not exceed the raws' bits by more. */
function effectiveDrop(
  drop: number,
  min: bigint,
  max: bigint,
): { effective: number; form: RawForm | undefined } {
  if (drop <= 0) return { effective: drop, form: 'double' }
  const bits = Math.max(bitLength(min), bitLength(max))
  const effective = Math.min(drop, bits + 2)
  const half = 1n << BigInt(effective - 1)
  if (min - half >= int32.min && max + half <= int32.max) return { effective, form: 'int32' }
  return { effective, form: fitsDouble(min - half, max + half) ? 'double' : undefined }
}

function fitsDouble(min: bigint, max: bigint): boolean {
  return min >= -exactLimit && max <= exactLimit
}

/** raw · 2^-drop, rounded; `form` undefined means that adding half a step may leave 2^53. */
function scalingStep(drop: number, form: RawForm | undefined, mode: Rounding): Step | undefined {
  if (drop === 0) return raw => raw
  if (drop < 0) {
    // A range this far shifted and still within 2^53 is the constant 0.
    if (drop < -1000) return () => 0
    const factor = 2 ** -drop
    return raw => raw * factor
  }
  const shifted = form === 'int32' ? int32RoundingStep(drop, mode) : undefined
  if (shifted !== undefined) return shifted
  return form === undefined && mode !== 'TRN' && mode !== 'TRN_ZERO' ? undefined : roundingStep(drop, mode)
}

function fuse(drop: number, round: Step, limit: Step): Step {
  if (drop < 0) {
    const factor = 2 ** -drop
    return raw => limit(raw * factor)
  }
  return raw => limit(round(raw))
}

/**
 * `quantiseNumber` compiled for a batch of doubles, giving raw integers as doubles; undefined above 53 bits. NaN and
 * infinity fail as there.
 */
export function numberQuantiser(c: Conversion, place = ''): Step | undefined {
  const { width, frac } = c.to
  if (width > 53 || Math.abs(frac) > 1000) return undefined
  if (width === 0) return value => Number(quantiseNumber(value, c, place))
  const reach = 1n << 52n
  const limit = overflowStep(c, -reach, reach)
  if (limit === undefined) return value => Number(quantiseNumber(value, c, place))
  const round = roundingOfDouble(c.rounding)
  const [scale, highest] = [2 ** frac, 2 ** 52]
  return value => {
    const x = value * scale
    // Scaling is exact away from the ends of the exponent range; the exact road takes what is left.
    if (Math.abs(x) < highest && (Math.abs(x) > 2 ** -900 || value === 0)) return limit(round(x)) + 0
    return Number(quantiseNumber(value, c, place))
  }
}

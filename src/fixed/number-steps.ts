// The two steps of a conversion, rounding and overflow, as closures on doubles that hold integers.
// Nothing here checks ranges: `numberConverter` proves that every intermediate fits 2^53 before it asks for a step.
import { type Conversion, type FixedType, lowestKept, maxRaw, type Rounding } from './types.ts'

export type Step = (x: number) => number

/** raw → raw · 2^-drop rounded, drop ≥ 1; raw and raw ± 2^(drop−1) must fit 2^53. Never gives −0 for raw ≠ −0. */
export function roundingStep(drop: number, mode: Rounding): Step {
  const scale = 2 ** -drop
  switch (mode) {
    case 'TRN':
      return raw => Math.floor(raw * scale)
    case 'TRN_ZERO':
      return raw => Math.trunc(raw * scale) + 0
    case 'RND':
      return raw => Math.floor(raw * scale + 0.5)
    case 'RND_MIN_INF':
      return raw => Math.ceil(raw * scale - 0.5) + 0
    case 'RND_ZERO':
      return raw => (raw > 0 ? Math.ceil(raw * scale - 0.5) : Math.floor(raw * scale + 0.5)) + 0
    case 'RND_INF':
      return raw => (raw < 0 ? Math.ceil(raw * scale - 0.5) : Math.floor(raw * scale + 0.5)) + 0
    case 'RND_CONV':
      return raw => {
        const up = Math.floor(raw * scale + 0.5)
        return up - raw * scale === 0.5 && up % 2 !== 0 ? up - 1 : up
      }
  }
}

/** The same roundings for raws of which raw ± 2^(drop−1) fits an int32: a bias, then a shift. Undefined above 31 bits. */
export function int32RoundingStep(drop: number, mode: Rounding): Step | undefined {
  if (drop > 31) return undefined
  const half = 2 ** (drop - 1)
  const bias = constantBias(drop, mode)
  if (bias !== undefined) return raw => (raw + bias) >> drop
  switch (mode) {
    case 'TRN_ZERO':
      return raw => (raw + ((raw >> 31) & (2 * half - 1))) >> drop
    case 'RND_ZERO':
      return raw => (raw + half - 1 + (raw >>> 31)) >> drop
    case 'RND_INF':
      return raw => (raw + half - (raw >>> 31)) >> drop
    default:
      return raw => (raw + half - 1 + ((raw >> drop) & 1)) >> drop
  }
}

/** What is added before flooring where it depends on nothing: 0 floors, half rounds up at ties, half − 1 down. */
function constantBias(drop: number, mode: Rounding): number | undefined {
  const half = 2 ** (drop - 1)
  return mode === 'TRN' ? 0 : mode === 'RND' ? half : mode === 'RND_MIN_INF' ? half - 1 : undefined
}

/** Source of a fused step: raws that fit an int32 with half a step to spare, or doubles that do so within 2^53. */
export type RawForm = 'int32' | 'double'

/** Rounding and overflow in one closure, for what networks use most (drop ≥ 1); undefined for the rest. */
export function fusedStep(
  drop: number,
  form: RawForm,
  c: Conversion,
  lowest: bigint,
  highest: bigint,
): Step | undefined {
  if (drop < 1 || (form === 'int32' && drop > 31)) return undefined
  const bias = constantBias(drop, c.rounding)
  if (c.overflow === 'WRAP' && c.saturationBits === 0) {
    return bias === undefined || !c.to.signed || c.to.width > 32
      ? undefined
      : fusedWrap(drop, form, bias, 32 - c.to.width)
  }
  if (c.overflow !== 'SAT' && c.overflow !== 'SAT_SYM') return undefined
  const [low, high] = clampBounds(c, lowest, highest)
  if (low > high) return undefined
  if (bias !== undefined) return fusedClamp(drop, form, bias, low, high)
  return c.rounding === 'RND_CONV' && form === 'int32' ? fusedHalfEvenClamp(drop, low, high) : undefined
}

function fusedWrap(drop: number, form: RawForm, bias: number, unused: number): Step {
  if (form === 'int32') return raw => (((raw + bias) >> drop) << unused) >> unused
  const scale = 2 ** -drop
  return raw => (Math.floor((raw + bias) * scale) << unused) >> unused
}

function fusedClamp(drop: number, form: RawForm, bias: number, low: number, high: number): Step {
  if (form === 'int32') {
    return raw => {
      const rounded = (raw + bias) >> drop
      return rounded > high ? high : rounded < low ? low : rounded
    }
  }
  const scale = 2 ** -drop
  return raw => {
    const rounded = Math.floor((raw + bias) * scale)
    return rounded > high ? high : rounded < low ? low : rounded
  }
}

function fusedHalfEvenClamp(drop: number, low: number, high: number): Step {
  const belowHalf = 2 ** (drop - 1) - 1
  return raw => {
    const rounded = (raw + belowHalf + ((raw >> drop) & 1)) >> drop
    return rounded > high ? high : rounded < low ? low : rounded
  }
}

/** Kept bounds within reach of the source, so that both are exact doubles; crossed when the source lies outside. */
function clampBounds(c: Conversion, lowest: bigint, highest: bigint): [number, number] {
  const [low, high] = [lowestKept(c), maxRaw(c.to)]
  return [Number(lowest > low ? lowest : low), Number(highest < high ? highest : high)]
}

/** Rounds any double of magnitude below 2^52; no intermediate is inexact. */
export function roundingOfDouble(mode: Rounding): Step {
  return x => {
    const magnitude = Math.abs(x)
    const whole = Math.floor(magnitude)
    const grown = growsInMagnitude(magnitude - whole, whole, x < 0, mode) ? whole + 1 : whole
    return (x < 0 ? -grown : grown) + 0
  }
}

function growsInMagnitude(rest: number, whole: number, negative: boolean, mode: Rounding): boolean {
  if (mode === 'TRN') return negative && rest > 0
  if (mode === 'TRN_ZERO') return false
  if (rest !== 0.5) return rest > 0.5
  switch (mode) {
    case 'RND':
      return !negative
    case 'RND_MIN_INF':
      return negative
    case 'RND_ZERO':
      return false
    case 'RND_INF':
      return true
    case 'RND_CONV':
      return whole % 2 !== 0
  }
}

/** Brings integers of `lowest` … `highest` into c.to; undefined where the result may not fit 2^53, and for WRAP_SM. */
export function overflowStep(c: Conversion, lowest: bigint, highest: bigint): Step | undefined {
  switch (c.overflow) {
    case 'SAT':
    case 'SAT_SYM':
      return saturatingStep(...clampBounds(c, lowest, highest), Number(lowest), Number(highest))
    case 'SAT_ZERO': {
      const [from, upTo] = clampBounds(c, lowest, highest)
      return x => (x < from || x > upTo ? 0 : x)
    }
    case 'WRAP':
      if (c.to.width > 53) return undefined
      return c.saturationBits === 0
        ? wrappingStep(c.to)
        : topBitsStep(c, Number(lowestKept(c)), Number(maxRaw(c.to)))
    case 'WRAP_SM':
      return undefined
  }
}

/** Clamps to `clampBounds`, on one side only where the source reaches no further on the other. */
function saturatingStep(low: number, high: number, lowest: number, highest: number): Step {
  // A source wholly beyond the type has the bounds crossed: it saturates to one value.
  if (low > high) return constantStep(low > highest ? low : high)
  if (low === lowest) return x => (x > high ? high : x)
  if (high === highest) return x => (x < low ? low : x)
  return x => (x > high ? high : x < low ? low : x)
}

function constantStep(value: number): Step {
  return () => value
}

/** Reduction modulo 2^width, width ≤ 53. Up to 32 bits the machine's own integers do it (JavaScript takes x mod 2^32). */
function wrappingStep(type: FixedType): Step {
  const { width, signed } = type
  if (width === 0) return constantStep(0)
  const unused = 32 - width
  if (unused >= 0) return signed ? x => (x << unused) >> unused : x => (x << unused) >>> unused
  const period = 2 ** width
  const inverse = 2 ** -width
  if (!signed) return x => x - Math.floor(x * inverse) * period
  const half = period / 2
  return x => {
    const rest = x - Math.floor(x * inverse) * period
    return rest >= half ? rest - period : rest
  }
}

/** WRAP with saturation bits: what overflows keeps its low bits under fixed top bits. */
function topBitsStep(c: Conversion, low: number, high: number): Step {
  const { width, signed } = c.to
  const count = Math.min(c.saturationBits, width)
  const wrapLow = wrappingStep({ signed: false, width: width - count, frac: 0 })
  const below = 2 ** (width - count)
  const above = (signed ? 2 ** (count - 1) - 1 : 2 ** count - 1) * below
  const under = signed ? -(2 ** (width - 1)) : above
  return x => (x < low ? wrapLow(x) + under : x > high ? wrapLow(x) + above : x)
}

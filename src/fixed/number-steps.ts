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

/** The same roundings for int32 raws where a shift does: undefined for the modes that need more than one. */
export function int32RoundingStep(drop: number, mode: Rounding): Step | undefined {
  if (drop > 31) return undefined
  if (mode === 'TRN') return raw => raw >> drop
  if (mode !== 'RND') return undefined
  const half = 2 ** (drop - 1)
  return raw => (raw + half) >> drop
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
  const low = lowestKept(c)
  const high = maxRaw(c.to)
  switch (c.overflow) {
    case 'SAT':
    case 'SAT_SYM':
      return saturatingStep(lowest > low ? lowest : low, highest < high ? highest : high, lowest, highest)
    case 'SAT_ZERO': {
      const [from, upTo] = [Number(lowest > low ? lowest : low), Number(highest < high ? highest : high)]
      return x => (x < from || x > upTo ? 0 : x)
    }
    case 'WRAP':
      if (c.to.width > 53) return undefined
      return c.saturationBits === 0 ? wrappingStep(c.to) : topBitsStep(c, Number(low), Number(high))
    case 'WRAP_SM':
      return undefined
  }
}

/** Clamps to kept bounds within reach of the source, so that both are exact doubles; one-sided where one side is safe. */
function saturatingStep(low: bigint, high: bigint, lowest: bigint, highest: bigint): Step {
  // A source wholly beyond the type has the bounds crossed: it saturates to one value.
  if (low > high) return constantStep(Number(low > highest ? low : high))
  const [from, upTo] = [Number(low), Number(high)]
  if (low === lowest) return x => (x > upTo ? upTo : x)
  if (high === highest) return x => (x < from ? from : x)
  return x => (x > upTo ? upTo : x < from ? from : x)
}

function constantStep(value: number): Step {
  return () => value
}

/** Reduction modulo 2^width, width ≤ 53. Up to 32 bits the machine's own integers do it (JavaScript takes x mod 2^32). */
export function wrappingStep(type: FixedType): Step {
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

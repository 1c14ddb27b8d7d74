// What an adder tree needs to know of the values it adds: where their bits lie, their ranges, how deep they are.
// Ranges are floating-point estimates that steer choices; they never decide bits.

/** Columns, one entry a value. */
export interface Summands {
  /** Adders in series up to the value. */
  readonly depth: number[]
  readonly low: number[]
  readonly high: number[]
  /** Exponent of the lowest bit. */
  readonly lsb: number[]
  /** Exponent just above the highest bit, sign apart. */
  readonly top: number[]
}

export const noSummands = (): Summands => ({ depth: [], low: [], high: [], lsb: [], top: [] })

export function setSummand(
  to: Summands,
  at: number,
  depth: number,
  low: number,
  high: number,
  lsb: number,
): void {
  to.depth[at] = depth
  to.low[at] = low
  to.high[at] = high
  to.lsb[at] = lsb
  to.top[at] = exponentAbove(Math.max(-low, high + 2 ** lsb, 2 ** lsb))
}

function exponentAbove(magnitude: number): number {
  return Math.ceil(Math.log2(magnitude) - 1e-9)
}

/** to[at] = from[a] ± from[b]·2^shift. */
export function setSum(
  to: Summands,
  at: number,
  from: Summands,
  a: number,
  b: number,
  shift: number,
  sub: boolean,
): void {
  const scale = 2 ** shift
  setSummand(
    to,
    at,
    1 + Math.max(from.depth[a]!, from.depth[b]!),
    from.low[a]! + scale * (sub ? -from.high[b]! : from.low[b]!),
    from.high[a]! + scale * (sub ? -from.low[b]! : from.high[b]!),
    Math.min(from.lsb[a]!, from.lsb[b]! + shift),
  )
}

/** Full-adder bits of a ± b·2^shift: from the coarser lowest bit to the top of the wider, and the sign. */
export function joinCost({ low, lsb, top }: Summands, a: number, b: number, shift: number): number {
  const sign = low[a]! < 0 || low[b]! < 0 ? 1 : 0
  return Math.max(0, sign + Math.max(top[a]!, top[b]! + shift) - Math.max(lsb[a]!, lsb[b]! + shift))
}

/** Bit positions where both a and b·2^shift have bits of their own. */
export function overlap({ low, lsb, top }: Summands, a: number, b: number, shift: number): number {
  const sign = low[a]! < 0 || low[b]! < 0 ? 1 : 0
  return Math.max(0, sign + Math.min(top[a]!, top[b]! + shift) - Math.max(lsb[a]!, lsb[b]! + shift))
}

/**
 * How much joining values of these depths adds to Σ 2^depth. Values can be summed within depth D exactly when that sum
 * is at most 2^D (Kraft's inequality for trees); a join replaces 2^p + 2^q by 2^(max(p, q) + 1).
 */
export function joinIncrease(p: number, q: number): number {
  if (p === q) return 0
  return p > q ? powers[p]! - powers[q]! : powers[q]! - powers[p]!
}

/** Powers of two by exponent; exponentiation would be felt here. */
const powers = Array.from({ length: 1024 }, (_, k) => 2 ** k)

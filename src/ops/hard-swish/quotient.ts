// x · clip(x + shift, 0, bound) / bound. The bound need not be a power of two (6 is the usual one): then the quotient has
// no end in binary, and is cut toward zero at a bit so low that every rounding into the result sees what it would see
// of the quotient itself.

import { bitLength } from '../../fixed/bit-length.ts'
import { exactValue } from '../../fixed/convert.ts'
import { type FixedType, maxRaw, minRaw } from '../../fixed/types.ts'

export interface HardSwishAttrs {
  readonly shift: number
  readonly bound: number
}

/** A number as odd · 2^-frac. */
export interface Odd {
  readonly mantissa: bigint
  readonly frac: number
}

export function oddOf(value: number): Odd {
  let { mantissa, frac } = exactValue(value)
  while (mantissa !== 0n && (mantissa & 1n) === 0n) [mantissa, frac] = [mantissa >> 1n, frac - 1]
  return { mantissa, frac }
}

export interface Shapes {
  /** Holds x + shift, and the clipped gate. */
  readonly gate: FixedType
  /** Holds x · gate. */
  readonly product: FixedType
  /** 1/bound, or a little more: product · reciprocal, cut toward zero to `quotient`, is the quotient so cut. */
  readonly reciprocal: { readonly raw: bigint; readonly frac: number }
  readonly quotient: FixedType
}

/** For inputs of a type and results of at most so many fraction bits. */
export function shapesOf({ shift, bound }: HardSwishAttrs, x: FixedType, resultFrac: number): Shapes {
  const [from, to] = [oddOf(shift), oddOf(bound)]
  const frac = Math.max(x.frac, from.frac, to.frac)
  const most = maxRaw(x) > -minRaw(x) ? maxRaw(x) : -minRaw(x)
  const under = ({ mantissa, frac: own }: Odd) => mantissa << BigInt(frac - own)
  const entering = (most << BigInt(frac - x.frac)) + under(from) + under(to)
  const size = bitLength(most) + bitLength(under(to))
  const product = { signed: true, width: size + 1, frac: x.frac + frac }
  const odd = bitLength(to.mantissa)
  // A quotient that is no multiple of half the result's step is off one by 1/mantissa of a bit at least: more bits tell.
  const low = Math.max(product.frac - to.frac, resultFrac + 1) + odd
  const precision = Math.max(size - product.frac + low + odd, -to.frac)
  return {
    gate: { signed: true, width: bitLength(entering) + 1, frac },
    product,
    reciprocal: { raw: ceilingOf(1n << BigInt(precision + to.frac), to.mantissa), frac: precision },
    quotient: { signed: true, width: Math.max(1, x.width - x.frac + low + 1), frac: low },
  }
}

function ceilingOf(above: bigint, below: bigint): bigint {
  return (above + below - 1n) / below
}

/** The same of a raw value x in one go: a raw value under the quotient's frac. */
export function quotientOf({ shift, bound }: HardSwishAttrs, raw: bigint, x: FixedType, low: number): bigint {
  const [from, to] = [oddOf(shift), oddOf(bound)]
  const frac = Math.max(x.frac, from.frac, to.frac)
  const under = (value: bigint, own: number) => value << BigInt(frac - own)
  const top = under(to.mantissa, to.frac)
  const sum = under(raw, x.frac) + under(from.mantissa, from.frac)
  const gate = sum < 0n ? 0n : sum > top ? top : sum
  const by = low - x.frac
  return by >= 0 ? ((raw * gate) << BigInt(by)) / top : (raw * gate) / (top << BigInt(-by))
}

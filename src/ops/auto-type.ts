// hls4ml's inferred accumulator: wide enough for a sum of products plus bias, by widths alone.

import type { FixedType } from '../fixed/types.ts'

/** The operands of a sum of `terms` products. */
export interface SumOfProducts {
  readonly x: FixedType
  readonly weight: FixedType
  readonly terms: number
}

const integerBits = (type: FixedType) => type.width - type.frac

/**
 * W = Ww + Wx + ⌈log2 n⌉ and likewise I; the bias is always counted and adds one bit
 * (hls4ml infer_precision, `_infer_common_precision`). `maximum` clamps W and I each on its own.
 */
export function accumulatedType(
  { x, weight, terms }: SumOfProducts,
  bias: FixedType,
  maximum: FixedType | undefined,
): FixedType {
  const growth = Math.ceil(Math.log2(terms))
  const width = weight.width + x.width + growth
  const integer = integerBits(weight) + integerBits(x) + growth
  const signed = weight.signed || x.signed
  const withBias =
    Math.max(
      integer + (bias.signed && !signed ? 1 : 0),
      integerBits(bias) + (signed && !bias.signed ? 1 : 0),
    ) + 1
  const frac = Math.max(width - integer, bias.frac)
  return clampType({ signed: signed || bias.signed, width: withBias + frac, frac }, maximum)
}

/** Width and integer bits limited to the maximum's, independently. */
export function clampType(type: FixedType, maximum: FixedType | undefined): FixedType {
  if (maximum === undefined) return type
  const width = Math.min(type.width, maximum.width)
  return { ...type, width, frac: width - Math.min(integerBits(type), integerBits(maximum)) }
}

/** The type of both values by widths alone: unsigned ones take a bit more where the other is signed. */
export function unionByWidth(types: readonly FixedType[]): FixedType {
  const signed = types.some(type => type.signed)
  const integer = Math.max(...types.map(type => integerBits(type) + (signed && !type.signed ? 1 : 0)))
  const frac = Math.max(...types.map(type => type.frac))
  return { signed, width: integer + frac, frac }
}

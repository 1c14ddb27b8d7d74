// Types that lose nothing, of values joined by one step of arithmetic.

import { type FixedType, joinTypes } from '../fixed/types.ts'

export function productType(a: FixedType, b: FixedType): FixedType {
  return { signed: a.signed || b.signed, width: a.width + b.width, frac: a.frac + b.frac }
}

/** Of sums and of differences. */
export function sumType(a: FixedType, b: FixedType): FixedType {
  const { width, frac } = joinTypes({ signed: true, width: 1, frac: 0 }, joinTypes(a, b))
  return { signed: true, width: width + 1, frac }
}

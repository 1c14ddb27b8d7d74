// Random fixed-point types for property tests.

import fc from 'fast-check'
import type { Conversion, FixedType } from '../types.ts'

/** Types of up to `widest` bits, whose integer bits lie in a range. */
export const randomTypes = (
  widest: number,
  integer: { readonly min: number; readonly max: number },
): fc.Arbitrary<FixedType> =>
  fc
    .record({
      signed: fc.boolean(),
      width: fc.integer({ min: 0, max: widest }),
      integer: fc.integer(integer),
    })
    .map(({ signed, width, integer }) => ({ signed, width, frac: width - integer }))

/** ap_ufixed has no sign to fold about: WRAP_SM belongs to signed types, and is WRAP elsewhere. */
export const foldingOnlySigned = (own: Conversion): Conversion =>
  own.overflow === 'WRAP_SM' && !own.to.signed ? { ...own, overflow: 'WRAP' } : own

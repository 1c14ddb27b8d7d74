// Trained values into types by way of decimal text, as docs/semantics.md tells it. The graphs that are interpreted
// hold raw weights already; this is the second road to those.

import type { Conversion } from '../../fixed/types.ts'
import { rawOfNumber, roundToEven } from './conversion.ts'
import { dyadic, dyadicOfNumber, multiply } from './dyadic.ts'

/** The raw integer of a trained value: printed with as many decimals as the type has fraction bits, read, converted. */
export function rawOfTrained(value: number, conversion: Conversion): bigint {
  const digits = Math.max(0, conversion.to.frac)
  const scaled = roundToEven(multiply(dyadicOfNumber(value), dyadic(10n ** BigInt(digits))))
  // JavaScript reads a decimal as the nearest double, ties to even, which is what C's strtod does.
  return rawOfNumber(Number(`${scaled}e-${digits}`), conversion)
}

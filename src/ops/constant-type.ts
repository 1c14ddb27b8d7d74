// The type that holds one constant: as few bits as are exact, up to a limit.

import { type Conversion, conversion } from '../fixed/types.ts'

/**
 * The narrowest type for a constant with at most `bits` significant bits (hls4ml's rule for activation parameters
 * with 8): unsigned unless negative; beyond the limit the value is cut to its leading bits.
 */
export function constantType(value: number, bits: number): Conversion {
  if (value === 0) return conversion({ signed: false, width: 1, frac: 0 })
  const signed = value < 0
  const integer = exponentOf(Math.abs(value))
  let width = 1
  while (width < bits && !Number.isInteger(Math.abs(value) * 2 ** (width - integer))) width++
  return conversion({ signed, width: width + (signed ? 1 : 0), frac: width - integer })
}

/** The e for which 2^(e−1) ≤ value < 2^e. */
function exponentOf(value: number): number {
  let exponent = Math.round(Math.log2(value))
  while (2 ** exponent <= value) exponent++
  while (2 ** (exponent - 1) > value) exponent--
  return exponent
}

// Exact numbers mantissa · 2^exponent: every value of a fixed type and every double is one, and sums and products of
// them are again. Nothing here rounds; that belongs to `conversion.ts`.

import { bug } from '../../diagnostics/diagnostic.ts'

export interface Dyadic {
  readonly mantissa: bigint
  readonly exponent: number
}

export const zero: Dyadic = { mantissa: 0n, exponent: 0 }
export const one: Dyadic = { mantissa: 1n, exponent: 0 }

export function dyadic(mantissa: bigint, exponent = 0): Dyadic {
  return { mantissa, exponent }
}

/** The exact value of a finite double. */
export function dyadicOfNumber(value: number): Dyadic {
  if (!Number.isFinite(value)) bug(`${value} has no exact value`)
  let mantissa = value
  let exponent = 0
  // Doubling is exact; the smallest double needs 1074 of them.
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    exponent--
  }
  return { mantissa: BigInt(mantissa), exponent }
}

/** Both mantissas under the smaller exponent. */
function aligned(a: Dyadic, b: Dyadic): { left: bigint; right: bigint; exponent: number } {
  const exponent = Math.min(a.exponent, b.exponent)
  return {
    left: a.mantissa << BigInt(a.exponent - exponent),
    right: b.mantissa << BigInt(b.exponent - exponent),
    exponent,
  }
}

export function add(a: Dyadic, b: Dyadic): Dyadic {
  const { left, right, exponent } = aligned(a, b)
  return { mantissa: left + right, exponent }
}

export function negate(a: Dyadic): Dyadic {
  return { mantissa: -a.mantissa, exponent: a.exponent }
}

export function subtract(a: Dyadic, b: Dyadic): Dyadic {
  return add(a, negate(b))
}

export function multiply(a: Dyadic, b: Dyadic): Dyadic {
  return { mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent }
}

/** a · 2^power. */
export function timesPowerOfTwo(a: Dyadic, power: number): Dyadic {
  return { mantissa: a.mantissa, exponent: a.exponent + power }
}

/** Negative, zero or positive as a is below, at or above b. */
export function compare(a: Dyadic, b: Dyadic): number {
  const { left, right } = aligned(a, b)
  return left < right ? -1 : left > right ? 1 : 0
}

export function largest(a: Dyadic, b: Dyadic): Dyadic {
  return compare(a, b) >= 0 ? a : b
}

export function smallest(a: Dyadic, b: Dyadic): Dyadic {
  return compare(a, b) <= 0 ? a : b
}

/** The integer part toward minus infinity. */
export function floor({ mantissa, exponent }: Dyadic): bigint {
  return exponent >= 0 ? mantissa << BigInt(exponent) : mantissa >> BigInt(-exponent)
}

/** The integer part toward plus infinity. */
export function ceiling(a: Dyadic): bigint {
  return -floor(negate(a))
}

/** The integer part toward zero. */
export function truncate(a: Dyadic): bigint {
  return a.mantissa < 0n ? ceiling(a) : floor(a)
}

// Canonical signed digits: an integer as a sum of ±2^k with no two neighbouring k, the fewest terms possible.
// Example: 7 = 8 − 1, 11 = 8 + 4 − 1 → 16 − 4 − 1.

export interface SignedDigit {
  readonly shift: number
  readonly sign: 1 | -1
}

/** The canonical signed digits of `value`, lowest first; none for 0. */
export function signedDigits(value: bigint): SignedDigit[] {
  const digits: SignedDigit[] = []
  let rest = value
  for (let shift = 0; rest !== 0n; shift++) {
    if (rest & 1n) {
      const sign = (rest & 3n) === 1n ? 1 : -1
      digits.push({ shift, sign })
      rest -= BigInt(sign)
    }
    rest >>= 1n
  }
  return digits
}

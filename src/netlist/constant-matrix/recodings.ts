// The ways to take one or two signed digits from a coefficient.
//
// A coefficient c needs `digitCount(c)` signed powers of two, no fewer; the canonical form is one such sum, and there
// may be others: 3 = 4 − 1 = 2 + 1, 11 = 8 + 4 − 1 = 16 − 4 − 1 = 8 + 2 + 1. Taking ±2^k from c is as good as free when
// what is left needs one digit less, whatever form that comes from. So forms are never written out: a coefficient
// stays a whole number, and the digits that may be taken from it are looked up here.
//
// A digit is coded in one number: 2·exponent, plus 1 when negative.

/** Coefficients lie within ±2^maxExponent, so that three times one still fits 32 bits. */
export const maxExponent = 28

/** Non-zero digits of the canonical form, by counting where c and 3c differ (Prodinger 2000). */
export function digitCount(c: number): number {
  const magnitude = c < 0 ? -c : c
  let x = magnitude ^ (3 * magnitude)
  x -= (x >>> 1) & 0x55555555
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

export function digitValue(digit: number): number {
  const power = 1 << (digit >> 1)
  return digit & 1 ? -power : power
}

/** The canonical digits of c, lowest first. */
export function canonicalDigits(c: number): number[] {
  const digits: number[] = []
  let rest = c
  for (let exponent = 0; rest !== 0; exponent++) {
    if (rest & 1) {
      const negative = (rest & 3) === 3 ? 1 : 0
      digits.push(2 * exponent + negative)
      rest += negative ? 1 : -1
    }
    rest /= 2
  }
  return digits
}

/** Digits d with digitCount(c − d) = digitCount(c) − 1. */
export const removableDigits = remembered(c => {
  const left = digitCount(c) - 1
  const digits: number[] = []
  for (let digit = 0; digit >> 1 <= exponentOf(c) + 1; digit++)
    if (digitCount(c - digitValue(digit)) === left) digits.push(digit)
  return digits
})

/** Pairs of digits d, e, d the lower one, with digitCount(c − d − e) = digitCount(c) − 2, one after the other. */
export const removablePairs = remembered(c => {
  const left = digitCount(c) - 2
  const pairs: number[] = []
  for (const d of removableDigits(c))
    for (const e of removableDigits(c - digitValue(d)))
      if (e >> 1 > d >> 1 && digitCount(c - digitValue(d) - digitValue(e)) === left) pairs.push(d, e)
  return pairs
})

function exponentOf(c: number): number {
  return 31 - Math.clz32(Math.abs(c))
}

/** Keeps results: small coefficients by index, large ones in a map. */
function remembered(compute: (c: number) => number[]): (c: number) => Int32Array {
  const reach = 4096
  const small: (Int32Array | undefined)[] = new Array(2 * reach + 1).fill(undefined)
  const large = new Map<number, Int32Array>()
  return c => {
    const known = c >= -reach && c <= reach ? small[c + reach] : large.get(c)
    if (known !== undefined) return known
    const result = Int32Array.from(compute(c))
    if (c >= -reach && c <= reach) small[c + reach] = result
    else large.set(c, result)
    return result
  }
}

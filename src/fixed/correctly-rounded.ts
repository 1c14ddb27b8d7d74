// exp, log and tanh of doubles, correctly rounded: computed in fixed point with 200 bits behind the point, far more than
// the hardest double needs, then rounded once. Some microseconds a call: for tables and for testing the fast form.
import { bitLength } from './bit-length.ts'
import { exactValue, rawToNumber } from './convert.ts'

const precision = 200
const one = 1n << BigInt(precision)
const ln2 = 2n * atanhFixed(one / 3n)

/** e^x rounded to nearest (a subnormal result may be one step off). */
export function expRounded(x: number): number {
  if (Number.isNaN(x) || x > 710) return x + Infinity
  if (x < -746) return 0
  const { fixed, exponent } = expFixed(toFixed(x))
  return rawToNumber(fixed, precision - exponent)
}

/** Natural logarithm rounded to nearest. */
export function logRounded(x: number): number {
  if (x === 0) return -Infinity
  if (!(x > 0) || x === Infinity) return x < 0 ? NaN : x
  const { mantissa, frac } = exactValue(x)
  const length = bitLength(mantissa)
  let [scaled, exponent] = [(mantissa << BigInt(precision)) >> BigInt(length), length - frac]
  // scaled is in [1/2, 1); bring it near 1 from either side so that nothing cancels.
  if (scaled * 3n < one * 2n) [scaled, exponent] = [scaled * 2n, exponent - 1]
  const z = ((scaled - one) << BigInt(precision)) / (scaled + one)
  return rawToNumber(2n * atanhFixed(z) + BigInt(exponent) * ln2, precision)
}

/** Hyperbolic tangent rounded to nearest. */
export function tanhRounded(x: number): number {
  const magnitude = Math.abs(x)
  // x³/3 is below a quarter of x's last bit here, and 2·e^(−2x) below a quarter of the last bit under 1 there.
  if (!(magnitude >= 2 ** -28)) return x
  if (magnitude > 20) return Math.sign(x)
  const { fixed, exponent } = expFixed(2n * toFixed(magnitude))
  const grown = fixed << BigInt(exponent)
  return Math.sign(x) * rawToNumber(((grown - one) << BigInt(precision)) / (grown + one), precision)
}

/** 2^(index/count) as the nearest double and what is left over, again as a double. */
export function rootOfTwo(index: number, count: number): { high: number; low: number } {
  const { fixed, exponent } = expFixed((BigInt(index) * ln2) / BigInt(count))
  const high = rawToNumber(fixed, precision - exponent)
  return { high, low: rawToNumber((fixed << BigInt(exponent)) - toFixed(high), precision) }
}

function toFixed(x: number): bigint {
  const { mantissa, frac } = exactValue(x)
  return frac <= precision ? mantissa << BigInt(precision - frac) : mantissa >> BigInt(frac - precision)
}

/** e^x = fixed · 2^(exponent − precision), fixed near 1; x is fixed-point, |x| below some thousands. */
function expFixed(x: bigint): { fixed: bigint; exponent: number } {
  const exponent = (2n * x + ln2) / (2n * ln2)
  const halvings = 8n
  const r = (x - exponent * ln2) >> halvings
  let [sum, term] = [one, one]
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = ((term * r) >> BigInt(precision)) / n
    sum += term
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) >> BigInt(precision)
  return { fixed: sum, exponent: Number(exponent) }
}

/** z + z³/3 + z⁵/5 + … for fixed-point |z| ≤ 1/3. */
function atanhFixed(z: bigint): bigint {
  const square = (z * z) >> BigInt(precision)
  let [sum, power] = [0n, z]
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n
    power = (power * square) >> BigInt(precision)
  }
  return sum
}

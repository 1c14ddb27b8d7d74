// exp, log, tanh and their kin in plain double arithmetic (+ − × ÷ only), so that every engine gives the same bits;
// `Math.exp` and others differ between JavaScript engines and from the C library.
// Errors stay below 1 ulp for exp, expm1, log and log1p, below 4 for tanh and sigmoid (tests measure them).
import { rootOfTwo } from './correctly-rounded.ts'

const steps = 32
const roots = Array.from({ length: steps }, (_, i) => rootOfTwo(i, steps))
const stepsPerLn2 = 46.16624130844683 // 32 / ln 2
// ln 2 / 32 in two parts; the first has 32 significant bits, so that its multiples up to 2^21 are exact.
const ln2Step = 0.6931471803691238 / steps
const ln2StepRest = 1.9082149292705877e-10 / steps
const ln2High = ln2Step * steps
const ln2Low = ln2StepRest * steps
/** Adding and taking away 1.5 · 2^52 rounds a double to a whole number, half to even. */
const roundingShift = 1.5 * 2 ** 52

/** e^x. */
export function exp(x: number): number {
  if (!(x < 710 && x > -746)) return x > 0 ? Infinity : x < 0 ? 0 : x
  const { high, low, exponent } = expParts(x)
  return scale(high + low, exponent)
}

/** e^x − 1, accurate near 0 too. */
export function expm1(x: number): number {
  if (Math.abs(x) < 0.35) return x + x * x * expTail(x)
  if (!(x < 710 && x > -746)) return x > 0 ? Infinity : x < 0 ? -1 : x
  const { high, low, exponent } = expParts(x)
  if (exponent > 60) return scale(high + low, exponent)
  const power = 2 ** exponent
  return high * power - 1 + low * power
}

/** e^x = (high + low) · 2^exponent with high in [1, 2) and |low| below 0.03. */
function expParts(x: number): { high: number; low: number; exponent: number } {
  const k = x * stepsPerLn2 + roundingShift - roundingShift
  const r = x - k * ln2Step - k * ln2StepRest
  const index = ((k % steps) + steps) % steps
  const { high, low } = roots[index]!
  // |r| ≤ ln 2 / 64: the seventh power is the last that counts.
  const p = r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r / 5040)))))
  return { high, low: low + high * p, exponent: (k - index) / steps }
}

/** (e^x − 1 − x) / x² for |x| < 0.35, as its series. */
function expTail(x: number): number {
  let sum = 0
  for (let n = 15; n >= 2; n--) sum = (sum * x + 1) / n
  return sum
}

/** Natural logarithm. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x < 0 ? NaN : x
  const { mantissa, exponent } = split(x)
  return logOfParts(mantissa - 1, exponent)
}

/** log(1 + x), accurate near 0 too. */
export function log1p(x: number): number {
  if (!(x > -1) || x === Infinity) return x === -1 ? -Infinity : x < -1 ? NaN : x
  if (Math.abs(x) < 0.25) return logOfParts(x, 0)
  const sum = 1 + x
  const lost = Math.abs(x) > 1 ? 1 - (sum - x) : x - (sum - 1)
  return log(sum) + lost / sum
}

/** log(1 + f) + exponent · ln 2 for f of (−0.3, 0.42): f − f²/2 + s · (f²/2 + R), s = f / (2 + f). */
function logOfParts(f: number, exponent: number): number {
  const s = f / (2 + f)
  const square = s * s
  let series = 0
  for (let n = 25; n >= 3; n -= 2) series = series * square + 2 / n
  const halfSquare = (f * f) / 2
  const rest = s * (halfSquare + series * square)
  if (exponent === 0) return f - (halfSquare - rest)
  return exponent * ln2High - (halfSquare - (rest + exponent * ln2Low) - f)
}

/** x = mantissa · 2^exponent with mantissa in [√½, √2). */
function split(x: number): { mantissa: number; exponent: number } {
  let [mantissa, exponent] = x < 2 ** -1000 ? [x * 2 ** 100, -100] : [x, 0]
  for (const power of [512, 256, 128, 64, 32, 16, 8, 4, 2, 1]) {
    if (mantissa >= 2 ** power) [mantissa, exponent] = [mantissa * 2 ** -power, exponent + power]
    if (mantissa < 2 ** (1 - power)) [mantissa, exponent] = [mantissa * 2 ** power, exponent - power]
  }
  if (mantissa > Math.SQRT2) return { mantissa: mantissa / 2, exponent: exponent + 1 }
  if (mantissa < Math.SQRT1_2) return { mantissa: mantissa * 2, exponent: exponent - 1 }
  return { mantissa, exponent }
}

/** Hyperbolic tangent. */
export function tanh(x: number): number {
  const magnitude = Math.abs(x)
  if (!(magnitude >= 2 ** -28)) return x
  if (magnitude > 22) return Math.sign(x)
  const t = expm1(magnitude >= 1 ? 2 * magnitude : -2 * magnitude)
  const result = magnitude >= 1 ? 1 - 2 / (t + 2) : -t / (t + 2)
  return x < 0 ? -result : result
}

/** 1 / (1 + e^−x). */
export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x))
  return (x < 0 ? e : 1) / (1 + e)
}

function scale(value: number, exponent: number): number {
  if (exponent > 1000) return value * 2 ** 1000 * 2 ** (exponent - 1000)
  if (exponent < -1000) return value * 2 ** (exponent + 100) * 2 ** -100
  return value * 2 ** exponent
}

// expf: the polynomial that, with 2^(i/32), approximates 2^x in the method of Arm's Optimized Routines (Szabolcs Nagy),
// which glibc has had since 2.27. Its result is within 0.502 ulp of e^x, so it is not always the nearest float; tables
// must have the float that the C program has.
const [cubic, square, linear] = [
  0.05550361559341535 / 32 ** 3,
  0.2402284522445722 / 32 ** 2,
  0.6931471806916203 / 32,
]

/** glibc's `expf` of a float32: the same float32. */
export function expFloat32(x: number): number {
  if (!(x < 89 && x > -104)) return x > 0 ? Infinity : x < 0 ? 0 : x
  const z = stepsPerLn2 * x
  const k = z + roundingShift - roundingShift
  const r = z - k
  const index = ((k % steps) + steps) % steps
  const root = roots[index]!.high * 2 ** ((k - index) / steps)
  const polynomial = (cubic * r + square) * (r * r) + (linear * r + 1)
  return Math.fround(polynomial * root)
}

// e^x in plain double arithmetic (+ − × ÷ only), so that every engine gives the same bits; `Math.exp` differs between
// JavaScript engines and from the C library. Errors stay below 1 ulp (a test measures them).
import { rootOfTwo } from './correctly-rounded.ts'

const steps = 32
const roots = Array.from({ length: steps }, (_, i) => rootOfTwo(i, steps))
const stepsPerLn2 = 46.16624130844683 // 32 / ln 2
// ln 2 / 32 in two parts; the first has 32 significant bits, so that its multiples up to 2^21 are exact.
const ln2Step = 0.6931471803691238 / steps
const ln2StepRest = 1.9082149292705877e-10 / steps
/** Adding and taking away 1.5 · 2^52 rounds a double to a whole number, half to even. */
const roundingShift = 1.5 * 2 ** 52

/** e^x. */
export function exp(x: number): number {
  if (!(x < 710 && x > -746)) return x > 0 ? Infinity : x < 0 ? 0 : x
  const { high, low, exponent } = expParts(x)
  return scale(high + low, exponent)
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

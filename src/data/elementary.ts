// Elementary functions by + − · ÷ alone. The last bits of Math.exp and its kin are the engine's affair, and data made
// from a seed must be the same everywhere; these are good to 1e-9, which is all that made-up data needs.

/** e^x: the series at x/4096, squared twelve times. */
export function exponential(x: number): number {
  if (x < -700) return 0
  const y = x / 4096
  let power = 1 + y * (1 + (y / 2) * (1 + (y / 3) * (1 + (y / 4) * (1 + (y / 5) * (1 + y / 6)))))
  for (let k = 0; k < 12; k++) power *= power
  return power
}

const ln2 = Math.LN2

/** The natural logarithm of x > 0: of its mantissa by the series of artanh, and its exponent times ln 2. */
export function logarithm(x: number): number {
  let [mantissa, exponent] = [x, 0]
  for (; mantissa > 1.5; mantissa /= 2) exponent++
  for (; mantissa < 0.75; mantissa *= 2) exponent--
  const t = (mantissa - 1) / (mantissa + 1)
  const square = t * t
  let sum = 0
  for (let k = 21; k >= 1; k -= 2) sum = sum * square + 1 / k
  return 2 * t * sum + exponent * ln2
}

/** 2π. */
export const turn = 6.283185307179586

/** sin x: the series of the angle brought to half a turn around 0. */
export function sine(x: number): number {
  const angle = x - turn * Math.floor(x / turn + 0.5)
  const square = angle * angle
  let sum = 1
  for (let k = 22; k >= 2; k -= 2) sum = 1 - (sum * square) / (k * (k + 1))
  return angle * sum
}

export function cosine(x: number): number {
  return sine(x + turn / 4)
}

// Roundings that QKeras's quantizers use, exact and without logarithms, so that they are the same everywhere.

/** The nearest whole number, ties to even: 2.5 → 2, 3.5 → 4. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

/** The largest power of two that is not above a float32 above 0. */
export function powerOfTwoBelow(x: number): number {
  return 2 ** (biasedExponent(x) - 1023)
}

/** The power of two nearest in its logarithm, 2^round(log2 x), of a float32 above 0: 1.41 → 1, 1.42 → 2. */
export function nearestPowerOfTwo(x: number): number {
  const below = powerOfTwoBelow(x)
  const mantissa = x / below
  // mantissa ≥ √2 asked without a root: 24 bits squared are exact.
  return mantissa * mantissa >= 2 ? below * 2 : below
}

function biasedExponent(x: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  return (view.getUint16(0) >> 4) & 0x7ff
}

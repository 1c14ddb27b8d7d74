// IEEE binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits; 0x3c00 is 1, 0x7bff is 65504.

/** The value of 16 bits read as binary16. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** The nearest binary16, ties to even, as its 16 bits; beyond 65520 in magnitude it is an infinity. */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= 65520) return sign | 0x7c00
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24)
  const exponent = exponentOf(magnitude)
  // A fraction that rounds up to 2048 carries into the exponent by itself.
  return sign | ((exponent + 14) * 1024 + roundHalfEven(magnitude * 2 ** (10 - exponent)))
}

function exponentOf(magnitude: number): number {
  let exponent = -14
  while (magnitude >= 2 ** (exponent + 1)) exponent++
  return exponent
}

/** Exact for the range used here: value + 2^52 leaves no fraction bits, and the addition rounds half to even. */
function roundHalfEven(value: number): number {
  return value + 2 ** 52 - 2 ** 52
}

// How many bits an integer takes.

/** Bits of |value|: 0 → 0, 1 → 1, 7 → 3, −8 → 4. */
export function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value
  if (magnitude < 0x1_0000_0000n) return 32 - Math.clz32(Number(magnitude))
  const digits = magnitude.toString(16)
  return 4 * (digits.length - 1) + (32 - Math.clz32(Number.parseInt(digits[0]!, 16)))
}

/** Zero bits below the lowest set bit; 0 for the value 0. */
export function trailingZeros(value: bigint): number {
  return value === 0n ? 0 : bitLength(value & -value) - 1
}

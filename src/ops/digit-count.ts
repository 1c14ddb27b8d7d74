// Number of non-zero digits of an integer in canonical signed-digit form: the adders a constant product takes, plus one.

/** Non-zero signed digits of a raw weight (3n and n have as many set bits apart as digits: n xor 3n). */
export function digitCount(raw: bigint): number {
  const magnitude = raw < 0n ? -raw : raw
  let bits = (magnitude ^ (magnitude * 3n)) >> 1n
  let count = 0
  while (bits > 0n) {
    count += Number(bits & 1n)
    bits >>= 1n
  }
  return count
}

// Seeded chance (xorshift, Marsaglia 2003): the same numbers each time.

export interface Random {
  state: number
}

export const seededRandom = (seed: number): Random => ({ state: Math.imul(seed + 1, 0x9e3779b1) | 1 })

/** A whole number from 0 to below `limit`. */
export function randomBelow(random: Random, limit: number): number {
  let { state } = random
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  random.state = state
  return Math.floor(((state >>> 0) / 2 ** 32) * limit)
}

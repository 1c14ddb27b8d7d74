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

/** Two numbers well mixed, as 32 bits. */
export function mixed(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

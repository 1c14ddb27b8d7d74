// Chance from a seed, the same on every machine. What is drawn for a purpose (a weight, an epoch's order, a step) has
// a stream of its own, so that a run that resumes draws what the run would have drawn.

/** Uniform numbers in [0, 1). */
export type Uniform = () => number

/** A stream of numbers for a purpose, told by words and numbers. */
export function streamOf(seed: number, ...purpose: readonly (string | number)[]): Uniform {
  let state = seedOf(seed, ...purpose)
  return () => {
    // mulberry32, by Tommy Ettinger.
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

/** 32 bits from a seed and a purpose (FNV-1a over their text, then mixed). */
export function seedOf(seed: number, ...purpose: readonly (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const letter of [seed, ...purpose].join('/'))
    hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** 0 to count − 1 in an order by chance (Fisher-Yates). */
export function shuffled(count: number, uniform: Uniform): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, k) => k)
  for (let k = count - 1; k > 0; k--) {
    const other = Math.floor(uniform() * (k + 1))
    const kept = order[k]!
    order[k] = order[other]!
    order[other] = kept
  }
  return order
}

/** Standard normal to a good approximation: twelve uniform numbers summed, mean 6 and variance 1. */
export function normal(uniform: Uniform): number {
  let sum = -6
  for (let k = 0; k < 12; k++) sum += uniform()
  return sum
}

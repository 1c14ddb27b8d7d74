// Chance from a seed: the same numbers on every machine and engine.

/** Uniform numbers in [0, 1). */
export type Uniform = () => number

/** A generator with 32 bits of state (Tommy Ettinger's mulberry32); seeds are taken modulo 2^32. */
export function uniformGenerator(seed: number): Uniform {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Standard normal to a good approximation: twelve uniform numbers summed, mean 6 and variance 1; never beyond ±6. */
export function normal(uniform: Uniform): number {
  let sum = -6
  for (let k = 0; k < 12; k++) sum += uniform()
  return sum
}

/** A whole number from 0 to `count` − 1. */
export function below(uniform: Uniform, count: number): number {
  return Math.floor(uniform() * count)
}

/** Uniform in [low, high). */
export function between(uniform: Uniform, low: number, high: number): number {
  return low + (high - low) * uniform()
}

/** 0 … count − 1 in an order of chance (Fisher and Yates). */
export function shuffledOrder(count: number, uniform: Uniform): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, k) => k)
  for (let last = count - 1; last > 0; last--) {
    const other = below(uniform, last + 1)
    const kept = order[last]!
    order[last] = order[other]!
    order[other] = kept
  }
  return order
}

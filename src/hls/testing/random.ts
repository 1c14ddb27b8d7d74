// Seeded random types and raw values for the C++ tests.
import { type Conversion, type FixedType, maxRaw, minRaw, overflows, roundings } from '../../fixed/types.ts'

/** A generator of whole numbers 0 … limit − 1 (splitmix32). */
export type Random = (limit: number) => number

export function seeded(seed: number): Random {
  let state = seed >>> 0
  return limit => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return Math.floor((((z ^ (z >>> 15)) >>> 0) / 2 ** 32) * limit)
  }
}

/** A type of 1 … maxWidth bits whose point may lie outside of it. */
export function randomType(random: Random, maxWidth: number): FixedType {
  const width = 1 + random(maxWidth)
  return { signed: random(3) > 0, width, frac: random(width + 12) - 6 }
}

export function randomConversion(random: Random, maxWidth: number): Conversion {
  const to = randomType(random, maxWidth)
  const overflow = overflows[random(to.signed ? 5 : 4)]!
  const wraps = overflow === 'WRAP' || overflow === 'WRAP_SM'
  const saturationBits = wraps && random(3) === 0 ? random(Math.min(4, to.width) + 1) : 0
  return { to, rounding: roundings[random(7)]!, overflow, saturationBits }
}

/** A raw integer of the type, one in four at or beside an end or 0. */
export function randomRaw(random: Random, type: FixedType): bigint {
  if (random(4) === 0) {
    const raw = [minRaw(type), maxRaw(type), 0n, -1n, 1n, minRaw(type) + 1n][random(6)]!
    return raw >= minRaw(type) && raw <= maxRaw(type) ? raw : 0n
  }
  let bits = 0n
  for (let at = 0; at < type.width; at += 24) bits = (bits << 24n) | BigInt(random(2 ** 24))
  bits >>= BigInt(random(type.width))
  return type.signed ? BigInt.asIntN(type.width, bits) : BigInt.asUintN(type.width, bits)
}

export function randomRaws(random: Random, type: FixedType, count: number): bigint[] {
  return Array.from({ length: count }, () => randomRaw(random, type))
}

// Chance from a seed, the same on every machine. What is drawn for a purpose (a weight, an epoch's order, a step) has
// a stream of its own, so that a run that resumes draws what the run would have drawn.

import { type Uniform, uniformGenerator } from '../data/random.ts'

/** A stream of numbers for a purpose, told by words and numbers. */
export function streamOf(seed: number, ...purpose: readonly (string | number)[]): Uniform {
  return uniformGenerator(seedOf(seed, ...purpose))
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

// Synthetic pulses of a scintillator whose light has a fast and a slow component. The share of the
// slow one tells what was hit: small for a gamma (label 0), larger for a neutron (label 1).
// Run as a program it writes pulses.csv. Only + - * / on doubles and an integer generator are used
// (no Math.exp, whose last bit is the engine's affair), so every engine makes the same pulses.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Samples per pulse. */
export const sampleCount = 32
/** Counts of the 8-bit converter; a sample is count / fullScale, hence in [0, 1) and exact. */
export const fullScale = 256

/** Labelled pulses: `counts` holds `sampleCount` converter counts per pulse, row after row. */
export interface Pulses {
  readonly counts: Uint8Array
  readonly labels: Uint8Array
}

/** A generator of uniform numbers in [0, 1) with 32 bits of state (mulberry32). */
export function uniformGenerator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Make `count` pulses, each class with probability one half. */
export function generatePulses(count: number, seed: number): Pulses {
  const uniform = uniformGenerator(seed)
  const counts = new Uint8Array(count * sampleCount)
  const labels = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    labels[i] = uniform() < 0.5 ? 0 : 1
    counts.set(pulse(labels[i] === 1, uniform), i * sampleCount)
  }
  return { counts, labels }
}

// Times in samples: the rise, the two decays, and where the pulse begins.
const riseTime = 0.7
const fastDecay = 2.5
const slowDecay = 12
const startTime = 3

function pulse(neutron: boolean, uniform: () => number): Uint8Array {
  const slowShare = neutron ? 0.21 + 0.03 * normal(uniform) : 0.09 + 0.02 * normal(uniform)
  const energy = uniform()
  const amplitude = 0.15 + 1.3 * energy * energy // many small pulses, few large ones
  const start = startTime + uniform() - 0.5
  const noise = 0.004
  return Uint8Array.from({ length: sampleCount }, (_, k) => {
    const t = k - start
    const light = (1 - slowShare) * decay(t / fastDecay) + slowShare * decay(t / slowDecay)
    const signal = t > 0 ? amplitude * (1 - decay(t / riseTime)) * light : 0
    return convert(signal + noise * normal(uniform))
  })
}

/** What is left of the converter's count once the baseline is taken off: never below 0. */
function convert(value: number): number {
  return Math.min(fullScale - 1, Math.max(0, Math.floor(value * fullScale + 0.5)))
}

/** Standard normal to a good approximation: twelve uniform numbers summed, mean 6 and variance 1. */
function normal(uniform: () => number): number {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += uniform()
  return sum
}

/** e^-x for x ≥ 0: the series of e^(x/64), squared six times. */
function decay(x: number): number {
  const y = x / 64
  let power = 1 + y * (1 + (y / 2) * (1 + (y / 3) * (1 + (y / 4) * (1 + y / 5))))
  for (let i = 0; i < 6; i++) power *= power
  return 1 / power
}

/** The pulses as text: header `s0,…,s31,label`, samples as exact decimals. */
export function printCsv(pulses: Pulses): string {
  const header = [...Array.from({ length: sampleCount }, (_, k) => `s${k}`), 'label'].join(',')
  const rows = Array.from(pulses.labels, (label, i) => {
    const row = pulses.counts.subarray(i * sampleCount, (i + 1) * sampleCount)
    return [...Array.from(row, count => count / fullScale), label].join(',')
  })
  return `${[header, ...rows].join('\n')}\n`
}

/** The committed test set, drawn from a seed of its own. */
export const testPulses = (): Pulses => generatePulses(500, 2)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('pulses.csv', import.meta.url))
  writeFileSync(path, printCsv(testPulses()))
  console.log(`wrote ${path}`)
}

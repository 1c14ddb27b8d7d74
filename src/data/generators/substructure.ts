// Features of a jet from its particles: generalised energy correlation functions and what is made of them.

import { logarithm } from '../elementary.ts'

/** A particle of a jet: transverse momentum in GeV, rapidity and azimuth beside the axis. */
export interface Particle {
  readonly pt: number
  readonly eta: number
  readonly phi: number
}

/** Names of the features, in their order. */
export const featureNames = [
  'zlogz',
  'c1_b0',
  'c1_b1',
  'c1_b2',
  'c2_b1',
  'c2_b2',
  'd2_b1',
  'd2_b2',
  'd2_a1_b1',
  'd2_a1_b2',
  'm2_b1',
  'm2_b2',
  'n2_b1',
  'n2_b2',
  'mass',
  'multiplicity',
] as const

/** Sums over pairs and triples of momentum shares times angles to the powers 1 and 2. */
interface Correlations {
  /** Pairs without angle, with angles, with squared angles. */
  readonly e2: readonly [number, number, number]
  /** Triples times all three angles, times the two least, times the least; by power 1 and 2. */
  readonly all: readonly [number, number]
  readonly two: readonly [number, number]
  readonly one: readonly [number, number]
}

/** The 16 features; the mass is in GeV. All are finite for any particles. */
export function substructure(particles: readonly Particle[]): number[] {
  const total = particles.reduce((sum, { pt }) => sum + pt, 0)
  const shares = particles.map(({ pt }) => pt / total)
  const { e2, all, two, one } = correlationsOf(particles, shares)
  const over = (a: number, b: number) => (b === 0 ? 0 : a / b)
  const byPower = (make: (power: 1 | 2) => number) => [make(1), make(2)]
  return [
    shares.reduce((sum, z) => sum + z * logarithm(z), 0),
    ...e2,
    ...byPower(power => over(all[power - 1]!, e2[power] * e2[power])),
    ...byPower(power => over(all[power - 1]!, e2[power] * e2[power] * e2[power])),
    // The triples with one power, over the pairs with another, as arXiv:1409.6298 defines D2 with two exponents.
    ...byPower(power => over(all[0], powerOf(e2[power], power))),
    ...byPower(power => over(one[power - 1]!, e2[power])),
    ...byPower(power => over(two[power - 1]!, e2[power] * e2[power])),
    total * Math.sqrt(e2[2]),
    particles.length,
  ]
}

function correlationsOf(particles: readonly Particle[], shares: readonly number[]): Correlations {
  const count = particles.length
  const angles = particles.map(a => Float64Array.from(particles, b => distance(a, b)))
  const e2: [number, number, number] = [0, 0, 0]
  const all: [number, number] = [0, 0]
  const two: [number, number] = [0, 0]
  const one: [number, number] = [0, 0]
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const pair = shares[i]! * shares[j]!
      const ij = angles[i]![j]!
      e2[0] += pair
      e2[1] += pair * ij
      e2[2] += pair * ij * ij
      for (let k = j + 1; k < count; k++) {
        const weight = pair * shares[k]!
        addTriple({ all, two, one }, weight, ij, angles[i]![k]!, angles[j]![k]!)
      }
    }
  }
  return { e2, all, two, one }
}

type Triples = Record<'all' | 'two' | 'one', [number, number]>

function addTriple({ all, two, one }: Triples, weight: number, a: number, b: number, c: number): void {
  const least = Math.min(a, b, c)
  const most = Math.max(a, b, c)
  const product = a * b * c
  const twoLeast = most === 0 ? 0 : product / most
  all[0] += weight * product
  all[1] += weight * product * product
  two[0] += weight * twoLeast
  two[1] += weight * twoLeast * twoLeast
  one[0] += weight * least
  one[1] += weight * least * least
}

function distance(a: Particle, b: Particle): number {
  const [eta, phi] = [a.eta - b.eta, a.phi - b.phi]
  return Math.sqrt(eta * eta + phi * phi)
}

/** x³ for angles to the power 1, x^(3/2) for squared ones. */
function powerOf(x: number, power: 1 | 2): number {
  return power === 1 ? x * x * x : x * Math.sqrt(x)
}

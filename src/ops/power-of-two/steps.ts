// Powers of two by comparisons: the raw values of the input at which the result steps, and the levels between them.

import { exactValue } from '../../fixed/convert.ts'
import { type FixedType, maxRaw, minRaw } from '../../fixed/types.ts'

export interface PowerOfTwoAttrs {
  /** Exponent of what is below Keras's epsilon, 0 among it. */
  readonly zero: number
  /** Least and largest exponent of all else; both even, and every second one left out, with `squares`. */
  readonly lowest: number
  readonly highest: number
  /** Squares of the powers of two nearest to roots. */
  readonly squares: boolean
  /** The power of two not above a size, or of a root, instead of the nearest. */
  readonly down: boolean
  /** Negative values give −2^e of |x| · 2^negative; null: 2^zero. */
  readonly negative: number | null
}

/** The result is ±2^exponent. */
export interface Level {
  readonly exponent: number
  readonly isNegative: boolean
}

export interface Steps {
  /** Ascending, under the input's frac; an input from the k-th on has at least the level k + 1. */
  readonly thresholds: readonly bigint[]
  readonly levels: readonly Level[]
}

/** Below it, QKeras takes a size for 0. */
const epsilon = exactValue(Math.fround(1e-7))

/** The steps that values of a type can reach. */
export function stepsOf(attrs: PowerOfTwoAttrs, { signed, width, frac }: FixedType): Steps {
  const type = { signed, width, frac }
  const above = sizeSteps(attrs, frac, maxRaw(type))
  const thresholds = above.map(({ from }) => from)
  const levels = [attrs.zero, ...above.map(({ exponent }) => exponent)].map(positive)
  if (minRaw(type) >= 0n || attrs.negative === null) return { thresholds, levels }
  const below = sizeSteps(attrs, frac - attrs.negative, -minRaw(type)).reverse()
  // From the raw value after −from on, a size is one step less.
  return {
    thresholds: [...below.map(({ from }) => 1n - from), 0n, ...thresholds],
    levels: [...[...below.map(({ exponent }) => exponent), attrs.zero].map(negative), ...levels],
  }
}

const positive = (exponent: number): Level => ({ exponent, isNegative: false })
const negative = (exponent: number): Level => ({ exponent, isNegative: true })

interface SizeStep {
  /** The least raw size of this exponent. */
  readonly from: bigint
  readonly exponent: number
}

/** Of raw sizes from 0 to a largest one, under a frac. */
function sizeSteps(attrs: PowerOfTwoAttrs, frac: number, largest: bigint): SizeStep[] {
  const { lowest, highest, squares } = attrs
  const least = ceilingShift(epsilon.mantissa, frac - epsilon.frac)
  const steps: SizeStep[] = [{ from: least, exponent: lowest }]
  for (let exponent = lowest + (squares ? 2 : 1); exponent <= highest; exponent += squares ? 2 : 1) {
    const own = reaching(attrs, exponent, frac)
    if (own > largest) break
    steps.push({ from: own > least ? own : least, exponent })
  }
  return steps.filter(({ from }) => from <= largest)
}

/** The least raw size of an exponent other than the lowest. */
function reaching({ squares, down }: PowerOfTwoAttrs, exponent: number, frac: number): bigint {
  if (down) return exceedingPower(exponent + frac) - (exponent + frac < 0 ? 0n : 1n)
  return squares ? exceedingPower(exponent - 1 + frac) : reachingRoot(2 * exponent - 1 + 2 * frac)
}

/** The least whole number above 2^power. */
function exceedingPower(power: number): bigint {
  return power < 0 ? 1n : (1n << BigInt(power)) + 1n
}

/** The least whole number from 1 on whose square is at least 2^power, power odd. */
function reachingRoot(power: number): bigint {
  if (power < 0) return 1n
  const square = 1n << BigInt(power)
  // Newton from above, which ends at the whole part of the root; a root of an odd power is no whole number.
  let root = 1n << BigInt((power + 1) / 2)
  for (let next = (root + square / root) / 2n; next < root; next = (root + square / root) / 2n) root = next
  return root + 1n
}

function ceilingShift(value: bigint, by: number): bigint {
  return by >= 0 ? value << BigInt(by) : -(-value >> BigInt(-by))
}

/** The type that holds all levels of some steps, without loss. */
export function levelType(levels: readonly Level[]): FixedType {
  const exponents = levels.map(({ exponent }) => exponent)
  const [least, most] = [Math.min(...exponents), Math.max(...exponents)]
  const signed = levels.some(({ isNegative }) => isNegative)
  return { signed, width: most - least + (signed ? 2 : 1), frac: -least }
}

export function levelRaw({ exponent, isNegative }: Level, frac: number): bigint {
  const size = 1n << BigInt(exponent + frac)
  return isNegative ? -size : size
}

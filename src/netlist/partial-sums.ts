// Sums of values in known intervals: what they can be on the way, and balanced trees of them.

import { align, constant, type Interval, tight } from '../fixed/interval.ts'
import type { NetlistBuilder } from './builder.ts'
import type { Net } from './netlist.ts'

/** Bounds of all partial sums of the terms, whatever their order; that of no terms, 0, is one of them. */
export function partialSums(terms: readonly Interval[]): Interval {
  const counted = terms.map(tight).filter(({ min, max }) => min !== 0n || max !== 0n)
  if (counted.length === 0) return constant(0n, 0)
  const frac = counted.reduce((finest, own) => Math.max(finest, own.frac), Number.NEGATIVE_INFINITY)
  let [least, most] = [0n, 0n]
  for (const own of counted) {
    const { min, max } = align(own, frac)
    if (min < 0n) least += min
    if (max > 0n) most += max
  }
  return { min: least, max: most, frac }
}

/** A balanced tree of additions; 0 for no terms. */
export function sumTree(builder: NetlistBuilder, terms: readonly Net[]): Net {
  return terms.length === 0 ? builder.constant(0n, 0) : treeOf(terms, (a, b) => builder.add(a, b))
}

/** A balanced tree of what joins two; there is at least one term. */
export function treeOf(terms: readonly Net[], join: (a: Net, b: Net) => Net): Net {
  if (terms.length === 1) return terms[0]!
  const half = Math.ceil(terms.length / 2)
  return join(treeOf(terms.slice(0, half), join), treeOf(terms.slice(half), join))
}

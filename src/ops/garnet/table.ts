// The edge weights of a GarNet layer: e^(−d²) for every word of the distances' type.

import { quantiseNumber } from '../../fixed/convert.ts'
import { exp } from '../../fixed/transcendental.ts'
import { type Conversion, conversion, type FixedType } from '../../fixed/types.ts'
import type { GarNetTurns } from './type.ts'

/**
 * Entry k, k the raw word: e^(−d²) in double, floored to twice the distance's fraction bits (hls4ml's `exp` gives the
 * type of d²), in the edge weights' type. At distance 0, which is 1, the greatest fraction of so many bits.
 */
export function edgeWeights(distance: FixedType, to: Conversion): readonly bigint[] {
  const { width, frac } = distance
  const count = 2 ** width
  const square = conversion({ signed: true, width: 64, frac: 2 * frac })
  return Array.from({ length: count }, (_, word) => {
    const raw = distance.signed && word >= count / 2 ? word - count : word
    if (raw === 0) return quantiseNumber(1 - 2 ** -to.to.width, to)
    const d = raw * 2 ** -frac
    const floored = Number(quantiseNumber(exp(-d * d), square)) * 2 ** (-2 * frac)
    return quantiseNumber(floored, to)
  })
}

/** By what means over a group's vertices are multiplied, for every number of vertices that there are: all of one by those. */
export function norms({ vertices, groups }: GarNetTurns, to: Conversion): readonly bigint[] {
  return Array.from({ length: vertices + 1 }, (_, count) =>
    count === 0 ? 0n : quantiseNumber(vertices / groups / count, to),
  )
}

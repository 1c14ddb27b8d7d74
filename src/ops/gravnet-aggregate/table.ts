// How much a neighbour counts, by the square of its distance.

import { quantiseNumber } from '../../fixed/convert.ts'
import { exp } from '../../fixed/transcendental.ts'
import type { Conversion } from '../../fixed/types.ts'
import type { TypedOp } from '../definition.ts'
import type { GravNetAttrs } from './attrs.ts'

/** The table covers squared distances below 2^this. */
export function log2Reach({ choices }: TypedOp<GravNetAttrs>): number {
  return -Number(choices.TableRangePower2)
}

/** e^(−scale · s) at the lower edge of each bin, in double. */
export function distanceWeights(
  size: number,
  reach: number,
  scale: number,
  to: Conversion,
): readonly bigint[] {
  return Array.from({ length: size }, (_, k) => quantiseNumber(exp(-scale * ((k / size) * 2 ** reach)), to))
}

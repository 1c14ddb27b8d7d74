// A function that steps, as cells: a tree of comparisons, as deep as the logarithm of the number of levels.

import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Net } from '../netlist/netlist.ts'

/** An input from the k-th threshold on, under `frac`, has at least the level k + 1; thresholds ascend. */
export interface SteppedFunction {
  readonly thresholds: readonly bigint[]
  /** One more than thresholds. */
  readonly levels: readonly Net[]
  readonly frac: number
}

export function lowerSteps(b: NetlistBuilder, x: Net, { thresholds, levels, frac }: SteppedFunction): Net {
  if (levels.length === 1) return levels[0]!
  const middle = levels.length >> 1
  const low = { thresholds: thresholds.slice(0, middle - 1), levels: levels.slice(0, middle), frac }
  const high = { thresholds: thresholds.slice(middle), levels: levels.slice(middle), frac }
  const isBelow = b.below(x, thresholds[middle - 1]!, frac)
  return b.mux(isBelow, lowerSteps(b, x, low), lowerSteps(b, x, high))
}

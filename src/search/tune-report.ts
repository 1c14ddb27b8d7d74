// What a search for widths tells: plain data, the same for the terminal, JSON and the page.

import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { unionType } from '../ir/tensor-type.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { bitOperations } from './bit-operations.ts'
import type { LossKind } from './loss.ts'
import type { Score } from './try-widths.ts'

export type CostName = 'LUT' | 'bit operations'

/** A network on the plane of cost and loss. */
export interface TunedPoint extends Score {
  /** What it is: `fixed<12,4>` for one width for all, or what was changed to come to it. */
  readonly name: string
  /** By the measure of the search; absent where it was not asked, the loss being too large. */
  readonly cost?: number
  /** Bit operations of a row, whatever the measure. */
  readonly bits: number
}

export interface TunedLayer {
  readonly name: string
  readonly kind: string
  /** Types of weights, sum, result and the rest, by role. */
  readonly types: Readonly<Record<string, string>>
  /** Bit operations of a row. */
  readonly bits: number
}

export interface TuneReport {
  readonly model: string
  readonly cost: CostName
  /** Why LUTs were not estimated, where they were not and nobody asked for bit operations. */
  readonly noLuts?: string
  readonly loss: LossKind['kind']
  /** Largest loss accepted, as a share of 1. */
  readonly maxLoss: number
  /** Accuracy of the float network on the rows searched on, and on all; absent without labels. */
  readonly floatAccuracy?: { readonly searched: number; readonly all: number }
  readonly rows: { readonly searched: number; readonly all: number }
  readonly seed: number
  readonly trials: number
  /** One width for all, narrow to wide. */
  readonly uniform: readonly TunedPoint[]
  /** The narrowest of them that keeps the loss. */
  readonly leastUniform: TunedPoint
  /** Each cheaper than the one before it, and all of them keep the loss. */
  readonly steps: readonly TunedPoint[]
  /** The result: the cheapest step that keeps the loss on all rows. */
  readonly chosen: TunedPoint
  /** The result on all rows. */
  readonly onAllRows: Score
  readonly layers: readonly TunedLayer[]
}

/** Types and bit operations of every layer. */
export function tunedLayers(typed: OpGraph): TunedLayer[] {
  const bits = bitOperations(typed)
  return typed.nodes.map(({ name, kind, resolved, shape }) => ({
    name,
    kind,
    types: Object.fromEntries(
      Object.entries(resolved).map(([role, { to, ...modes }]) => [
        role,
        printPrecision(fixedPrecision({ ...modes, to: unionType({ shape, element: to }) }), 'short'),
      ]),
    ),
    bits: Math.round(bits.get(name) ?? 0),
  }))
}

// What two cells over one sequence are, and where each of them finds its weights and states.

import { type CellAttrs, type CellPlace, stateCount } from '../recurrent-cell.ts'

export interface BidirectionalAttrs extends CellAttrs {
  readonly returnSequences: boolean
  /**
   * The last states of both cells follow the outputs: of `concat` a row for each, the first cell's, then the second's in
   * it; else a row for each of the first cell, then of the second.
   */
  readonly returnState?: boolean
  /** As `SequenceAttrs` has these. */
  readonly perStep?: true
  readonly unkept?: readonly string[]
  /** How two outputs become one. */
  readonly merge: 'concat' | 'sum' | 'mul' | 'ave'
}

/** Of the roles of either cell. */
export const prefixes = ['forward_', 'backward_'] as const

/** Of the first cell, which begins at the start, or of the second. */
export function place(attrs: BidirectionalAttrs, direction: 0 | 1): CellPlace {
  return {
    role: prefixes[direction],
    key: direction === 0 ? 'Forward' : 'Backward',
    firstUnit: attrs.merge === 'concat' ? direction * attrs.units : 0,
  }
}

/** Of all inputs, the states that one of the cells begins with. */
export function initialOf<T>(
  { cell }: BidirectionalAttrs,
  inputs: readonly T[],
  direction: 0 | 1,
): readonly T[] {
  const count = stateCount(cell)
  return inputs.slice(1 + direction * count, 1 + (direction + 1) * count)
}

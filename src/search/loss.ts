// How much a fixed-point network loses against its float meaning on calibration rows.

import type { Batch } from '../engines/engine.ts'

export type LossKind =
  /** Accuracy lost against float, by labels. */
  | { readonly kind: 'accuracy'; readonly labels: readonly number[] }
  /** Rows whose largest output differs from float's. */
  | { readonly kind: 'decisions' }
  /** Largest error as a share of the float outputs' range. */
  | { readonly kind: 'range' }

/** Loss of `fixed` against `float`, both rows of the same output. 0 is none; kinds are shares of 1. */
export function lossOf(kind: LossKind, float: Batch, fixed: Float64Array): number {
  const size = float.data.length / float.rows
  if (kind.kind === 'range') return rangeLoss(float.data, fixed)
  const decided = (data: Float64Array, row: number) => largest(data.subarray(row * size, (row + 1) * size))
  let lost = 0
  for (let row = 0; row < float.rows; row++) {
    const wanted = decided(float.data, row)
    const got = decided(fixed, row)
    if (kind.kind === 'decisions') lost += wanted === got ? 0 : 1
    else lost += Number(wanted === kind.labels[row]) - Number(got === kind.labels[row])
  }
  return Math.max(0, lost / float.rows)
}

/** Index of the largest value, the first of equals; for a single output, whether it is at least a half. */
export function largest(row: Float64Array): number {
  if (row.length === 1) return row[0]! >= 0.5 ? 1 : 0
  return row.reduce((best, value, k) => (value > row[best]! ? k : best), 0)
}

function rangeLoss(float: Float64Array, fixed: Float64Array): number {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let error = 0
  float.forEach((value, k) => {
    low = Math.min(low, value)
    high = Math.max(high, value)
    error = Math.max(error, Math.abs(value - fixed[k]!))
  })
  return error === 0 ? 0 : error / (high - low || 1)
}

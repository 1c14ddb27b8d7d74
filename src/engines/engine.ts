// What every engine takes and gives: batches of tensors in graph order, float values outside, raw integers inside.

import type { Shape } from '../ir/tensor-type.ts'

/** Rows of one tensor, row-major: `data.length` = rows · size. */
export interface Batch {
  readonly rows: number
  readonly shape: Shape
  readonly data: Float64Array
}

/** Raw integers of rows of one tensor; numbers where every value fits 53 bits, bigints beyond. */
export interface RawBatch {
  readonly rows: number
  readonly size: number
  readonly raw: Float64Array | readonly bigint[]
}

/** The first rows of a batch, all of them where it has fewer; the data is shared. */
export function firstRows(batch: Batch, most: number): Batch {
  const rows = Math.min(batch.rows, most)
  return { ...batch, rows, data: batch.data.subarray(0, (batch.data.length / batch.rows) * rows) }
}

/** One row of raw values as bigints. */
export function rawRow(batch: RawBatch, row: number): readonly bigint[] {
  const values = batch.raw.slice(row * batch.size, (row + 1) * batch.size)
  return Array.from(values as ArrayLike<number | bigint>, BigInt)
}

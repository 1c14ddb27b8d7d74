// The data that a package carries: rows, and the emulator's results for them as the driver gives them.

import { bug } from '../../diagnostics/diagnostic.ts'
import { rawToNumber } from '../../fixed/convert.ts'
import { writeNpy } from '../../formats/npy.ts'
import type { PackageDescription } from '../package-description.ts'
import { holdsExactly } from './driver.ts'

export interface GoldenRows {
  readonly rows: number
  /** Numbers as drivers are given them, row-major: those of float32 with float words, and where a scaler stands before them. */
  readonly x: ArrayLike<number>
  /** The same as the network takes them, where a scaler stands before it. */
  readonly scaled?: ArrayLike<number>
  /** Raw results of the emulator, row-major. */
  readonly raw: ArrayLike<number | bigint>
  /** Class of each row. */
  readonly labels?: ArrayLike<number>
}

/**
 * `X_test.npy`, `y_test.npy` and, where there are labels, `labels.npy`. The driver's `predict` of the first gives exactly
 * the second. Floats are float32 where that loses nothing, else float64.
 */
export function goldenFiles(
  { project, form, input, output }: PackageDescription,
  { rows, x, raw, labels }: GoldenRows,
): Record<string, Uint8Array> {
  const isSingle = Array.prototype.every.call(x, value => Math.fround(value) === value)
  if (form === 'float' && !isSingle) bug(`${project}: rows for float words are not float32`)
  const { types } = output
  const values = Float64Array.from({ length: raw.length }, (_, k) => {
    const value = rawToNumber(raw[k]!, types[k % types.length]!.frac)
    return form === 'float' ? Math.fround(value) : value
  })
  const width = form === 'float' || holdsExactly(output) ? 'float32' : 'float64'
  return {
    'X_test.npy': writeNpy({ shape: [rows, ...input.shape], data: x }, isSingle ? 'float32' : 'float64'),
    'y_test.npy': writeNpy({ shape: [rows, ...output.shape], data: values }, width),
    ...(labels === undefined ? {} : { 'labels.npy': writeNpy({ shape: [rows], data: labels }, 'int64') }),
  }
}

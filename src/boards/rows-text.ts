// What a package's pages say of its rows: whether they are physical values that drivers scale, or what the network takes.

import type { PackageDescription } from './package-description.ts'

/** A sentence or two of Markdown. */
export function rowsText({ scaler }: Pick<PackageDescription, 'scaler'>): string {
  return scaler === undefined
    ? 'Rows are what the network takes: nothing scales them.'
    : 'Rows are physical values, in `X_test.npy` too, and drivers scale them as the training did: (x − offset) · factor of the nearest float32 to x, in float64, rounded once to float32. The words on the bus are of scaled values.'
}

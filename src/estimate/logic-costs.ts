// From what a design is made of to what it takes: LUTs of logic and of products, by figures that were fitted.

import { type Features, featureNames } from './cell-features.ts'
import { lutsPerBit, sharing, sharingOfRows } from './fitted.ts'
import type { ProductSketch } from './sketch-product.ts'

/** LUTs of logic counted in bits. */
export function lutsOf(bits: Features): number {
  return featureNames.reduce((sum, name) => sum + bits[name] * lutsPerBit[name], 0)
}

/** Bits of a sketched product's additions once outputs share them. */
export function sharedBits(sketch: ProductSketch): number {
  return sketch.plainBits * sharedShare(sketch)
}

/** Bits of additions that sharing leaves, over those of plain trees. */
export function sharedShare({
  rows,
  columns,
  digits,
  nonzero,
  magnitudes,
  plainAdders,
}: ProductSketch): number {
  if (plainAdders === 0 || columns === 0) return 1
  if (rows === 1) {
    const { always, columns: constants, digits: each } = sharingOfRows
    return Math.exp(always + constants * Math.log(columns) + each * Math.log(digits / columns))
  }
  const repeats = nonzero / rows / (4 * magnitudes)
  const logarithm =
    sharing.always +
    sharing.columns * Math.log(columns) +
    sharing.additions * Math.log(1 + plainAdders / columns) +
    sharing.rows * Math.log(rows) +
    sharing.digits * Math.log(digits / nonzero) +
    sharing.repeats * Math.log(1 + repeats)
  return Math.min(1, Math.exp(logarithm))
}

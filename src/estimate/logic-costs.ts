// From what a design is made of to what it takes: LUTs of logic and of products, by figures that were fitted.

import { type Features, featureNames } from './cell-features.ts'
import { lutsPerBit, sharing } from './fitted.ts'
import type { ProductSketch } from './sketch-product.ts'

/** LUTs of logic counted in bits. */
export function lutsOf(bits: Features): number {
  return featureNames.reduce((sum, name) => sum + bits[name] * lutsPerBit[name], 0)
}

/** LUTs of a product's additions once outputs share them. */
export function productLuts({
  rows,
  columns,
  digits,
  nonzero,
  plainBits,
  plainAdders,
}: ProductSketch): number {
  if (plainAdders === 0 || columns === 0) return 0
  const ratio = Math.exp(
    sharing.always +
      sharing.columns * Math.log(columns) +
      sharing.additions * Math.log(1 + plainAdders / columns) +
      sharing.rows * Math.log(rows) +
      sharing.digits * Math.log(digits / nonzero),
  )
  return plainBits * Math.min(1, ratio) * lutsPerBit.met
}

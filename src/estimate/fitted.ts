// Figures that were fitted, all in one place. `npx tsx bench/estimate.ts --fit` fits them anew; docs/results.md has the
// band of the estimates made with them.

import type { FeatureName } from './cell-features.ts'
import type { ErrorBand } from './design-estimate.ts'

/**
 * LUTs a bit of each kind of logic, from Yosys's counts of layers beside their netlists (least squares of relative
 * errors, none below zero).
 */
export const lutsPerBit: Readonly<Record<FeatureName, number>> = {
  met: 0.98,
  repeated: 1,
  constant: 0,
  choice: 0.41,
  select: 0.77,
  absorbed: 0,
  condition: 0,
  compare: 1.06,
  limit: 0.32,
  equal: 0,
  parity: 1,
  majority: 1,
  parityInside: 1,
  majorityInside: 0,
  table: 1,
}

/**
 * Bits of additions that sharing and search leave, over those of plain trees: exp of the sum of these, each times the
 * logarithm of what it is named after. From random matrices of all sizes and weights that the optimiser solved.
 */
export const sharing = {
  always: -0.135,
  columns: 0.0131,
  /** Plain additions a column, and one. */
  additions: -0.1041,
  rows: 0.0515,
  /** Signed digits a weight that is not zero. */
  digits: 0.0364,
  /** How often two inputs meet with the same two weights, and one: columns by different odd weights. */
  repeats: -0.0898,
} as const

/** Registers within shared trees over those within plain ones: the ratio of bits to this power. */
export const sharedRegisters = 0.4

/** Of estimates of our own hardware beside Yosys's counts, over all designs of bench/estimate.ts. */
export const verilogBand: ErrorBand = {
  lut: [0.05, 0.14],
  ff: [0.1, 0.35],
  designs: 33,
  against: 'designs that Yosys counted',
  exactTiming: 0.97,
}

/** Of estimates of HLS projects beside the vendor reports that the rules were read off. */
export const hlsBand: ErrorBand = {
  lut: [0.15, 0.4],
  ff: [0.25, 0.6],
  designs: 4,
  against: 'vendor reports',
  exactTiming: 0.5,
}

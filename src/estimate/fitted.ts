// Figures that were fitted, all in one place; docs/rationale/estimates.md says how, and docs/results.md what the estimates
// made with them are off.

import type { FeatureName } from './cell-features.ts'
import type { ErrorBand } from './design-estimate.ts'

/**
 * LUTs a bit of each kind of logic, from Yosys's counts of layers beside their netlists: least squares of relative errors,
 * none below zero, on every other design of bench/estimate-designs.ts.
 */
export const lutsPerBit: Readonly<Record<FeatureName, number>> = {
  met: 0.9,
  repeated: 1,
  constant: 0,
  mask: 0.9,
  row: 0.8,
  reset: 0.1,
  choice: 0.3,
  select: 0.7,
  absorbed: 0.3,
  condition: 0.5,
  compare: 1,
  limit: 0.34,
  equal: 0,
  parity: 0.2,
  majority: 0.05,
  parityInside: 0.2,
  majorityInside: 0,
  scaled: 2.2,
  table: 0.8,
}

/** LUTs a bit of the additions of constant products, the same way. */
export const productLutsPerBit = 0.96

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

/** The same of one input times several constants, over plain additions of all constants. */
export const sharingOfRows = { always: -0.1405, columns: -0.209, digits: 0.0222 } as const

/**
 * Additions of plain trees that are not the same as another column's, over all: the same way, from the same matrices.
 * Used where only some columns are built.
 */
export const different = {
  always: 0.2986,
  columns: -0.0893,
  rows: 0.2744,
  /** Signed digits a weight that is not zero. */
  digits: 0.0174,
  repeats: -0.267,
  /** Signed digits a column. */
  column: -0.2706,
} as const

/** Registers within shared trees over those within plain ones: the ratio of bits to this power. */
export const sharedRegisters = 0.4

/** Of estimates of our own hardware beside Yosys's counts, over all designs of bench/estimate.ts. */
export const verilogBand: ErrorBand = {
  lut: [0.04, 0.13],
  ff: [0.08, 0.24],
  designs: 60,
  against: 'designs that Yosys counted',
  exactTiming: 0.95,
}

/**
 * Of estimates of layers of HLS projects beside the vendor reports that the rules were read off: bench/estimate-hls.ts.
 * Timing is that of the three whole designs there; their intervals are exact, the latency of one is.
 */
export const hlsBand: ErrorBand = {
  lut: [0.12, 0.39],
  ff: [0.23, 0.83],
  designs: 16,
  against: 'layers of vendor reports',
  exactTiming: 0.33,
}

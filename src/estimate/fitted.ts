// Figures that were fitted, all in one place; docs/rationale/estimates.md says how, and docs/results.md what the estimates
// made with them are off.

import type { FeatureName } from './cell-features.ts'
import type { ErrorBand } from './design-estimate.ts'

/**
 * LUTs a bit of each kind of logic, from Yosys's counts of layers beside their netlists, of the networks in the fit set:
 * bench/fit-estimate.ts.
 */
export const lutsPerBit: Readonly<Record<FeatureName, number>> = {
  met: 0.93,
  repeated: 0,
  constant: 0,
  mask: 0.78,
  row: 0.56,
  reset: 0.34,
  choice: 0.06,
  select: 0.59,
  absorbed: 0.29,
  condition: 0,
  compare: 1.61,
  limit: 0.64,
  equal: 0,
  parity: 0.26,
  majority: 0,
  parityInside: 0,
  majorityInside: 0,
  scaled: 2.73,
  table: 0.67,
  product: 0.98,
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

/** Registers within shared trees over those within plain ones: the ratio of bits to this power. bench/fit-estimate.ts. */
export const sharedRegisters = 0.6

/**
 * Of estimates of our own hardware beside Yosys's counts, over the designs of bench/estimate.ts that nothing was fitted
 * on. Their timing is that of designs without sketched products: it comes from what will be built.
 */
export const verilogBand: ErrorBand = {
  lut: [0.04, 0.11],
  ff: [0.07, 0.35],
  designs: 25,
  against: 'designs that Yosys counted',
  exactTiming: 1,
}

/** Latencies of sketches that leave but one, over networks and clocks: bench/estimate-timing.ts. */
export const sketchedBand: ErrorBand = { ...verilogBand, exactTiming: 0.93 }

/** Of those that leave several, in the same place. */
export const rangeBand: ErrorBand = { ...verilogBand, exactTiming: 0.64, heldTiming: 0.85 }

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

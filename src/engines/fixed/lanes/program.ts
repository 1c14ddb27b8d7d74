// A graph lowered for batches: buffers of samples, and steps over them that are computed in vector lanes, or, where
// there is no such form, step by step as plans are.

import type { PlanBuffer, Step } from '../../../fixed/kernels.ts'
import type { Conversion } from '../../../fixed/types.ts'
import { fitsLane, type Value } from './value.ts'
import type { Cell } from './value-text.ts'

export type BufferIndex = number

/** Values of one tensor: raw · 2^−frac for min ≤ raw ≤ max, the same frac for all elements. */
export interface LaneBuffer {
  readonly size: number
  readonly frac: number
  readonly min: bigint
  readonly max: bigint
  /** How its values lie in memory; `plain` is held outside of it, as the plan's kernels have it. */
  readonly cell: Cell | 'plain'
  /** The types under which the graph knows it. */
  readonly declared: PlanBuffer
  /** The buffer whose values these are, under other types. */
  readonly alias?: BufferIndex
}

/** Elements computed by the same expressions. An entry lists element indices, results first, then sources. */
export interface MapClass {
  readonly into: BufferIndex
  readonly sources: readonly BufferIndex[]
  readonly results: readonly Value[]
  readonly entries: readonly (readonly number[])[]
  /** By entry, one for each parameter slot. */
  readonly parameters: readonly (readonly bigint[])[]
}

export interface MapStep {
  readonly kind: 'map'
  readonly classes: readonly MapClass[]
}

/** Outputs of a product that share their last expression; its source slot 0 is the sum. */
export interface ProductClass {
  readonly outputs: readonly number[]
  readonly result: Value
}

/** Sums of products with constant weights, over rows of the source. */
export interface ProductStep {
  readonly kind: 'product'
  readonly from: BufferIndex
  readonly into: BufferIndex
  readonly rows: number
  readonly inputs: number
  readonly outputs: number
  readonly form: ProductForm
  readonly classes: readonly ProductClass[]
}

export type ProductForm =
  /** Whole sums of pairs of 16-bit products in 32 bits; `cut` floors each (product + bias) · 2^−drop. */
  | {
      readonly kind: 'pairs'
      readonly weights: readonly number[]
      /** By output, what the sum starts with. */
      readonly start: readonly number[]
      readonly cut?: { readonly drop: number; readonly bias: number }
    }
  /** Whole sums modulo 2^32 or in 64 bits. */
  | {
      readonly kind: 'whole'
      readonly lane: 'i32' | 'i64'
      readonly weights: readonly number[]
      readonly start: readonly bigint[]
    }
  /** Sums by steps, in order: `next` of the sum so far (source 0), the input (source 1) and the weight (parameter 0). */
  | {
      readonly kind: 'steps'
      readonly next: Value
      readonly order: readonly (readonly number[])[]
      readonly weights: readonly bigint[]
      readonly start: readonly bigint[]
    }

/** A step of a plan run by itself, sample by sample. `buffers` are the plan's, by the program's indices in `ids`. */
export interface PlainStep {
  readonly kind: 'plain'
  readonly step: Step
  readonly buffers: readonly PlanBuffer[]
  readonly ids: readonly BufferIndex[]
  readonly reads: readonly number[]
}

export type LaneStep = MapStep | ProductStep | PlainStep

export interface ProgramInput {
  readonly buffer: BufferIndex
  readonly name: string
  /** One for all elements, or one per element. */
  readonly conversions: readonly Conversion[]
  /** By class of elements, what the number rounded to the type's least bit (source 0) becomes; undefined: not in lanes. */
  readonly classes: readonly ProductClass[] | undefined
}

export interface LaneProgram {
  readonly buffers: readonly LaneBuffer[]
  readonly inputs: readonly ProgramInput[]
  readonly steps: readonly LaneStep[]
  /** Where a node's result is. */
  readonly nodes: ReadonlyMap<string, BufferIndex>
}

/** The smallest cell that holds the range. */
export function cellOf(min: bigint, max: bigint): Cell | 'plain' {
  if (min >= -32768n && max <= 32767n) return 'i16'
  return fitsLane(min, max, 'i32') ? 'i32' : fitsLane(min, max, 'i64') ? 'i64' : 'plain'
}

// The dozen kernels that every operator's bits are made of. A plan is a list of steps over buffers for one sample; what
// a step computes is said exactly by kernel-meaning.ts, and engines run the same plans batched and fast.
// Nothing is rounded but where a step names a conversion.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Conversion, FixedType } from './types.ts'

/** Index of a buffer in `Plan.buffers`. */
export type BufferId = number

/** Raw values of a plan: one type for all elements, or one per element. */
export interface PlanBuffer {
  readonly size: number
  readonly types: readonly FixedType[]
}

/** One conversion for all elements, or one per element. */
export type Conversions = readonly Conversion[]

/** How the product of an input and a weight is formed, before it enters the accumulator. */
export type ProductRule =
  | { readonly kind: 'multiply' }
  /** By a weight ±2^e as a shift: x, x · 2^e and that with the sign, each brought into `to`. */
  | { readonly kind: 'shift'; readonly to: Conversion }
  /** 1 where two XNOR-coded bits are equal. */
  | { readonly kind: 'equal' }

/** How a table is addressed. */
export type TableIndex =
  /** clamp(trunc(raw · multiply / 2^shift) + offset, 0, n − 1), truncation toward zero. */
  | { readonly kind: 'scaled'; readonly multiply: bigint; readonly shift: number; readonly offset: bigint }
  /** The raw word's bits from `low` on, `count` of them, read as unsigned. */
  | { readonly kind: 'bits'; readonly low: number; readonly count: number }

export type Step =
  | {
      readonly kernel: 'convert'
      readonly from: BufferId
      readonly into: BufferId
      readonly conversions: Conversions
    }
  /** Per row r of `rows`: into[r, j] = result(… acc(acc(bias j) + acc(x[r, i]·w[i, j])) …), i in `order`. */
  | {
      readonly kernel: 'multiply-accumulate'
      readonly from: BufferId
      readonly into: BufferId
      readonly rows: number
      readonly inputs: number
      readonly outputs: number
      /** Row-major [inputs, outputs]. */
      readonly weights: readonly bigint[]
      readonly weightFrac: number
      readonly bias: readonly bigint[] | undefined
      readonly biasFrac: number
      readonly product: ProductRule
      /** Applied to the bias, each product and each sum; undefined: exact. */
      readonly accumulator: Conversion | undefined
      /** Order in which inputs are visited, by output; undefined: ascending. */
      readonly order: ((output: number) => readonly number[]) | undefined
      /** Result = accumulator · scale + offset before its conversion (XNOR layers count, then rescale). */
      readonly finish?: { readonly scale: bigint; readonly offset: bigint }
      readonly conversions: Conversions
    }
  /** into[k] = from[k]·scale[k] + bias[k]; arrays hold one value or one per element. */
  | {
      readonly kernel: 'affine'
      readonly from: BufferId
      readonly into: BufferId
      readonly scale: readonly bigint[]
      readonly scaleFrac: number
      readonly bias: readonly bigint[]
      readonly biasFrac: number
      /** Scales are ±2^e, applied as `ProductRule`'s shift in this type. */
      readonly shift?: Conversion
      readonly conversions: Conversions
    }
  | {
      readonly kernel: 'arithmetic'
      readonly op: 'add' | 'subtract' | 'multiply' | 'maximum' | 'minimum'
      readonly a: BufferId
      readonly b: BufferId
      readonly into: BufferId
      /** Which element of a and of b makes each result; undefined: the same index. */
      readonly aIndex?: readonly number[]
      readonly bIndex?: readonly number[]
      readonly conversions: Conversions
    }
  /** Limits to [min, max], given under the source's frac; an absent bound does not limit. */
  | {
      readonly kernel: 'clamp'
      readonly from: BufferId
      readonly into: BufferId
      readonly min?: bigint
      readonly max?: bigint
      readonly conversions: Conversions
    }
  | {
      readonly kernel: 'table'
      readonly from: BufferId
      readonly into: BufferId
      readonly index: TableIndex
      readonly values: readonly bigint[]
    }
  /** Reduces each group of element indices; `tree` splits at the largest power of two below the length. */
  | {
      readonly kernel: 'reduce'
      readonly op: 'add' | 'maximum'
      readonly from: BufferId
      readonly into: BufferId
      readonly groups: readonly (readonly number[])[]
      readonly tree: boolean
      /** Applied to every element taken in and every partial result. */
      readonly accumulator: Conversion | undefined
      readonly conversions: Conversions
    }
  /** into[k] = element index[k] of the sources laid end to end; −1 gives `fill`. All under one frac. */
  | {
      readonly kernel: 'gather'
      readonly from: readonly BufferId[]
      readonly into: BufferId
      readonly index: readonly number[]
      readonly fill: bigint
    }
  /** into[k] = values[number of thresholds of k that are ≤ from[k]]; thresholds ascend, under the source's frac. */
  | {
      readonly kernel: 'threshold'
      readonly from: BufferId
      readonly into: BufferId
      readonly thresholds: readonly (readonly bigint[])[]
      readonly values: readonly bigint[]
    }
  /** into[k] = test[k] > 0 ? whenPositive[k] : otherwise[k]. */
  | {
      readonly kernel: 'select'
      readonly test: BufferId
      readonly whenPositive: BufferId
      readonly otherwise: BufferId
      readonly into: BufferId
      readonly conversions: Conversions
    }
  /** Per group, `one` at the first maximum and 0 elsewhere. */
  | {
      readonly kernel: 'one-hot-maximum'
      readonly from: BufferId
      readonly into: BufferId
      readonly groups: readonly (readonly number[])[]
      readonly one: bigint
    }
  /** Raw integer division truncating toward zero. */
  | {
      readonly kernel: 'divide'
      readonly from: BufferId
      readonly into: BufferId
      readonly divisors: readonly bigint[]
      readonly conversions: Conversions
    }
  /** Runs `body` once per row of `from`; its input 0 is the row, states carry over. */
  | {
      readonly kernel: 'scan'
      readonly from: BufferId
      readonly into: BufferId
      readonly steps: number
      readonly reverse: boolean
      readonly body: Plan
      readonly states: readonly {
        readonly initial: readonly bigint[]
        readonly read: BufferId
        readonly write: BufferId
      }[]
      readonly emit: 'all' | 'last'
    }

/** Steps for one sample. `inputs` and `output` name buffers. */
export interface Plan {
  readonly buffers: readonly PlanBuffer[]
  readonly inputs: readonly BufferId[]
  readonly output: BufferId
  readonly steps: readonly Step[]
}

export type StepOf<K extends Step['kernel']> = Extract<Step, { kernel: K }>

/** Addresses a table by trunc(value · multiply / 2^shift) + offset, for raw values of `frac` fraction bits. */
export function scaledIndex(frac: number, multiply: bigint, shift = 0, offset = 0n): TableIndex {
  return {
    kind: 'scaled',
    multiply: multiply << BigInt(Math.max(0, -frac)),
    shift: shift + Math.max(0, frac),
    offset,
  }
}

/** The fraction bits of one element of a buffer. */
export function fracAt(buffer: PlanBuffer, index: number): number {
  return (buffer.types[index] ?? buffer.types[0] ?? bug('a buffer without a type')).frac
}

/** The element of a list that holds one value for all or one per element. */
export function perElement<T>(list: readonly T[], index: number): T {
  return (list.length === 1 ? list[0] : list[index]) ?? bug('a list per element is too short')
}

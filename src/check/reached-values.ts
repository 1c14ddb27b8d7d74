// What reaches a place where bits can be lost: a conversion's source values before it cuts them, how many of them its
// type cannot hold, and where a table is read.

import type { Conversion, FixedType } from '../fixed/types.ts'

/** One conversion of a layer, over all elements and rows. */
export interface ReachedConversion {
  /** Role of the layer whose type it is, e.g. `result`, `accum`. */
  readonly role: string
  /** The conversion; of elements with types of their own, each. */
  readonly conversions: readonly Conversion[]
  /** Least and largest value that came, rounded as the conversion rounds, overflow aside. */
  readonly min: number
  readonly max: number
  /** Values that came. */
  readonly of: number
  /** Those that came out wrong by wrapping. */
  readonly wrapped: number
  /** Those that the type's end was taken for. */
  readonly saturated: number
}

/** One table of a layer, over all elements and rows. */
export interface ReachedTable {
  /** Role of the layer whose type the entries have, e.g. `exp_table`. */
  readonly role: string
  readonly entries: number
  /** Values that address the first entry and the last, and what lies between neighbours, in units of the input. */
  readonly from: number
  readonly to: number
  readonly step: number
  /** Least and largest value that came. */
  readonly min: number
  readonly max: number
  readonly of: number
  /** Values outside the table, which took an end where the function still changes. */
  readonly outside: number
  /** Different entries that were read. */
  readonly used: number
  /** Largest difference between neighbouring entries in the part that was read, as a share of its largest entry. */
  readonly jump: number
}

/** Names the role whose type it is: of what makes the layer's result, of a table's entries, or of something between. */
export type RoleOf = (type: FixedType, use: 'result' | 'table' | 'inner') => string

/** Gathers what comes to a conversion. */
export class ConversionTally {
  private low = Number.POSITIVE_INFINITY
  private high = Number.NEGATIVE_INFINITY
  private count = 0
  private wraps = 0
  private saturations = 0
  readonly role: string
  readonly conversions: readonly Conversion[]

  constructor(role: string, conversions: readonly Conversion[]) {
    this.role = role
    this.conversions = conversions
  }

  /** A value as it would be without overflow, and as it is; both raw, of the conversion's frac. */
  add(ideal: bigint, actual: bigint, { to, overflow }: Conversion): void {
    const value = Number(ideal) * 2 ** -to.frac
    if (value < this.low) this.low = value
    if (value > this.high) this.high = value
    this.count++
    if (ideal === actual) return
    if (overflow === 'WRAP' || overflow === 'WRAP_SM') this.wraps++
    else this.saturations++
  }

  result(): ReachedConversion {
    const { role, conversions } = this
    const none = this.count === 0
    return {
      role,
      conversions,
      min: none ? 0 : this.low,
      max: none ? 0 : this.high,
      of: this.count,
      wrapped: this.wraps,
      saturated: this.saturations,
    }
  }
}

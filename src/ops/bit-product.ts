// Sums over single bits: each term is one of two constants. In whatever way the accumulator cuts those constants, the
// term stays a line through two points, so that the whole sum is a constant product of the bits.

import { trailingZeros } from '../fixed/bit-length.ts'
import { convertRaw } from '../fixed/convert.ts'
import { type Conversion, wrapsPlainly } from '../fixed/types.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { lowerConversion } from '../netlist/convert.ts'
import { intervalWidth, type Net } from '../netlist/netlist.ts'
import { type ConstantProduct, lowerAccumulation, lowerConstantProduct } from './constant-product.ts'
import type { RawValues } from './definition.ts'

export interface BitProduct {
  /** What a bit of 0 and a bit of 1 add: raw · 2^-frac. */
  readonly term: (row: number, column: number) => readonly [zero: bigint, one: bigint]
  readonly frac: number
  readonly bias: RawValues | undefined
  readonly columns: number
  /** Applied to the bias, every term and every sum; undefined: all exact. */
  readonly accumulator: Conversion | undefined
}

/** The sums as cells; saturating accumulators take the bits in `order` (ascending by default). */
export function lowerBitProduct(
  builder: NetlistBuilder,
  product: BitProduct,
  bits: readonly Net[],
  order?: readonly number[],
): readonly Net[] {
  const held = heldTerms(product, bits.length)
  const { accumulator } = product
  if (accumulator === undefined || wrapsPlainly(accumulator) || neverSaturates(held, accumulator)) {
    // Constants come last, where a comparison behind them can take them into its own.
    return lowerConstantProduct(builder, stepsOf(held), bits).map((sum, column) => {
      const whole = builder.add(sum, odd(builder, startOf(held, column), held.frac))
      return accumulator === undefined ? whole : lowerConversion(builder, whole, accumulator)
    })
  }
  return Array.from({ length: product.columns }, (_, column) => {
    const terms = (order ?? bits.map((_, row) => row)).map(row => {
      const [zero, one] = held.terms[row]![column]!
      return builder.mux(bits[row]!, builder.constant(one, held.frac), builder.constant(zero, held.frac))
    })
    const bias = held.bias[column]!
    if (product.bias !== undefined) terms.unshift(builder.constant(bias, held.frac))
    return lowerAccumulation(builder, terms, accumulator)
  })
}

/** Terms and biases as the accumulator holds them. */
interface HeldTerms {
  readonly frac: number
  readonly terms: readonly (readonly (readonly [bigint, bigint])[])[]
  readonly bias: readonly bigint[]
}

function heldTerms(product: BitProduct, rows: number): HeldTerms {
  const { term, bias, columns, accumulator } = product
  const frac = accumulator?.to.frac ?? Math.max(product.frac, bias?.type.frac ?? product.frac)
  const held = (raw: bigint, own: number) =>
    accumulator === undefined ? raw << BigInt(frac - own) : convertRaw(raw, own, accumulator)
  return {
    frac,
    terms: Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => {
        const [zero, one] = term(row, column)
        return [held(zero, product.frac), held(one, product.frac)] as const
      }),
    ),
    bias: Array.from({ length: columns }, (_, column) =>
      bias === undefined ? 0n : held(bias.raw[column]!, bias.type.frac),
    ),
  }
}

function neverSaturates({ terms, bias }: HeldTerms, { to }: Conversion): boolean {
  // One raw value less than the type has: the symmetric overflows move its lowest.
  const most = (1n << BigInt(to.signed ? to.width - 1 : to.width)) - 1n
  const least = to.signed ? -most : 0n
  return bias.every((start, column) => {
    let [low, high] = [start < 0n ? start : 0n, start > 0n ? start : 0n]
    for (const row of terms) {
      const [zero, one] = row[column]!
      for (const raw of zero < one ? [zero, one] : [one, zero]) {
        if (raw < 0n) low += raw
        else high += raw
      }
    }
    return low >= least && high <= most
  })
}

/** A constant under the coarsest frac that holds it: sums keep no bits that are always zero. */
function odd(builder: NetlistBuilder, raw: bigint, frac: number): Net {
  const zeros = raw === 0n ? 0 : trailingZeros(raw < 0n ? -raw : raw)
  return builder.constant(raw >> BigInt(zeros), frac - zeros)
}

/** What is added when no bit is set. */
function startOf({ terms, bias }: HeldTerms, column: number): bigint {
  return terms.reduce((sum, row) => sum + row[column]![0], bias[column]!)
}

/** b · (one − zero): for two XNOR codings a count of bits, whose partial counts the outputs share. */
function stepsOf({ frac, terms, bias }: HeldTerms): ConstantProduct {
  const raw = terms.flatMap(row => row.map(([zero, one]) => one - zero))
  const width = raw.reduce((widest, value) => Math.max(widest, intervalWidth(value, value)), 0)
  return {
    weight: { shape: [terms.length, bias.length], type: { signed: true, width, frac }, raw },
    bias: undefined,
    columns: bias.length,
    accumulator: undefined,
  }
}

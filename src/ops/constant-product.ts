// y = W x + b with constant W, as a part of an operator: its exact range, its plan's order, its shift-adds.

import { trailingZeros } from '../fixed/bit-length.ts'
import { constant, type Interval, multiply } from '../fixed/interval.ts'
import { type Conversion, conversion, type FixedType, maxRaw, minRaw, wrapsPlainly } from '../fixed/types.ts'
import type { SearchNote } from '../netlist/adder-graph.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { lowerConversion } from '../netlist/convert.ts'
import { intervalWidth, type Net } from '../netlist/netlist.ts'
import { partialSums, sumTree, treeOf } from '../netlist/partial-sums.ts'
import type { ProductOptions } from '../netlist/product-solver.ts'
import { lowerCutProduct } from './cut-product.ts'
import type { RawValues } from './definition.ts'
import type { Strategy } from './strategy.ts'

export interface ConstantProduct {
  /** Row-major, one row per input. */
  readonly weight: RawValues
  readonly bias: RawValues | undefined
  readonly columns: number
  /** Applied to the bias, every product and every sum; undefined: all exact. */
  readonly accumulator: Conversion | undefined
}

/**
 * The sums as cells. Where the accumulator loses nothing but, wrapping, its top bits, one exact sum is wrapped once,
 * since wrapping knows no order. Where it cuts fraction bits, every product is cut by itself. Where it saturates, each
 * sum is a chain in the order of `order` (ascending by default), as deep as it has inputs.
 */
export function lowerConstantProduct(
  builder: NetlistBuilder,
  product: ConstantProduct,
  x: readonly Net[],
  order?: readonly number[],
): readonly Net[] {
  const { weight, columns } = product
  return builder.constantColumns(
    { rows: x.length, columns, values: weight.raw, frac: weight.type.frac },
    x,
    productOptions(builder, product, x),
    chosen =>
      lowerColumns(builder, chosen.length === columns ? product : pickColumns(product, chosen), x, order),
  )
}

/** The product's matrix with some of its columns alone. */
function pickColumns(product: ConstantProduct, chosen: readonly number[]): ConstantProduct {
  const { weight, bias, columns } = product
  const rows = Array.from({ length: weight.raw.length / columns }, (_, row) => row * columns)
  const raw = rows.flatMap(first => chosen.map(column => weight.raw[first + column]!))
  return {
    ...product,
    weight: { ...weight, shape: [rows.length, chosen.length], raw },
    bias: bias && { ...bias, shape: [chosen.length], raw: chosen.map(column => bias.raw[column]!) },
    columns: chosen.length,
  }
}

function lowerColumns(
  builder: NetlistBuilder,
  product: ConstantProduct,
  x: readonly Net[],
  order: readonly number[] | undefined,
): readonly Net[] {
  const { accumulator } = product
  if (accumulator === undefined) return exactSums(builder, product, x)
  const wraps = wrapsPlainly(accumulator)
  if (
    keepsFractions(builder, product, accumulator, x) &&
    (wraps || neverOverflows(builder, product, accumulator, x))
  )
    return exactSums(builder, product, x).map(sum => lowerConversion(builder, sum, accumulator))
  if (wraps && accumulator.rounding === 'TRN') return lowerCutProduct(builder, { ...product, accumulator }, x)
  return convertedTerms(builder, product, accumulator, x, order ?? x.map((_, k) => k)).map(terms =>
    lowerAccumulation(builder, terms, accumulator),
  )
}

/** The sum of terms that the accumulator's type holds already: a tree where their order cannot be told, else a chain. */
export function lowerAccumulation(
  builder: NetlistBuilder,
  terms: readonly Net[],
  accumulator: Conversion,
): Net {
  const into = (net: Net) => lowerConversion(builder, net, accumulator)
  if (terms.length === 0) return builder.constant(0n, 0)
  if (wrapsPlainly(accumulator)) return treeOf(terms, (a, b) => into(builder.add(a, b)))
  if (
    alwaysHeld(
      terms.map(net => builder.interval(net)),
      accumulator,
    )
  )
    return sumTree(builder, terms)
  return terms.reduce((sum, term) => into(builder.add(sum, term)))
}

/** Whether every partial sum, whatever the order, stays inside the accumulator's range. */
function alwaysHeld(terms: readonly Interval[], { to }: Conversion): boolean {
  const { min, max, frac } = partialSums(terms)
  const up = BigInt(to.frac - frac)
  // The symmetric overflows move the lowest raw value too.
  return min << up > minRaw(to) && max << up <= maxRaw(to)
}

function neverOverflows(
  builder: NetlistBuilder,
  { weight, bias, columns }: ConstantProduct,
  accumulator: Conversion,
  x: readonly Net[],
): boolean {
  return Array.from({ length: columns }).every((_, column) => {
    const terms = x.map((net, row) =>
      multiply(builder.interval(net), constant(weight.raw[row * columns + column]!, weight.type.frac)),
    )
    if (bias !== undefined) {
      const raw = bias.raw[column]!
      terms.push({ min: raw, max: raw, frac: bias.type.frac })
    }
    return alwaysHeld(terms, accumulator)
  })
}

function exactSums(builder: NetlistBuilder, product: ConstantProduct, x: readonly Net[]): readonly Net[] {
  const { weight, columns } = product
  const { nets, search } = builder.constantProduct(
    { rows: x.length, columns, values: weight.raw, frac: weight.type.frac },
    x,
    productOptions(builder, product, x),
  )
  tellBlocks(builder, search, x.length, columns)
  return nets
}

function productOptions(
  builder: NetlistBuilder,
  { bias }: ConstantProduct,
  x: readonly Net[],
): ProductOptions {
  return {
    arrival: arrivals(x.map(net => builder.depth(net))),
    ...(bias === undefined ? {} : { biases: bias.raw.map(raw => ({ raw, frac: bias.type.frac })) }),
  }
}

/** Σ 2^depth must stay exact in a double, with room for the depth of the sum itself. */
const deepestArrival = 38

/** Depths from the latest that many back: what comes before that is as good as there. */
function arrivals(depths: readonly number[]): readonly number[] {
  const base = depths.reduce((most, depth) => Math.max(most, depth), 0) - deepestArrival
  return base <= 0 ? depths : depths.map(depth => Math.max(0, depth - base))
}

/** Says when a matrix was too large to share all of it. */
function tellBlocks(
  builder: NetlistBuilder,
  search: SearchNote | undefined,
  rows: number,
  columns: number,
): void {
  if (search === undefined || search.blocks < 2) return
  builder.tell({
    code: 'rtl/product-in-blocks',
    problem: `its ${rows} × ${columns} products are too many to search at once for sums that outputs can share: the inputs are taken in ${search.blocks} blocks, and nothing is shared between blocks`,
    remedy:
      'Give the layer a ReuseFactor above 1, which builds few multipliers instead, prune it, or take it as it is.',
  })
}

/** Whether no product and no bias has bits below the accumulator's lowest. */
function keepsFractions(
  builder: NetlistBuilder,
  { weight, bias }: ConstantProduct,
  accumulator: Conversion,
  x: readonly Net[],
): boolean {
  const inputFrac = Math.max(...x.map(net => builder.interval(net).frac))
  const products = inputFrac + fractionBits(weight)
  return accumulator.to.frac >= Math.max(products, bias === undefined ? products : fractionBits(bias))
}

/** Fraction bits that the values have need of: fewer than their type's where all are multiples. */
function fractionBits({ raw, type }: RawValues): number {
  const any = raw.reduce((bits, value) => bits | value, 0n)
  return any === 0n ? Number.NEGATIVE_INFINITY : type.frac - trailingZeros(any < 0n ? -any : any)
}

/** Per column the bias, if any, and every product, each already under the accumulator's type. */
function convertedTerms(
  builder: NetlistBuilder,
  { weight, bias, columns }: ConstantProduct,
  accumulator: Conversion,
  x: readonly Net[],
  order: readonly number[],
): Net[][] {
  const into = (net: Net) => lowerConversion(builder, net, accumulator)
  const sums = Array.from({ length: columns }, (_, column) =>
    bias === undefined ? [] : [into(builder.constant(bias.raw[column]!, bias.type.frac))],
  )
  for (const row of order) {
    const values = weight.raw.slice(row * columns, (row + 1) * columns)
    const matrix = { rows: 1, columns, values, frac: weight.type.frac }
    const products = builder.constantProduct(matrix, [x[row]!]).nets
    for (const [column, net] of products.entries()) sums[column]!.push(into(net))
  }
  return sums
}

/** The narrowest type of every sum that inputs of these ranges (one, or one per row, repeating) can give. */
export function exactSumType(
  x: readonly Interval[],
  weight: RawValues,
  bias: RawValues | undefined,
  columns: number,
): FixedType {
  const productFrac = Math.max(...x.map(range => range.frac)) + weight.type.frac
  const frac = Math.max(productFrac, bias?.type.frac ?? productFrac)
  let min = 0n
  let max = 0n
  for (let column = 0; column < columns; column++) {
    let least = bias === undefined ? 0n : bias.raw[column]! << BigInt(frac - bias.type.frac)
    let most = least
    for (let k = column; k < weight.raw.length; k += columns) {
      const range = x[Math.floor(k / columns) % x.length]!
      const w = weight.raw[k]! << BigInt(frac - weight.type.frac - range.frac)
      least += w * (w >= 0n ? range.min : range.max)
      most += w * (w >= 0n ? range.max : range.min)
    }
    if (least < min) min = least
    if (most > max) max = most
  }
  return { signed: min < 0n, width: intervalWidth(min, max), frac }
}

/** An accumulator that holds bias and every partial sum, whatever their order. */
export function exactAccumulator(x: FixedType, product: ConstantProduct, terms: number): Conversion {
  const { weight, bias } = product
  const frac = Math.max(x.frac + weight.type.frac, bias?.type.frac ?? Number.NEGATIVE_INFINITY)
  const integer = Math.max(
    x.width - x.frac + weight.type.width - weight.type.frac,
    bias === undefined ? 0 : bias.type.width - bias.type.frac,
  )
  const growth = Math.ceil(Math.log2(terms + 1))
  return conversion({ signed: true, width: Math.max(1, integer + growth + 1 + frac), frac })
}

/** Resource and Unrolled with reuse RF < n visit inputs r, r + RF, … for each r < RF; undefined: ascending. */
export function visitOrder(
  strategy: Strategy,
  inputs: number,
  reuse: number,
): (() => readonly number[]) | undefined {
  const inTurns = strategy === 'resource' || strategy === 'unrolled'
  if (!inTurns || reuse <= 1 || reuse >= inputs) return undefined
  const order: number[] = []
  for (let r = 0; r < reuse; r++) for (let i = r; i < inputs; i += reuse) order.push(i)
  return () => order
}

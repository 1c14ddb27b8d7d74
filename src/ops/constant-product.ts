// y = W x + b with constant W, as a part of an operator: its exact range, its plan's order, its shift-adds.

import { type Conversion, conversion, type FixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { lowerAdderGraph } from '../netlist/adder-graph.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { adderGraphOf } from '../netlist/constant-matrix.ts'
import { lowerConversion } from '../netlist/convert.ts'
import { intervalWidth, type Net } from '../netlist/netlist.ts'
import { type RawValues, type Refusal, refuse } from './definition.ts'
import { digitCount } from './digit-count.ts'

export interface ConstantProduct {
  /** Row-major, one row per input. */
  readonly weight: RawValues
  readonly bias: RawValues | undefined
  readonly columns: number
  /** Applied to the bias, every product and every sum; undefined: all exact. */
  readonly accumulator: Conversion | undefined
}

/** Why the sums cannot be shift-adds; undefined where the accumulator loses nothing but, wrapping, its top bits. */
export function whyNotShiftAdds(x: readonly FixedType[], product: ConstantProduct): Refusal | undefined {
  const { accumulator, weight, bias } = product
  if (accumulator === undefined) return undefined
  const frac = Math.max(...x.map(type => type.frac)) + weight.type.frac
  const needed = Math.max(frac, bias?.type.frac ?? frac)
  if (accumulator.to.frac < needed) {
    return refuse(
      'rtl/narrow-accumulator',
      `its accumulator keeps ${accumulator.to.frac} fraction bits and the products have ${needed}, so every product is rounded by itself; ` +
        'this has no Verilog form yet. Give the accumulator at least that many fraction bits, or `auto`',
    )
  }
  if (accumulator.overflow === 'WRAP' && accumulator.saturationBits === 0) return undefined
  return refuse(
    'rtl/saturating-accumulator',
    `its accumulator overflows by ${accumulator.overflow}, step by step; this has no Verilog form yet`,
  )
}

/** The sums as cells, wrapped into the accumulator's type: one exact sum, since wrapping knows no order. */
export function lowerConstantProduct(
  builder: NetlistBuilder,
  { weight, bias, columns, accumulator }: ConstantProduct,
  x: readonly Net[],
): readonly Net[] {
  const graph = adderGraphOf(
    { rows: x.length, columns, values: weight.raw, frac: weight.type.frac },
    x.map(net => builder.interval(net)),
    bias === undefined ? {} : { biases: bias.raw.map(raw => ({ raw, frac: bias.type.frac })) },
  )
  const sums = lowerAdderGraph(builder, graph, x)
  return accumulator === undefined ? sums : sums.map(sum => lowerConversion(builder, sum, accumulator))
}

/** The narrowest type of every sum that inputs of these types (one, or one per row, repeating) can give. */
export function exactSumType(
  x: readonly FixedType[],
  weight: RawValues,
  bias: RawValues | undefined,
  columns: number,
): FixedType {
  const productFrac = Math.max(...x.map(type => type.frac)) + weight.type.frac
  const frac = Math.max(productFrac, bias?.type.frac ?? productFrac)
  let min = 0n
  let max = 0n
  for (let column = 0; column < columns; column++) {
    let least = bias === undefined ? 0n : bias.raw[column]! << BigInt(frac - bias.type.frac)
    let most = least
    for (let k = column; k < weight.raw.length; k += columns) {
      const type = x[Math.floor(k / columns) % x.length]!
      const w = weight.raw[k]! << BigInt(frac - weight.type.frac - type.frac)
      least += w * (w >= 0n ? minRaw(type) : maxRaw(type))
      most += w * (w >= 0n ? maxRaw(type) : minRaw(type))
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

/** Resource with reuse RF < n visits inputs r, r + RF, … for each r < RF; undefined: ascending. */
export function resourceOrder(inputs: number, reuse: number): (() => readonly number[]) | undefined {
  if (reuse <= 1 || reuse >= inputs) return undefined
  const order: number[] = []
  for (let r = 0; r < reuse; r++) for (let i = r; i < inputs; i += reuse) order.push(i)
  return () => order
}

/** Sharing saves about 40 % of the adders of plain digit-recoded trees. */
const sharing = 0.6

/** LUTs of the shift-adds: an adder a digit, each as wide as the input and half the growth of its sum. */
export function shiftAddLuts({ weight, columns }: ConstantProduct, inputWidth: number): number {
  const digits = weight.raw.reduce((sum, raw) => sum + digitCount(raw), 0)
  const width = inputWidth + Math.ceil(Math.log2(1 + digits / columns)) / 2
  return Math.round(Math.max(0, digits - columns) * width * sharing)
}

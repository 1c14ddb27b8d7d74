// A dense layer unrolled: constant products, all of them every cycle. Where the accumulator loses nothing but, wrapping,
// its top bits, they are one exact sum; else it is honoured product by product. Unrolled, with whatever reuse factor,
// is the same circuit: the factor only says in which order a saturating accumulator adds.

import type { Conversion } from '../../fixed/types.ts'
import { conversionAt, sizeOf } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net } from '../../netlist/netlist.ts'
import { sumTree } from '../../netlist/partial-sums.ts'
import { lowerBitProduct } from '../bit-product.ts'
import { lowerAccumulation, lowerConstantProduct, visitOrder } from '../constant-product.ts'
import type { Refusal, RtlForm, TypedOp } from '../definition.ts'
import { isFolded } from '../fold-schedule.ts'
import { lowerShift } from '../shift-product.ts'
import { strategyOf } from '../strategy.ts'
import type { DenseAttrs } from './attrs.ts'
import { foldedDense } from './folded.ts'
import {
  accumulatorOf,
  countsMatches,
  productConversion,
  signOf,
  sumOfMatches,
  weightOf,
} from './products.ts'

export function denseRtl(op: TypedOp<DenseAttrs>): RtlForm | Refusal {
  if (isFolded(strategyOf(op.choices.Strategy), Number(op.choices.ReuseFactor ?? 1))) return foldedDense(op)
  return {
    form: 'datapath',
    lower: (builder, inputs) => {
      const length = op.inputs[0]!.shape.at(-1)!
      const rows = sizeOf(op.output.shape) / op.attrs.units
      return Array.from({ length: rows }, (_, row) =>
        lowerRow(op, builder, inputs[0]!.slice(row * length, (row + 1) * length), row),
      ).flat()
    },
  }
}

function lowerRow(
  op: TypedOp<DenseAttrs>,
  builder: NetlistBuilder,
  x: readonly Net[],
  row: number,
): readonly Net[] {
  return lowerSums(op, builder, x).map((sum, unit) =>
    lowerConversion(builder, sum, conversionAt(op.result, op.output.shape, row * op.attrs.units + unit)),
  )
}

/** What the accumulators hold in the end. */
function lowerSums(op: TypedOp<DenseAttrs>, builder: NetlistBuilder, x: readonly Net[]): readonly Net[] {
  const accumulator = accumulatorOf(op)
  const order = visitOrder(strategyOf(op.choices.Strategy), x.length, Number(op.choices.ReuseFactor ?? 1))?.()
  const weight = weightOf(op)
  const bias = op.weight('bias')
  const columns = op.attrs.units
  const at = (row: number, column: number) => weight.raw[row * columns + column]!
  const rounded = productConversion(op)
  const signs = op.attrs.inputCoding === 'xnor'
  if (countsMatches(op)) {
    const term = (row: number, column: number) =>
      at(row, column) > 0n ? ([0n, 1n] as const) : ([1n, 0n] as const)
    const counts = lowerBitProduct(builder, { term, frac: 0, bias, columns, accumulator }, x, order)
    return counts.map(count => sumOfMatches(builder, count, x.length))
  }
  if (signs && rounded === undefined) {
    const term = (row: number, column: number) => [-at(row, column), at(row, column)] as const
    return lowerBitProduct(builder, { term, frac: weight.type.frac, bias, columns, accumulator }, x, order)
  }
  if (rounded === undefined)
    return lowerConstantProduct(builder, { weight, bias, columns, accumulator }, x, order)
  const values = signs ? x.map(bit => signOf(builder, bit)) : x
  return shiftedProducts(op, builder, values, rounded, order ?? x.map((_, k) => k))
}

/** Products that lose bits one by one (exponent weights) are made and cut separately, then summed. */
function shiftedProducts(
  op: TypedOp<DenseAttrs>,
  builder: NetlistBuilder,
  x: readonly Net[],
  to: Conversion,
  order: readonly number[],
): readonly Net[] {
  const { units } = op.attrs
  const weight = weightOf(op)
  const bias = op.weight('bias')
  const accumulator = accumulatorOf(op)
  const into = (net: Net) => (accumulator === undefined ? net : lowerConversion(builder, net, accumulator))
  return Array.from({ length: units }, (_, unit) => {
    const start = bias === undefined ? [] : [into(builder.constant(bias.raw[unit]!, bias.type.frac))]
    const products = order.map(i =>
      into(lowerShift(builder, x[i]!, weight.raw[i * units + unit]!, weight.type.frac, to)),
    )
    const terms = [...start, ...products]
    return accumulator === undefined
      ? sumTree(builder, terms)
      : lowerAccumulation(builder, terms, accumulator)
  })
}

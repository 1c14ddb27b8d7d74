// A dense layer as shift-adds. The accumulator must lose nothing but, wrapping, its top bits: then the order of the
// additions does not matter and the exact sum, wrapped once, is the accumulator's value.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Conversion } from '../../fixed/types.ts'
import { conversionAt, sizeOf, typeAt } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net } from '../../netlist/netlist.ts'
import { lowerConstantProduct, sumTree } from '../constant-product.ts'
import { type Refusal, type RtlForm, refuse, type TypedOp } from '../definition.ts'
import { lowerShift, shiftProduct } from '../shift-product.ts'
import { strategyOf } from '../strategy.ts'
import type { DenseAttrs } from './attrs.ts'

export function denseRtl(op: TypedOp<DenseAttrs>): RtlForm | Refusal {
  const refusal = whyNot(op)
  if (refusal !== undefined) return refusal
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

function whyNot(op: TypedOp<DenseAttrs>): Refusal | undefined {
  const strategy = strategyOf(op.choices.Strategy)
  const reuse = Number(op.choices.ReuseFactor ?? 1)
  if (strategy === 'distributed-arithmetic') return undefined
  if (strategy !== 'latency') {
    return refuse(
      'rtl/strategy',
      `strategy ${String(op.choices.Strategy)} has no Verilog form yet; Latency and Distributed_Arithmetic have`,
    )
  }
  if (reuse !== 1)
    return refuse('rtl/reuse-factor', `a reuse factor of ${reuse} has no Verilog form yet; 1 has`)
  const accumulator = op.conversion('accum')
  const needed = fracNeeded(op)
  if (accumulator.to.frac < needed) {
    return refuse(
      'rtl/narrow-accumulator',
      `its accumulator keeps ${accumulator.to.frac} fraction bits and the products have ${needed}, so every product is rounded by itself; ` +
        'this has no Verilog form yet. Give the accumulator at least that many fraction bits, or `auto`',
    )
  }
  if (accumulator.overflow !== 'WRAP' || accumulator.saturationBits > 0) {
    return refuse(
      'rtl/saturating-accumulator',
      `its accumulator overflows by ${accumulator.overflow}, step by step; this has no Verilog form yet`,
    )
  }
  return undefined
}

/** Fraction bits below which the accumulator would lose some. */
function fracNeeded(op: TypedOp<DenseAttrs>): number {
  const weight = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const input = op.attrs.inputCoding === 'xnor' ? 0 : typeAt(op.inputs[0]!, 0).frac
  const product = productConversion(op)?.to.frac ?? input + weight.type.frac
  return Math.max(product, op.weight('bias')?.type.frac ?? product)
}

function productConversion(op: TypedOp<DenseAttrs>): Conversion | undefined {
  if (op.attrs.weightCoding !== 'exponent') return undefined
  return shiftProduct(typeAt(op.inputs[0]!, 0), op.conversion('weight').to, op.weight('weight')!)
}

function lowerRow(
  op: TypedOp<DenseAttrs>,
  builder: NetlistBuilder,
  x: readonly Net[],
  row: number,
): readonly Net[] {
  const rounded = productConversion(op)
  const signs =
    op.attrs.inputCoding === 'xnor'
      ? x.map(bit => builder.sub(builder.scale(bit, 1), builder.constant(1n, 0)))
      : x
  const sums =
    rounded === undefined ? shiftAdds(op, builder, signs) : shiftedProducts(op, builder, signs, rounded)
  const exact = strategyOf(op.choices.Strategy) === 'distributed-arithmetic'
  return sums.map((sum, unit) => {
    const accumulated = exact ? sum : lowerConversion(builder, sum, op.conversion('accum'))
    const finished = countsMatches(op) ? twiceTheBias(op, builder, accumulated, unit) : accumulated
    return lowerConversion(
      builder,
      finished,
      conversionAt(op.result, op.output.shape, row * op.attrs.units + unit),
    )
  })
}

/** hls4ml's layer of two XNOR codings doubles its count of matches, and its bias with it. */
function countsMatches(op: TypedOp<DenseAttrs>): boolean {
  return (
    op.attrs.inputCoding === 'xnor' && op.attrs.weightCoding === 'xnor' && op.weight('bias') !== undefined
  )
}

function twiceTheBias(op: TypedOp<DenseAttrs>, builder: NetlistBuilder, sum: Net, unit: number): Net {
  const bias = op.weight('bias')!
  return builder.add(sum, builder.constant(bias.raw[unit]!, bias.type.frac))
}

function shiftAdds(op: TypedOp<DenseAttrs>, builder: NetlistBuilder, x: readonly Net[]): readonly Net[] {
  const product = {
    weight: op.weight('weight')!,
    bias: op.weight('bias'),
    columns: op.attrs.units,
    accumulator: undefined,
  }
  return lowerConstantProduct(builder, product, x)
}

/** Products that lose bits one by one (exponent weights) are made and cut separately, then summed. */
function shiftedProducts(
  op: TypedOp<DenseAttrs>,
  builder: NetlistBuilder,
  x: readonly Net[],
  to: Conversion,
): readonly Net[] {
  const weight = op.weight('weight')!
  const bias = op.weight('bias')
  return Array.from({ length: op.attrs.units }, (_, unit) => {
    const terms = x.map((net, i) =>
      lowerShift(builder, net, weight.raw[i * op.attrs.units + unit]!, weight.type.frac, to),
    )
    if (bias !== undefined) terms.push(builder.constant(bias.raw[unit]!, bias.type.frac))
    return sumTree(builder, terms)
  })
}

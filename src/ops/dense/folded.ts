// A dense layer on a folded array: Resource, and Latency with a reuse factor.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Conversion, FixedType } from '../../fixed/types.ts'
import { includesType } from '../../fixed/types.ts'
import { conversionAt, elementTypes, sizeOf, typeAt } from '../../ir/tensor-type.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import { intervalWidth } from '../../netlist/netlist.ts'
import type { FoldedStage } from '../../rtl/folded-stage.ts'
import { buildMacArray } from '../../rtl/mac-array.ts'
import type { MacArrayOptions } from '../../rtl/mac-options.ts'
import { exactRange } from '../../rtl/mac-sums.ts'
import { visitOrder } from '../constant-product.ts'
import { type FoldedOptions, type Refusal, type RtlForm, refuse, type TypedOp } from '../definition.ts'
import { additionOrder, foldSchedule } from '../fold-schedule.ts'
import { shiftProduct } from '../shift-product.ts'
import { strategyOf } from '../strategy.ts'
import type { DenseAttrs } from './attrs.ts'

export function foldedDense(op: TypedOp<DenseAttrs>): RtlForm | Refusal {
  if (sizeOf(op.output.shape) !== op.attrs.units)
    return refuse('rtl/folded-rows', 'several rows share its weights, and a folded array takes one')
  return { form: 'folded', build: options => buildFolded(op, options) }
}

function buildFolded(op: TypedOp<DenseAttrs>, options: FoldedOptions): FoldedStage {
  const { units, inputCoding } = op.attrs
  const weight = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const bias = op.weight('bias')
  const product = {
    inputs: options.inputs,
    weight: (i: number, j: number) => weight.raw[i * units + j]!,
    weightFrac: weight.type.frac,
    ...(bias === undefined ? {} : { bias: (j: number) => ({ raw: bias.raw[j]!, frac: bias.type.frac }) }),
    ...(inputCoding === 'xnor' ? { decode: (b, x) => b.sub(b.scale(x, 1), b.constant(1n, 0)) } : {}),
  } satisfies Partial<MacArrayOptions>
  const cut = productConversion(op)
  const accumulator = needed(op, exactRange(product, range(units)), cut)
  const strategy = strategyOf(op.choices.Strategy)
  const reuse = Number(op.choices.ReuseFactor ?? 1)
  const inputs = options.inputs.length
  const schedule = foldSchedule({
    inputs,
    outputs: units,
    reuse,
    isZero: (i, j) => product.weight(i, j) === 0n,
    ...(knowsNoOrder(accumulator)
      ? {}
      : { order: additionOrder(visitOrder(strategy, inputs, reuse), inputs) }),
  })
  return buildMacArray({
    ...product,
    name: options.name,
    layer: op.name,
    clockNs: options.clockNs,
    family: options.family,
    dsp: options.dsp,
    schedule,
    product: cut,
    accumulator,
    outputs: elementTypes(op.output),
    finish: (b, sum, j) => {
      const whole = countsMatches(op) ? b.add(sum, b.constant(bias!.raw[j]!, bias!.type.frac)) : sum
      return lowerConversion(b, whole, conversionAt(op.result, op.output.shape, j))
    },
  })
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k)
}

/** The accumulator, or undefined where it holds every partial sum exactly. */
function needed(
  op: TypedOp<DenseAttrs>,
  sums: ReturnType<typeof exactRange>,
  cut: Conversion | undefined,
): Conversion | undefined {
  if (strategyOf(op.choices.Strategy) === 'distributed-arithmetic') return undefined
  const accumulator = op.conversion('accum')
  if (cut !== undefined || accumulator.overflow === 'SAT_SYM') return accumulator
  const type: FixedType = {
    signed: sums.min < 0n,
    width: intervalWidth(sums.min, sums.max),
    frac: sums.frac,
  }
  return includesType(accumulator.to, type) ? undefined : accumulator
}

function knowsNoOrder(accumulator: Conversion | undefined): boolean {
  return accumulator === undefined || (accumulator.overflow === 'WRAP' && accumulator.saturationBits === 0)
}

function productConversion(op: TypedOp<DenseAttrs>): Conversion | undefined {
  if (op.attrs.weightCoding !== 'exponent') return undefined
  return shiftProduct(typeAt(op.inputs[0]!, 0), op.conversion('weight').to, op.weight('weight')!)
}

function countsMatches(op: TypedOp<DenseAttrs>): boolean {
  return (
    op.attrs.inputCoding === 'xnor' && op.attrs.weightCoding === 'xnor' && op.weight('bias') !== undefined
  )
}

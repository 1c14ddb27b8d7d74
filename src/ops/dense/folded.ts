// A dense layer on a folded array: Resource, and Latency with a reuse factor.

import type { Conversion, FixedType } from '../../fixed/types.ts'
import { includesType, wrapsPlainly } from '../../fixed/types.ts'
import { conversionAt, elementTypes, sizeOf } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import { intervalWidth, type Net } from '../../netlist/netlist.ts'
import { lowerProduct } from '../../netlist/product.ts'
import type { FoldedStage } from '../../rtl/folded-stage.ts'
import { buildMacArray } from '../../rtl/mac-array.ts'
import type { MacArrayOptions } from '../../rtl/mac-options.ts'
import { exactRange } from '../../rtl/mac-sums.ts'
import { visitOrder } from '../constant-product.ts'
import { type FoldedOptions, type Refusal, type RtlForm, refuse, type TypedOp } from '../definition.ts'
import { additionOrder, beatSchedule, foldSchedule } from '../fold-schedule.ts'
import { strategyOf } from '../strategy.ts'
import type { DenseAttrs } from './attrs.ts'
import {
  accumulatorOf,
  countsMatches,
  productConversion,
  signOf,
  sumOfMatches,
  weightOf,
} from './products.ts'

export function foldedDense(op: TypedOp<DenseAttrs>): RtlForm | Refusal {
  if (sizeOf(op.output.shape) !== op.attrs.units)
    return refuse('rtl/folded-rows', 'several rows share its weights, and a folded array takes one')
  return {
    form: 'folded',
    takesBeats: perBeat => takesBeats(op, perBeat),
    build: options => buildFolded(op, options),
  }
}

/** In order, one beat a step, it takes as many multipliers as the beat has elements times units. */
function takesBeats(op: TypedOp<DenseAttrs>, perBeat: number): boolean {
  const inputs = op.inputs[0]!.shape.at(-1)!
  const beats = Math.ceil(inputs / perBeat)
  const inOrder = orderOf(op, inputs) === undefined || knowsNoOrder(op.conversion('accum'))
  return op.inputs[0]!.element.types.length === 1 && inOrder && beats > 1 && reuseOf(op) <= beats
}

function buildFolded(op: TypedOp<DenseAttrs>, options: FoldedOptions): FoldedStage {
  const { units } = op.attrs
  const weight = weightOf(op)
  const bias = op.weight('bias')
  const product = {
    inputs: options.inputs,
    weight: (i: number, j: number) => weight.raw[i * units + j]!,
    weightFrac: weight.type.frac,
    ...(bias === undefined ? {} : { bias: (j: number) => ({ raw: bias.raw[j]!, frac: bias.type.frac }) }),
    ...codingOf(op),
  } satisfies Partial<MacArrayOptions>
  const cut = productConversion(op)
  const accumulator = neededAccumulator(op, exactRange(product, range(units)), cut)
  const inputs = options.inputs.length
  const order = knowsNoOrder(accumulator) ? {} : { order: additionOrder(orderOf(op, inputs), inputs) }
  const isZero = (i: number, j: number) => product.weight(i, j) === 0n
  return buildMacArray({
    ...product,
    name: options.name,
    layer: op.name,
    clockNs: options.clockNs,
    family: options.family,
    grade: options.grade,
    dsp: options.dsp,
    ...(options.perBeat === undefined ? {} : { perBeat: options.perBeat }),
    schedule:
      options.perBeat === undefined
        ? foldSchedule({ inputs, outputs: units, reuse: reuseOf(op), isZero, ...order })
        : beatSchedule({ inputs, outputs: units, isZero }, options.perBeat),
    accumulator,
    outputs: elementTypes(op.output),
    finish: (b, sum, j) => {
      const value = countsMatches(op) ? sumOfMatches(b, sum, inputs) : sum
      return lowerConversion(b, value, conversionAt(op.result, op.output.shape, j))
    },
  })
}

function reuseOf(op: TypedOp<DenseAttrs>): number {
  return Number(op.choices.ReuseFactor ?? 1)
}

function orderOf(op: TypedOp<DenseAttrs>, inputs: number) {
  return visitOrder(strategyOf(op.choices.Strategy), inputs, reuseOf(op))
}

/**
 * Single bits that mean ±1: as numbers, or, where the weights are such bits too, compared and counted. Products with
 * exponents are shifts of magnitudes in a type of their own, the sign last.
 */
function codingOf(op: TypedOp<DenseAttrs>): Pick<MacArrayOptions, 'decode' | 'multiply'> {
  if (countsMatches(op)) return { multiply: matching }
  const to = productConversion(op)
  return {
    ...(op.attrs.inputCoding === 'xnor' ? { decode: signOf } : {}),
    ...(to === undefined ? {} : { multiply: (b, x, w) => shifted(b, x, w, to) }),
  }
}

/** 1 where a bit equals a weight's, ±1 standing for 1 and 0; nothing for a weight of 0. */
function matching(b: NetlistBuilder, x: Net, w: Net): Net {
  const nothing = b.constant(0n, 0)
  return b.mux(b.lt(nothing, w), x, b.mux(b.lt(w, nothing), b.not(x), nothing))
}

function shifted(b: NetlistBuilder, x: Net, w: Net, to: Conversion): Net {
  const negative = b.lt(w, b.constant(0n, 0))
  const size = b.mux(negative, b.negate(w), w)
  const magnitude = lowerConversion(b, lowerProduct(b, lowerConversion(b, x, to), size), to)
  return b.mux(negative, lowerConversion(b, b.negate(magnitude), to), magnitude)
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k)
}

/** The accumulator, or undefined where it holds every partial sum exactly. */
function neededAccumulator(
  op: TypedOp<DenseAttrs>,
  sums: ReturnType<typeof exactRange>,
  cut: Conversion | undefined,
): Conversion | undefined {
  const accumulator = accumulatorOf(op)
  if (accumulator === undefined) return undefined
  // A symmetric type lacks its least value, which the sums may have.
  if (cut !== undefined || countsMatches(op) || accumulator.overflow === 'SAT_SYM') return accumulator
  const type: FixedType = {
    signed: sums.min < 0n,
    width: intervalWidth(sums.min, sums.max),
    frac: sums.frac,
  }
  return includesType(accumulator.to, type) ? undefined : accumulator
}

function knowsNoOrder(accumulator: Conversion | undefined): boolean {
  return accumulator === undefined || wrapsPlainly(accumulator)
}

// Kernels on doubles holding integers, for the cases where every intermediate provably fits 53 bits. A kernel without
// a form here runs its plain meaning on bigints.

import { numberConverter } from '../../fixed/convert.ts'
import { type Conversions, type PlanBuffer, perElement, type Step, type StepOf } from '../../fixed/kernels.ts'
import { type Conversion, maxRaw, minRaw } from '../../fixed/types.ts'
import { isNumeric, rangeOf } from './forms.ts'
import {
  affineStep,
  arithmeticStep,
  gatherStep,
  oneHotStep,
  reduceStep,
  tableStep,
  thresholdStep,
} from './number-maps.ts'

/** Runs a step on one sample: `values` by buffer. */
export type NumberStep = (values: readonly Float64Array[]) => void

type Convert = (raw: number) => number
const limit = 1n << 53n

/** The step on doubles, or undefined where that cannot be proved exact. */
export function numberStep(step: Step, buffers: readonly PlanBuffer[]): NumberStep | undefined {
  switch (step.kernel) {
    case 'convert':
      return numeric(buffers, step.from, step.into) ? convertStep(step, buffers) : undefined
    case 'clamp':
      return numeric(buffers, step.from, step.into) ? clampStep(step, buffers) : undefined
    case 'multiply-accumulate':
      return numeric(buffers, step.from, step.into) ? multiplyAccumulateStep(step, buffers) : undefined
    case 'affine':
      return numeric(buffers, step.from, step.into) ? affineStep(step, buffers) : undefined
    case 'table':
      return numeric(buffers, step.from, step.into) ? tableStep(step, buffers) : undefined
    case 'arithmetic':
      return numeric(buffers, step.a, step.b, step.into) ? arithmeticStep(step, buffers) : undefined
    case 'reduce':
      return numeric(buffers, step.from, step.into) ? reduceStep(step, buffers) : undefined
    case 'gather':
      return numeric(buffers, ...step.from, step.into) ? gatherStep(step, buffers) : undefined
    case 'threshold':
      return numeric(buffers, step.from, step.into) ? thresholdStep(step, buffers) : undefined
    case 'one-hot-maximum':
      return numeric(buffers, step.from, step.into) ? oneHotStep(step) : undefined
    default:
      return undefined
  }
}

function numeric(buffers: readonly PlanBuffer[], ...ids: number[]): boolean {
  return ids.every(id => isNumeric(buffers[id]!))
}

/** One converter per element, shared where the conversions are one. */
function converters(
  conversions: Conversions,
  from: { min: bigint; max: bigint; frac: number },
): Convert[] | undefined {
  const made = conversions.map(conversion => numberConverter(from.frac, from.min, from.max, conversion))
  return made.every(convert => convert !== undefined) ? made : undefined
}

function convertStep(step: StepOf<'convert'>, buffers: readonly PlanBuffer[]): NumberStep | undefined {
  const range = rangeOf(buffers[step.from]!)
  const convert = range && converters(step.conversions, range)
  if (convert === undefined) return undefined
  const { size } = buffers[step.into]!
  return values => {
    const from = values[step.from]!
    const into = values[step.into]!
    for (let k = 0; k < size; k++) into[k] = perElement(convert, k)(from[k]!)
  }
}

function clampStep(step: StepOf<'clamp'>, buffers: readonly PlanBuffer[]): NumberStep | undefined {
  const range = rangeOf(buffers[step.from]!)
  if (range === undefined) return undefined
  const limited = (raw: bigint) => {
    const low = step.min !== undefined && raw < step.min ? step.min : raw
    return step.max !== undefined && low > step.max ? step.max : low
  }
  const [low, high] = [limited(range.min), limited(range.max)]
  if (-low > limit || high > limit || range.max > limit || -range.min > limit) return undefined
  const convert = converters(step.conversions, { min: low, max: high, frac: range.frac })
  if (convert === undefined) return undefined
  const { size } = buffers[step.into]!
  // Bounds beyond the source's range do nothing, however large they are.
  const min = step.min === undefined ? Number.NEGATIVE_INFINITY : Number(step.min)
  const max = step.max === undefined ? Number.POSITIVE_INFINITY : Number(step.max)
  return values => {
    const from = values[step.from]!
    const into = values[step.into]!
    for (let k = 0; k < size; k++) into[k] = perElement(convert, k)(Math.min(Math.max(from[k]!, min), max))
  }
}

function multiplyAccumulateStep(
  step: StepOf<'multiply-accumulate'>,
  buffers: readonly PlanBuffer[],
): NumberStep | undefined {
  const range = rangeOf(buffers[step.from]!)
  if (range === undefined || step.finish !== undefined || step.product.kind !== 'multiply') return undefined
  return wholeSum(step, range) ?? stepwiseSum(step, range)
}

interface Range {
  readonly min: bigint
  readonly max: bigint
  readonly frac: number
}

/** The largest magnitude any output's exact sum can have, under the finest frac. */
function sumBound(step: StepOf<'multiply-accumulate'>, range: Range, frac: number): bigint {
  const largest = range.max > -range.min ? range.max : -range.min
  let bound = 0n
  for (let j = 0; j < step.outputs; j++) {
    const bias = step.bias?.[j] ?? 0n
    let sum = (bias < 0n ? -bias : bias) << BigInt(frac - step.biasFrac)
    for (let i = 0; i < step.inputs; i++) {
      const weight = step.weights[i * step.outputs + j]!
      sum += ((weight < 0n ? -weight : weight) * largest) << BigInt(frac - range.frac - step.weightFrac)
    }
    if (sum > bound) bound = sum
  }
  return bound
}

/** An accumulator that keeps every fraction bit and wraps: the exact sum, wrapped once, is the same. */
function wholeSum(step: StepOf<'multiply-accumulate'>, range: Range): NumberStep | undefined {
  const { accumulator } = step
  const productFrac = range.frac + step.weightFrac
  const frac = Math.max(productFrac, step.bias === undefined ? productFrac : step.biasFrac)
  const modular =
    accumulator === undefined ||
    (accumulator.overflow === 'WRAP' && accumulator.saturationBits === 0 && accumulator.to.frac >= frac)
  const bound = sumBound(step, range, frac)
  if (!modular || bound >= limit) return undefined
  const wrap =
    accumulator === undefined ? (raw: number) => raw : numberConverter(frac, -bound, bound, accumulator)
  const held =
    accumulator === undefined
      ? { min: -bound, max: bound, frac }
      : { min: minRaw(accumulator.to), max: maxRaw(accumulator.to), frac: accumulator.to.frac }
  const result = converters(step.conversions, held)
  if (wrap === undefined || result === undefined) return undefined
  const weights = columns(step, 2 ** (frac - productFrac))
  const bias = Float64Array.from({ length: step.outputs }, (_, j) =>
    Number((step.bias?.[j] ?? 0n) << BigInt(frac - (step.bias === undefined ? frac : step.biasFrac))),
  )
  return values => {
    const x = values[step.from]!
    const into = values[step.into]!
    for (let k = 0; k < step.rows * step.outputs; k++) {
      const j = k % step.outputs
      const row = ((k - j) / step.outputs) * step.inputs
      const weight = weights[j]!
      let sum = bias[j]!
      for (let i = 0; i < step.inputs; i++) sum += x[row + i]! * weight[i]!
      into[k] = perElement(result, k)(wrap(sum))
    }
  }
}

/** Weights by output, as doubles. */
function columns(step: StepOf<'multiply-accumulate'>, scale: number): Float64Array[] {
  return Array.from({ length: step.outputs }, (_, j) =>
    Float64Array.from({ length: step.inputs }, (_, i) => Number(step.weights[i * step.outputs + j]!) * scale),
  )
}

/** Every product and every sum through the accumulator's type. */
function stepwiseSum(step: StepOf<'multiply-accumulate'>, range: Range): NumberStep | undefined {
  if (step.accumulator === undefined) return undefined
  const made = stepwiseConverters(step, step.accumulator, range)
  if (made === undefined) return undefined
  const { product, sum: through, bias, result } = made
  const weights = columns(step, 1)
  const ascending = Array.from({ length: step.inputs }, (_, i) => i)
  return values => {
    const x = values[step.from]!
    const into = values[step.into]!
    for (let k = 0; k < step.rows * step.outputs; k++) {
      const j = k % step.outputs
      const row = ((k - j) / step.outputs) * step.inputs
      const weight = weights[j]!
      let sum = bias[j]!
      for (const i of step.order?.(j) ?? ascending) sum = through(sum + product(x[row + i]! * weight[i]!))
      into[k] = perElement(result, k)(sum)
    }
  }
}

function stepwiseConverters(step: StepOf<'multiply-accumulate'>, accumulator: Conversion, range: Range) {
  const largest = step.weights.reduce(
    (most, weight) => ((weight < 0n ? -weight : weight) > most ? (weight < 0n ? -weight : weight) : most),
    0n,
  )
  const reach = largest * (range.max > -range.min ? range.max : -range.min)
  const { frac } = accumulator.to
  const [min, max] = [minRaw(accumulator.to), maxRaw(accumulator.to)]
  const product = numberConverter(range.frac + step.weightFrac, -reach, reach, accumulator)
  const sum = numberConverter(frac, 2n * min, 2n * max, accumulator)
  const biases = step.bias ?? [0n]
  const biasReach = biases.reduce(
    (most, raw) => ((raw < 0n ? -raw : raw) > most ? (raw < 0n ? -raw : raw) : most),
    0n,
  )
  const toAccumulator = numberConverter(step.biasFrac, -biasReach, biasReach, accumulator)
  const result = converters(step.conversions, { min, max, frac })
  if (reach >= limit || !product || !sum || !toAccumulator || !result) return undefined
  const bias = Float64Array.from({ length: step.outputs }, (_, j) =>
    toAccumulator(Number(step.bias?.[j] ?? 0n)),
  )
  return { product, sum, bias, result }
}

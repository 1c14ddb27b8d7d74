// Products with constant weights: which form computes them without losing a bit follows from the source's range and
// the weights themselves. A sum that is 37 bits wide by its type often fits 32 once the sum of |w| is known.

import { convertRaw } from '../../../fixed/convert.ts'
import { perElement, type StepOf } from '../../../fixed/kernels.ts'
import { type Conversion, maxRaw, minRaw, wrapsPlainly } from '../../../fixed/types.ts'
import { addHeld, convertHeld, type Held, multiplyHeld } from './held.ts'
import { keyOfConversion, type SourceRange } from './lower-map.ts'
import type { ProductForm } from './program.ts'
import * as v from './value.ts'

type Product = StepOf<'multiply-accumulate'>

/** Outputs that share their conversion, their result not yet under the buffer's frac. */
export interface HeldProductClass {
  readonly outputs: readonly number[]
  readonly result: Held
}

export interface LoweredProduct {
  readonly form: ProductForm
  readonly classes: readonly HeldProductClass[]
}

export function lowerProduct(step: Product, from: SourceRange): LoweredProduct | undefined {
  if (!sameConversionsInRows(step)) return undefined
  if (step.product.kind === 'multiply') {
    return wholeSum(step, from) ?? cutSum(step, from) ?? stepwise(step, from)
  }
  return stepwise(step, from)
}

/** Conversions are one, or repeat from row to row. */
function sameConversionsInRows({ conversions, rows, outputs }: Product): boolean {
  if (conversions.length === 1 || rows === 1) return true
  return conversions.every(
    (own, k) => k < outputs || keyOfConversion(own) === keyOfConversion(conversions[k % outputs]!),
  )
}

/** The last expression by conversion, from what the sum is held as. */
function finish(step: Product, sum: Held): HeldProductClass[] | undefined {
  const { scale, offset } = step.finish ?? { scale: 1n, offset: 0n }
  const scaled = multiplyHeld(sum, { value: v.constant(scale), frac: 0 })
  const total = addHeld(scaled, { value: v.constant(offset), frac: 0 })
  const classes = new Map<string, { outputs: number[]; result: Held }>()
  for (let j = 0; j < step.outputs; j++) {
    const own = perElement(step.conversions, j)
    const key = step.conversions.length === 1 ? '' : keyOfConversion(own)
    const result = classes.get(key)?.result ?? convertHeld(total, own)
    if (result === undefined) return undefined
    const found = classes.get(key) ?? { outputs: [], result }
    found.outputs.push(j)
    classes.set(key, found)
  }
  return [...classes.values()]
}

const word = { min: -(1n << 31n), max: (1n << 31n) - 1n }

/** An accumulator that keeps every fraction bit and wraps, or none: the exact sum, wrapped once, is the same. */
function wholeSum(step: Product, from: SourceRange): LoweredProduct | undefined {
  const { accumulator } = step
  const productFrac = from.frac + step.weightFrac
  const frac = Math.max(productFrac, step.bias === undefined ? productFrac : step.biasFrac)
  if (accumulator !== undefined && !(wrapsPlainly(accumulator) && accumulator.to.frac >= frac))
    return undefined
  const weights = step.weights.map(weight => weight << BigInt(frac - productFrac))
  const start = biases(step).map(raw => (step.bias === undefined ? 0n : raw << BigInt(frac - step.biasFrac)))
  const range = sumRange(step, from, weights, start)
  const exact = v.fitsLane(range.min, range.max, 'i32')
  const kept = accumulator === undefined ? 64 : accumulator.to.width - (accumulator.to.frac - frac)
  const modular = exact || kept <= 32
  if (!modular && !v.fitsLane(range.min, range.max, 'i64')) return undefined
  const value = v.source(
    0,
    exact || !modular ? range.min : word.min,
    exact || !modular ? range.max : word.max,
  )
  const held = accumulator === undefined ? { value, frac } : convertHeld({ value, frac }, accumulator)
  const classes = held && finish(step, held)
  const form = wholeForm(from, weights, start, modular ? 'i32' : 'i64')
  return classes && form && { form, classes }
}

function wholeForm(
  from: SourceRange,
  weights: readonly bigint[],
  start: readonly bigint[],
  lane: v.Lane,
): ProductForm | undefined {
  const largest = reach(weights)
  if (!v.fitsLane(from.min, from.max, 'i32')) return undefined
  if (lane === 'i32') {
    const starts = start.map(raw => BigInt.asIntN(32, raw))
    const numbers = weights.map(weight => Number(BigInt.asIntN(32, weight)))
    return isShort(from) && isShort(largest)
      ? { kind: 'pairs', weights: numbers, start: starts.map(Number) }
      : { kind: 'whole', lane, weights: numbers, start: starts }
  }
  if (!v.fitsLane(largest.min, largest.max, 'i32')) return undefined
  return { kind: 'whole', lane, weights: weights.map(Number), start }
}

/** Four low parts of so many bits fit 16 bits together. */
const largestDrop = 14

const isShort = ({ min, max }: { min: bigint; max: bigint }) => min >= -32768n && max <= 32767n

function reach(values: readonly bigint[]): { min: bigint; max: bigint } {
  let [min, max] = [0n, 0n]
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}

function biases(step: Product): readonly bigint[] {
  return step.bias ?? new Array<bigint>(step.outputs).fill(0n)
}

/** Exact bounds of all outputs' sums. */
function sumRange(
  step: Product,
  from: SourceRange,
  weights: readonly bigint[],
  start: readonly bigint[],
): { min: bigint; max: bigint } {
  const low = [...start]
  const high = [...start]
  weights.forEach((weight, k) => {
    const j = k % step.outputs
    low[j]! += weight * (weight < 0n ? from.max : from.min)
    high[j]! += weight * (weight < 0n ? from.min : from.max)
  })
  return { min: reach(low).min, max: reach(high).max }
}

/**
 * Each product floored into a wrapping accumulator: Σ⌊(p + b) / 2^k⌋ = (Σ(p + b) − Σ((p + b) mod 2^k)) / 2^k. Modulo
 * 2^width the order is of no consequence, and 32 bits suffice where width + k ≤ 32.
 */
function cutSum(step: Product, from: SourceRange): LoweredProduct | undefined {
  const { accumulator } = step
  if (accumulator === undefined || !wrapsPlainly(accumulator)) return undefined
  const drop = from.frac + step.weightFrac - accumulator.to.frac
  const bias = floorBias(accumulator, drop)
  if (bias === undefined || drop < 1 || drop > largestDrop || accumulator.to.width + drop > 32)
    return undefined
  if (!isShort(from) || !isShort(reach(step.weights))) return undefined
  const sum = v.wrap(v.source(0, word.min, word.max), accumulator.to.width, accumulator.to.signed)
  const classes = finish(step, { value: sum, frac: accumulator.to.frac })
  const start = biases(step).map(raw => Number(convertRaw(raw, step.biasFrac, accumulator)))
  return (
    classes && {
      form: { kind: 'pairs', weights: step.weights.map(Number), start, cut: { drop, bias } },
      classes,
    }
  )
}

/** Roundings that floor after adding a constant. */
function floorBias({ rounding }: Conversion, drop: number): number | undefined {
  if (rounding === 'TRN') return 0
  if (drop < 1) return undefined
  return rounding === 'RND' ? 2 ** (drop - 1) : rounding === 'RND_MIN_INF' ? 2 ** (drop - 1) - 1 : undefined
}

/** Every product and every sum through the accumulator's type, in order. */
function stepwise(step: Product, from: SourceRange): LoweredProduct | undefined {
  const { accumulator } = step
  if (step.product.kind === 'shift' || (accumulator === undefined && step.product.kind === 'multiply'))
    return undefined
  const weight = reach(step.weights)
  const product = productOf(step, from, weight)
  const started = startOf(step, product, accumulator)
  const term = product && (accumulator === undefined ? product : convertHeld(product, accumulator))
  if (started === undefined || term === undefined) return undefined
  const { start, range, frac } = started
  const sum: Held = { value: v.source(0, range.min, range.max), frac }
  const total = addHeld(sum, term)
  const next = accumulator === undefined ? total : convertHeld(total, accumulator)
  if (next === undefined || next.frac > frac) return undefined
  const ascending = Array.from({ length: step.inputs }, (_, i) => i)
  const classes = finish(step, sum)
  const form: ProductForm = {
    kind: 'steps',
    next: v.shiftLeft(next.value, frac - next.frac),
    order: Array.from({ length: step.outputs }, (_, j) => step.order?.(j) ?? ascending),
    weights: step.weights,
    start,
  }
  return classes && { form, classes }
}

function productOf(step: Product, from: SourceRange, weight: { min: bigint; max: bigint }): Held | undefined {
  const x = v.source(1, from.min, from.max)
  const w = v.parameter(0, weight.min, weight.max)
  if (step.product.kind === 'multiply')
    return multiplyHeld({ value: x, frac: from.frac }, { value: w, frac: step.weightFrac })
  // Equal bits are compared as raw values, which the source must be held as.
  if (from.frac !== 0 || from.min < 0n || from.max > 1n) return undefined
  return { value: v.where(v.equal(x, w), v.constant(1n)), frac: 0 }
}

/** What sums begin with and can be; a sum without an accumulator grows with every product. */
function startOf(step: Product, product: Held | undefined, accumulator: Conversion | undefined) {
  if (product === undefined) return undefined
  if (accumulator !== undefined) {
    const start = biases(step).map(raw => convertRaw(raw, step.biasFrac, accumulator))
    return {
      start,
      range: { min: minRaw(accumulator.to), max: maxRaw(accumulator.to) },
      frac: accumulator.to.frac,
    }
  }
  const frac = Math.max(product.frac, step.bias === undefined ? product.frac : step.biasFrac)
  const start = biases(step).map(raw => (step.bias === undefined ? 0n : raw << BigInt(frac - step.biasFrac)))
  const [low, high] = [product.value.min, product.value.max].map(
    end => (end << BigInt(frac - product.frac)) * BigInt(step.inputs),
  )
  const { min, max } = reach(start)
  return { start, range: { min: min + low!, max: max + high! }, frac }
}

// Sums of products too wide for a double, exact all the same: inputs are cut into parts of so few bits that every sum
// of one part's products is exact in doubles, and only these sums are put together as bigints. With weights that add up
// to 20 bits parts have 32: x = a·2^32 + b, so Σ w·x = (Σ w·a)·2^32 + Σ w·b. Several times as fast as bigints alone.

import { bitLength } from '../../fixed/bit-length.ts'
import { convertRaw } from '../../fixed/convert.ts'
import { type PlanBuffer, perElement, type StepOf } from '../../fixed/kernels.ts'
import { rangeOf, type Values } from './forms.ts'

/** Parts of fewer bits would be too many. */
const fewestBits = 8
const mostParts = 4

type Sums = StepOf<'multiply-accumulate'>

/** The step on values in either form; undefined where its sums are no plain ones, or have too many parts. */
export function wideSumStep(
  step: Sums,
  buffers: readonly PlanBuffer[],
): ((values: readonly Values[]) => void) | undefined {
  const range = rangeOf(buffers[step.from]!)
  if (range === undefined || step.finish !== undefined || step.product.kind !== 'multiply') return undefined
  const bits = 53 - bitLength(largestSum(step))
  const most = range.max > -range.min ? range.max : -range.min
  const count = Math.ceil((bitLength(most) + 1) / bits)
  const finish = finisher(step, range.frac)
  if (bits < fewestBits || count > mostParts || finish === undefined) return undefined
  const weights = columns(step)
  const split = splitter(bits, count, step.rows * step.inputs)
  const shift = BigInt(bits)
  return values => {
    const parts = split(values[step.from]!)
    const into = values[step.into]!
    for (let k = 0; k < step.rows * step.outputs; k++) {
      const j = k % step.outputs
      const row = ((k - j) / step.outputs) * step.inputs
      let sum = 0n
      for (let part = count - 1; part >= 0; part--)
        sum = (sum << shift) + BigInt(dot(parts[part]!, row, weights[j]!))
      const result = finish(sum, k)
      if (into instanceof Float64Array) into[k] = Number(result)
      else into[k] = result
    }
  }
}

/** The largest sum of an output's weights' magnitudes. */
function largestSum({ inputs, outputs, weights }: Sums): bigint {
  let most = 0n
  for (let j = 0; j < outputs; j++) {
    let sum = 0n
    for (let i = 0; i < inputs; i++) {
      const weight = weights[i * outputs + j]!
      sum += weight < 0n ? -weight : weight
    }
    if (sum > most) most = sum
  }
  return most
}

function columns({ inputs, outputs, weights }: Sums): Float64Array[] {
  return Array.from({ length: outputs }, (_, j) =>
    Float64Array.from({ length: inputs }, (_, i) => Number(weights[i * outputs + j]!)),
  )
}

function dot(x: Float64Array, row: number, weights: Float64Array): number {
  let sum = 0
  for (let i = 0; i < weights.length; i++) sum += x[row + i]! * weights[i]!
  return sum
}

/** Cuts values into `count` parts of `bits` bits, least first; all but the last are not negative. Reuses its arrays. */
function splitter(bits: number, count: number, size: number): (values: Values) => Float64Array[] {
  const parts = Array.from({ length: count }, () => new Float64Array(size))
  const [step, shift] = [2 ** bits, BigInt(bits)]
  const splitNumber = (value: number, k: number) => {
    let rest = value
    for (let part = 0; part < count - 1; part++) {
      const above = Math.floor(rest / step)
      parts[part]![k] = rest - above * step
      rest = above
    }
    parts[count - 1]![k] = rest
  }
  const splitBigint = (value: bigint, k: number) => {
    let rest = value
    for (let part = 0; part < count - 1; part++) {
      parts[part]![k] = Number(BigInt.asUintN(bits, rest))
      rest >>= shift
    }
    parts[count - 1]![k] = Number(rest)
  }
  return values => {
    if (values instanceof Float64Array) for (let k = 0; k < size; k++) splitNumber(values[k]!, k)
    else for (let k = 0; k < size; k++) splitBigint(values[k]!, k)
    return parts
  }
}

/**
 * From an exact sum of products to a result. Undefined where the accumulator loses bits on the way: one that keeps
 * every fraction bit and wraps may be applied once, at the end.
 */
function finisher(step: Sums, sourceFrac: number): ((sum: bigint, k: number) => bigint) | undefined {
  const { accumulator } = step
  const productFrac = sourceFrac + step.weightFrac
  const frac = step.bias === undefined ? productFrac : Math.max(productFrac, step.biasFrac)
  const modular =
    accumulator === undefined ||
    (accumulator.overflow === 'WRAP' && accumulator.saturationBits === 0 && accumulator.to.frac >= frac)
  if (!modular) return undefined
  const up = BigInt(frac - productFrac)
  const bias = step.bias?.map(raw => raw << BigInt(frac - step.biasFrac))
  return (sum, k) => {
    const total = (sum << up) + (bias?.[k % step.outputs] ?? 0n)
    const result = perElement(step.conversions, k)
    if (accumulator === undefined) return convertRaw(total, frac, result)
    return convertRaw(convertRaw(total, frac, accumulator), accumulator.to.frac, result)
  }
}

// QKeras's weight quantizers, in float32 arithmetic as TensorFlow computes them. A quantised array is `units`, values
// on the quantizer's own grid, times `scale`: 1, or what alpha asks for, per channel (last axis) or per element.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { Quantiser } from './parse.ts'
import { nearestPowerOfTwo, powerOfTwoBelow, roundHalfEven } from './rounding.ts'

export interface Quantised {
  /** Values on the quantizer's grid, scale left out. */
  readonly units: Float64Array
  /** One factor for all, one per channel, or one per element. */
  readonly scale: Float64Array
  /** What QKeras computes with: units · scale. */
  readonly values: Float64Array
}

const { fround } = Math
const epsilon = fround(1e-7)

/** Quantises a kernel or bias. */
export function quantiseWeights(quantiser: Quantiser, weights: FloatValues): Quantised {
  const x = { shape: weights.shape, data: weights.data.map(fround) }
  switch (quantiser.source.name) {
    case 'quantized_bits':
      return quantisedBits(quantiser, x)
    case 'quantized_linear':
      return quantisedLinear(quantiser, x)
    case 'binary':
      return quantisedSigns(quantiser, x, signs)
    case 'ternary':
      return ternary(quantiser, x)
    case 'quantized_po2':
      return together(powersOfTwo(quantiser, x.data), Float64Array.of(1))
    case 'quantized_relu_po2':
      return together(powersOfRelu(quantiser, x.data), Float64Array.of(1))
    default:
      return bug(`${quantiser.source.name} quantises no weights`)
  }
}

/** For 4 bits, 0 integer: round(x · 8) / 8 within −1 … 7/8; with alpha 'auto' the step is max|x| / 7 instead of 1/8. */
function quantisedBits(quantiser: Quantiser, x: FloatValues): Quantised {
  const { bits, integer, symmetric, keep_negative: signed, alpha } = quantiser.source.options
  if (typeof bits !== 'number' || typeof integer !== 'number') bug('quantized_bits without sizes')
  const steps = 2 ** (bits - (signed === true ? 1 : 0))
  const unit = 2 ** integer / steps
  if (alpha === 'auto' || alpha === 'auto_po2') return autoScaled(x, { bits, steps, unit, integer }, alpha)
  if (steps === 1) return quantisedSigns(quantiser, x, signs)
  const lowest = signed === true ? -steps + (symmetric === true ? 1 : 0) : 0
  const units = x.data.map(value => {
    const level = roundHalfEven(fround(value / unit))
    return Math.min(Math.max(level, lowest), steps - 1) * unit
  })
  return together(units, givenScale(quantiser))
}

interface Grid {
  readonly bits: number
  readonly steps: number
  readonly unit: number
  readonly integer: number
}

/** Symmetric levels ±(2^(bits−1) − 1) of a step that comes from the data. */
function autoScaled(
  x: FloatValues,
  { bits, steps, unit, integer }: Grid,
  alpha: 'auto' | 'auto_po2',
): Quantised {
  const limit = 2 ** (bits - 1) - 1
  const scaled = { shape: x.shape, data: x.data.map(value => fround(value / 2 ** integer)) }
  const levels = (step: Float64Array) =>
    scaled.data.map((value, k) => {
      const size = Math.floor(fround(fround(Math.abs(value) / step[k % step.length]!) + 0.5))
      return Math.sign(value) * (size < limit ? size : limit)
    })
  let step = largest(scaled).map(value => fround(fround(value * 2) / (2 * limit)))
  if (alpha === 'auto_po2') {
    step = step.map(toPowerOfTwo)
    for (let round = 0; round < 5; round++) step = leastSquares(scaled, levels(step)).map(toPowerOfTwo)
  }
  const units = levels(step).map(level => (Number.isNaN(level) ? 0 : level) * unit)
  return together(
    units,
    step.map(value => fround(value * steps)),
  )
}

interface LinearGrid {
  readonly unit: number
  readonly low: number
  readonly high: number
  /** 1/2 where codes are ±1/2, the sign alone. */
  readonly shift: number
}

function linearGrid({ source }: Quantiser): LinearGrid {
  const { bits, integer, symmetric, keep_negative: signed } = source.options
  if (typeof bits !== 'number' || typeof integer !== 'number') bug('quantized_linear without sizes')
  const unit = 2 ** (integer - bits + (signed === true ? 1 : 0))
  if (signed === true && bits === 1) return { unit, low: -0.5, high: 0.5, shift: 0.5 }
  const steps = 2 ** (bits - (signed === true ? 1 : 0))
  const low = signed === true ? -steps + (symmetric === true ? 1 : 0) : 0
  return { unit, low, high: steps - 1, shift: 0 }
}

/** d · round(clip(x / d)), d = 2^(integer − bits + sign) · alpha: unlike quantized_bits, alpha scales what is rounded. */
function quantisedLinear(quantiser: Quantiser, x: FloatValues): Quantised {
  const grid = linearGrid(quantiser)
  const { unit, low, high, shift } = grid
  const codes = (step: Float64Array) =>
    x.data.map((value, k) => {
      const inside = Math.min(Math.max(fround(value / step[k % step.length]!), low), high)
      return roundHalfEven(inside - shift) + shift
    })
  const step = linearStep(quantiser, x, grid, codes)
  return together(
    codes(step).map(code => code * unit),
    step.map(value => value / unit),
  )
}

/** Of 'auto_po2' at most five rounds, each from the codes of the one before. */
function linearStep(
  quantiser: Quantiser,
  x: FloatValues,
  { unit, low, high, shift }: LinearGrid,
  codes: (step: Float64Array) => Float64Array,
): Float64Array {
  const { alpha, keep_negative: signed } = quantiser.source.options
  if (alpha !== 'auto' && alpha !== 'auto_po2')
    return givenScale(quantiser).map(scale => fround(unit * fround(scale)))
  const top = signed === true ? largest(x).map(value => fround(value * 2)) : highest(x)
  let step: Float64Array = top.map(value => Math.max(fround(value / (high - low)), epsilon))
  if (alpha === 'auto') return step
  step = step.map(toPowerOfTwo)
  for (let round = 0; round < (shift === 0 ? 5 : 1); round++)
    step = leastSquares(x, codes(step)).map(toPowerOfTwo)
  return step
}

/** ±1, zero being +1. */
function signs(value: number): number {
  return value >= 0 ? 1 : -1
}

function quantisedSigns(quantiser: Quantiser, x: FloatValues, code: (value: number) => number): Quantised {
  const units = x.data.map(code)
  return together(units, scaleOf(quantiser, x, units))
}

/** −1, 0, +1 by a threshold; with alpha 'auto' threshold and scale are found in turn. */
function ternary(quantiser: Quantiser, x: FloatValues): Quantised {
  const { alpha, threshold, number_of_unrolls: rounds } = quantiser.source.options
  const cut = (at: (k: number) => number) =>
    x.data.map((value, k) => (Math.abs(value) >= at(k) ? Math.sign(value) : 0))
  if (alpha !== 'auto' && alpha !== 'auto_po2') {
    const limit = fround(typeof threshold === 'number' ? threshold : 0.33)
    return together(
      cut(() => limit),
      givenScale(quantiser),
    )
  }
  let scale: Float64Array = largest(x).map(value => fround(fround(2 * value) / 3))
  if (alpha === 'auto_po2') scale = scale.map(toPowerOfTwo)
  let units: Float64Array = x.data
  for (let round = 0; round < Number(rounds); round++) {
    const now = scale
    units = cut(k => now[k % now.length]! / 2)
    scale = scaleOf(quantiser, x, units)
  }
  return together(units, scale)
}

/** ±2^e with e in the range that the bits leave for it; zero becomes the smallest. */
function powersOfTwo(quantiser: Quantiser, data: Float64Array): Float64Array {
  // One bit is the sign.
  const power = powerOfSize(quantiser, 1)
  return data.map(value => signs(value) * power(Math.abs(value)))
}

/** 2^e of what is above zero; below, the smallest, or −2^e of slope · |x|. */
function powersOfRelu(quantiser: Quantiser, data: Float64Array): Float64Array {
  const slope = Number(quantiser.source.options.negative_slope)
  const power = powerOfSize(quantiser, 0)
  return data.map(value =>
    value >= 0 || slope === 0 ? power(Math.max(value, 0)) : -power(fround(-value * slope)),
  )
}

/** The power of two nearest to a size; by `quadratic_approximation` the square of that nearest to its root. */
function powerOfSize({ source }: Quantiser, signBits: number): (size: number) => number {
  const { bits, max_value: limit, quadratic_approximation: squared, log2_rounding: log2 } = source.options
  if (typeof bits !== 'number') bug(`${source.name} without bits`)
  const largestValue = typeof limit === 'number' ? fround(limit) : Number.POSITIVE_INFINITY
  // The exponent has a sign of its own unless the limit keeps it at 0 or below.
  const exponentBits = bits - signBits - (largestValue > 1 ? 1 : 0)
  const [lowest, highest] = [2 ** -(2 ** exponentBits), 2 ** exponentBits - 1]
  const top = 2 ** (squared === true ? 2 * Math.floor(highest / 2) : highest)
  const power = log2 === 'floor' ? powerOfTwoBelow : nearestPowerOfTwo
  const bounded = (x: number) => Math.min(Math.max(power(x), lowest), top)
  return size => {
    if (size < epsilon) return lowest
    const limited = Math.min(size, largestValue)
    return squared === true ? bounded(fround(Math.sqrt(limited))) ** 2 : bounded(limited)
  }
}

function scaleOf(quantiser: Quantiser, x: FloatValues, units: Float64Array): Float64Array {
  const { alpha } = quantiser.source.options
  if (alpha === 'auto') return leastSquares(x, units)
  if (alpha === 'auto_po2') return leastSquares(x, units).map(toPowerOfTwo)
  return givenScale(quantiser)
}

function givenScale({ source, scales }: Quantiser): Float64Array {
  const { alpha } = source.options
  return Float64Array.from(scales ?? [typeof alpha === 'number' ? alpha : 1])
}

/** QKeras adds its epsilon before it takes the logarithm. */
function toPowerOfTwo(value: number): number {
  return nearestPowerOfTwo(fround(value + epsilon))
}

/** max|x| per channel; of a vector, over all of it. */
function largest({ shape, data }: FloatValues): Float64Array {
  const channels = shape.length > 1 ? shape.at(-1)! : 1
  const result = new Float64Array(channels)
  data.forEach((value, k) => {
    result[k % channels] = Math.max(result[k % channels]!, Math.abs(value))
  })
  return result
}

/** The largest value per channel; of a vector, of all of it. */
function highest({ shape, data }: FloatValues): Float64Array {
  const channels = shape.length > 1 ? shape.at(-1)! : 1
  const result = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY)
  data.forEach((value, k) => {
    result[k % channels] = Math.max(result[k % channels]!, value)
  })
  return result
}

/** E[x·q] / E[q²] per channel, the scale of least squared error; of a vector, for each element by itself. */
function leastSquares({ shape, data }: FloatValues, q: Float64Array): Float64Array {
  const channels = shape.length > 1 ? shape.at(-1)! : data.length
  const rows = data.length / channels
  const products = new Float64Array(channels)
  const squares = new Float64Array(channels)
  data.forEach((value, k) => {
    products[k % channels] = products[k % channels]! + fround(value * q[k]!)
    squares[k % channels] = squares[k % channels]! + fround(q[k]! * q[k]!)
  })
  return products.map((product, k) =>
    fround(fround(product / rows) / fround(fround(squares[k]! / rows) + epsilon)),
  )
}

/** A zero that was rounded from below is 0, not −0. */
function together(units: Float64Array, scale: Float64Array): Quantised {
  const factors = scale.map(fround)
  const values = units.map((unit, k) => fround(unit * factors[k % factors.length]!) + 0)
  return { units: units.map(unit => unit + 0), scale: factors, values }
}

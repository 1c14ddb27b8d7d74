// Roundings and scales that several quantisers share, in float32 as QKeras computes them, but with quotients and sums
// that are rounded once.

import type { Maths, Tensor } from '../autodiff.ts'
import { isSet, numberOf, type Options, type QuantiserContext } from './definition.ts'

/** Keras's epsilon. */
export const epsilon = Math.fround(1e-7)

/** x · factor, exact for powers of two. */
export const scaled = (maths: Maths, x: Tensor, factor: number): Tensor =>
  factor === 1 ? x : maths.multiply(x, factor)

/** The value instead of x, with x's gradient; with less than the whole noise, that much of the way. */
export function noisy(maths: Maths, x: Tensor, value: Tensor, options: Options): Tensor {
  const share = options.qnoise_factor === undefined ? 1 : numberOf(options, 'qnoise_factor')
  if (share === 1) return maths.straightThrough(value, x)
  return maths.add(x, maths.stopGradient(maths.multiply(maths.subtract(value, x), share)))
}

/** To whole numbers, halves to even; in training with stochastic rounding, up or down to multiples of `precision` by chance. */
export function roundedBy(
  x: Tensor,
  options: Options,
  { maths, training, seed, salt }: QuantiserContext,
  precision: number,
): Tensor {
  if (!training || !isSet(options, 'use_stochastic_rounding')) return maths.round(x)
  const fine = maths.multiply(x, 1 / precision)
  const below = maths.floor(fine)
  const rest = maths.subtract(fine, below)
  const drawn = maths.cast(maths.uniform(seed, salt, x.shape), 'float32')
  // Up where the rest is not below what was drawn, as QKeras compares; a whole number stays.
  const up = maths.where(maths.greater(rest, 0), maths.add(below, 1), below)
  return maths.multiply(maths.where(maths.greater(drawn, rest), below, up), precision)
}

/** The largest power of two not above a float32 above 0. */
export function powerOfTwoBelow(maths: Maths, x: Tensor): Tensor {
  return maths.fromBits(maths.bitAnd(maths.bitsOf(maths.cast(x, 'float32')), 0x7f800000))
}

/** Bits of the mantissa of √2, rounded up: from there on the logarithm is nearer to the next power of two. */
const rootOfTwo = 0x3504f4

/** 2^round(log2 x) of a float32 above 0, without a logarithm: 1.41 → 1, 1.42 → 2. */
export function nearestPowerOfTwo(maths: Maths, x: Tensor): Tensor {
  const mantissa = maths.bitAnd(maths.bitsOf(maths.cast(x, 'float32')), 0x7fffff)
  const below = powerOfTwoBelow(maths, x)
  return maths.where(maths.greaterEqual(mantissa, rootOfTwo), maths.multiply(below, 2), below)
}

/** A scale as a power of two; QKeras adds its epsilon before it takes the logarithm. */
export function scaleAsPower(maths: Maths, scale: Tensor): Tensor {
  return nearestPowerOfTwo(maths, maths.add(scale, epsilon))
}

/** All axes but that of the channels, which is the last; of a vector, its only one. */
export function axesOfChannel(x: Tensor): readonly number[] {
  return x.shape.length > 1 ? x.shape.slice(0, -1).map((_, axis) => axis) : [0]
}

/** max|x| per channel; of a vector, over all of it. */
export function largest(maths: Maths, x: Tensor): Tensor {
  return maths.max(maths.abs(x), axesOfChannel(x), true)
}

/** E[x·q] / E[q²] per channel, the scale of least squared error; of a vector, for each element by itself. */
export function leastSquares(maths: Maths, x: Tensor, q: Tensor): Tensor {
  const mean = (product: Tensor) => {
    if (x.shape.length < 2) return product
    // Sums and their quotient in float64, rounded once. Numbers in a computation are float32: the count is one of them.
    const sum = maths.sum(maths.cast(product, 'float64'), axesOfChannel(x), true)
    const count = x.shape.slice(0, -1).reduce((a, b) => a * b, 1)
    return maths.cast(maths.divide(sum, maths.full([], count, 'float64')), 'float32')
  }
  const above = mean(maths.multiply(x, q))
  return maths.exactQuotient(above, maths.add(mean(maths.multiply(q, q)), epsilon))
}

/** The scale that alpha asks for, of x and its codes q. */
export function scaleOf(maths: Maths, x: Tensor, q: Tensor, { alpha }: Options): Tensor | number {
  if (alpha === 'auto') return leastSquares(maths, x, q)
  if (alpha === 'auto_po2') return scaleAsPower(maths, leastSquares(maths, x, q))
  return typeof alpha === 'number' ? alpha : 1
}

/** −1 below zero, +1 from zero on. */
export function signs(maths: Maths, x: Tensor): Tensor {
  const one = maths.full([], 1, x.dtype)
  return maths.where(maths.greaterEqual(x, 0), one, maths.multiply(one, -1))
}

/** QKeras's sigmoid: x / 2 + 1/2, clipped to 0 … 1. */
export function hardSigmoid(maths: Maths, x: Tensor): Tensor {
  return maths.clip(maths.add(maths.multiply(x, 0.5), 0.5), 0, 1)
}

/** The standard deviation per channel; of a vector, over all of it. */
export function deviation(maths: Maths, x: Tensor): Tensor {
  const axes = axesOfChannel(x)
  const apart = maths.subtract(x, maths.mean(x, axes, true))
  return maths.sqrt(maths.mean(maths.square(apart), axes, true))
}

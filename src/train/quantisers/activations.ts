// quantized_relu, quantized_tanh, quantized_sigmoid, quantized_ulaw and quantized_hswish: activations whose results
// are fixed-point values.

import type { Maths, Tensor } from '../autodiff.ts'
import { quantizedBits } from './bits.ts'
import {
  alphaOption,
  bitsOption,
  flagOption,
  integerOption,
  isSet,
  noiseOption,
  numberOf,
  type Options,
  onlyOption,
  positiveOption,
  type QuantiserContext,
  type QuantiserDefinition,
  slopeOption,
} from './definition.ts'
import { hardSigmoid, noisy, roundedBy, scaled } from './rounding.ts'

/** QKeras rounds by chance to halves of a step where it says nothing else. */
const halves = 0.5

/** For 6 bits, 1 integer: round(x · 32) / 32 within 0 … 2 − 1/32. Its gradient is that of a relu clipped at the top. */
export const quantizedRelu: QuantiserDefinition = {
  summary: 'relu in fixed point without sign: bits, integer, negative_slope',
  options: [
    bitsOption,
    integerOption,
    flagOption('use_sigmoid', 0),
    slopeOption,
    flagOption('use_stochastic_rounding'),
    positiveOption('relu_upper_bound', null),
    flagOption('is_quantized_clip', true),
    noiseOption,
  ],
  apply: (x, options, context) => {
    const { maths } = context
    const slope = numberOf(options, 'negative_slope')
    const steps = 2 ** (numberOf(options, 'bits') - (slope === 0 ? 0 : 1))
    const range = 2 ** numberOf(options, 'integer')
    const value = reluValue(maths.stopGradient(x), { steps, range, slope }, options, context)
    return noisy(maths, reluSlope(maths, x, { steps, range, slope }, options), value, options)
  },
}

interface Grid {
  readonly steps: number
  readonly range: number
  readonly slope: number
}

function reluValue(
  x: Tensor,
  { steps, range, slope }: Grid,
  options: Options,
  context: QuantiserContext,
): Tensor {
  const { maths } = context
  const curved = isSet(options, 'use_sigmoid')
  const spread = (share: Tensor) => (curved ? maths.subtract(maths.multiply(share, 2), 1) : share)
  const inside = scaled(maths, x, 1 / range)
  const p = scaled(maths, curved ? hardSigmoid(maths, inside) : inside, steps)
  const rounded = (by: Tensor, unit: number) =>
    spread(scaled(maths, roundedBy(by, options, context, halves), unit))
  const above = maths.clip(rounded(p, 1 / steps), 0, 1 - 1 / steps)
  if (slope === 0) return scaled(maths, above, range)
  const below = maths.clip(rounded(scaled(maths, p, slope), 1 / (slope * steps)), -1, 0)
  return maths.add(scaled(maths, above, range), scaled(maths, below, range * slope))
}

/** What is differentiated: a relu, clipped at the largest value or at a bound of its own. */
function reluSlope(maths: Maths, x: Tensor, { steps, range, slope }: Grid, options: Options): Tensor {
  const leaky = slope === 0 ? maths.relu(x) : maths.maximum(x, maths.multiply(x, slope))
  const bound = isSet(options, 'is_quantized_clip')
    ? range - range / steps
    : typeof options.relu_upper_bound === 'number'
      ? options.relu_upper_bound
      : undefined
  if (bound === undefined) return leaky
  return maths.where(maths.greater(x, bound), maths.full([], bound, x.dtype), leaky)
}

/** For 4 bits: round(p · 8) / 8 within −1 … 7/8, where p is clip(x, −1, 1) or the real tanh. */
export const quantizedTanh: QuantiserDefinition = {
  summary: 'tanh, or the line clipped to ±1, in fixed point',
  options: [
    bitsOption,
    flagOption('use_stochastic_rounding'),
    flagOption('symmetric'),
    flagOption('use_real_tanh'),
  ],
  apply: (x, options, context) => {
    const { maths } = context
    const steps = 2 ** (numberOf(options, 'bits') - 1)
    const line = () => maths.subtract(maths.multiply(hardSigmoid(maths, x), 2), 1)
    const p = isSet(options, 'use_real_tanh') ? maths.tanh(x) : line()
    const lowest = -1 + (isSet(options, 'symmetric') ? 1 / steps : 0)
    return clippedGrid(p, steps, [lowest, 1 - 1 / steps], options, context)
  },
}

/** For 4 bits: round(p · 16) / 16 within 0 … 15/16, where p is clip(x / 2 + 1/2, 0, 1) or the real sigmoid. */
export const quantizedSigmoid: QuantiserDefinition = {
  summary: 'sigmoid, or the line clipped to 0 … 1, in fixed point',
  options: [
    bitsOption,
    flagOption('symmetric'),
    flagOption('use_real_sigmoid'),
    flagOption('use_stochastic_rounding'),
  ],
  apply: (x, options, context) => {
    const { maths } = context
    const steps = 2 ** numberOf(options, 'bits')
    const p = isSet(options, 'use_real_sigmoid') ? maths.sigmoid(x) : hardSigmoid(maths, x)
    const lowest = isSet(options, 'symmetric') ? 1 / steps : 0
    return clippedGrid(p, steps, [lowest, 1 - 1 / steps], options, context)
  },
}

/** p on the grid, with p's gradient between the bounds. */
function clippedGrid(
  p: Tensor,
  steps: number,
  [low, high]: readonly [number, number],
  options: Options,
  context: QuantiserContext,
): Tensor {
  const { maths } = context
  const rounded = roundedBy(scaled(maths, maths.stopGradient(p), steps), options, context, halves)
  return maths.clip(maths.straightThrough(scaled(maths, rounded, 1 / steps), p), low, high)
}

/** sign(r) · log(1 + u|r|) / log(1 + u) of r, which is x clipped to ±range and rounded. */
export const quantizedUlaw: QuantiserDefinition = {
  summary: 'µ-law of a rounded value',
  options: [bitsOption, integerOption, flagOption('symmetric', 0), positiveOption('u', 255)],
  apply: (x, options, { maths }) => {
    const steps = 2 ** (numberOf(options, 'bits') - 1)
    const range = 2 ** numberOf(options, 'integer')
    const u = numberOf(options, 'u')
    const p = scaled(maths, hardSigmoid(maths, scaled(maths, x, 1 / range)), steps)
    const rounded = maths.straightThrough(maths.round(maths.stopGradient(p)), p)
    const r = maths.subtract(maths.multiply(scaled(maths, rounded, 1 / steps), 2), 1)
    const curve = maths.divide(maths.log(maths.add(maths.multiply(maths.abs(r), u), 1)), Math.log(1 + u))
    const lowest = -1 + (isSet(options, 'symmetric') ? 1 / steps : 0)
    return scaled(maths, maths.clip(maths.multiply(maths.sign(r), curve), lowest, 1 - 1 / steps), range)
  },
}

/** x · relu6(x + 3) / 6, then quantized_bits. */
export const quantizedHswish: QuantiserDefinition = {
  summary: 'x · clip(x + shift, 0, bound) / bound, in fixed point',
  options: [
    bitsOption,
    integerOption,
    flagOption('symmetric', 0),
    alphaOption,
    flagOption('use_stochastic_rounding'),
    onlyOption('scale_axis', null),
    noiseOption,
    positiveOption('relu_shift', 3),
    positiveOption('relu_upper_bound', 6),
  ],
  apply: (x, options, context) => {
    const { maths } = context
    const bound = numberOf(options, 'relu_upper_bound')
    const gate = maths.clip(maths.add(x, numberOf(options, 'relu_shift')), 0, bound)
    const product = maths.multiply(x, gate)
    // A reciprocal as a factor would move halves of a step.
    const by = maths.full([], bound, x.dtype)
    const fixed = maths.stopGradient(product)
    const value = x.dtype === 'float32' ? maths.exactQuotient(fixed, by) : maths.divide(fixed, by)
    const curve = maths.straightThrough(value, maths.multiply(product, 1 / bound))
    return quantizedBits.apply(curve, { ...options, keep_negative: true }, context)
  },
}

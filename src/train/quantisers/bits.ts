// quantized_bits and quantized_linear: fixed-point values, by a step that is given or comes from the data.

import type { Maths, Tensor } from '../autodiff.ts'
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
  type QuantiserContext,
  type QuantiserDefinition,
} from './definition.ts'
import {
  axesOfChannel,
  epsilon,
  largest,
  leastSquares,
  noisy,
  roundedBy,
  scaleAsPower,
  scaled,
  signs,
} from './rounding.ts'

/** For 4 bits, 0 integer: round(x · 8) / 8 within −1 … 7/8; with alpha 'auto' the step is max|x| / 7 instead of 1/8. */
export const quantizedBits: QuantiserDefinition = {
  summary: 'fixed point: bits, integer, symmetric, keep_negative, alpha',
  options: [
    bitsOption,
    integerOption,
    flagOption('symmetric', 0),
    flagOption('keep_negative', true),
    alphaOption,
    flagOption('use_stochastic_rounding'),
    onlyOption('scale_axis', null),
    noiseOption,
  ],
  apply: (x, options, context) => {
    const { maths } = context
    const constant = maths.stopGradient(x)
    const value =
      typeof options.alpha === 'string'
        ? autoScaled(constant, options, maths)
        : withStep(constant, options, context)
    return noisy(maths, x, value, options)
  },
}

function withStep(x: Tensor, options: Options, context: QuantiserContext): Tensor {
  const { maths } = context
  const signed = isSet(options, 'keep_negative') ? 1 : 0
  const steps = 2 ** (numberOf(options, 'bits') - signed)
  const factor = typeof options.alpha === 'number' ? options.alpha : 1
  if (steps === 1) return scaled(maths, signs(maths, x), factor)
  const unit = 2 ** numberOf(options, 'integer') / steps
  const lowest = signed * (-steps + (isSet(options, 'symmetric') ? 1 : 0))
  const level = maths.clip(roundedBy(scaled(maths, x, 1 / unit), options, context, 1), lowest, steps - 1)
  return scaled(maths, scaled(maths, level, unit), factor)
}

/** Symmetric levels ±(2^(bits−1) − 1) of a step that comes from the data. */
function autoScaled(x: Tensor, options: Options, maths: Maths): Tensor {
  const limit = 2 ** (numberOf(options, 'bits') - 1) - 1
  const range = 2 ** numberOf(options, 'integer')
  const inside = scaled(maths, x, 1 / range)
  const levels = (step: Tensor) => {
    const size = maths.floor(maths.add(maths.exactQuotient(maths.abs(inside), step), 0.5))
    // A channel of zeros has a step of 0, and a quotient that is no number.
    const finite = maths.where(maths.greater(step, 0), size, 0)
    return maths.multiply(maths.sign(inside), maths.minimum(finite, limit))
  }
  let step = maths.exactQuotient(scaled(maths, largest(maths, inside), 2), 2 * limit)
  if (options.alpha === 'auto_po2') {
    step = scaleAsPower(maths, step)
    for (let round = 0; round < 5; round++)
      step = scaleAsPower(maths, leastSquares(maths, inside, levels(step)))
  }
  return scaled(maths, maths.multiply(levels(step), step), range)
}

/** d · round(clip(x / d)), d = 2^(integer − bits + sign) · alpha; one bit with a sign is ± d/2. */
export const quantizedLinear: QuantiserDefinition = {
  summary: 'as quantized_bits, symmetric by default, with no gradient beyond its range',
  options: [
    bitsOption,
    integerOption,
    flagOption('symmetric', 1),
    flagOption('keep_negative', true),
    alphaOption,
    flagOption('use_stochastic_rounding'),
    onlyOption('scale_axis', null),
    noiseOption,
  ],
  apply: (x, options, context) => {
    const { maths } = context
    const bounds = linearBounds(options)
    const constant = maths.stopGradient(x)
    const step = linearStep(constant, options, bounds, context)
    const value = maths.multiply(linearCodes(constant, step, options, bounds, context), step)
    // The gradient of the clip alone: 1 within the range of x, 0 beyond.
    const [low, high] = [maths.multiply(step, bounds.low), maths.multiply(step, bounds.high)]
    const clipped = maths.minimum(maths.maximum(x, low), high)
    const share = numberOf(options, 'qnoise_factor')
    if (share === 1) return maths.straightThrough(value, clipped)
    const quantised = maths.straightThrough(value, clipped)
    return maths.add(x, maths.multiply(maths.subtract(quantised, x), share))
  },
}

interface Bounds {
  readonly low: number
  readonly high: number
  /** 1/2 for the sign alone: codes are ±1/2 then. */
  readonly shift: number
}

function linearBounds(options: Options): Bounds {
  const signed = isSet(options, 'keep_negative') ? 1 : 0
  const bits = numberOf(options, 'bits')
  if (bits === 1 && signed === 1) return { low: -0.5, high: 0.5, shift: 0.5 }
  const steps = 2 ** (bits - signed)
  return { low: signed * (-steps + (isSet(options, 'symmetric') ? 1 : 0)), high: steps - 1, shift: 0 }
}

function linearCodes(
  x: Tensor,
  step: Tensor,
  options: Options,
  { low, high, shift }: Bounds,
  context: QuantiserContext,
): Tensor {
  const { maths } = context
  const quotient = x.dtype === 'float32' ? maths.exactQuotient(x, step) : maths.divide(x, step)
  const inside = maths.clip(quotient, low, high)
  return maths.add(roundedBy(maths.subtract(inside, shift), options, context, 1), shift)
}

function linearStep(x: Tensor, options: Options, bounds: Bounds, context: QuantiserContext): Tensor {
  const { maths } = context
  const signed = isSet(options, 'keep_negative')
  const unit = 2 ** (numberOf(options, 'integer') - numberOf(options, 'bits') + (signed ? 1 : 0))
  if (typeof options.alpha !== 'string') {
    const factor = typeof options.alpha === 'number' ? options.alpha : 1
    return maths.full([], Math.fround(unit * Math.fround(factor)), x.dtype)
  }
  const top = signed ? scaled(maths, largest(maths, x), 2) : maths.max(x, axesOfChannel(x), true)
  const step = maths.maximum(maths.exactQuotient(top, bounds.high - bounds.low), epsilon)
  if (options.alpha === 'auto') return step
  return settled(x, scaleAsPower(maths, step), options, bounds, context)
}

/** At most five rounds; where two agree, all later ones do. */
function settled(
  x: Tensor,
  first: Tensor,
  options: Options,
  bounds: Bounds,
  context: QuantiserContext,
): Tensor {
  const rounds = bounds.shift === 0 ? 5 : 1
  let step = first
  for (let round = 0; round < rounds; round++) {
    const codes = linearCodes(x, step, { ...options, use_stochastic_rounding: false }, bounds, context)
    step = scaleAsPower(context.maths, leastSquares(context.maths, x, codes))
  }
  return step
}

// binary, ternary and their stochastic variants: two or three codes, times a scale.

import type { Maths, Tensor } from '../autodiff.ts'
import {
  alphaOption,
  flagOption,
  isSet,
  numberOf,
  type Options,
  onlyOption,
  positiveOption,
  type QuantiserContext,
  type QuantiserDefinition,
  wholeOption,
} from './definition.ts'
import {
  deviation,
  epsilon,
  hardSigmoid,
  largest,
  roundedBy,
  scaleAsPower,
  scaled,
  scaleOf,
  signs,
} from './rounding.ts'

const timesScale = (maths: Maths, codes: Tensor, scale: Tensor | number) => maths.multiply(codes, scale)

/** ±1, zero being +1, or 0 and 1; without alpha the gradient is that of tanh. */
export const binary: QuantiserDefinition = {
  summary: '±1, or 0 and 1: use_01, alpha',
  options: [
    flagOption('use_01'),
    alphaOption,
    flagOption('use_stochastic_rounding'),
    onlyOption('scale_axis', null),
  ],
  apply: (x, options, context) => {
    const { maths } = context
    const constant = maths.stopGradient(x)
    const codes = signs(maths, binaryDrawn(constant, options, context))
    const used = isSet(options, 'use_01') ? maths.multiply(maths.add(codes, 1), 0.5) : codes
    const slope = options.alpha === null ? maths.tanh(x) : x
    const value = timesScale(maths, used, scaleOf(maths, maths.stopGradient(slope), used, options))
    return maths.straightThrough(value, slope)
  },
}

/** In training with stochastic rounding, x by chance on eighths of twice its largest value, which may change signs near 0. */
function binaryDrawn(x: Tensor, options: Options, context: QuantiserContext): Tensor {
  const { maths, training, seed, salt } = context
  if (!training || !isSet(options, 'use_stochastic_rounding')) return x
  const full = scaled(maths, maths.minimum(largest(maths, x), 1), 2)
  const rounded = maths.multiply(roundedBy(maths.exactQuotient(x, full), options, context, 0.125), full)
  const coin = maths.subtract(maths.uniform(seed, salt + 1, x.shape), 0.5)
  return maths.where(maths.greater(maths.abs(rounded), 0), rounded, coin)
}

const defaultThreshold = Math.fround(0.33)

/** −1, 0, +1 by a threshold; with alpha 'auto' threshold and scale are found in turn. */
export const ternary: QuantiserDefinition = {
  summary: '−1, 0, +1: alpha, threshold',
  options: [
    alphaOption,
    positiveOption('threshold', null),
    flagOption('use_stochastic_rounding'),
    wholeOption('number_of_unrolls', 5, 1, 20),
  ],
  apply: (x, options, context) => {
    const { maths } = context
    const { codes, scale } = ternaryCodes(maths.stopGradient(x), options, context)
    const slope = options.alpha === null ? maths.tanh(x) : x
    return maths.straightThrough(timesScale(maths, codes, scale), slope)
  },
}

function ternaryCodes(
  x: Tensor,
  options: Options,
  context: QuantiserContext,
): { codes: Tensor; scale: Tensor | number } {
  const { maths } = context
  const cut = (values: Tensor, least: Tensor | number) =>
    maths.where(maths.greaterEqual(maths.abs(values), least), maths.sign(x), 0)
  if (typeof options.alpha !== 'string') {
    const least = typeof options.threshold === 'number' ? Math.fround(options.threshold) : defaultThreshold
    return { codes: cut(x, least), scale: options.alpha ?? 1 } as { codes: Tensor; scale: number }
  }
  let scale: Tensor | number = maths.exactQuotient(scaled(maths, largest(maths, x), 2), 3)
  if (options.alpha === 'auto_po2') scale = scaleAsPower(maths, scale)
  let codes = x
  for (let round = 0; round < numberOf(options, 'number_of_unrolls'); round++) {
    const now: Tensor | number = scale
    codes = cut(thirds(x, now as Tensor, options, context), scaled(maths, now as Tensor, 0.5))
    scale = scaleOf(maths, x, codes, options)
  }
  return { codes, scale }
}

/** In training with stochastic rounding, x by chance on thirds of the scale. */
function thirds(x: Tensor, scale: Tensor, options: Options, context: QuantiserContext): Tensor {
  const { maths, training } = context
  if (!training || !isSet(options, 'use_stochastic_rounding')) return x
  return maths.multiply(roundedBy(maths.exactQuotient(x, scale), options, context, 1 / 3), scale)
}

const stochasticOptions = (temperature: number) => [
  alphaOption,
  positiveOption('temperature', temperature),
  flagOption('use_real_sigmoid', true),
]

/** The chance of the upper code. */
function chance(maths: Maths, x: Tensor, options: Options): Tensor {
  const sharpened = maths.multiply(x, numberOf(options, 'temperature'))
  return isSet(options, 'use_real_sigmoid') ? maths.sigmoid(sharpened) : hardSigmoid(maths, sharpened)
}

/** +1 where the chance is not below what is drawn, else −1. */
function drawn(x: Tensor, options: Options, { maths, seed, salt }: QuantiserContext, more = 0): Tensor {
  return signs(maths, maths.subtract(chance(maths, x, options), maths.uniform(seed, salt + more, x.shape)))
}

function normalised(maths: Maths, x: Tensor, { alpha }: Options): Tensor {
  if (typeof alpha !== 'string') return x
  return maths.divide(x, maths.add(deviation(maths, x), epsilon))
}

/** In training ±1 with chance sigmoid(temperature · x / deviation); in inference as binary. */
export const stochasticBinary: QuantiserDefinition = {
  summary: '±1 by chance in training, binary in inference',
  options: stochasticOptions(6),
  apply: (x, options, context) => {
    const { maths, training } = context
    if (!training)
      return binary.apply(x, { ...options, use_01: false, use_stochastic_rounding: false }, context)
    const constant = maths.stopGradient(x)
    const scale = scaleOf(maths, constant, signs(maths, constant), options)
    const codes = drawn(normalised(maths, constant, options), options, context)
    return maths.straightThrough(timesScale(maths, codes, scale), x)
  },
}

/** In training −1, 0, +1 by chance around the threshold; in inference as ternary. Needs alpha 'auto' or 'auto_po2'. */
export const stochasticTernary: QuantiserDefinition = {
  summary: '−1, 0, +1 by chance in training, ternary in inference',
  options: [
    alphaOption,
    positiveOption('threshold', null),
    positiveOption('temperature', 8),
    flagOption('use_real_sigmoid', true),
    wholeOption('number_of_unrolls', 5, 1, 20),
  ],
  apply: (x, options, context) => {
    const { maths, training } = context
    if (!training || typeof options.alpha !== 'string') return ternary.apply(x, options, context)
    const constant = maths.stopGradient(x)
    const { scale } = ternaryCodes(constant, options, context)
    const spread = maths.add(deviation(maths, constant), epsilon)
    const at = maths.divide(constant, spread)
    const threshold = maths.divide(scale, maths.multiply(spread, 2))
    const upper = drawn(maths.subtract(at, threshold), options, context)
    const lower = drawn(maths.add(at, threshold), options, context, 1)
    const codes = maths.multiply(maths.add(upper, lower), 0.5)
    return maths.straightThrough(timesScale(maths, codes, scale), x)
  },
}

/** 0 or 1 with chance sigmoid(temperature · x / deviation), in training and in inference. */
export const bernoulli: QuantiserDefinition = {
  summary: '0 or 1 by chance, always',
  options: stochasticOptions(6),
  apply: (x, options, context) => {
    const { maths } = context
    const constant = maths.stopGradient(x)
    const half = (codes: Tensor) => maths.multiply(maths.add(codes, 1), 0.5)
    const scale = scaleOf(maths, constant, half(signs(maths, constant)), options)
    const codes = half(drawn(normalised(maths, constant, options), options, context))
    return maths.straightThrough(timesScale(maths, codes, scale), x)
  },
}

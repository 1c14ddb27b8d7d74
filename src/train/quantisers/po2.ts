// quantized_po2 and quantized_relu_po2: signed powers of two, by their exponents.

import type { Tensor } from '../autodiff.ts'
import {
  bitsOption,
  flagOption,
  isSet,
  noiseOption,
  numberOf,
  type Options,
  positiveOption,
  type QuantiserContext,
  type QuantiserDefinition,
  slopeOption,
  wordOption,
} from './definition.ts'
import { epsilon, nearestPowerOfTwo, noisy, powerOfTwoBelow, signs } from './rounding.ts'

const shared = [
  flagOption('use_stochastic_rounding'),
  flagOption('quadratic_approximation'),
  wordOption('log2_rounding', ['rnd', 'floor']),
  noiseOption,
]

/** ±2^e with e in the range that the bits leave for it; zero becomes the smallest. */
export const quantizedPo2: QuantiserDefinition = {
  summary: 'signed powers of two: bits, max_value',
  options: [bitsOption, positiveOption('max_value', null), ...shared],
  apply: (x, options, context) => {
    const { maths } = context
    const constant = maths.stopGradient(x)
    // One bit is the sign of x.
    const size = powers(maths.abs(constant), numberOf(options, 'bits') - 1, options, context)
    return noisy(maths, x, maths.multiply(signs(maths, constant), size), options)
  },
}

/** 2^e of what is above zero; below, the smallest, or −2^e of slope · |x|. */
export const quantizedReluPo2: QuantiserDefinition = {
  summary: 'powers of two of a relu: bits, max_value, negative_slope',
  options: [bitsOption, positiveOption('max_value', null), slopeOption, ...shared],
  apply: (x, options, context) => {
    const { maths } = context
    const [bits, slope] = [numberOf(options, 'bits'), numberOf(options, 'negative_slope')]
    const constant = maths.stopGradient(x)
    const above = powers(maths.relu(constant), bits, options, context)
    const leaky = slope === 0 ? maths.relu(x) : maths.maximum(x, maths.multiply(x, slope))
    const limit = options.max_value
    const shape = typeof limit === 'number' ? maths.minimum(leaky, limit) : leaky
    if (slope === 0) return noisy(maths, shape, above, options)
    const down = maths.multiply(maths.relu(maths.multiply(constant, -1)), slope)
    const below = maths.multiply(powers(down, bits, options, { ...context, salt: context.salt + 1 }), -1)
    return noisy(maths, shape, maths.where(maths.greaterEqual(constant, 0), above, below), options)
  },
}

/** 2^e nearest to sizes, e within what the bits hold; the exponent has a sign of its own unless the limit keeps it at 0 or below. */
function powers(size: Tensor, bits: number, options: Options, context: QuantiserContext): Tensor {
  const { maths } = context
  const limit = typeof options.max_value === 'number' ? Math.fround(options.max_value) : undefined
  const exponentBits = bits - (limit === undefined || limit > 1 ? 1 : 0)
  const squared = isSet(options, 'quadratic_approximation')
  const highest = 2 ** exponentBits - 1
  const [lowest, top] = [2 ** -(2 ** exponentBits), 2 ** (squared ? 2 * Math.floor(highest / 2) : highest)]
  const seen = maths.maximum(maths.cast(size, 'float32'), epsilon)
  const limited = limit === undefined ? seen : maths.minimum(seen, limit)
  const power = powerOf(squared ? maths.sqrt(limited) : limited, options, context)
  const bounded = maths.minimum(maths.maximum(power, lowest), Math.min(top, 2 ** 127))
  const value = squared ? maths.square(bounded) : bounded
  return maths.cast(maths.where(maths.greaterEqual(size, epsilon), value, lowest), size.dtype)
}

function powerOf(x: Tensor, options: Options, context: QuantiserContext): Tensor {
  const { maths, training, seed, salt } = context
  if (options.log2_rounding === 'floor') return powerOfTwoBelow(maths, x)
  const nearest = nearestPowerOfTwo(maths, x)
  if (!training || !isSet(options, 'use_stochastic_rounding')) return nearest
  // Down or up by chance, so that the mean is x.
  const left = maths.where(maths.greater(nearest, x), maths.multiply(nearest, 0.5), nearest)
  const mark = maths.multiply(left, maths.add(maths.uniform(seed, salt, x.shape), 1))
  return maths.where(maths.greater(mark, x), left, maths.multiply(left, 2))
}

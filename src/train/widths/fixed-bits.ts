// Values cut to a number of fraction bits that is itself trained (Sun et al., arXiv:2405.00645). The number is rounded
// where it is used. What is cut away, δ = x − q, halves with every bit, so the gradient by the bits is that of
// ln 2 · δ · f; the gradient by the value passes through.

import type { Maths, Tensor } from '../autodiff.ts'

/** Bounds of fraction bits: what float32 can still tell, and what is nothing at all. */
export const leastFrac = -12
export const mostFrac = 20

/** 2^k for whole k from −126 to 127, exactly. No gradient. */
export function powerOfTwo(maths: Maths, k: Tensor): Tensor {
  const biased = maths.cast(maths.add(maths.stopGradient(k), 127), 'int32')
  const power = maths.fromBits(maths.multiply(biased, maths.full([], 2 ** 23, 'int32')))
  return k.dtype === 'float64' ? maths.cast(power, 'float64') : power
}

/** The fraction bits as they are used: whole and between bounds, with the gradient of what is trained. */
export function usedFrac(maths: Maths, frac: Tensor): Tensor {
  const bounded = maths.minimum(maths.maximum(frac, leastFrac), mostFrac)
  return maths.straightThrough(maths.round(maths.stopGradient(bounded)), frac)
}

/** floor(x · 2^f + half) / 2^f, with gradients for x and for f. */
export function flooredBits(maths: Maths, x: Tensor, frac: Tensor, half: 0 | 0.5): Tensor {
  const used = usedFrac(maths, frac)
  const step = powerOfTwo(maths, maths.multiply(maths.stopGradient(used), -1))
  const constant = maths.stopGradient(x)
  const q = maths.multiply(maths.floor(maths.add(maths.divide(constant, step), half)), step)
  const cut = maths.stopGradient(maths.multiply(maths.subtract(constant, q), Math.LN2))
  return maths.straightThrough(q, maths.add(x, maths.multiply(cut, used)))
}

/** Bits before the binary point: floor(log2 |x|) + 1, and −126 for 0. No gradient. */
export function integerBits(maths: Maths, x: Tensor): Tensor {
  const size = maths.cast(maths.abs(maths.stopGradient(x)), 'float32')
  const exponent = maths.cast(maths.bitAnd(maths.bitsOf(size), 0x7f800000), 'float32')
  return maths.subtract(maths.multiply(exponent, 2 ** -23), 126)
}

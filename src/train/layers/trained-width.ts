// Quantisers whose widths are trained or were: what HGQ (arXiv:2405.00645) puts between the layers of a network.

import type { Maths, Tensor } from '../autodiff.ts'
import { wholes, word } from '../fields.ts'
import { wholeIn } from '../widths/fields.ts'
import { flooredBits, powerOfTwo } from '../widths/fixed-bits.ts'
import { defineLayer } from './definition.ts'

/**
 * Values with as many fraction bits as training finds worth their cost, for every element of a row or for all of them.
 * It keeps what range was seen. Models that have it are written with `fixed-point` layers in its place.
 */
export const trainedWidth = defineLayer({
  classes: {},
  summary: 'values of trained width, by element or as a whole',
  fields: {
    /** Fraction bits to begin with. */
    frac: wholeIn('frac', -8, 20, 6),
    per: word('per', ['element', 'tensor'], 'element'),
  },
  shape: (_settings, input) => input,
  weights: ({ frac, per }, input) => {
    const shape = per === 'element' ? input : [1]
    return [
      { name: 'frac', shape, initialiser: 'zeros', trainable: true, initial: values => values.fill(frac) },
      { name: 'low', shape, initialiser: 'zeros', trainable: false },
      { name: 'high', shape, initialiser: 'zeros', trainable: false },
    ]
  },
  forward: ({ maths, settings, training, x, weight, update }) => {
    const value = flooredBits(maths, x, weight('frac'), 0)
    if (training) {
      const held = maths.stopGradient(value)
      const axes = settings.per === 'element' ? 0 : null
      const shape = settings.per === 'element' ? x.shape.slice(1) : [1]
      const least = maths.reshape(maths.multiply(maths.max(maths.multiply(held, -1), axes), -1), shape)
      const most = maths.reshape(maths.max(held, axes), shape)
      update('low', followed(maths, weight('low'), least, 'minimum'))
      update('high', followed(maths, weight('high'), most, 'maximum'))
    }
    return value
  },
})

/** What was seen is forgotten slowly, so that bounds follow weights that change. */
const forgetting = 0.98

function followed(maths: Maths, bound: Tensor, seen: Tensor, which: 'minimum' | 'maximum'): Tensor {
  return maths[which](maths.multiply(bound, forgetting), seen)
}

/** HGQ's proxy of such a layer: a fixed-point type by element, in three arrays. Nothing of it is trained. */
export const fixedPoint = defineLayer({
  classes: { plain: 'HGQ>FixedPointQuantizer' },
  summary: 'values of fixed-point types, by element',
  fields: {
    rounding: word('RND', ['TRN', 'RND'], 'TRN'),
    overflow: word('SAT', ['WRAP', 'SAT'], 'WRAP'),
    over: wholes('shape'),
  },
  shape: (_settings, input) => input,
  weights: ({ over }) =>
    ['keep_negative', 'bits', 'integers'].map(name => ({
      name,
      shape: over,
      initialiser: 'zeros' as const,
      trainable: false,
    })),
  forward: ({ maths, settings, x, weight }) => {
    const bits = weight('bits')
    const negative = weight('keep_negative')
    const step = powerOfTwo(maths, maths.subtract(weight('integers'), bits))
    // In steps: 2^bits of them, from −2^(bits − 1) where there is a sign, else from 0.
    const half = settings.rounding === 'RND' ? 0.5 : 0
    const steps = maths.floor(maths.add(maths.divide(x, step), half))
    const count = powerOfTwo(maths, bits)
    const least = maths.multiply(maths.multiply(negative, count), -0.5)
    const kept =
      settings.overflow === 'SAT'
        ? maths.minimum(maths.maximum(steps, least), maths.subtract(maths.add(least, count), 1))
        : wrapped(maths, maths.subtract(steps, least), count, least)
    const value = maths.multiply(kept, step)
    return maths.where(maths.greater(bits, 0), value, maths.multiply(value, 0))
  },
  keras: () => ({ overrides: {}, fusible: false }),
})

function wrapped(maths: Maths, above: Tensor, count: Tensor, least: Tensor): Tensor {
  const turns = maths.floor(maths.divide(above, count))
  return maths.add(maths.subtract(above, maths.multiply(turns, count)), least)
}

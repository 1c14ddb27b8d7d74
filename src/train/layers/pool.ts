// Pooling: the largest or the mean of a window, or of all pixels.

import { extents, extentsOrNull, word } from '../fields.ts'
import { defineLayer } from './definition.ts'
import { type Window, windowPixels, windowShape } from './windows.ts'

type Kind = 'max' | 'average'
type Rank = 1 | 2
const words = { max: 'Max', average: 'Average' } as const

interface PoolSettings {
  readonly poolSize: readonly number[]
  readonly strides: readonly number[] | null
  readonly padding: 'valid' | 'same'
}

const windowOf = ({ poolSize, strides, padding }: PoolSettings): Window => ({
  size: poolSize,
  strides: strides ?? poolSize,
  dilation: poolSize.map(() => 1),
  padding,
})

function pool(kind: Kind, rank: Rank) {
  return defineLayer({
    classes: { plain: `${words[kind]}Pooling${rank}D` },
    summary: kind === 'max' ? 'the largest of a window' : 'the mean of a window',
    fields: {
      poolSize: extents('pool_size', rank, 2),
      strides: extentsOrNull('strides', rank),
      padding: word<'valid' | 'same'>('padding', ['valid', 'same']),
    },
    shape: (settings, input) => {
      const results = windowShape(windowOf(settings), input)
      return typeof results === 'string' ? results : [...results, input.at(-1)!]
    },
    forward: ({ maths, settings, x }) => {
      const window = windowOf(settings)
      // Nothing is smaller than what stands outside.
      if (kind === 'max') return windowPixels(maths, x, window, -3e38).reduce((a, b) => maths.maximum(a, b))
      const sum = windowPixels(maths, x, window).reduce((a, b) => maths.add(a, b))
      if (settings.padding === 'valid')
        return maths.multiply(sum, 1 / settings.poolSize.reduce((a, b) => a * b))
      // Pixels outside do not count.
      const ones = maths.full(x.shape, 1, x.dtype)
      const counts = windowPixels(maths, ones, window).reduce((a, b) => maths.add(a, b))
      return maths.divide(sum, counts)
    },
    keras: () => ({ data_format: 'channels_last' }),
  })
}

function globalPool(kind: Kind, rank: Rank) {
  return defineLayer({
    classes: { plain: `Global${words[kind]}Pooling${rank}D` },
    summary: kind === 'max' ? 'the largest of all pixels' : 'the mean of all pixels',
    fields: {},
    shape: (_settings, input) =>
      input.length === rank + 1
        ? [input.at(-1)!]
        : `it takes ${rank} axes and channels, and its input is [${input.join(', ')}]`,
    forward: ({ maths, x }) => {
      const axes = x.shape.slice(1, -1).map((_, axis) => axis + 1)
      return kind === 'max' ? maths.max(x, axes) : maths.mean(x, axes)
    },
    keras: () => ({ data_format: 'channels_last', keepdims: false }),
  })
}

export const [maxPool1d, maxPool2d] = [pool('max', 1), pool('max', 2)]
export const [averagePool1d, averagePool2d] = [pool('average', 1), pool('average', 2)]
export const [globalMaxPool1d, globalMaxPool2d] = [globalPool('max', 1), globalPool('max', 2)]
export const [globalAveragePool1d, globalAveragePool2d] = [globalPool('average', 1), globalPool('average', 2)]

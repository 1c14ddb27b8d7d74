// Pooling: the largest or the mean of a window, or of all pixels.

import type { Shape } from '../../ir/tensor-type.ts'
import type { Maths, Tensor } from '../autodiff.ts'
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
      if (kind === 'max' && areTiles(window, x.shape)) return largestOfTiles(maths, x, window.size)
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

/** Whether windows stand side by side, with nothing around the input. */
function areTiles({ size, strides, padding }: Window, [, ...input]: readonly number[]): boolean {
  const fits = size.every((own, axis) => padding === 'valid' || input[axis]! % own === 0)
  return fits && size.every((own, axis) => own === strides[axis])
}

/** [rows, …extents, channels] to the largest of each tile; its gradient goes to the first that is so large. */
function largestOfTiles(maths: Maths, x: Tensor, size: readonly number[]): Tensor {
  const places = size.reduce((a, b) => a * b)
  return maths.withOwnGradient(
    {
      value: x => {
        const pixels = tilePixels(maths, x!, size)
        const result = maths.inMemory(pixels.reduce((a, b) => maths.maximum(a, b)))
        return { result, kept: [result] }
      },
      pullBack: (slope, [x], [largest]) => {
        const pixels = tilePixels(maths, x!, size)
        const first = pixels.reduceRight<Tensor>(
          (behind, own, place) => maths.where(maths.greaterEqual(own, largest!), place, behind),
          maths.full(slope.shape, places - 1),
        )
        return [spread(maths, slope, maths.inMemory(first), size, x!.shape)]
      },
    },
    [x],
  )
}

/** [rows, …results, channels] for each place in a tile, row by row. */
const tilePixels = (maths: Maths, x: Tensor, size: readonly number[]): Tensor[] =>
  windowPixels(maths, cropped(maths, x, size), {
    size,
    strides: size,
    dilation: size.map(() => 1),
    padding: 'valid',
  })

/** Without pixels behind the last whole tile. */
const cropped = (maths: Maths, x: Tensor, size: readonly number[]): Tensor =>
  size.reduce((own, extent, axis) => {
    const has = own.shape[axis + 1]!
    return has % extent === 0 ? own : maths.slice(own, axis + 1, 0, has - (has % extent))
  }, x)

/** Each tile's value at one of its places, and zeros elsewhere. */
function spread(maths: Maths, values: Tensor, place: Tensor, size: readonly number[], shape: Shape): Tensor {
  const [rows, ...results] = values.shape
  const channels = results.pop()!
  const apart = [rows!, ...results.flatMap(count => [count, 1]), channels]
  const own = [1, ...size.flatMap(extent => [1, extent]), 1]
  const numbers = maths.reshape(maths.numbers(size.reduce((a, b) => a * b)), own)
  const hit = maths.equal(maths.reshape(place, apart), numbers)
  const tiles = maths.where(hit, maths.reshape(values, apart), 0)
  const within = [rows!, ...results.map((count, axis) => count * size[axis]!), channels]
  const behind = shape.map((extent, axis): [number, number] => [0, extent - within[axis]!])
  return maths.pad(maths.reshape(tiles, within), behind)
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

import { describe, expect, it } from 'vitest'
import { type HostArray, loadAutodiff, type Tensor, type Tensors } from '../autodiff.ts'
import { forward } from '../forward.ts'
import { readModelConfig } from '../model.ts'
import { convolveRuns } from './convolution.ts'

const { maths, compile, gradient, upload, download, release } = await loadAutodiff()
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
/** Small whole numbers, whose products and sums are exact. */
const whole = (shape: readonly number[], salt: number): HostArray => ({
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, (_, k) => ((k * 7919 + salt * 104729) % 11) - 5),
})

/** Gradients of Σ slope · work(weights), and the value of work. */
function slopesOf(
  work: (weights: Tensors) => Tensor,
  weights: Record<string, HostArray>,
  slope: (shape: readonly number[]) => HostArray,
): Record<string, number[]> {
  let shape: readonly number[] = []
  const probe = compile((own: Tensors) => {
    const value = work(own)
    shape = value.shape
    return { value }
  })
  const given = Object.fromEntries(Object.entries(weights).map(([key, own]) => [key, upload(own)]))
  release(probe(given))
  const given2 = { own: given, slope: upload(slope(shape)) }
  const results = compile((all: { own: Tensors; slope: Tensor }) => {
    const pass = gradient(own => {
      const value = work(own)
      return { loss: maths.sum(maths.multiply(value, all.slope)), more: { value } }
    }, all.own)
    return { ...pass.gradients, value: pass.more.value }
  })(given2)
  const read = Object.entries(results).map(([key, own]) => [key, [...download(own)].map(v => v + 0)])
  release(results)
  release(given2)
  return Object.fromEntries(read)
}

/** The same by five loops. */
function plainly(x: HostArray, kernel: HostArray, slope: HostArray): Record<string, number[]> {
  const [rows, height, width, channels] = x.shape as [number, number, number, number]
  const [kernelHeight, kernelWidth, , filters] = kernel.shape as [number, number, number, number]
  const [down, across] = [height - kernelHeight + 1, width - kernelWidth + 1]
  const value = new Array<number>(rows * down * across * filters).fill(0)
  const [ofX, ofKernel] = [x, kernel].map(own => new Array<number>(own.data.length).fill(0)) as [
    number[],
    number[],
  ]
  for (let at = 0; at < value.length; at++) {
    const filter = at % filters
    const place = Math.floor(at / filters)
    const [column, line] = [place % across, Math.floor(place / across) % down]
    const row = Math.floor(place / across / down)
    for (let tap = 0; tap < kernelHeight * kernelWidth * channels; tap++) {
      const [channel, spot] = [tap % channels, Math.floor(tap / channels)]
      const [dx, dy] = [spot % kernelWidth, Math.floor(spot / kernelWidth)]
      const pixel = ((row * height + line + dy) * width + column + dx) * channels + channel
      const weight = tap * filters + filter
      value[at]! += x.data[pixel]! * kernel.data[weight]!
      ofX[pixel]! += slope.data[at]! * kernel.data[weight]!
      ofKernel[weight]! += slope.data[at]! * x.data[pixel]!
    }
  }
  return { x: ofX, kernel: ofKernel, value }
}

describe('a convolution with its own gradient', () => {
  it.each<[string, readonly number[], readonly number[]]>([
    ['an image', [2, 6, 7, 3], [3, 2, 3, 4]],
    ['filters that do not fill a vector', [2, 5, 5, 4], [3, 3, 4, 5]],
    ['a single channel and filter', [3, 4, 6, 1], [2, 3, 1, 1]],
    ['a column', [2, 9, 1, 3], [4, 1, 3, 8]],
    ['a line', [2, 1, 9, 3], [1, 4, 3, 8]],
    ['a kernel as large as the image', [2, 4, 5, 2], [4, 5, 2, 4]],
    ['one row of data', [1, 4, 4, 8], [2, 2, 8, 4]],
  ])('is what loops make of it: %s', (_, imageShape, kernelShape) => {
    const [x, kernel] = [whole(imageShape, 1), whole(kernelShape, 2)]
    const slope = (shape: readonly number[]) => whole(shape, 3)
    const own = slopesOf(({ x, kernel }) => convolveRuns(maths, x!, kernel!), { x, kernel }, slope)
    const shape = [
      imageShape[0]!,
      imageShape[1]! - kernelShape[0]! + 1,
      imageShape[2]! - kernelShape[1]! + 1,
      kernelShape[3]!,
    ]
    expect(own).toEqual(plainly(x, kernel, slope(shape)))
  })

  it('passes its gradient to what stands before and behind it', () => {
    const twice = (convolve: (x: Tensor, kernel: Tensor) => Tensor) => (own: Tensors) => {
      const first = convolve(maths.multiply(own.x!, 2), own.kernel!)
      return maths.add(convolve(maths.square(first), own.kernel!), maths.sum(first))
    }
    // One product for all: the same sums by the library's own gradients.
    const plain = (x: Tensor, kernel: Tensor) => {
      const [rows, height, width, channels] = x.shape as [number, number, number, number]
      const taps = [0, 1].flatMap(dy => [0, 1].map(dx => [dy, dx] as const))
      const side = taps.map(([dy, dx]) =>
        maths.slice(maths.slice(x, 1, dy, dy + height - 1), 2, dx, dx + width - 1),
      )
      const flat = maths.reshape(maths.concatenate(side, -1), [
        rows * (height - 1) * (width - 1),
        4 * channels,
      ])
      const results = maths.dot(flat, maths.reshape(kernel, [4 * channels, kernel.shape.at(-1)!]))
      return maths.reshape(results, [rows, height - 1, width - 1, kernel.shape.at(-1)!])
    }
    const weights = { x: whole([2, 4, 4, 2], 4), kernel: whole([2, 2, 2, 2], 5) }
    const slope = (shape: readonly number[]) => whole(shape, 6)
    const own = slopesOf(
      twice((x, kernel) => convolveRuns(maths, x, kernel)),
      weights,
      slope,
    )
    expect(own).toEqual(slopesOf(twice(plain), weights, slope))
  })
})

describe('the largest of tiles', () => {
  const pooled = (settings: object, shape: readonly number[]) => {
    const [, ...input] = shape
    const model = readModelConfig({ input, layers: [{ kind: 'max-pool2d', ...settings }] }, 'test')
    return ({ x }: Tensors) =>
      forward(model, {}, [x!], { maths, training: true, seed: maths.full([], 0, 'int32') }).output
  }

  it('gives its gradient to the first of equals, and none beyond the last whole tile', () => {
    const x: HostArray = { shape: [1, 3, 4, 1], data: Float32Array.of(1, 5, 2, 2, 5, 0, 2, 2, 9, 9, 9, 9) }
    const own = slopesOf(pooled({ poolSize: 2 }, x.shape), { x }, shape => ({
      shape,
      data: Float32Array.of(3, 4),
    }))
    expect(own.value).toEqual([5, 2])
    expect(own.x).toEqual([0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it.each<[string, object, readonly number[]]>([
    ['of images', { poolSize: [2, 3] }, [2, 5, 7, 4]],
    ['that fill it', { poolSize: 2, padding: 'same' }, [2, 4, 6, 3]],
  ])('is that of windows: %s', (_, settings, shape) => {
    const x = whole(shape, 7)
    const slope = (own: readonly number[]) => whole(own, 8)
    const { poolSize } = settings as { poolSize: number | [number, number] }
    const [high, wide] = typeof poolSize === 'number' ? [poolSize, poolSize] : poolSize
    const own = slopesOf(pooled(settings, shape), { x }, slope)
    const [rows, height, width, channels] = shape as [number, number, number, number]
    const [down, across] = [Math.floor(height / high), Math.floor(width / wide)]
    const slopes = slope([rows, down, across, channels]).data
    const expected = new Array<number>(x.data.length).fill(0)
    slopes.forEach((value, at) => {
      const [channel, place] = [at % channels, Math.floor(at / channels)]
      const [column, line] = [place % across, Math.floor(place / across) % down]
      const row = Math.floor(place / across / down)
      const pixels = Array.from({ length: high * wide }, (_, k) => {
        const [dy, dx] = [Math.floor(k / wide), k % wide]
        return ((row * height + line * high + dy) * width + column * wide + dx) * channels + channel
      })
      const largest = Math.max(...pixels.map(pixel => x.data[pixel]!))
      expected[pixels.find(pixel => x.data[pixel] === largest)!]! += value
    })
    expect(own.x).toEqual(expected.map(value => value + 0))
  })
})

// A convolution by steps of one pixel, with a gradient of its own. The pixels that the places of a kernel's row see lie
// next to one another in an image of rows; put side by side once per place along the row, column by column of the image,
// those of all rows of the kernel do too, and a window is a run of memory. So an image is copied once per column of the
// kernel, and not once per place, and each of the three products (results, gradients of kernel and of pixels) is one
// product of matrices over such runs.

import type { Maths, Tensor } from '../autodiff.ts'

type Image = readonly [rows: number, height: number, width: number, channels: number]
type Columns = readonly [rows: number, results: number, height: number, run: number]
type Kernel = readonly [height: number, width: number, channels: number, filters: number]

/** The library's vectors have four numbers: filters that do not fill the last one are computed one value at a time. */
const lanes = 4

/** [rows, height, width, channels] and [kernel height, width, channels, filters]: all windows within the image. */
export function convolveRuns(maths: Maths, x: Tensor, kernel: Tensor): Tensor {
  const filters = kernel.shape.at(-1)!
  const idle = (lanes - (filters % lanes)) % lanes
  if (idle === 0) return convolution(maths, x, kernel)
  const full = maths.pad(kernel, [...kernel.shape.slice(1).map((): [number, number] => [0, 0]), [0, idle]])
  return maths.slice(convolution(maths, x, full), -1, 0, filters)
}

const convolution = (maths: Maths, x: Tensor, kernel: Tensor): Tensor =>
  maths.withOwnGradient(
    {
      value: (x, kernel) => {
        const columns = columnsOf(maths, x!, kernel!.shape[1]!)
        return { result: products(maths, columns, kernel!), kept: [columns] }
      },
      pullBack: (slope, [, kernel], [columns]) => [
        pixelSlopes(maths, slope, kernel!),
        kernelSlopes(maths, slope, columns!, kernel!.shape as Kernel),
      ],
    },
    [x, kernel],
  )

/** Of every window with the kernel. */
function products(maths: Maths, columns: Tensor, kernel: Tensor): Tensor {
  const [height, , , filters] = kernel.shape as Kernel
  const [rows, count, imageHeight, run] = columns.shape as Columns
  const windows = maths.overlapping(maths.reshape(columns, [rows, count, imageHeight * run]), {
    count: imageHeight - height + 1,
    size: height * run,
    step: run,
  })
  const flat = maths.reshape(kernel, [height * run, filters])
  const results = maths.dot(maths.transpose(windows, [0, 2, 1, 3]), flat)
  return apart(maths, results)
}

/** The same, so that the library does not fuse what follows into the product, which it would do value by value. */
const apart = (maths: Maths, results: Tensor): Tensor =>
  maths.reshape(maths.reshape(results, [...results.shape, 1]), results.shape)

/** What the rows of a kernel of this width see. */
function columnsOf(maths: Maths, x: Tensor, width: number): Tensor {
  const [rows, height, imageWidth, channels] = x.shape as Image
  const count = imageWidth - width + 1
  const lines = maths.reshape(x, [rows, height, imageWidth * channels])
  const runs =
    width === imageWidth
      ? maths.reshape(lines, [rows, height, 1, imageWidth * channels])
      : maths.overlapping(lines, { count, size: width * channels, step: channels })
  return maths.inMemory(maths.transpose(runs, [0, 2, 1, 3]))
}

/** Each pixel's gradient: a convolution of the results', zeros around them, with the kernel turned round. */
function pixelSlopes(maths: Maths, slope: Tensor, kernel: Tensor): Tensor {
  const [height, width] = kernel.shape as Kernel
  const around = [height - 1, width - 1].map((own): [number, number] => [own, own])
  const padded = maths.inMemory(maths.pad(slope, [[0, 0], ...around, [0, 0]]))
  const turned = maths.transpose(maths.flip(kernel, [0, 1]), [0, 1, 3, 2])
  return products(maths, columnsOf(maths, padded, width), maths.inMemory(turned))
}

/**
 * Slopes with lines of zeros below, where a window would reach beyond the image: so windows of all columns follow in equal
 * steps. As the library pads value by value, they are taken from the next lines there are, and then replaced.
 */
function withZerosBelow(maths: Maths, slope: Tensor, below: number): Tensor {
  if (below === 0) return slope
  const [rows, height, width, filters] = slope.shape as Image
  const line = width * filters
  const flat = maths.reshape(slope, [rows * height * line])
  const high = maths.overlapping(flat, { count: rows, size: (height + below) * line, step: height * line })
  const isWithin = maths.inMemory(maths.greater(height, maths.numbers(height + below)))
  const apart = maths.reshape(isWithin, [1, height + below, 1, 1])
  return maths.where(apart, maths.reshape(high, [rows, height + below, width, filters]), 0)
}

/** A product for each row of the kernel: what it saw, times what came of it. */
function kernelSlopes(maths: Maths, slope: Tensor, columns: Tensor, kernel: Kernel): Tensor {
  const [height, , , filters] = kernel
  const [rows, count, imageHeight, run] = columns.shape as Columns
  const below = height - 1
  const caused = maths.inMemory(maths.transpose(withZerosBelow(maths, slope, below), [0, 2, 1, 3]))
  const length = rows * count * imageHeight
  const parts = Array.from({ length: height }, (_, at) => {
    const seen = maths.slice(maths.reshape(columns, [length, run]), 0, at, at + length - below)
    const own = maths.slice(maths.reshape(caused, [length, filters]), 0, 0, length - below)
    return maths.dot(maths.transpose(seen, [1, 0]), own)
  })
  return maths.reshape(maths.concatenate(parts, 0), kernel)
}

// CIFAR's binary files: a record is the label (CIFAR-100: the coarse one, then the fine one) and 3072 bytes, the red,
// green and blue planes of a 32 × 32 image. Here a row is [32, 32, 3], channels last.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { RowSource } from '../dataset.ts'
import { numberedLabels } from '../labels.ts'
import { joinRows } from './array-rows.ts'
import { type ByteSource, readRecords } from './byte-source.ts'

const side = 32
const planeSize = side * side
const imageBytes = 3 * planeSize
const recordsAtOnce = 2048

/** Labels in front of an image: one in CIFAR-10, two in CIFAR-100, whose fine ones are the classes. */
export type CifarKind = 'cifar-10' | 'cifar-100'

/**
 * Several files as one data set, in their order; the labels are read at once, images on demand. Pixels are divided by
 * 256, hence exact and in [0, 1). Fails with `cifar/wrong-size` and `data/label-not-class`.
 */
export async function openCifarRows(
  kind: CifarKind,
  sources: readonly ByteSource[],
  names?: readonly string[],
): Promise<RowSource> {
  const labelBytes = kind === 'cifar-10' ? 1 : 2
  const size = labelBytes + imageBytes
  for (const source of sources) checkSize(source, size, kind)
  const counts = sources.map(source => source.size / size)
  const starts = counts.map((_, k) => counts.slice(0, k).reduce((a, b) => a + b, 0))
  const labels = await Promise.all(sources.map(source => labelsOf(source, size, labelBytes)))
  const classes = names ?? Array.from({ length: kind === 'cifar-10' ? 10 : 100 }, (_, k) => `${k}`)
  const place = (row: number) => {
    const file = starts.findLastIndex(start => row >= start)
    return `${sources[file]!.name}: record ${row - starts[file]!}, counted from 0`
  }
  const known = numberedLabels(
    labels.flatMap(own => [...own]),
    place,
    classes,
  )
  const images = {
    name: sources[0]!.name,
    count: known.labels.length,
    shape: [side, side, 3],
    take: async (indices: Uint32Array) => {
      const taken = new Float32Array(indices.length * imageBytes)
      for (const [k, source] of sources.entries()) {
        const own = Uint32Array.from(indices.keys()).filter(
          at => indices[at]! >= starts[k]! && indices[at]! < starts[k]! + counts[k]!,
        )
        const rows = own.map(at => indices[at]! - starts[k]!)
        await readRecords(source, { start: 0, size }, rows, (bytes, at) =>
          channelsLast(bytes.subarray(labelBytes), taken, own[at]! * imageBytes),
        )
      }
      return taken
    },
  }
  return joinRows([images], { kind: 'classes', ...known })
}

function channelsLast(planes: Uint8Array, into: Float32Array, from: number): void {
  for (let pixel = 0; pixel < planeSize; pixel++)
    for (let channel = 0; channel < 3; channel++)
      into[from + 3 * pixel + channel] = planes[channel * planeSize + pixel]! / 256
}

async function labelsOf(source: ByteSource, size: number, labelBytes: number): Promise<Uint8Array> {
  const labels = new Uint8Array(source.size / size)
  for (let from = 0; from < labels.length; from += recordsAtOnce) {
    const bytes = await source.read(from * size, recordsAtOnce * size)
    for (let k = 0; k * size < bytes.length; k++) labels[from + k] = bytes[k * size + labelBytes - 1]!
  }
  return labels
}

function checkSize(source: ByteSource, size: number, kind: CifarKind): void {
  if (source.size > 0 && source.size % size === 0) return
  fail({
    code: 'cifar/wrong-size',
    place: source.name,
    problem: `the file has ${source.size} bytes`,
    expected: `a multiple of ${size}, the records of ${kind}`,
    remedy: 'Copy the file again, or name the other kind.',
  })
}

// Data sets to learn from: files of many kinds, or what a generator makes, as rows that come when they are asked for.

import { open } from 'node:fs/promises'
import { type DataSpec, type RowSource, rowSource, type Target } from '../data/dataset.ts'
import { generate } from '../data/generators/index.ts'
import { hotLabels, numberedLabels } from '../data/labels.ts'
import {
  type ArrayRows,
  joinRows,
  openIdxRows,
  openNpyRows,
  rowsOfArray,
} from '../data/readers/array-rows.ts'
import { type ByteSource, bytesAtHand } from '../data/readers/byte-source.ts'
import { openCifarRows } from '../data/readers/cifar-rows.ts'
import { openCsvRows } from '../data/readers/csv-rows.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { gunzip, isGzip } from '../formats/gzip.ts'
import { failReading } from './file-problems.ts'
import { diskFileSystem, readFileBytes } from './files.ts'
import { readTable } from './read-data.ts'

type FileSpec = Extract<DataSpec, { file: unknown }>

/** Opens a data set. Fails with `data/…`, `csv/…`, `npy/…`, `idx/…`, `cifar/…`, `gzip/…`, `file/…`. */
export async function openDataSet(spec: DataSpec): Promise<RowSource> {
  if ('generate' in spec) return rowSource(generate(spec.generate, spec.count, spec.seed ?? 1, spec.settings))
  const files = typeof spec.file === 'string' ? [spec.file] : spec.file
  if (files[0]!.toLowerCase().endsWith('.csv')) return openCsvRows(await fileSource(files[0]!), spec)
  if (files[0]!.toLowerCase().endsWith('.bin')) return openCifar(files, spec)
  const inputs = await Promise.all(files.map(openArrayRows))
  return joinRows(inputs, await targetOf(spec, inputs))
}

async function openCifar(files: readonly string[], spec: FileSpec): Promise<RowSource> {
  const sources = await Promise.all(files.map(fileSource))
  const kind = spec.kind ?? (sources[0]!.size % 3073 === 0 ? 'cifar-10' : 'cifar-100')
  return openCifarRows(kind, sources, spec.names)
}

async function openArrayRows(path: string): Promise<ArrayRows> {
  const ending = path.toLowerCase()
  if (ending.endsWith('.npy')) return openNpyRows(await fileSource(path))
  if (/-ubyte$|\.idx\d?$|-ubyte\.gz$|\.idx\d?\.gz$/.test(ending)) return openIdxRows(await fileSource(path))
  const { shape, data } = await readTable(path)
  return rowsOfArray(path, shape, data)
}

async function targetOf(spec: FileSpec, inputs: readonly ArrayRows[]): Promise<Target> {
  if ((spec.labels === undefined) === (spec.targets === undefined))
    return fail({
      code: 'data/no-target',
      place: inputs[0]!.name,
      problem:
        spec.labels === undefined
          ? 'nothing says what is to be learned'
          : 'both labels and targets are given',
      expected: 'labels, or targets',
      remedy: "Give a file of labels, or targets ('input' to learn the data itself).",
    })
  if (spec.targets !== undefined) {
    const rows = spec.targets === 'input' ? inputs[0]! : await openArrayRows(spec.targets)
    return { kind: 'values', shape: rows.shape, data: await allRows(rows) }
  }
  const rows = await openArrayRows(spec.labels!)
  const values = await allRows(rows)
  const place = (row: number) => `${rows.name}: row ${row}, counted from 0`
  const width = rows.shape.reduce((product, extent) => product * extent, 1)
  const labels = width === 1 ? numberedLabels(values, place, spec.names) : hotLabels(values, width, place)
  return { kind: 'classes', ...labels }
}

function allRows(rows: ArrayRows): Promise<Float32Array> {
  return rows.take(Uint32Array.from({ length: rows.count }, (_, k) => k))
}

/** A file that is read where it is asked for; a packed one (`.gz`) is unpacked in memory. */
async function fileSource(path: string): Promise<ByteSource> {
  if (path.toLowerCase().endsWith('.gz')) {
    const bytes = await readFileBytes(path)
    return bytesAtHand(path, isGzip(bytes) ? gunzip(bytes, path) : bytes)
  }
  const size = await sizeOf(path)
  return {
    name: path,
    size,
    read: async (from, length) => {
      const handle = await open(path, 'r')
      try {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, size - from)))
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, from)
        return bytes.subarray(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const handle = await open(path, 'r')
    try {
      const { size } = await handle.stat()
      // Reading one byte tells a folder from a file.
      await handle.read(new Uint8Array(1), 0, 1, 0)
      return size
    } finally {
      await handle.close()
    }
  } catch (problem) {
    return failReading(path, problem, diskFileSystem)
  }
}

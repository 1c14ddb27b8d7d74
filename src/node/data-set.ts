// Data sets to learn from: files of many kinds, or what a generator makes, as rows that come when they are asked for.

import { open } from 'node:fs/promises'
import { checkDataSpec, type FileSpec, formatOf } from '../data/data-spec.ts'
import { type DataSpec, type MoreTarget, type RowSource, rowSource, type Target } from '../data/dataset.ts'
import { generate } from '../data/generators/index.ts'
import { hotLabels, numberedLabels } from '../data/labels.ts'
import {
  type ArrayRows,
  allRows,
  joinRows,
  openIdxRows,
  openNpyRows,
  rowsOfArray,
  withoutColumn,
  withShape,
} from '../data/readers/array-rows.ts'
import { type ByteSource, bytesAtHand } from '../data/readers/byte-source.ts'
import { openCifarRows } from '../data/readers/cifar-rows.ts'
import { openCsvTable } from '../data/readers/csv-rows.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { failReading } from './file-problems.ts'
import { diskFileSystem, type FileSystem, readUnpacked } from './files.ts'
import { failTwoSources, isIdxName, readTable } from './read-data.ts'

/**
 * Opens a data set; what is larger than the memory is read row by row from the real disk (`.npy`, `.csv`, IDX, CIFAR;
 * packed files, `.npz` and HDF5 are held). Fails with `data/…`, `csv/…`, `npy/…`, `idx/…`, `cifar/…`, `gzip/…`, `file/…`.
 */
export async function openDataSet(spec: DataSpec, disk: FileSystem = diskFileSystem): Promise<RowSource> {
  checkDataSpec(spec)
  if ('generate' in spec) return rowSource(generate(spec.generate, spec.count, spec.seed ?? 1, spec.settings))
  const [first, ...others] = typeof spec.file === 'string' ? [spec.file] : spec.file
  if (spec.labelColumn !== undefined && spec.labels !== undefined) failTwoSources(first!, spec.labels)
  if (formatOf(spec) === 'cifar') return openCifar([first!, ...others], spec, disk)
  const { inputs, target } = await openFirst(first!, spec, disk)
  const all = [inputs, ...(await Promise.all(others.map(path => openArrayRows(path, disk))))]
  const more = spec.more && (await moreTargets(first!, spec, all, disk))
  return joinRows(all, await targetOf(spec, all, target, disk), more)
}

async function moreTargets(
  path: string,
  spec: FileSpec,
  inputs: readonly ArrayRows[],
  disk: FileSystem,
): Promise<Record<string, Target>> {
  const found: Record<string, Target> = {}
  for (const [name, own] of Object.entries(spec.more!))
    found[name] = await moreTarget(own, path, spec, inputs, disk)
  return found
}

/** What a further output should give; columns are read by going through the table once more. */
async function moreTarget(
  own: MoreTarget,
  path: string,
  spec: FileSpec,
  inputs: readonly ArrayRows[],
  disk: FileSystem,
): Promise<Target> {
  if (own.labelColumn === undefined && own.targetColumns === undefined)
    return targetOf(own, inputs, undefined, disk)
  if (formatOf(spec) !== 'table' || spec.missing === 'drop') failColumns(path)
  const { target } = await openCsvTable(await fileSource(path, disk), { ...own, inputs: false })
  return target!
}

/** Columns that are learned by further outputs are no inputs. */
function learnedColumns({ more = {}, dropColumns = [] }: FileSpec): readonly (string | number)[] {
  const learned = Object.values(more).flatMap(own => [
    ...(own.targetColumns ?? []),
    ...(own.labelColumn === undefined ? [] : [own.labelColumn]),
  ])
  return [...dropColumns, ...learned]
}

function failColumns(place: string): never {
  return fail({
    code: 'data/no-target',
    place,
    problem: 'columns for a further output are those of a table whose rows are all there',
    expected: "a .csv without missing: 'drop'; otherwise labels or targets in files of their own",
    remedy: 'Give a file for this output.',
  })
}

async function openCifar(files: readonly string[], spec: FileSpec, disk: FileSystem): Promise<RowSource> {
  const sources = await Promise.all(files.map(path => fileSource(path, disk)))
  const kind = spec.kind ?? (sources[0]!.size % 3073 === 0 ? 'cifar-10' : 'cifar-100')
  return openCifarRows(kind, sources, spec.names)
}

interface First {
  readonly inputs: ArrayRows
  /** What the file itself says is learned. */
  readonly target: Target | undefined
}

async function openFirst(path: string, spec: FileSpec, disk: FileSystem): Promise<First> {
  if (formatOf(spec) === 'table')
    return openCsvTable(await fileSource(path, disk), { ...spec, dropColumns: learnedColumns(spec) })
  const rows = await openArrayRows(path, disk)
  if (spec.labelColumn === undefined) return { inputs: withShape(rows, spec.shape), target: undefined }
  const { rest, values } = await withoutColumn(rows, spec.labelColumn)
  const labels = numberedLabels(values, placeIn(rows), spec.names)
  return { inputs: withShape(rest, spec.shape), target: { kind: 'classes', ...labels } }
}

async function openArrayRows(path: string, disk: FileSystem): Promise<ArrayRows> {
  const ending = path.toLowerCase().replace(/\.gz$/, '')
  if (ending.endsWith('.npy')) return openNpyRows(await fileSource(path, disk))
  if (isIdxName(ending)) return openIdxRows(await fileSource(path, disk))
  if (ending.endsWith('.csv')) return (await openCsvTable(await fileSource(path, disk))).inputs
  const { shape, data } = await readTable(path, disk)
  return rowsOfArray(path, shape, data)
}

const placeIn = (rows: ArrayRows) => (row: number) => `${rows.name}: row ${row}, counted from 0`

/** The one thing that is learned: what the first file says, labels or values of a file of their own, the input. */
async function targetOf(
  spec: Pick<FileSpec, 'labels' | 'targets' | 'names'>,
  inputs: readonly ArrayRows[],
  own: Target | undefined,
  disk: FileSystem,
): Promise<Target> {
  const given = [own, spec.labels, spec.targets].filter(each => each !== undefined)
  if (given.length !== 1) failTarget(inputs[0]!.name, given.length)
  if (own !== undefined) return own
  if (spec.targets !== undefined) {
    const rows = spec.targets === 'input' ? inputs[0]! : await openArrayRows(spec.targets, disk)
    return { kind: 'values', shape: rows.shape, data: await allRows(rows) }
  }
  const rows = await openArrayRows(spec.labels!, disk)
  const values = await allRows(rows)
  const width = rows.shape.reduce((product, extent) => product * extent, 1)
  if (width === 1) return { kind: 'classes', ...numberedLabels(values, placeIn(rows), spec.names) }
  return { kind: 'classes', ...hotLabels(values, width, placeIn(rows), spec.names) }
}

function failTarget(place: string, given: number): never {
  return fail({
    code: 'data/no-target',
    place,
    problem: given === 0 ? 'nothing says what is to be learned' : 'several things are to be learned',
    expected: 'a label column, labels, or targets',
    remedy:
      "Give a column or a file of labels, or targets ('input' to learn the data itself), and one of them alone.",
  })
}

/** A file of the real disk, read where it is asked for; a packed one (`.gz`) is unpacked in memory. */
async function fileSource(path: string, disk: FileSystem): Promise<ByteSource> {
  const packed = path.toLowerCase().endsWith('.gz')
  if (packed || disk !== diskFileSystem) {
    return bytesAtHand(path, await readUnpacked(path, disk))
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

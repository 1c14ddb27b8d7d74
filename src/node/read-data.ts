// Data from files, as `--input` and `--data` name them: `x.npy`, `d.npz` or `d.npz:key`, `d.csv`, `f.h5:Dataset`,
// `x-ubyte` (IDX); each of them may be packed (`x.npy.gz`).

import { labelColumnIndex } from '../data/columns.ts'
import { classIndex, hotIndex, mostClasses } from '../data/labels.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { parseCsv } from '../formats/csv.ts'
import { gunzip, isGzip } from '../formats/gzip.ts'
import { type Hdf5File, openHdf5 } from '../formats/hdf5/read.ts'
import { idxLayout } from '../formats/idx.ts'
import { parseNpy } from '../formats/npy.ts'
import { elementCount, type NumericArray } from '../formats/numeric-array.ts'
import { diskFileSystem, type FileSystem, readFileBytes } from './files.ts'

/** A table read; `header` holds a CSV file's column names. Every value is finite. */
export interface Table extends NumericArray {
  readonly header?: readonly string[]
}

/** Where the classes of the rows stand, if anywhere. */
export interface LabelSource {
  /** A column of the data itself: its name (CSV with a header), or its index from 0, negative ones from the end. */
  readonly labelColumn?: string | number | undefined
  /** A file of its own: class indices, or one row of zeros and a single one per sample. */
  readonly labels?: string | undefined
}

export interface Vectors {
  readonly x: NumericArray
  /** The class of each row of `x`. */
  readonly labels?: Int32Array
}

interface Spec {
  readonly path: string
  /** The array or data set inside the file. */
  readonly key?: string
  readonly kind: 'npy' | 'npz' | 'csv' | 'hdf5' | 'idx'
}

/** Whether a file, by its name, is of MNIST's format: `train-images-idx3-ubyte`, `x.idx3`. */
export const isIdxName = (name: string) => /-ubyte$|\.idx\d?$/i.test(name)

const kinds: Readonly<Record<string, Spec['kind']>> = {
  npy: 'npy',
  npz: 'npz',
  csv: 'csv',
  h5: 'hdf5',
  hdf5: 'hdf5',
}

/** Reads the table that `spec` names; NaN and infinities are refused with their place. */
export async function readTable(spec: string, disk: FileSystem = diskFileSystem): Promise<Table> {
  const parts = parseSpec(spec)
  const found = await readFileBytes(parts.path, disk)
  const bytes = /\.gz$/i.test(parts.path) && isGzip(found) ? gunzip(found, parts.path) : found
  const table = await tableOf(parts, bytes, spec)
  checkTable(table, spec)
  return table
}

/** Reads samples and, where `source` says so, their classes. A label column is taken out of the samples. */
export async function readVectors(
  spec: string,
  source: LabelSource = {},
  disk: FileSystem = diskFileSystem,
): Promise<Vectors> {
  const { labelColumn, labels } = source
  if (labelColumn !== undefined && labels !== undefined) failTwoSources(spec, labels)
  const table = await readTable(spec, disk)
  if (labelColumn !== undefined) {
    const width = table.shape.length === 2 ? table.shape[1]! : 0
    const { header, shape } = table
    return splitColumn(table, labelColumnIndex({ header, width }, labelColumn, shape, spec), spec)
  }
  const x = { shape: table.shape, data: table.data }
  if (labels === undefined) return { x }
  const classes = classesOf(await readTable(labels, disk), labels)
  const rows = x.shape[0] ?? 0
  if (classes.length !== rows) failCount(labels, classes.length, spec, rows)
  return { x, labels: classes }
}

function parseSpec(spec: string): Spec {
  const inside = /^(.*\.(npz|h5|hdf5)):(.+)$/is.exec(spec)
  if (inside !== null) return { path: inside[1]!, kind: kinds[inside[2]!.toLowerCase()]!, key: inside[3]! }
  const name = spec.replace(/\.gz$/i, '')
  const ending = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  const kind = isIdxName(name) ? 'idx' : kinds[ending]
  if (kind !== undefined) return { path: spec, kind }
  fail({
    code: 'data/unknown-format',
    place: spec,
    problem:
      ending === '' ? 'the name has no ending that tells a format' : `'.${ending}' is no format of data`,
    expected: '.npy, .npz, .npz:key, .csv, .h5:Dataset or IDX (…-ubyte)',
    remedy: 'Convert the file, e.g. with numpy.save.',
  })
}

async function tableOf(parts: Spec, bytes: Uint8Array, spec: string): Promise<Table> {
  switch (parts.kind) {
    case 'npy':
      return parseNpy(bytes, parts.path)
    case 'npz': {
      // What unpacks is loaded for archives alone.
      const { openNpz } = await import('../formats/npz.ts')
      return openNpz(bytes, parts.path).array(parts.key)
    }
    case 'csv':
      return parseCsv(bytes, parts.path)
    case 'idx':
      return idxTable(bytes, parts.path)
    case 'hdf5':
      return hdf5Table(bytes, parts, spec)
    default:
      return parts.kind satisfies never
  }
}

function idxTable(bytes: Uint8Array, name: string): Table {
  const { shape, dataStart, elementSize, read } = idxLayout(bytes, bytes.length, name)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const value = (_: unknown, k: number) => read(view, dataStart + k * elementSize)
  return { shape: [...shape], data: Float64Array.from({ length: elementCount(shape) }, value) }
}

async function hdf5Table(bytes: Uint8Array, parts: Spec, spec: string): Promise<Table> {
  const file = await openHdf5(bytes, parts.path)
  try {
    if (parts.key !== undefined) return file.dataset(parts.key)
    const found = datasetsOf(file)
    fail({
      code: 'data/which-dataset',
      place: spec,
      problem: 'the name says no data set of the HDF5 file',
      expected: `one of ${found.length === 0 ? 'none: the file holds none' : found.join(', ')}`,
      remedy: `Name one, e.g. ${parts.path}:${found[0] ?? 'Dataset'}.`,
    })
  } finally {
    file.close()
  }
}

/** The first data sets of a file, for a message. */
function datasetsOf(file: Hdf5File): string[] {
  const found: string[] = []
  const groups = ['']
  for (let visited = 0; visited < 100 && groups.length > 0 && found.length < 12; visited++) {
    const group = groups.shift()!
    for (const name of file.children(group)) {
      const path = group === '' ? name : `${group}/${name}`
      if (file.isDataset(path)) found.push(path)
      else groups.push(path)
    }
  }
  return found.slice(0, 12)
}

function checkTable(table: Table, spec: string): void {
  const { shape, data } = table
  if (shape.length === 0 || elementCount(shape) === 0) {
    fail({
      code: 'data/empty',
      place: spec,
      problem: `the data has shape [${shape.join(', ')}]`,
      expected: 'at least one row',
      remedy: 'Give a file with data.',
    })
  }
  const bad = data.findIndex(value => !Number.isFinite(value))
  if (bad >= 0) failNotFinite(table, bad, spec)
}

function failNotFinite(table: Table, index: number, spec: string): never {
  const width = table.data.length / table.shape[0]!
  const row = Math.floor(index / width)
  const column = index % width
  const name = table.header?.[column]
  fail({
    code: 'data/not-finite',
    place: `${spec}: row ${row}, column ${column}${name === undefined ? '' : ` ('${name}')`}, counted from 0`,
    problem: `the value is ${table.data[index]}`,
    expected: 'finite numbers',
    remedy: 'Remove or replace such rows.',
  })
}

function splitColumn(table: Table, column: number, spec: string): Vectors {
  const [rows, columns] = table.shape as [number, number]
  const labels = new Int32Array(rows)
  const data = new Float64Array(rows * (columns - 1))
  for (let row = 0; row < rows; row++) {
    const cells = table.data.subarray(row * columns, (row + 1) * columns)
    labels[row] = classIndex(cells[column]!, mostClasses, counted(spec), row)
    data.set(cells.subarray(0, column), row * (columns - 1))
    data.set(cells.subarray(column + 1), row * (columns - 1) + column)
  }
  return { x: { shape: [rows, columns - 1], data }, labels }
}

/** A list or column of class indices, or one-hot rows. */
function classesOf(table: Table, spec: string): Int32Array {
  const rows = table.shape[0]!
  const width = table.data.length / rows
  const place = counted(spec)
  if (width === 1)
    return Int32Array.from(table.data, (value, row) => classIndex(value, mostClasses, place, row))
  return Int32Array.from({ length: rows }, (_, row) => hotIndex(table.data, row, width, place))
}

const counted = (spec: string) => (row: number) => `${spec}: row ${row}, counted from 0`

/** Fails with `data/two-label-sources`. */
export function failTwoSources(spec: string, labels: string): never {
  fail({
    code: 'data/two-label-sources',
    place: spec,
    problem: `labels are given twice: by --label-column and by --labels ${labels}`,
    expected: 'one of the two',
    remedy: 'Drop one.',
  })
}

function failCount(labels: string, found: number, spec: string, rows: number): never {
  fail({
    code: 'data/label-count',
    place: labels,
    problem: `the file has ${found} labels, but ${spec} has ${rows} rows`,
    expected: 'one label per row',
    remedy: 'Give the labels that belong to this data.',
  })
}

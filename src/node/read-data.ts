// Data from files, as `--input` and `--data` name them: `x.npy`, `d.npz` or `d.npz:key`, `d.csv`, `f.h5:Dataset`,
// `x-ubyte` (IDX); each of them may be packed (`x.npy.gz`).

import { labelColumnIndex } from '../data/columns.ts'
import { areWords, classIndex, hotIndex, isMissing, mostClasses, textLabels } from '../data/labels.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { type CsvOptions, type CsvWords, parseCsv } from '../formats/csv.ts'
import { type Hdf5File, openHdf5 } from '../formats/hdf5/read.ts'
import { idxLayout } from '../formats/idx.ts'
import { parseNpy } from '../formats/npy.ts'
import { elementCount, type NumericArray } from '../formats/numeric-array.ts'
import { diskFileSystem, type FileSystem, readUnpacked } from './files.ts'

/** A table read; `header` holds a CSV file's column names. Every value is finite. */
export interface Table extends NumericArray {
  readonly header?: readonly string[]
  /** The column that may hold words, where one was asked for. */
  readonly words?: CsvWords
}

/** Where the classes of the rows stand, if anywhere. */
export interface LabelSource {
  /** A column of the data itself: its name (CSV with a header), or its index from 0, negative ones from the end. */
  readonly labelColumn?: string | number | undefined
  /** A file of its own: class indices, or one row of zeros and a single one per sample. */
  readonly labels?: string | undefined
  /** Names of the classes, from class 0, for a column of words; without them they are in the order of the alphabet. */
  readonly names?: readonly string[] | undefined
}

export interface Vectors {
  readonly x: NumericArray
  /** The class of each row of `x`. */
  readonly labels?: Int32Array
  /** The words that classes were read from, in the order of their numbers. */
  readonly words?: readonly string[]
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
export function readTable(spec: string, disk: FileSystem = diskFileSystem): Promise<Table> {
  return tableIn(spec, disk)
}

async function tableIn(spec: string, disk: FileSystem, words?: CsvOptions['words']): Promise<Table> {
  const parts = parseSpec(spec)
  const bytes = await readUnpacked(parts.path, disk)
  const table = await tableOf(parts, bytes, spec, words)
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
  if (labelColumn !== undefined) return columnVectors(spec, labelColumn, source.names, disk)
  const table = await readTable(spec, disk)
  const x = { shape: table.shape, data: table.data }
  if (labels === undefined) return { x }
  const classes = await readLabels(labels, disk)
  const rows = x.shape[0] ?? 0
  if (classes.length !== rows) failCount(labels, classes.length, spec, rows)
  return { x, labels: classes }
}

/** The classes in a file of their own: indices, or one row of zeros and a single one per sample. */
export async function readLabels(spec: string, disk: FileSystem = diskFileSystem): Promise<Int32Array> {
  return classesOf(await readTable(spec, disk), spec)
}

interface TableShape {
  readonly header?: readonly string[] | undefined
  readonly shape: readonly number[]
}

async function columnVectors(
  spec: string,
  column: string | number,
  names: readonly string[] | undefined,
  disk: FileSystem,
): Promise<Vectors> {
  const indexOf = ({ header, shape }: TableShape) =>
    labelColumnIndex({ header, width: shape.length === 2 ? shape[1]! : 0 }, column, shape, spec)
  const table = await tableIn(spec, disk, { column, indexOf })
  const { words } = table
  return words === undefined
    ? splitColumn(table, indexOf(table), spec)
    : { x: splitColumn(table, words.column, spec).x, ...classesOfCells(words, spec, names) }
}

/** Classes as training reads them, but for numbers without names, of which a table may lack some. */
function classesOfCells(
  { cells, lines }: CsvWords,
  spec: string,
  names: readonly string[] | undefined,
): Omit<Vectors, 'x'> {
  const place = (row: number) => `${spec}: line ${lines[row]}`
  checkThere(cells, place)
  const isWords = areWords(cells, names)
  if (isWords || names !== undefined) {
    const { labels, names: words } = textLabels(cells, place, names)
    return { labels, ...(isWords && { words }) }
  }
  const labels = cells.map((cell, row) => classIndex(Number(cell), mostClasses, counted(spec), row))
  return { labels: Int32Array.from(labels) }
}

function checkThere(cells: readonly string[], place: (row: number) => string): void {
  const row = cells.findIndex(isMissing)
  if (row < 0) return
  fail({
    code: 'data/missing-value',
    place: place(row),
    problem: cells[row] === '' ? 'the label is empty' : `the label is '${cells[row]}'`,
    expected: 'a class',
    remedy: 'Fill it in, or leave such rows out.',
  })
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

async function tableOf(
  parts: Spec,
  bytes: Uint8Array,
  spec: string,
  words: CsvOptions['words'],
): Promise<Table> {
  switch (parts.kind) {
    case 'npy':
      return parseNpy(bytes, parts.path)
    case 'npz': {
      // What unpacks is loaded for archives alone.
      const { openNpz } = await import('../formats/npz.ts')
      return openNpz(bytes, parts.path).array(parts.key)
    }
    case 'csv':
      return parseCsv(bytes, parts.path, words === undefined ? {} : { words })
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

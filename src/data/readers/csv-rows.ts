// Tables as text, read through once when they are opened: every cell is judged then, so that training does not stop
// over a slip in row 900,000. What is small stays in memory; of larger files only the offsets of the rows do.

import { fail } from '../../diagnostics/diagnostic.ts'
import { didYouMean } from '../../diagnostics/nearest.ts'
import {
  type CsvRow,
  decodeText,
  delimiterOf,
  failRagged,
  isBlank,
  isHeader,
  numberOf,
  parseRecords,
} from '../../formats/csv.ts'
import { joinBytes } from '../../formats/join-bytes.ts'
import type { RowSource, Target } from '../dataset.ts'
import { type Labels, namedLabels, numberedLabels } from '../labels.ts'
import { type ArrayRows, joinRows } from './array-rows.ts'
import type { ByteSource } from './byte-source.ts'

export interface CsvOptions {
  /** The column that says the class: its name, or its index from 0, negative ones from the end. */
  readonly labelColumn?: string | number | undefined
  /** Columns whose values are learned instead of a class. */
  readonly targetColumns?: readonly (string | number)[] | undefined
  /** Columns that are neither. */
  readonly dropColumns?: readonly (string | number)[] | undefined
  /** The classes in their order; without them they are found. */
  readonly names?: readonly string[] | undefined
  /** Of one row; by default a list of its columns. */
  readonly shape?: readonly number[] | undefined
  /** What to do with a row that lacks a value (an empty cell, `nan`, `na`, `?`): an error by default. */
  readonly missing?: 'refuse' | 'drop' | undefined
  /** Bytes of a file that is kept in memory; 512 MB by default. */
  readonly keep?: number | undefined
}

export interface CsvRows extends RowSource {
  /** Rows left out since a value was missing. */
  readonly dropped: number
}

const blockBytes = 4 * 2 ** 20
const kept = 512 * 2 ** 20

/** Fails with `csv/…`, `data/column`, `data/missing-value`, `data/not-finite`, `data/label-…`. */
export async function openCsvRows(source: ByteSource, options: CsvOptions = {}): Promise<CsvRows> {
  const head = await headOf(source, options)
  const columns = columnsOf(head, options, source.name)
  const found = await readThrough(source, head, columns, options)
  const target = targetOf(found, options, source.name)
  const shape = shapeOf(options, columns.inputs.length, source.name)
  const inputs: ArrayRows = {
    name: source.name,
    count: found.starts.length,
    shape,
    take: indices =>
      found.values === undefined
        ? readRows(source, head, columns, found, indices)
        : Promise.resolve(pick(found.values, columns.inputs.length, indices)),
  }
  return { ...joinRows([inputs], target), dropped: found.dropped }
}

interface Head {
  readonly delimiter: string
  readonly header?: readonly string[]
  readonly width: number
}

async function headOf(source: ByteSource, { labelColumn }: CsvOptions): Promise<Head> {
  const bytes = await source.read(0, blockBytes)
  const end = recordEnds(bytes, 0, bytes.length >= source.size)[0]
  if (end === undefined) failEmpty(source)
  const text = decodeText(bytes.subarray(0, end), source.name)
  const delimiter = delimiterOf(text)
  const [first] = parseRecords(text, delimiter, { name: source.name, line: 1 })
  if (first === undefined || isBlank(first)) failEmpty(source)
  const width = first.cells.length
  return isHeader(withoutText(first, labelColumn, width), source.name)
    ? { delimiter, width, header: first.cells.map(cell => cell.trim()) }
    : { delimiter, width }
}

/** The first row without its label, which may be a word in rows of numbers. */
function withoutText(row: CsvRow, labelColumn: string | number | undefined, width: number): CsvRow {
  const index = Number(labelColumn ?? Number.NaN)
  const at = index < 0 ? index + width : index
  return Number.isInteger(at) && width > 1 ? { ...row, cells: row.cells.filter((_, k) => k !== at) } : row
}

interface Columns {
  readonly inputs: readonly number[]
  readonly label?: number
  readonly targets: readonly number[]
}

function columnsOf(head: Head, options: CsvOptions, name: string): Columns {
  const index = (column: string | number) => columnIndex(head, column, name)
  const label = options.labelColumn === undefined ? undefined : index(options.labelColumn)
  const targets = (options.targetColumns ?? []).map(index)
  const out = new Set([
    ...targets,
    ...(options.dropColumns ?? []).map(index),
    ...(label === undefined ? [] : [label]),
  ])
  const inputs = Array.from({ length: head.width }, (_, k) => k).filter(k => !out.has(k))
  if (inputs.length === 0 || (label === undefined) === (targets.length === 0))
    fail({
      code: 'data/column',
      place: name,
      problem:
        inputs.length === 0
          ? 'no column is left as input'
          : 'nothing says what is to be learned, or two things do',
      expected: 'a label column or target columns, and other columns beside',
      remedy: 'Name the column of the class (labelColumn), or those of the values (targetColumns).',
    })
  return { inputs, targets, ...(label === undefined ? {} : { label }) }
}

/** By name where the header has it, else by index. */
function columnIndex({ header = [], width }: Head, column: string | number, name: string): number {
  const named = header.indexOf(`${column}`)
  if (named >= 0) return named
  const index = Number(column)
  const at = index < 0 ? index + width : index
  if (Number.isInteger(at) && at >= 0 && at < width && `${column}`.trim() !== '') return at
  const hint = didYouMean(`${column}`, header)
  return fail({
    code: 'data/column',
    place: name,
    problem: `there is no column '${column}'`,
    expected: `${header.length === 0 ? 'an index' : 'a name in the header or an index'} from ${-width} to ${width - 1}`,
    ...(hint === '' ? {} : { remedy: hint }),
  })
}

interface Found {
  /** Offset of every row in the file, and its line. */
  readonly starts: Float64Array
  readonly lines: Float64Array
  readonly labels: readonly string[]
  readonly targets: Float32Array
  /** The inputs, where they are kept. */
  readonly values: Float32Array | undefined
  readonly dropped: number
}

/** Ends of the records in a block, outside quotes; the last one without a line end counts only at the file's end. */
function recordEnds(bytes: Uint8Array, from: number, atEnd: boolean): number[] {
  const ends: number[] = []
  let quoted = false
  for (let k = from; k < bytes.length; k++) {
    if (bytes[k] === 0x22) quoted = !quoted
    else if (bytes[k] === 0x0a && !quoted) ends.push(k + 1)
  }
  if (atEnd && bytes.length > (ends.at(-1) ?? from)) ends.push(bytes.length)
  return ends
}

interface Block {
  readonly rows: readonly CsvRow[]
  /** Offset of each row in the file. */
  readonly starts: readonly number[]
}

async function* blocksOf(source: ByteSource, head: Head): AsyncGenerator<Block> {
  let line = 1
  let bytes: Uint8Array = new Uint8Array(0)
  for (let from = 0; from < source.size; ) {
    const more = await source.read(from + bytes.length, blockBytes)
    bytes = joinBytes([bytes, more])
    const atEnd = from + bytes.length >= source.size
    const ends = recordEnds(bytes, 0, atEnd)
    if (ends.length === 0) continue
    const text = decodeText(bytes.subarray(0, ends.at(-1)!), source.name)
    const rows = parseRecords(text, head.delimiter, { name: source.name, line })
    yield { rows, starts: ends.map((_, k) => from + (k === 0 ? 0 : ends[k - 1]!)) }
    line = rows.at(-1)!.line + text.slice(text.lastIndexOf('\n', text.length - 2) + 1).split('\n').length - 1
    from += ends.at(-1)!
    bytes = bytes.slice(ends.at(-1)!)
  }
}

const nothing = /^(?:nan|n\/?a|null|\?)?$/i

/** Numbers one after another, in an array that grows. */
function growing<T extends Float32Array | Float64Array>(make: (length: number) => T) {
  let data = make(1024)
  let count = 0
  return {
    push(value: number) {
      if (count === data.length) {
        const larger = make(2 * count)
        larger.set(data)
        data = larger
      }
      data[count++] = value
    },
    done: () => data.slice(0, count) as T,
  }
}

async function readThrough(
  source: ByteSource,
  head: Head,
  columns: Columns,
  options: CsvOptions,
): Promise<Found> {
  const offsets = [
    growing(length => new Float64Array(length)),
    growing(length => new Float64Array(length)),
  ] as const
  const [targets, values] = [growing(floats), growing(floats)]
  const labels: string[] = []
  const keeps = source.size <= (options.keep ?? kept)
  let dropped = 0
  for await (const { row, start } of dataRows(source, head)) {
    if (lacksValue(row, columns, head, options, source.name)) {
      dropped++
      continue
    }
    offsets[0].push(start)
    offsets[1].push(row.line)
    if (columns.label !== undefined) labels.push(row.cells[columns.label]!.trim())
    for (const column of columns.targets) targets.push(finite(row, column, head, source.name))
    for (const column of columns.inputs) {
      const value = finite(row, column, head, source.name)
      if (keeps) values.push(value)
    }
  }
  const [starts, lines] = offsets.map(each => each.done()) as [Float64Array, Float64Array]
  if (starts.length === 0) failEmpty(source)
  return {
    starts,
    lines,
    labels,
    targets: targets.done(),
    values: keeps ? values.done() : undefined,
    dropped,
  }
}

const floats = (length: number) => new Float32Array(length)

/** The rows behind the header, each as long as it; blank lines may end a file, and stand nowhere else. */
async function* dataRows(source: ByteSource, head: Head): AsyncGenerator<{ row: CsvRow; start: number }> {
  let blank: CsvRow | undefined
  for await (const block of blocksOf(source, head)) {
    for (const [k, row] of block.rows.entries()) {
      if (row.line === 1 && head.header !== undefined) continue
      if (isBlank(row) && (head.width > 1 || row.cells[0] === '')) {
        blank ??= row
        continue
      }
      if (blank !== undefined) failRagged(source.name, blank, head.width)
      if (row.cells.length !== head.width) failRagged(source.name, row, head.width)
      yield { row, start: block.starts[k]! }
    }
  }
}

function lacksValue(
  row: CsvRow,
  columns: Columns,
  head: Head,
  { missing }: CsvOptions,
  name: string,
): boolean {
  const asked = [
    ...columns.inputs,
    ...columns.targets,
    ...(columns.label === undefined ? [] : [columns.label]),
  ]
  const column = asked.find(k => nothing.test(row.cells[k]!.trim()))
  if (column === undefined) return false
  if (missing === 'drop') return true
  const cell = row.cells[column]!.trim()
  return fail({
    code: 'data/missing-value',
    place: placeOf(row, column, head, name),
    problem: cell === '' ? 'the cell is empty' : `the cell is '${cell}'`,
    expected: 'a value',
    remedy: "Fill it in, or leave such rows out (missing: 'drop').",
  })
}

function finite(row: CsvRow, column: number, head: Head, name: string): number {
  const value = numberOf(row.cells[column]!, name, row.line, column)
  if (Number.isFinite(value)) return value
  return fail({
    code: 'data/not-finite',
    place: placeOf(row, column, head, name),
    problem: `the value is ${value}`,
    expected: 'finite numbers',
    remedy: 'Remove or replace such rows.',
  })
}

function placeOf(row: CsvRow, column: number, { header }: Head, name: string): string {
  const title = header?.[column]
  return `${name}: line ${row.line}, column ${column + 1}${title === undefined ? '' : ` ('${title}')`}`
}

function targetOf(found: Found, options: CsvOptions, name: string): Target {
  const { labels, targets, starts, lines } = found
  if (labels.length === 0) {
    const width = targets.length / starts.length
    return { kind: 'values', shape: [width], data: targets }
  }
  const place = (row: number) => `${name}: line ${lines[row]}`
  return { kind: 'classes', ...classesOf(labels, place, options.names) }
}

function classesOf(
  labels: readonly string[],
  place: (row: number) => string,
  names: readonly string[] | undefined,
): Labels {
  const areNumbers = labels.every(label => label !== '' && Number.isFinite(Number(label)))
  const asWords = names !== undefined && labels.some(label => names.includes(label))
  return areNumbers && !asWords
    ? numberedLabels(labels.map(Number), place, names)
    : namedLabels(labels, place, names)
}

function shapeOf({ shape }: CsvOptions, columns: number, name: string): readonly number[] {
  if (shape === undefined || shape.reduce((product, extent) => product * extent, 1) === columns)
    return shape ?? [columns]
  return fail({
    code: 'data/row-shape',
    place: name,
    problem: `a row has ${columns} inputs`,
    expected: `${shape.reduce((product, extent) => product * extent, 1)}, for shape [${shape.join(', ')}]`,
    remedy: 'Correct the shape, or drop columns that are not inputs.',
  })
}

function pick(values: Float32Array, width: number, indices: Uint32Array): Float32Array {
  const taken = new Float32Array(indices.length * width)
  indices.forEach((row, k) => void taken.set(values.subarray(row * width, (row + 1) * width), k * width))
  return taken
}

async function readRows(
  source: ByteSource,
  head: Head,
  { inputs }: Columns,
  { starts, lines }: Found,
  indices: Uint32Array,
): Promise<Float32Array> {
  const taken = new Float32Array(indices.length * inputs.length)
  for (const [k, row] of indices.entries()) {
    const from = starts[row]!
    const next = row + 1 < starts.length ? starts[row + 1]! : source.size
    const text = decodeText(await source.read(from, next - from), source.name)
    const [first] = parseRecords(text, head.delimiter, { name: source.name, line: lines[row]! })
    inputs.forEach((column, at) => {
      taken[k * inputs.length + at] = finite(first!, column, head, source.name)
    })
  }
  return taken
}

function failEmpty({ name }: ByteSource): never {
  return fail({
    code: 'data/empty',
    place: name,
    problem: 'the file has no rows',
    expected: 'at least one row',
    remedy: 'Give a file with data.',
  })
}

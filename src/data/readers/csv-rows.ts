// Tables as text, read through once when they are opened: every cell is judged then, so that training does not stop
// over a slip in row 900,000. What is small stays in memory; of larger files only the offsets of the rows do.

import { decodeText, parseRecords } from '../../formats/csv.ts'
import type { Target } from '../dataset.ts'
import { textLabels } from '../labels.ts'
import { type ArrayRows, checkedShape } from './array-rows.ts'
import type { ByteSource } from './byte-source.ts'
import { finite, lacksValue } from './csv-cells.ts'
import { type Columns, type CsvOptions, columnsOf, failEmpty, type Head, headOf } from './csv-head.ts'
import { dataRows } from './csv-records.ts'

export interface CsvTable {
  readonly inputs: ArrayRows
  /** What its columns say is learned; undefined where none does. */
  readonly target: Target | undefined
  /** Rows left out since a value was missing. */
  readonly dropped: number
}

const kept = 512 * 2 ** 20

/** Fails with `csv/…`, `data/column`, `data/missing-value`, `data/not-finite`, `data/label-…`. */
export async function openCsvTable(source: ByteSource, options: CsvOptions = {}): Promise<CsvTable> {
  const head = await headOf(source, options)
  const columns = columnsOf(head, options, source.name)
  const found = await readThrough(source, head, columns, options)
  const inputs: ArrayRows = {
    name: source.name,
    count: found.starts.length,
    shape: checkedShape(options.shape ?? [columns.inputs.length], columns.inputs.length, source.name),
    take: indices =>
      found.values === undefined
        ? readRows(source, head, columns, found, indices)
        : Promise.resolve(pick(found.values, columns.inputs.length, indices)),
  }
  return { inputs, target: targetOf(found, options, source.name), dropped: found.dropped }
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

function targetOf(found: Found, options: CsvOptions, name: string): Target | undefined {
  const { labels, targets, starts, lines } = found
  const width = targets.length / starts.length
  if (labels.length === 0) return width === 0 ? undefined : { kind: 'values', shape: [width], data: targets }
  const place = (row: number) => `${name}: line ${lines[row]}`
  return { kind: 'classes', ...textLabels(labels, place, options.names) }
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

// The first line of a table as text, and which of its columns are inputs, which are learned.

import { fail } from '../../diagnostics/diagnostic.ts'
import { decodeText, delimiterOf, isBlank, isTitled, parseRecords, rowsThatTell } from '../../formats/csv.ts'
import { columnIndex } from '../columns.ts'
import type { ByteSource } from './byte-source.ts'
import { blockBytes, recordEnds } from './csv-records.ts'

export interface CsvOptions {
  /** The column that says the class: its name, or its index from 0, negative ones from the end. */
  readonly labelColumn?: string | number | undefined
  /** Columns whose values are learned instead of a class. */
  readonly targetColumns?: readonly (string | number)[] | undefined
  /** Columns that are neither. */
  readonly dropColumns?: readonly (string | number)[] | undefined
  /** The classes in their order; without them they are found. */
  readonly names?: readonly string[] | undefined
  /** Whether the other columns are inputs; false: only what is learned is read. */
  readonly inputs?: boolean | undefined
  /** Of one row; by default a list of its columns. */
  readonly shape?: readonly number[] | undefined
  /** What to do with a row that lacks a value (an empty cell, `nan`, `na`, `?`): an error by default. */
  readonly missing?: 'refuse' | 'drop' | undefined
  /** Bytes of a file that is kept in memory; 512 MB by default. */
  readonly keep?: number | undefined
}

/** What the first line tells of a table. */
export interface Head {
  readonly delimiter: string
  readonly header?: readonly string[]
  readonly width: number
}

export async function headOf(source: ByteSource, { labelColumn }: CsvOptions): Promise<Head> {
  const bytes = await source.read(0, blockBytes)
  const ends = recordEnds(bytes, 0, bytes.length >= source.size)
  const end = ends[Math.min(rowsThatTell, ends.length) - 1]
  if (end === undefined) failEmpty(source)
  const text = decodeText(bytes.subarray(0, end), source.name)
  const delimiter = delimiterOf(text)
  const rows = parseRecords(text, delimiter, { name: source.name, line: 1 })
  const [first] = rows
  if (first === undefined || isBlank(first)) failEmpty(source)
  const width = first.cells.length
  return isTitled(rows, labelColumn, source.name)
    ? { delimiter, width, header: first.cells.map(cell => cell.trim()) }
    : { delimiter, width }
}

/** Which columns are what. */
export interface Columns {
  readonly inputs: readonly number[]
  readonly label?: number
  readonly targets: readonly number[]
}

export function columnsOf(head: Head, options: CsvOptions, name: string): Columns {
  const index = (column: string | number) => columnIndex(head, column, name, 'data/column')
  const label =
    options.labelColumn === undefined
      ? undefined
      : columnIndex(head, options.labelColumn, name, 'data/label-column')
  const targets = (options.targetColumns ?? []).map(index)
  const out = new Set([
    ...targets,
    ...(options.dropColumns ?? []).map(index),
    ...(label === undefined ? [] : [label]),
  ])
  const others = Array.from({ length: head.width }, (_, k) => k).filter(k => !out.has(k))
  const inputs = options.inputs === false ? [] : others
  if (others.length === 0 || (label !== undefined && targets.length > 0))
    fail({
      code: 'data/column',
      place: name,
      problem:
        others.length === 0
          ? 'no column is left as input'
          : 'two things are to be learned: a class and values',
      expected: 'a label column or target columns, and other columns beside',
      remedy: 'Name the column of the class (labelColumn), or those of the values (targetColumns).',
    })
  return { inputs, targets, ...(label === undefined ? {} : { label }) }
}

export function failEmpty({ name }: ByteSource): never {
  return fail({
    code: 'data/empty',
    place: name,
    problem: 'the file has no rows',
    expected: 'at least one row',
    remedy: 'Give a file with data.',
  })
}

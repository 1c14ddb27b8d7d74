// Tables of numbers as text: RFC 4180 with ',', ';' or tab between cells, an optional header row, one record a line.
// Strict: every cell is a number, but for one column that may hold words, and every row as long as the first.

import { fail } from '../diagnostics/diagnostic.ts'
import type { NumericArray } from './numeric-array.ts'

export interface CsvTable extends NumericArray {
  /** The column names, when the file has a header row. */
  readonly header?: readonly string[]
  /** The column that may hold words, where one was asked for; its values in `data` are 0. */
  readonly words?: CsvWords
}

export interface CsvWords {
  /** Its index, from 0. */
  readonly column: number
  /** Its cells, a row each, and the lines of the file where they stand. */
  readonly cells: readonly string[]
  readonly lines: readonly number[]
}

export interface CsvOptions {
  /** A column that may hold words, by name or index, and how its index is found once the header is known. */
  readonly words?: {
    readonly column: string | number
    readonly indexOf: (form: {
      readonly header?: readonly string[] | undefined
      readonly shape: readonly number[]
    }) => number
  }
  /** Whether the first row is a header; without it the row itself decides (see `isHeader`). */
  readonly header?: boolean
}

/** A record: its cells as they stand, and the line of the file where it begins, from 1. */
export interface CsvRow {
  readonly line: number
  readonly cells: readonly string[]
}

const notation = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf|infinity)$/i

/** Reads a table; `name` is what errors call the file. `nan` and `inf` are read as such: the caller judges them. */
export function parseCsv(bytes: Uint8Array, name: string, options: CsvOptions = {}): CsvTable {
  const text = decodeText(bytes, name)
  const rows = parseRecords(text, delimiterOf(text), { name, line: 1 })
  while (isBlank(rows.at(-1))) rows.pop()
  const first = rows[0]
  if (first === undefined) {
    fail({
      code: 'csv/empty',
      place: name,
      problem: 'the file has no rows',
      remedy: 'Give a file with data.',
    })
  }
  const columns = first.cells.length
  const titled = options.header ?? isTitled(rows, options.words?.column, name)
  const header = titled ? first.cells.map(cell => cell.trim()) : undefined
  const body = titled ? rows.slice(1) : rows
  const shape = [body.length, columns]
  const column = options.words?.indexOf({ header, shape })
  const data = new Float64Array(body.length * columns)
  body.forEach((row, k) => {
    if (row.cells.length !== columns) failRagged(name, row, columns)
    row.cells.forEach((cell, at) => {
      if (at !== column) data[k * columns + at] = numberOf(cell, name, row.line, at)
    })
  })
  const words = column === undefined ? undefined : wordsOf(body, column)
  return { shape, data, ...(header !== undefined && { header }), ...(words !== undefined && { words }) }
}

function wordsOf(rows: readonly CsvRow[], column: number): CsvWords {
  return {
    column,
    cells: rows.map(({ cells }) => cells[column]!.trim()),
    lines: rows.map(({ line }) => line),
  }
}

/** Rows that tell whether the first one is a header. */
export const rowsThatTell = 1000

/**
 * Whether the first row is a header. Of a column that may hold words, told by its index, a word says so only above
 * numbers; otherwise the other cells decide.
 */
export function isTitled(
  rows: readonly CsvRow[],
  column: string | number | undefined,
  name: string,
): boolean {
  const first = rows[0]!
  const index = Number(column ?? Number.NaN)
  const at = index < 0 ? index + first.cells.length : index
  const word = first.cells[at]?.trim()
  if (word === undefined || notation.test(word) || first.cells.length < 2) return isHeader(first, name)
  const below = rows.slice(1, rowsThatTell).filter(row => !isBlank(row))
  if (below.length > 0 && below.every(({ cells }) => notation.test(cells[at]?.trim() ?? '')))
    return isHeader(first, name)
  return isHeader({ ...first, cells: first.cells.filter((_, k) => k !== at) }, name)
}

export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    fail({
      code: 'csv/not-text',
      place: name,
      problem: 'this is not UTF-8 text',
      remedy: 'Save it as UTF-8.',
    })
  }
}

/** Splits into records; a blank line is a row of one empty cell. `line` is that of the text's first record. */
export function parseRecords(
  text: string,
  delimiter: string,
  { name, line: first }: { readonly name: string; readonly line: number },
): CsvRow[] {
  const rows: CsvRow[] = []
  let line = first
  for (let at = 0; at < text.length; ) {
    const plain = !text.slice(at, lineEnd(text, at)).includes('"')
    const { cells, next } = plain
      ? plainRecord(text, at, delimiter)
      : quotedRecord(text, at, delimiter, name, line)
    rows.push({ line, cells })
    line += plain ? 1 : text.slice(at, next).split('\n').length - 1
    at = next
  }
  return rows
}

/** Whether a row is a blank line. */
export function isBlank(row: CsvRow | undefined): boolean {
  return row?.cells.length === 1 && row.cells[0]!.trim() === ''
}

/** In the first line, outside quotes: a tab, else a semicolon, else the comma, since numbers may hold commas only. */
export function delimiterOf(text: string): string {
  const firstLine = (/^(?:[^"\n]|"[^"]*")*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '')
  return ['\t', ';'].find(mark => firstLine.includes(mark)) ?? ','
}

interface CsvRecord {
  readonly cells: string[]
  /** Where the next record begins. */
  readonly next: number
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function plainRecord(text: string, at: number, delimiter: string): CsvRecord {
  const end = lineEnd(text, at)
  const line = text.slice(at, end).replace(/\r$/, '')
  return { cells: line.split(delimiter), next: end + 1 }
}

/** A record with at least one cell in quotes: such a cell may hold delimiters and line breaks. */
function quotedRecord(text: string, start: number, delimiter: string, name: string, line: number): CsvRecord {
  const cells: string[] = []
  for (let at = start; ; at++) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at, delimiter)
    if (cell === undefined) failQuote(name, line)
    cells.push(cell.value)
    at = cell.end
    if (text.startsWith('\r\n', at)) at++
    if (at >= text.length || text[at] === '\n') return { cells, next: at + 1 }
    if (text[at] !== delimiter) failQuote(name, line)
  }
}

/** `"a ""b"""` is `a "b"`; undefined when the closing quote is missing. */
function quotedCell(text: string, start: number): { value: string; end: number } | undefined {
  let value = ''
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return undefined
    value += text.slice(at, quote)
    if (text[quote + 1] !== '"') return { value, end: quote + 1 }
    value += '"'
    at = quote + 2
  }
}

function plainCell(
  text: string,
  start: number,
  delimiter: string,
): { value: string; end: number } | undefined {
  let end = start
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end++
  const value = text.slice(start, end)
  if (value.includes('"')) return undefined
  const atLineEnd = text[end] === '\n' && value.endsWith('\r')
  return { value: atLineEnd ? value.slice(0, -1) : value, end: atLineEnd ? end - 1 : end }
}

/**
 * All numbers: data. No number at all: a header. A mixture is a header when its numbers are distinct whole ones, as
 * column numbers are (`120,121,…,class`); otherwise it is more likely data with a slip in it, and an error.
 */
function isHeader(row: CsvRow, name: string): boolean {
  const cells = row.cells.map(cell => cell.trim())
  const numbers = cells.filter(cell => notation.test(cell))
  if (numbers.length === cells.length) return false
  if (numbers.length === 0) return true
  if (numbers.every(cell => /^\d+$/.test(cell)) && new Set(cells).size === cells.length) return true
  const text = cells.findIndex(cell => !notation.test(cell))
  fail({
    code: 'csv/unclear-header',
    place: `${name}: line ${row.line}, column ${text + 1}`,
    problem: `the first row mixes numbers with '${shortened(cells[text]!)}'`,
    expected: 'column names only, or numbers only',
    remedy: 'Correct the cell, or give every column a name.',
  })
}

/** The number in a cell. Fails with `csv/not-a-number`. */
export function numberOf(cell: string, name: string, line: number, column: number): number {
  const text = cell.trim()
  if (notation.test(text)) return valueOfNumber(text)
  const decimalComma = /^[+-]?\d*,\d+$/.test(text)
  fail({
    code: 'csv/not-a-number',
    place: `${name}: line ${line}, column ${column + 1}`,
    problem: text === '' ? 'the cell is empty' : `'${shortened(text)}' is not a number`,
    expected: 'a number such as -1.5 or 2e-3',
    remedy: decimalComma
      ? 'Write it with a decimal point.'
      : 'Correct the cell; if the column holds the class, name it with --label-column.',
  })
}

function valueOfNumber(text: string): number {
  const word = /^([+-]?)(nan|inf)/i.exec(text)
  if (word === null) return Number(text)
  if (word[2]!.toLowerCase() === 'nan') return NaN
  return word[1] === '-' ? -Infinity : Infinity
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`
}

export function failRagged(name: string, row: CsvRow, columns: number): never {
  fail({
    code: 'csv/ragged',
    place: `${name}: line ${row.line}`,
    problem: isBlank(row) ? 'the line is blank' : `the row has ${row.cells.length} cells`,
    expected: `${columns}, as in the first row`,
    remedy: 'Correct the row.',
  })
}

function failQuote(name: string, line: number): never {
  fail({
    code: 'csv/bad-quotes',
    place: `${name}: line ${line}`,
    problem: 'a quote is not closed or stands inside a cell',
    expected: 'quotes around whole cells, and "" for a quote inside',
    remedy: 'Correct the row.',
  })
}

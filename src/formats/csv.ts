// Tables of numbers as text: RFC 4180 with ',', ';' or tab between cells, an optional header row, one record a line.
// Strict: every cell is a number and every row as long as the first.

import { fail } from '../diagnostics/diagnostic.ts'
import type { NumericArray } from './numeric-array.ts'

export interface CsvTable extends NumericArray {
  /** The column names, when the file has a header row. */
  readonly header?: readonly string[]
}

export interface CsvOptions {
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
  const header = (options.header ?? isHeader(first, name)) ? first.cells.map(cell => cell.trim()) : undefined
  const body = header === undefined ? rows : rows.slice(1)
  const columns = first.cells.length
  const data = new Float64Array(body.length * columns)
  body.forEach((row, k) => {
    if (row.cells.length !== columns) failRagged(name, row, columns)
    row.cells.forEach((cell, column) => {
      data[k * columns + column] = numberOf(cell, name, row.line, column)
    })
  })
  return { shape: [body.length, columns], data, ...(header === undefined ? {} : { header }) }
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
export function isHeader(row: CsvRow, name: string): boolean {
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
      : 'Correct the cell; classes by name must be replaced by their indices 0, 1, ….',
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

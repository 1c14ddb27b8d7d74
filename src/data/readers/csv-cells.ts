// Cells of a table as numbers, judged with their place.

import { fail } from '../../diagnostics/diagnostic.ts'
import { type CsvRow, numberOf } from '../../formats/csv.ts'
import { isMissing } from '../labels.ts'
import type { Columns, CsvOptions, Head } from './csv-head.ts'

/** Whether a row has no value where one is asked for. Fails with `data/missing-value` where that is no reason to leave it out. */
export function lacksValue(
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
  const column = asked.find(k => isMissing(row.cells[k]!))
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

/** Fails with `data/not-finite` and `csv/…`. */
export function finite(row: CsvRow, column: number, head: Head, name: string): number {
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

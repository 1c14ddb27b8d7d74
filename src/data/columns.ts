// Columns of a table by what people call them: a name of the header, or an index from 0, negative ones from the end.

import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'

export interface TableForm {
  readonly header?: readonly string[] | undefined
  /** Columns of the table. */
  readonly width: number
}

/**
 * The index of a column; a number is an index, a text a name or an index. What could mean two columns is refused.
 * `place` is what errors call the table. Fails with `code`.
 */
export function columnIndex(table: TableForm, column: string | number, place: string, code: string): number {
  const { header, width } = table
  const named = typeof column === 'string' ? namedColumn(table, column, place, code) : undefined
  const index = typeof column === 'number' ? column : /^[+-]?\d+$/.test(column) ? Number(column) : Number.NaN
  const inRange = Number.isInteger(index) && index >= -width && index < width
  const counted = inRange ? (index < 0 ? index + width : index) : undefined
  if (named !== undefined && counted !== undefined && named !== counted)
    failTwoColumns(column, { named, width }, place, code)
  const found = named ?? counted
  if (found !== undefined) return found
  const hint = Number.isNaN(index) ? didYouMean(String(column), header ?? []) : ''
  return fail({
    code,
    place,
    problem: `there is no column '${column}'`,
    expected: `${header === undefined ? 'an index' : 'a name in the header or an index'} from ${-width} to ${width - 1}`,
    ...(hint === '' ? {} : { remedy: hint }),
  })
}

function namedColumn({ header }: TableForm, name: string, place: string, code: string): number | undefined {
  const at = header?.indexOf(name) ?? -1
  if (at < 0) return undefined
  if (header!.lastIndexOf(name) === at) return at
  return fail({
    code,
    place,
    problem: `the header has several columns '${name}'`,
    remedy: 'Name the column by its index, counted from 0.',
  })
}

function failTwoColumns(
  column: string | number,
  { named, width }: { readonly named: number; readonly width: number },
  place: string,
  code: string,
): never {
  const other = Number(column)
  return fail({
    code,
    place,
    problem: `'${column}' is the name of column ${named} and also the index of another`,
    expected: 'a name or index that means one column',
    remedy: `Count from the end: ${named - width} for the name, ${other < 0 ? other : other - width} for the index.`,
  })
}

/** The column of labels in rows of an array with this shape. Fails with `data/label-column`. */
export function labelColumnIndex(
  table: TableForm,
  column: string | number,
  shape: readonly number[],
  place: string,
): number {
  if (table.width < 2)
    fail({
      code: 'data/label-column',
      place,
      problem: `data of shape [${shape.join(', ')}] has no column to take labels from`,
      expected: 'rows of at least two columns',
      remedy: 'Give the labels as a file of their own with --labels.',
    })
  return columnIndex(table, column, place, 'data/label-column')
}

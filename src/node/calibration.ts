// What is wrong with vectors as a sample: too few of them, or values that never change. What is found from them (types,
// ranges, losses) is then about little.

import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'

/** Fewer rows than this say little of the values that a network will see. */
export const fewestRows = 100

/** Findings about one input's vectors; `place` is their file. */
export function calibrationFindings(batch: Batch, place: string): Diagnostic[] {
  return [...fewRows(batch, place), ...constantColumns(batch, place)]
}

/** A finding where types or losses are found on few rows. */
export function fewRows({ rows }: Batch, place: string): Diagnostic[] {
  if (rows >= fewestRows) return []
  return [
    finding({
      code: 'data/few-rows',
      place,
      problem: `it has ${rows === 1 ? '1 row' : `${rows} rows`}`,
      expected: `at least ${fewestRows}`,
      remedy:
        'Give more of the data: ranges, types and losses that are found on few rows may not hold on others.',
    }),
  ]
}

const shownColumns = 6

/** Of a single row nothing can be said. */
function constantColumns({ rows, data }: Batch, place: string): Diagnostic[] {
  if (rows < 2) return []
  const size = data.length / rows
  const constant: number[] = []
  for (let column = 0; column < size; column++) {
    let row = 1
    while (row < rows && data[row * size + column] === data[column]) row++
    if (row === rows) constant.push(column)
  }
  if (constant.length === 0) return []
  const shown = constant.slice(0, shownColumns).join(', ')
  const more = constant.length > shownColumns ? ` and ${constant.length - shownColumns} more` : ''
  const elements = constant.length === 1 ? `element ${shown}` : `elements ${shown}${more}`
  return [
    finding({
      code: 'data/constant-column',
      place,
      problem: `${elements} of the ${size} of a row, counted from 0, ${constant.length === 1 ? 'has' : 'have'} the same value in all ${rows} rows`,
      expected: 'values as the network will see them',
      remedy: 'If they vary in use, give data in which they do; if not, the network needs no such inputs.',
    }),
  ]
}

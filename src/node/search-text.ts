// What `lutra search` says on a terminal.

import { printTable } from '../report/text-table.ts'
import { budgetText, searchHead, studentHead, studentRow } from '../train/search/tables.ts'
import type { SearchResult } from './search.ts'

/** The front within the budget, what more would buy, and where the best is. */
export function searchText({ report, model, files }: SearchResult): string {
  const rows = (students: typeof report.front) => students.map(own => studentRow(report, own))
  const table = printTable({
    head: studentHead(report),
    groups: [rows(report.front), rows(report.beyond)],
    left: [studentHead(report).length - 1],
  }).trimEnd()
  const written = `written: ${model}, the best within the budget, and ${files.length - 1} files beside it`
  return [searchHead(report), budgetText(report), table, written].join('\n')
}

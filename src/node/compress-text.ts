// What `lutra compress` says on a terminal.

import { printTable } from '../report/text-table.ts'
import { compressionRows, withoutHardware } from '../train/pages/compression-page.ts'
import type { CompressResult } from './compress.ts'

/** Teacher and students, a row each, and where they are. */
export function compressText({ report, model, files }: CompressResult): string {
  const { head, rows } = compressionRows(report)
  const table = printTable({ head, groups: [rows] }).trimEnd()
  const judged = `on the ${report.training.judged} rows:`
  return [
    judged,
    table,
    ...withoutHardware(report),
    `written: ${model} and ${files.length - 1} files beside it`,
  ].join('\n')
}

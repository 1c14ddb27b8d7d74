// `lutra report`: tables from a build's report.json.

import { join } from 'node:path'
import {
  type CompressionBaseline,
  compressionRows,
  printCompressionCsv,
  printCompressionText,
} from '../report/compression-table.ts'
import { printReportText } from '../report/print-text.ts'
import { parseReport } from '../report/read.ts'
import type { Report } from '../report/report.ts'
import { readFileBytes } from './files.ts'
import { loadModel } from './load-model.ts'
import { modelSize } from './model-size.ts'

export interface ReportOptions {
  /** Folder of a build, or its report.json. */
  readonly dir: string
  readonly table?: 'summary' | 'compression'
  /** The model that compression is measured against. */
  readonly baseline?: string
  readonly format?: 'text' | 'csv'
}

export interface ReportResult {
  readonly report: Report
  readonly text: string
  readonly json: unknown
}

export async function report(options: ReportOptions): Promise<ReportResult> {
  const path = options.dir.endsWith('.json') ? options.dir : join(options.dir, 'report.json')
  const read = parseReport(new TextDecoder().decode(await readFileBytes(path)), path)
  if (options.table !== 'compression') return { report: read, text: printReportText(read), json: read }
  const rows = compressionRows([read], await baselineOf(options.baseline))
  const text = options.format === 'csv' ? printCompressionCsv(rows) : printCompressionText(rows)
  return { report: read, text, json: rows }
}

async function baselineOf(path: string | undefined): Promise<CompressionBaseline | undefined> {
  if (path === undefined) return undefined
  const { graph, file } = await loadModel(path)
  return { name: file, ...modelSize(graph) }
}

// The table by which compressed networks are told: parameters and their ratio to the network they come from, accuracy,
// bits, sparsity, then the device in % and the latency. One row per report, and one for the baseline.

import { percentUsed, weightBits } from './figures.ts'
import { grouped, percent } from './plain-text.ts'
import type { Report } from './report.ts'
import { printTable } from './text-table.ts'

/** The network before compression: it has no hardware. */
export interface CompressionBaseline {
  readonly name: string
  readonly parameters: number
  readonly layers: number
  /** Share of 1. */
  readonly accuracy?: number
}

/** Shares are of 1, uses of the device in %. What is not known is null. */
export interface CompressionRow {
  readonly model: string
  readonly parameters: number
  /** Parameters of the baseline for each of this network's. */
  readonly compression: number | null
  readonly layers: number
  readonly accuracy: number | null
  /** Widths of the weights, e.g. `8` or `2-6`. */
  readonly bits: string | null
  readonly sparsity: number | null
  readonly part: string | null
  readonly bramPercent: number | null
  readonly dspPercent: number | null
  readonly ffPercent: number | null
  readonly lutPercent: number | null
  readonly latencyCycles: number | null
}

/** The rows: the baseline first, where there is one. Accuracies of reports are the hardware's. */
export function compressionRows(
  reports: readonly Report[],
  baseline?: CompressionBaseline,
): readonly CompressionRow[] {
  return [
    ...(baseline === undefined ? [] : [baselineRow(baseline)]),
    ...reports.map(report => reportRow(report, baseline)),
  ]
}

function baselineRow({ name, parameters, layers, accuracy }: CompressionBaseline): CompressionRow {
  return {
    model: name,
    parameters,
    compression: 1,
    layers,
    accuracy: accuracy ?? null,
    bits: null,
    sparsity: null,
    part: null,
    bramPercent: null,
    dspPercent: null,
    ffPercent: null,
    lutPercent: null,
    latencyCycles: null,
  }
}

function reportRow(report: Report, baseline: CompressionBaseline | undefined): CompressionRow {
  const { project, model, accuracy, target, timing } = report
  const known = baseline !== undefined && model.parameters > 0
  return {
    model: project,
    parameters: model.parameters,
    compression: known ? baseline.parameters / model.parameters : null,
    layers: model.layers,
    accuracy: accuracy?.hardware.accuracy ?? null,
    bits: weightBits(report) ?? null,
    sparsity: model.sparsity,
    part: target.part,
    bramPercent: percentUsed(report, 'bram18') ?? null,
    dspPercent: percentUsed(report, 'dsp') ?? null,
    ffPercent: percentUsed(report, 'ff') ?? null,
    lutPercent: percentUsed(report, 'lut') ?? null,
    latencyCycles: timing.latencyCycles,
  }
}

/** The columns: a heading for people, the key for programs, and how people read the value. */
const columns: readonly {
  readonly title: string
  readonly key: keyof CompressionRow
  readonly print: (row: CompressionRow) => string | undefined
}[] = [
  { title: 'Model', key: 'model', print: row => row.model },
  { title: 'Parameters', key: 'parameters', print: row => grouped(row.parameters) },
  { title: 'Compression', key: 'compression', print: row => shown(row.compression, ratio) },
  { title: 'Layers', key: 'layers', print: row => `${row.layers}` },
  { title: 'Accuracy', key: 'accuracy', print: row => shown(row.accuracy, percent) },
  { title: 'Bits', key: 'bits', print: row => row.bits ?? undefined },
  { title: 'Sparsity', key: 'sparsity', print: row => shown(row.sparsity, percent) },
  { title: 'Part', key: 'part', print: row => row.part ?? undefined },
  { title: 'BRAM (%)', key: 'bramPercent', print: row => shown(row.bramPercent, twoDigits) },
  { title: 'DSP (%)', key: 'dspPercent', print: row => shown(row.dspPercent, twoDigits) },
  { title: 'FF (%)', key: 'ffPercent', print: row => shown(row.ffPercent, twoDigits) },
  { title: 'LUT (%)', key: 'lutPercent', print: row => shown(row.lutPercent, twoDigits) },
  { title: 'Latency (cycles)', key: 'latencyCycles', print: row => shown(row.latencyCycles, grouped) },
]

function shown(value: number | null, print: (value: number) => string): string | undefined {
  return value === null ? undefined : print(value)
}

function ratio(value: number): string {
  return value >= 100 ? `${grouped(Math.round(value))}x` : `${value.toFixed(2)}x`
}

function twoDigits(value: number): string {
  return value.toFixed(2)
}

/** The table for people, aligned; what is not known is a dash. */
export function printCompressionText(rows: readonly CompressionRow[]): string {
  return printTable({
    head: columns.map(({ title }) => title),
    groups: [rows.map(row => columns.map(({ print }) => print(row) ?? '-'))],
    left: [0, 7],
  })
}

/** The table as CSV with a heading line (RFC 4180): numbers in full, what is not known is empty. */
export function printCompressionCsv(rows: readonly CompressionRow[]): string {
  const lines = [
    columns.map(({ key }) => key),
    ...rows.map(row => columns.map(({ key }) => csvCell(row[key]))),
  ]
  return lines.map(cells => `${cells.join(',')}\r\n`).join('')
}

function csvCell(value: string | number | null): string {
  const text = value === null ? '' : `${value}`
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text
}

/** The table as JSON: a list of objects. */
export function printCompressionJson(rows: readonly CompressionRow[]): string {
  return `${JSON.stringify(rows, null, 2)}\n`
}

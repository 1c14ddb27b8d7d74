// What a compression came to, as one page: teacher and students beside each other, and, of several, accuracy against
// cost.

import { roundAxis } from '../../report/line-chart.ts'
import { element, escapeMarkup, figure, htmlTable } from '../../report/markup.ts'
import { htmlPage, pageSection } from '../../report/page-frame.ts'
import { grouped } from '../../report/plain-text.ts'
import { scatterChart } from '../../report/scatter-chart.ts'
import { svgFile } from '../../report/svg-file.ts'
import { type Metrics, manyClasses } from '../metrics.ts'
import type { TrainingReport } from './training-page.ts'

/** What a network would take, softmax included. */
export interface StudentHardware {
  readonly lut: number
  readonly ff: number
  readonly dsp: number
  readonly bram18: number
}

/** One network, judged on the same rows as the others. */
export interface CompressedNetwork {
  readonly name: string
  readonly parameters: number
  /** Trained values that are not zero, as they are stored. */
  readonly nonzero: number
  readonly metrics: Metrics
  /** Without a quantiser anywhere: its costs are those of the types that Lutra would give it. */
  readonly isFloat?: boolean
  /** Of the typed network; absent where a float one has no types. */
  readonly costs?: {
    readonly bitOperations: number
    readonly storageBits: number
    readonly parameterBits: number
    /** Share of zeros among trained values, as they are computed with; null without any. */
    readonly sparsity: number | null
  }
  /** By estimate; of several networks, where all layers have a hardware form. */
  readonly hardware?: StudentHardware
  /** Why such an estimate is not there. */
  readonly noHardware?: string
  /** In the output folder. */
  readonly file?: string
  /** The sparsity that was asked for, the epoch of a front, or the seed. */
  readonly at?: number
}

/** A finished compression; plain data. */
export interface CompressReport {
  readonly teacher?: CompressedNetwork
  readonly students: readonly CompressedNetwork[]
  /** What the students differ in: a sparsity each, an epoch of one run, a seed; absent with a single one. */
  readonly by?: 'sparsity' | 'epoch' | 'seed'
  /** Of the accuracy or error of several seeds: the mean, and the standard deviation as estimated from so many. */
  readonly spread?: { readonly mean: number; readonly deviation: number }
  /** Of the student in model.h5: the last, of several seeds the best on the rows that were watched. */
  readonly training: TrainingReport
}

/** Rows of the table: teacher first. */
export function compressionRows(report: CompressReport): { head: string[]; rows: string[][] } {
  const by = report.by === undefined ? [] : [report.by]
  const measure = report.students[0]?.metrics.kind === 'classes' ? 'accuracy' : 'error (rms)'
  const ranks = rankColumnsOf(report)
  const hardware = report.students.some(own => own.hardware) ? hardwareColumns : []
  const head = [
    'network',
    ...by,
    measure,
    ...ranks.map(([name]) => name),
    'parameters',
    'zeros',
    'bits',
    'bit operations',
    'storage',
    ...hardware.map(([name]) => name),
  ]
  const networks = [...(report.teacher === undefined ? [] : [report.teacher]), ...report.students]
  const rows = networks.map(network => [
    network.name,
    ...by.map(() => (network.at === undefined ? '–' : `${network.at}`)),
    measureText(network.metrics),
    ...ranks.map(([, of]) => of(network.metrics)),
    grouped(network.parameters),
    percent(network.costs?.sparsity ?? 1 - network.nonzero / network.parameters),
    ...costTexts(network),
    ...hardware.map(([, key]) => (network.hardware ? grouped(network.hardware[key]) : '–')),
  ])
  const spread = spreadText(report)
  if (spread === undefined) return { head, rows }
  const place = head.indexOf(measure)
  return { head, rows: [...rows, head.map((_, k) => (k === 0 ? 'all' : k === place ? spread : '–'))] }
}

/** Why networks have no estimate of their hardware, a line for each reason. */
export function withoutHardware({ students }: CompressReport): string[] {
  const reasons = new Map<string, string[]>()
  for (const { name, noHardware } of students) {
    if (noHardware === undefined) continue
    reasons.set(noHardware, [...(reasons.get(noHardware) ?? []), name])
  }
  return [...reasons].map(([reason, names]) => `no hardware estimated of ${names.join(', ')}: ${reason}`)
}

/** Mean ± standard deviation over several seeds. */
function spreadText({ spread, students }: CompressReport): string | undefined {
  if (spread === undefined) return undefined
  const { mean, deviation } = spread
  return students[0]?.metrics.kind === 'classes'
    ? `${(100 * mean).toFixed(2)} ± ${share(deviation)}`
    : `${mean.toPrecision(4)} ± ${deviation.toPrecision(2)}`
}

function costTexts({ costs, parameters, isFloat }: CompressedNetwork): [string, string, string] {
  if (costs === undefined || isFloat === true) return ['float', '–', `${grouped(4 * parameters)} B`]
  const bytes = Math.ceil(costs.storageBits / 8)
  return [`${costs.parameterBits}`, grouped(costs.bitOperations), `${grouped(bytes)} B`]
}

/** Estimates, whose names say so. */
const hardwareColumns = [
  ['~LUT', 'lut'],
  ['~DSP', 'dsp'],
  ['~BRAM18', 'bram18'],
] as const satisfies readonly (readonly [string, keyof StudentHardware])[]

/** Columns for networks that rank many things. */
const rankColumns: readonly (readonly [string, (metrics: Metrics) => string])[] = [
  ['top 5', metrics => (metrics.kind === 'classes' && metrics.ranks ? share(metrics.ranks.top5) : '–')],
  ['top 10', metrics => (metrics.kind === 'classes' && metrics.ranks ? share(metrics.ranks.top10) : '–')],
  ['MRR', metrics => (metrics.kind === 'classes' && metrics.ranks ? metrics.ranks.mrr.toFixed(4) : '–')],
]

function rankColumnsOf({ students }: CompressReport): typeof rankColumns {
  const metrics = students[0]?.metrics
  return metrics?.kind === 'classes' && metrics.classes.length >= manyClasses ? rankColumns : []
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`
const share = (value: number) => `${(100 * value).toFixed(2)} %`

/** Accuracy, or the root of the mean squared error, whichever the target has. */
export function measureOf(metrics: Metrics): number {
  return metrics.kind === 'classes' ? metrics.accuracy : metrics.rootMeanSquareError
}

function measureText(metrics: Metrics): string {
  return metrics.kind === 'classes' ? share(metrics.accuracy) : measureOf(metrics).toPrecision(4)
}

/** `compress.html`, and `front.svg` where there are several students; equal for equal reports. */
export function compressionPages(report: CompressReport, version: string): Record<string, string> {
  const chart = frontChart(report)
  const { head, rows } = compressionRows(report)
  const cheapest = report.students.at(-1)!
  const page = htmlPage(
    {
      brand: 'Lutra compress',
      heading: report.training.name,
      facts: `${grouped(cheapest.parameters)} parameters, judged on the ${report.training.judged} rows`,
      version,
    },
    pageSection(
      'Networks',
      htmlTable({ caption: 'Teacher and students', head, rows, words: [0] }),
      ...withoutHardware(report).map(line => element('p', {}, escapeMarkup(line))),
    ),
    chart === undefined
      ? ''
      : pageSection(
          'Accuracy against cost',
          figure('Every student', 'Bit operations of a row, by the widths and weights that are left', chart),
        ),
  )
  return {
    'compress.html': page,
    ...(chart === undefined
      ? {}
      : { 'front.svg': svgFile(`${report.training.name}: accuracy against cost`, chart) }),
  }
}

function frontChart({ students, teacher, by }: CompressReport): string | undefined {
  if (by === 'seed') return undefined
  const points = students.flatMap(({ costs, metrics, at }) =>
    costs === undefined ? [] : [{ x: costs.bitOperations, y: measureOf(metrics), label: `${at ?? ''}` }],
  )
  if (points.length < 2) return undefined
  const level = teacher === undefined ? {} : { level: { y: measureOf(teacher.metrics), name: 'teacher' } }
  const values = [...points.map(({ y }) => y), ...(teacher === undefined ? [] : [measureOf(teacher.metrics)])]
  return scatterChart({
    description: `${points.length} networks: bit operations and accuracy of each`,
    series: [{ ink: 'main', shape: 'circle', joined: true, points }],
    x: { ...roundAxis([0, ...points.map(({ x }) => x)], 'bit operations', { zero: true }) },
    y: { ...roundAxis(values, 'accuracy') },
    ...level,
  })
}

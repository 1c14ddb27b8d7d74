// What a training run was like, as one page and its drawings: curves, the confusion matrix, ROC, figures by class.

import { curveChart, roundAxis } from '../../report/line-chart.ts'
import { element, escapeMarkup, figure, htmlTable } from '../../report/markup.ts'
import { colourKeys, htmlPage, pageColumns, pageSection } from '../../report/page-frame.ts'
import { counted, grouped } from '../../report/plain-text.ts'
import { svgFile } from '../../report/svg-file.ts'
import type { EpochRecord } from '../loop.ts'
import type { ClassificationMetrics, Metrics, RocPoint } from '../metrics.ts'
import { endText, percentOf } from './verdict.ts'

/** A finished run; plain data. */
export interface TrainingReport {
  readonly name: string
  readonly parameters: number
  readonly loss: string
  readonly rows: { readonly training: number; readonly validation: number; readonly test: number }
  readonly history: readonly EpochRecord[]
  readonly bestEpoch: number
  readonly ended: 'epochs' | 'patience'
  /** On rows that training did not see. */
  readonly metrics: Metrics
  /** Of the further outputs of a network with several. */
  readonly outputs?: readonly { readonly name: string; readonly metrics: Metrics }[]
  /** Which rows these are. */
  readonly judged: 'test' | 'validation' | 'training'
}

/** `training.html`, `loss.svg`, `accuracy.svg`; equal for equal runs. `roc` by class, in the order of the classes. */
export function trainingFiles(
  report: TrainingReport,
  roc: readonly (readonly RocPoint[])[],
  version: string,
): Record<string, string> {
  const loss = lossChart(report)
  const accuracy = accuracyChart(report)
  return {
    'training.html': page(report, { loss, accuracy, roc: rocChart(report, roc) }, version),
    'loss.svg': svgFile(`${report.name}: loss`, loss),
    ...(accuracy !== undefined && { 'accuracy.svg': svgFile(`${report.name}: accuracy`, accuracy) }),
  }
}

type Pick = (record: EpochRecord) => number | undefined

function curves(report: TrainingReport, training: Pick, validation: Pick, name: string, most?: number) {
  const points = (pick: Pick) =>
    report.history.flatMap((record): [number, number][] => {
      const value = pick(record)
      return value === undefined ? [] : [[record.epoch, value]]
    })
  const [own, other] = [points(training), points(validation)]
  const values = [...own, ...other].map(([, y]) => y)
  const last = (list: readonly (readonly [number, number])[]) => list.at(-1)?.[1].toPrecision(3)
  return curveChart({
    description: `${name} after ${counted(report.history.length, 'epoch')}: training ${last(own)}${other.length === 0 ? '' : `, validation ${last(other)}`}`,
    curves: [
      { ink: 'main', points: own },
      { ink: 'second', points: other },
    ],
    x: {
      ...roundAxis([0, report.history.length], 'epoch', { zero: true }),
      max: Math.max(1, report.history.length),
    },
    y: roundAxis(values, name, most === undefined ? { zero: true } : { most }),
  })
}

function lossChart(report: TrainingReport): string {
  return curves(
    report,
    record => record.loss,
    record => record.validationLoss,
    'loss',
  )
}

function accuracyChart(report: TrainingReport): string | undefined {
  if (report.history[0]?.accuracy === undefined) return undefined
  return curves(
    report,
    record => record.accuracy,
    record => record.validationAccuracy,
    'accuracy',
    1,
  )
}

/** ROC curves of the classes; of two, the second says all. */
function rocChart({ metrics }: TrainingReport, roc: readonly (readonly RocPoint[])[]): string | undefined {
  if (metrics.kind !== 'classes') return undefined
  const shown = (metrics.classes.length === 2 ? [1] : metrics.classes.map((_, k) => k)).filter(
    k => metrics.classes[k]!.auc !== null && roc[k] !== undefined,
  )
  if (shown.length === 0 || shown.length > 10) return undefined
  const axis = { min: 0, max: 1, step: 0.2, text: (value: number) => value.toFixed(1) }
  const areas = shown.map(k => `${metrics.classes[k]!.name} ${metrics.classes[k]!.auc!.toFixed(4)}`)
  return curveChart({
    description: `ROC curves; areas: ${areas.join('; ')}`,
    curves: [
      {
        ink: 'grid',
        points: [
          [0, 0],
          [1, 1],
        ],
        dashed: true,
      },
      ...shown.map(k => ({
        ink: 'main' as const,
        points: roc[k]!.map(({ falsePositive, truePositive }): [number, number] => [
          falsePositive,
          truePositive,
        ]),
      })),
    ],
    x: { ...axis, name: 'false positives' },
    y: { ...axis, name: 'true positives' },
  })
}

interface Drawings {
  readonly loss: string
  readonly accuracy: string | undefined
  readonly roc: string | undefined
}

function page(report: TrainingReport, { loss, accuracy, roc }: Drawings, version: string): string {
  const keys = colourKeys({ main: 'training', second: 'validation' })
  return htmlPage(
    {
      brand: 'Lutra train',
      heading: report.name,
      facts: factsOf(report),
      verdicts: [['plain', endText(report)]],
      version,
    },
    pageSection(
      'Curves',
      pageColumns(
        figure('Loss', 'By epoch', keys, loss),
        accuracy && figure('Accuracy', 'Share of rows that were right, by epoch', keys, accuracy),
      ),
    ),
    pageSection(
      `On the ${report.judged} rows`,
      ...metricTables(report.metrics),
      roc && figure('ROC', 'Each class against the others', roc),
    ),
    ...(report.outputs ?? []).map(({ name, metrics }) =>
      pageSection(`Output ${name}, on the ${report.judged} rows`, ...metricTables(metrics)),
    ),
  )
}

function factsOf({ parameters, loss, rows }: TrainingReport): string {
  const parts = [`${grouped(parameters)} parameters`, `loss: ${loss}`, `${grouped(rows.training)} rows`]
  if (rows.validation > 0) parts.push(`${grouped(rows.validation)} for validation`)
  if (rows.test > 0) parts.push(`${grouped(rows.test)} for the test`)
  return parts.join(', ')
}

function metricTables(metrics: Metrics): string[] {
  if (metrics.kind === 'values') {
    const rows = [
      ['mean absolute error', shortNumber(metrics.meanAbsoluteError)],
      ['root of the mean squared error', shortNumber(metrics.rootMeanSquareError)],
      ['R²', metrics.r2 === null ? '–' : shortNumber(metrics.r2)],
    ]
    return [htmlTable({ caption: 'Errors', head: ['measure', 'value'], rows, words: [0] })]
  }
  return [
    element(
      'p',
      {},
      escapeMarkup(`Accuracy ${percentOf(metrics.accuracy)} of ${grouped(metrics.rows)} rows.`),
    ),
    ...rankTable(metrics),
    ...(metrics.classes.length <= 30 ? [classTable(metrics), confusionTable(metrics)] : []),
  ]
}

function rankTable({ ranks }: ClassificationMetrics): string[] {
  if (ranks === undefined) return []
  const rows = [
    ['top 5', percentOf(ranks.top5)],
    ['top 10', percentOf(ranks.top10)],
    ['mean reciprocal rank', ranks.mrr.toFixed(4)],
    ['mean reciprocal rank, first 10', ranks.mrr10.toFixed(4)],
  ]
  return [htmlTable({ caption: 'Ranks', head: ['measure', 'value'], rows, words: [0] })]
}

function classTable({ classes }: ClassificationMetrics): string {
  const rows = classes.map(({ name, rows: count, precision, recall, auc }) => [
    name,
    grouped(count),
    percentOf(precision),
    percentOf(recall),
    auc === null ? '–' : auc.toFixed(4),
  ])
  const head = ['class', 'rows', 'precision', 'recall', 'area under ROC']
  return htmlTable({ caption: 'By class', head, rows, words: [0] })
}

function confusionTable({ classes, confusion }: ClassificationMetrics): string {
  const names = classes.map(({ name }) => name)
  const rows = confusion.map((counts, k) => [names[k]!, ...counts.map(grouped)])
  return htmlTable({
    caption: 'Class (rows) and what was predicted (columns)',
    head: ['', ...names],
    rows,
    words: [0],
  })
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(5)))

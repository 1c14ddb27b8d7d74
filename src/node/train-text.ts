// What a training run, or an evaluation, says on a terminal.

import { printTable } from '../report/text-table.ts'
import type { ClassificationMetrics, Metrics } from '../train/metrics.ts'
import { endText, percentOf } from '../train/pages/verdict.ts'
import type { EvaluateResult } from './evaluate.ts'
import type { TrainResult } from './train.ts'

/** A few lines: the end, how good it is, where it is. */
export function trainText({ report, model, files, resumedFrom }: TrainResult): string {
  const resumed = resumedFrom > 0 ? ` (${resumedFrom} of them from a checkpoint)` : ''
  return [
    `${report.name}: ${report.parameters} parameters, ${endText(report)}${resumed}`,
    `on the ${report.judged} rows: ${metricsText(report.metrics)}`,
    ...(report.outputs ?? []).map(({ name, metrics }) => `output ${name}: ${metricsText(metrics)}`),
    `written: ${model} and ${files.length - 1} files beside it`,
  ].join('\n')
}

/** An evaluation: the first output, then those of a network with several by their names. */
export function evaluationText({ metrics, outputs = [] }: EvaluateResult): string {
  const further = outputs.map(({ name, metrics: own }) => `output ${name}: ${metricsText(own)}`)
  return [metricsText(metrics), ...further].join('\n')
}

/** In a line, with a table by class where there are few. */
export function metricsText(metrics: Metrics): string {
  if (metrics.kind === 'values') {
    const { meanAbsoluteError, rootMeanSquareError, r2 } = metrics
    const share = r2 === null ? '' : `, R² ${r2.toPrecision(4)}`
    return `mean absolute error ${meanAbsoluteError.toPrecision(4)}, root mean square ${rootMeanSquareError.toPrecision(4)}${share}`
  }
  return `accuracy ${percentOf(metrics.accuracy)} of ${metrics.rows}${rankText(metrics)}${classTable(metrics)}`
}

/** Of up to ten classes all are among the first ten. */
function rankText({ ranks, classes }: ClassificationMetrics): string {
  if (ranks === undefined) return ''
  const { top5, top10, mrr, mrr10 } = ranks
  const whole = classes.length > 10 ? `, top 10 ${percentOf(top10)}, MRR ${mrr.toFixed(4)}` : ''
  return `, top 5 ${percentOf(top5)}${whole}, MRR@10 ${mrr10.toFixed(4)}`
}

function classTable({ classes, confusion }: ClassificationMetrics): string {
  if (classes.length > 12) return ''
  const rows = classes.map(({ name, rows: count, precision, recall, auc }, k) => [
    name,
    String(count),
    percentOf(precision),
    percentOf(recall),
    auc === null ? '-' : auc.toFixed(4),
    ...confusion[k]!.map(String),
  ])
  const head = ['class', 'rows', 'precision', 'recall', 'AUC', ...classes.map(({ name }) => `→ ${name}`)]
  return `\n${printTable({ head, groups: [rows] }).trimEnd()}`
}

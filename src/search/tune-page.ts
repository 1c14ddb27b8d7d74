// A search for widths as one page and a drawing: accuracy against cost, one width for all against widths by layer.

import { element, escapeMarkup, figure, htmlTable } from '../report/markup.ts'
import { colourKeys, htmlPage, pageSection } from '../report/page-frame.ts'
import { grouped, percent } from '../report/plain-text.ts'
import { linearAxis } from '../report/plots.ts'
import { type PointSeries, type ScatterAxis, scatterChart } from '../report/scatter-chart.ts'
import { svgFile } from '../report/svg-file.ts'
import type { TunedPoint, TuneReport } from './tune-report.ts'
import {
  comparedPoints,
  layerHead,
  layerRow,
  pointHead,
  pointRow,
  tuneHead,
  tuneSentences,
} from './tune-tables.ts'

/** `tune.html` and `accuracy-cost.svg`; equal for equal reports. */
export function tuneFiles(report: TuneReport, version: string): Record<string, string> {
  const drawing = costPlot(report)
  return {
    'tune.html': page(report, drawing, version),
    'accuracy-cost.svg': svgFile(`${report.model}: ${titleOf(report)}`, drawing),
  }
}

function titleOf({ cost, floatAccuracy }: TuneReport): string {
  return `${floatAccuracy === undefined ? 'Loss' : 'Accuracy'} against ${cost}`
}

function page(report: TuneReport, drawing: string, version: string): string {
  return htmlPage(
    {
      brand: 'Lutra tune',
      heading: report.model,
      facts: tuneHead(report),
      verdicts: [[report.onAllRows.loss <= report.maxLoss ? 'good' : 'note-mark', verdict(report)]],
      version,
    },
    pageSection('What was found', ...tuneSentences(report).map(text => element('p', {}, escapeMarkup(text)))),
    pageSection(
      'Cost and loss',
      figure(titleOf(report), leftOut(report), keysOf(), drawing),
      htmlTable({
        caption: 'One width for all, and widths by layer',
        head: pointHead,
        rows: comparedPoints(report).map(point => pointRow(report, point)),
        words: [0, 4],
      }),
    ),
    pageSection(
      'Types',
      htmlTable({
        caption: 'By layer',
        head: layerHead,
        rows: report.layers.map(layerRow),
        words: [0, 1, 2, 3, 4, 5],
      }),
    ),
    pageSection('Steps', stepTable(report)),
  )
}

function verdict({ chosen, leastUniform, cost }: TuneReport): string {
  return `${grouped(chosen.cost!)} ${cost}, ${percent(chosen.cost! / leastUniform.cost!)} of one width for all`
}

function keysOf(): string {
  return colourKeys({ second: 'squares: one width for all', main: 'dots: widths by layer; ring: the result' })
}

function stepTable(report: TuneReport): string {
  return htmlTable({
    caption: 'Each cheaper than the one before it',
    head: ['change', 'cost', 'loss', 'noise'],
    rows: report.steps.map(step => [
      step.name,
      grouped(step.cost!),
      percent(step.loss),
      step.noise.toExponential(2),
    ]),
    words: [0],
  })
}

/** How far below the accepted level is drawn, in multiples of the loss accepted. */
const shownLoss = 6

function isShown(report: TuneReport, point: TunedPoint): boolean {
  return point.loss <= shownLoss * report.maxLoss
}

function leftOut(report: TuneReport): string {
  const hidden = report.uniform.filter(point => !isShown(report, point))
  return hidden.length === 0
    ? ''
    : `Not drawn, as they lose more than ${percent(shownLoss * report.maxLoss)}: ${hidden.map(({ name }) => name).join(', ')}`
}

/** What stands on the vertical axis: accuracy where labels tell it, else what is kept. */
function heightOf({ floatAccuracy }: TuneReport, { loss, accuracy }: TunedPoint): number {
  return 100 * (floatAccuracy === undefined || accuracy === undefined ? 1 - loss : accuracy)
}

function costPlot(report: TuneReport): string {
  const uniform = report.uniform.filter(point => isShown(report, point))
  const place = (point: TunedPoint, label?: string) => ({
    x: costOf(report, point),
    y: heightOf(report, point),
    ...(label === undefined ? {} : { label }),
  })
  // Names of all would run into each other: the narrowest that keeps the loss, and the widest.
  const labelled = (point: TunedPoint) =>
    place(point, point.name === report.leastUniform.name || point === uniform.at(-1) ? point.name : undefined)
  const series: PointSeries[] = [
    { ink: 'second', shape: 'square', joined: true, points: uniform.map(labelled) },
    { ink: 'main', shape: 'circle', joined: true, points: report.steps.map(step => place(step)) },
    { ink: 'main', shape: 'ring', joined: false, points: [place(report.chosen)] },
  ]
  const level = 100 * ((report.floatAccuracy?.searched ?? 1) - report.maxLoss)
  const heights = series.flatMap(({ points }) => points.map(({ y }) => y))
  return scatterChart({
    description: `${titleOf(report)}. ${tuneSentences(report).join(' ')}`,
    series,
    x: costAxis(report, series),
    y: heightAxis(report, [...heights, level]),
    level: { y: level, name: 'loss accepted' },
  })
}

/** The measure of the search; what it was not asked of stands where its bit operations would be by proportion. */
function costOf({ leastUniform }: TuneReport, { cost, bits }: TunedPoint): number {
  return cost ?? (bits * leastUniform.cost!) / leastUniform.bits
}

function costAxis({ cost }: TuneReport, series: readonly PointSeries[]): ScatterAxis {
  const axis = linearAxis(Math.max(...series.flatMap(({ points }) => points.map(({ x }) => x))), true)
  return {
    ...axis,
    name: cost,
    text: value => (value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : `${value}`),
  }
}

function heightAxis(report: TuneReport, heights: readonly number[]): ScatterAxis {
  const [low, high] = [Math.min(...heights), Math.max(...heights)]
  const { step } = linearAxis(Math.max(high - low, 100 * report.maxLoss), false)
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  return {
    min: step * Math.floor(low / step - 1e-9),
    max: Math.min(
      step * Math.ceil(high / step + 0.5),
      high <= 100 ? Math.max(100, high) : Number.POSITIVE_INFINITY,
    ),
    step,
    name: report.floatAccuracy === undefined ? 'kept (1 − loss), %' : 'accuracy, %',
    text: value => value.toFixed(digits),
  }
}

// A search for widths in words and rows, for the terminal and the page alike.

import { grouped, percent } from '../report/plain-text.ts'
import { printTable } from '../report/text-table.ts'
import type { TunedLayer, TunedPoint, TuneReport } from './tune-report.ts'

/** What was found, in a few lines. */
export function tuneSentences(report: TuneReport): string[] {
  const { chosen, leastUniform, cost, onAllRows } = report
  const saved = 1 - chosen.cost! / leastUniform.cost!
  return [
    `One width for all: ${leastUniform.name} is the narrowest that keeps the loss, ${grouped(leastUniform.cost!)} ${cost}${estimated(report)}.`,
    `Widths by layer: ${grouped(chosen.cost!)} ${cost}, ${percent(Math.abs(saved))} ${saved < 0 ? 'more' : 'less'}, at ${lossText(report, chosen)}.`,
    `On all ${grouped(report.rows.all)} rows: ${lossText(report, onAllRows, report.floatAccuracy?.all)}.`,
    ...(report.noLuts === undefined ? [] : [`LUTs are not estimated: ${report.noLuts}.`]),
  ]
}

function estimated({ cost }: TuneReport): string {
  return cost === 'LUT' ? ' by estimate' : ' a row'
}

/** `a loss of 0.10 %, accuracy 98.40 % of float's 98.50 %`. */
function lossText(
  report: TuneReport,
  { loss, accuracy }: { readonly loss: number; readonly accuracy?: number },
  float = report.floatAccuracy?.searched,
): string {
  const told = accuracy === undefined || float === undefined
  const more = told ? '' : ` (accuracy ${percent(accuracy)}, float ${percent(float)})`
  return `a loss of ${percent(loss)}${more}`
}

/** What the loss is, and how much of it was allowed. */
export function tuneHead({ loss, maxLoss, rows, seed, trials, cost }: TuneReport): string {
  const kinds = {
    accuracy: 'accuracy lost by labels',
    decisions: 'rows decided otherwise than in float',
    range: 'largest error as a share of the outputs’ range',
  }
  const searched =
    rows.searched === rows.all
      ? `${grouped(rows.all)} rows`
      : `${grouped(rows.searched)} of ${grouped(rows.all)} rows (seed ${seed})`
  return `loss: ${kinds[loss]}, at most ${percent(maxLoss)}; cost: ${cost}; ${searched}, ${grouped(trials)} networks tried`
}

export const layerHead = ['layer', 'kind', 'weights', 'sum', 'result', 'other', 'bit operations'] as const

const named: ReadonlySet<string> = new Set(['weight', 'bias', 'accum', 'result'])

/** A layer's types: trained ones, sum, result, and the others by role. */
export function layerRow({ name, kind, types, bits }: TunedLayer): string[] {
  const bias = types.bias === undefined ? '' : `, bias ${types.bias}`
  const others = Object.entries(types).filter(([role]) => !named.has(role))
  return [
    name,
    kind,
    types.weight === undefined ? '' : `${types.weight}${bias}`,
    types.accum ?? '',
    types.result ?? '',
    others.map(([role, type]) => `${role} ${type}`).join(', '),
    bits === 0 ? '' : grouped(bits),
  ]
}

export const pointHead = ['widths', 'cost', 'bit operations', 'loss', 'keeps it'] as const

/** Where a network stands; `uniform` ones and the result, to be held against each other. */
export function pointRow({ maxLoss }: TuneReport, point: TunedPoint): string[] {
  return [
    point.name,
    point.cost === undefined ? '' : grouped(point.cost),
    grouped(point.bits),
    percent(point.loss),
    point.loss <= maxLoss ? 'yes' : 'no',
  ]
}

/** The points of the table: uniform ones, then the result. */
export function comparedPoints({ uniform, chosen }: TuneReport): TunedPoint[] {
  return [...uniform, { ...chosen, name: 'by layer' }]
}

/** Without the column of other types, which is too wide for a terminal. */
function shown(cells: readonly string[]): string[] {
  return cells.filter((_, column) => layerHead[column] !== 'other')
}

/** A search as the terminal shows it. */
export function printTune(report: TuneReport): string {
  return [
    tuneHead(report),
    printTable({
      head: shown(layerHead),
      groups: [report.layers.map(layer => shown(layerRow(layer)))],
      left: [0, 1, 2, 3, 4],
    }).trimEnd(),
    printTable({
      head: [...pointHead],
      groups: [
        report.uniform.map(point => pointRow(report, point)),
        [pointRow(report, comparedPoints(report).at(-1)!)],
      ],
    }).trimEnd(),
    ...tuneSentences(report),
  ].join('\n')
}

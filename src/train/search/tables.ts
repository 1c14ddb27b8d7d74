// A search in words and rows, for the terminal and the page alike.

import { counted, grouped } from '../../report/plain-text.ts'
import { type Budget, excessNames, latencyText } from './budget.ts'
import { dimensionHead, valueText } from './candidate.ts'
import type { ReportedStudent, SearchReport } from './report.ts'

/** `24 trials of 8 epochs … xc7z020 at 5 ns, at most 3,000 LUT and 30 cycles`. */
export function searchHead(report: SearchReport): string {
  const { students, refused, failed, epochs, strategy, seed } = report
  const [short, full] = epochs
  const finals = students.filter(own => own.epochs === full && short !== full).length
  const counts = [
    `${counted(students.length - finals, 'student')} of ${counted(short, 'epoch')}`,
    ...(finals === 0 ? [] : [`${finals} of them again with ${full}`]),
    ...(refused.length === 0 ? [] : [`${refused.length} refused by estimate`]),
    ...(failed.length === 0 ? [] : [`${failed.length} failed`]),
  ]
  return `${strategy}, seed ${seed}: ${counts.join(', ')}`
}

/** The board or part, and the limits asked. */
export function budgetText({ board, part, clock, budget }: SearchReport): string {
  const target = board === undefined ? part : `${board} (${part})`
  return `${target} at ${clock} ns, at most ${limitsText(budget)}`
}

function limitsText({ lut, dsp, bram18, latency }: Budget): string {
  return [
    `${grouped(lut)} LUT`,
    `${grouped(dsp)} DSP`,
    `${grouped(bram18)} BRAM (18 kb)`,
    ...(latency === undefined ? [] : [`${grouped(latency)} cycles`]),
  ].join(', ')
}

/** Columns that would be empty for all are left out; flip-flops are in the JSON. */
function columnsOf({ students }: SearchReport) {
  const hasTest = students.some(({ test }) => test !== undefined)
  const blocks = (
    [
      ['DSP', 'dsp'],
      ['BRAM', 'bram18'],
    ] as const
  ).filter(([, key]) => students.some(({ cost }) => cost[key] > 0))
  return { hasTest, blocks }
}

export function studentHead(report: SearchReport): string[] {
  const { dimensions, measure } = report
  const { hasTest, blocks } = columnsOf(report)
  return [
    ...dimensions.map(dimensionHead),
    'epochs',
    measure,
    ...(hasTest ? ['test'] : []),
    'parameters',
    'zeros',
    'bits',
    'LUT',
    ...blocks.map(([name]) => name),
    'cycles',
    'fits',
  ]
}

export function studentRow(report: SearchReport, student: ReportedStudent): string[] {
  const { dimensions, budget } = report
  const { candidate, epochs, measure, test, parameters, sparsity, bits, cost, fits } = student
  const { hasTest, blocks } = columnsOf(report)
  return [
    ...dimensions.map((dimension, k) => valueText(dimension, candidate[k]!)),
    `${epochs}`,
    measureText(report, measure),
    ...(hasTest ? [test === undefined ? '' : measureText(report, test)] : []),
    grouped(parameters),
    `${(100 * sparsity).toFixed(1)} %`,
    bits === undefined ? 'float' : `${bits}`,
    grouped(cost.lut),
    ...blocks.map(([, key]) => grouped(cost[key])),
    latencyText(cost.latency),
    fits ? 'yes' : `no: ${excessNames(cost, budget)}`,
  ]
}

export function measureText({ measure }: SearchReport, value: number): string {
  return measure === 'accuracy' ? `${(100 * value).toFixed(2)} %` : value.toPrecision(4)
}

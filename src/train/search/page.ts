// A search as one page and a drawing: what each student reaches against the LUTs that it takes.

import { roundAxis } from '../../report/line-chart.ts'
import { element, escapeMarkup, figure, htmlTable } from '../../report/markup.ts'
import { colourKeys, htmlPage, pageSection } from '../../report/page-frame.ts'
import { counted, grouped } from '../../report/plain-text.ts'
import { type PointSeries, scatterChart } from '../../report/scatter-chart.ts'
import { svgFile } from '../../report/svg-file.ts'
import { latencyText } from './budget.ts'
import { candidateText } from './candidate.ts'
import type { ReportedStudent, SearchReport } from './report.ts'
import { budgetText, measureText, searchHead, studentHead, studentRow } from './tables.ts'

/** `search.html` and `pareto.svg`; equal for equal reports. */
export function searchFiles(report: SearchReport, version: string): Record<string, string> {
  const drawing = report.students.length === 0 ? undefined : plot(report)
  return {
    'search.html': page(report, drawing, version),
    ...(drawing === undefined
      ? {}
      : { 'pareto.svg': svgFile(`${report.name}: ${titleOf(report)}`, drawing) }),
  }
}

const titleOf = ({ measure }: SearchReport) => `${measure === 'accuracy' ? 'Accuracy' : 'Error'} against LUTs`

function page(report: SearchReport, drawing: string | undefined, version: string): string {
  const { best, front, beyond, students } = report
  return htmlPage(
    {
      brand: 'Lutra search',
      heading: report.name,
      facts: budgetText(report),
      verdicts: [[best === undefined ? 'bad' : 'good', verdict(report)]],
      version,
    },
    pageSection('What was searched', element('p', {}, escapeMarkup(searchHead(report)))),
    drawing === undefined
      ? ''
      : pageSection(
          titleOf(report),
          figure('Students that were trained', leftOut(report), keysOf(), drawing),
        ),
    pageSection(
      'Front',
      studentTable(report, 'Within the budget, by rising LUTs; then what more would buy', [
        ...front,
        ...beyond,
      ]),
    ),
    pageSection('Students', studentTable(report, 'In the order of the search', students)),
    refusedSection(report),
    failedSection(report),
  )
}

function verdict(report: SearchReport): string {
  const { best, dimensions } = report
  if (best === undefined) return 'nothing fits the budget'
  const { measure, cost } = best
  return `${measureText(report, measure)} with ${grouped(cost.lut)} LUT in ${latencyText(cost.latency)} cycles: ${candidateText(dimensions, best.candidate)}`
}

function keysOf(): string {
  return colourKeys({
    main: 'dots: the front within the budget; ring: the best',
    second: 'squares: other students',
  })
}

function studentTable(report: SearchReport, caption: string, students: readonly ReportedStudent[]): string {
  return htmlTable({
    caption,
    head: [...studentHead(report), 'file'],
    rows: students.map(own => [...studentRow(report, own), own.file]),
    words: [],
  })
}

function refusedSection({ refused, dimensions }: SearchReport): string {
  if (refused.length === 0) return ''
  const rows = refused.map(({ candidate, before }) => [
    candidateText(dimensions, candidate),
    grouped(before.lut),
    latencyText(before.latency),
  ])
  const caption = 'Clearly over the budget before training'
  return pageSection('Refused by estimate', htmlTable({ caption, head: ['student', 'LUT', 'cycles'], rows }))
}

function failedSection({ failed, dimensions }: SearchReport): string {
  if (failed.length === 0) return ''
  const rows = failed.map(({ candidate, code, problem }) => [
    candidateText(dimensions, candidate),
    code,
    problem,
  ])
  return pageSection(
    'Failed',
    htmlTable({
      caption: 'Not trained or not built',
      head: ['student', 'code', 'why'],
      rows,
      words: [0, 1, 2],
    }),
  )
}

/** Far below the best the plane would be drawn for those that learnt nothing. */
function isShown({ students, measure }: SearchReport, student: ReportedStudent): boolean {
  const all = students.map(own => own.measure)
  return measure === 'accuracy'
    ? student.measure >= Math.max(...all) - 0.1
    : student.measure <= 3 * Math.min(...all)
}

function leftOut(report: SearchReport): string {
  const hidden = report.students.filter(own => !isShown(report, own)).map(own => own.measure)
  if (hidden.length === 0) return ''
  const ends = [Math.min(...hidden), Math.max(...hidden)].map(own => measureText(report, own))
  return `Not drawn: ${counted(hidden.length, 'student')} of ${[...new Set(ends)].join(' to ')}`
}

function plot(report: SearchReport): string {
  const { best, budget, measure } = report
  const [students, front] = [report.students, report.front].map(list =>
    list.filter(own => isShown(report, own)),
  ) as [ReportedStudent[], ReportedStudent[]]
  const scale = measure === 'accuracy' ? 100 : 1
  const at = ({ cost, measure }: ReportedStudent) => ({ x: cost.lut, y: scale * measure })
  const isOnFront = (own: ReportedStudent) =>
    front.some(({ candidate, epochs }) => `${candidate}` === `${own.candidate}` && epochs === own.epochs)
  const series: PointSeries[] = [
    {
      ink: 'second',
      shape: 'square',
      joined: false,
      points: students.filter(own => !isOnFront(own)).map(at),
    },
    { ink: 'main', shape: 'circle', joined: true, points: front.map(at) },
    { ink: 'main', shape: 'ring', joined: false, points: best === undefined ? [] : [at(best)] },
  ]
  const most = Math.max(...students.map(({ cost }) => cost.lut))
  const x = roundAxis([0, most], 'LUT', { zero: true })
  const y = roundAxis(
    students.map(own => scale * own.measure),
    measure === 'accuracy' ? 'accuracy, %' : 'error (rms)',
    measure === 'accuracy' ? { most: 100 } : {},
  )
  return scatterChart({
    description: `${titleOf(report)} of ${students.length} students. ${verdict(report)}.`,
    series,
    x: { ...x, text: value => grouped(value) },
    y,
    // The device's own size is most often far away.
    ...(budget.lut <= x.max ? { limit: { x: budget.lut, name: 'budget' } } : {}),
  })
}

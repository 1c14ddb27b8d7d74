// What was checked, on the report page: the roads that computed the same outputs, and the findings.

import { roadNames, verdictOf } from './figures.ts'
import { element, escapeMarkup, htmlTable } from './markup.ts'
import { grouped, rounded } from './plain-text.ts'
import type { Report, ReportRoad } from './report.ts'

export function verificationSection({ verification: { roads } }: Report): string {
  const title = '<h2>Verification</h2>'
  if (roads.length === 0) return `${title}\n${element('p', {}, 'No road was run.')}\n`
  const table = htmlTable({
    caption: 'Outputs compared raw with the bit-accurate emulator',
    head: ['Road', 'Result', 'Vectors', 'Equal', 'Max difference', 'Stalled cycles', 'Resets', 'Version'],
    rows: roads.map(roadRow),
    words: [0, 1, 7],
    rowClass: row => (verdictOf(roads[row]!) === 'differs' ? 'differs' : undefined),
  })
  const remarks = roads.flatMap(remarkOf).map(remark => element('p', { class: 'note' }, escapeMarkup(remark)))
  return [title, table, ...remarks, ''].join('\n')
}

const verdicts = {
  equal: '✓ equal',
  differs: '✗ differs',
  compared: 'compared',
  skipped: '– skipped',
} as const

function roadRow(road: ReportRoad): string[] {
  const optional = (value: number | undefined, print: (value: number) => string) =>
    value === undefined ? '' : print(value)
  const ran = road.skipped === undefined
  return [
    roadNames[road.road],
    verdicts[verdictOf(road)],
    ran ? grouped(road.vectors) : '',
    ran ? grouped(road.equal) : '',
    optional(road.maxDifference, rounded),
    optional(road.stalls, grouped),
    optional(road.resets, grouped),
    road.version ?? '',
  ]
}

function remarkOf({ road, skipped, firstDivergence: first }: ReportRoad): string[] {
  if (skipped !== undefined) return [`${roadNames[road]} was skipped: ${skipped}.`]
  if (first === undefined) return []
  return [
    `${roadNames[road]} first differs in layer ${first.layer}, vector ${first.row}, element ${first.element}: expected ${first.expected}, got ${first.got}.`,
  ]
}

export function findingsSection({ findings }: Pick<Report, 'findings'>): string {
  if (findings.length === 0) return ''
  const items = findings.map(({ code, severity, place, problem, expected, remedy }) =>
    element(
      'li',
      { class: severity },
      element(
        'p',
        { class: 'code' },
        escapeMarkup(`${severity} · `),
        element('code', {}, escapeMarkup(code)),
      ),
      element(
        'p',
        {},
        escapeMarkup(`${place === '' ? '' : `${place}: `}${problem}${expectation(expected)}.`),
      ),
      remedy === undefined ? '' : element('p', {}, escapeMarkup(remedy)),
    ),
  )
  return `<h2>Findings</h2>\n${element('ul', { class: 'findings' }, ...items)}\n`
}

function expectation(expected: string | undefined): string {
  return expected === undefined ? '' : `; expected ${expected}`
}

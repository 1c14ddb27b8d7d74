// `assess.html`: the assessment as one page that stands alone.

import { type ChartRow, rowChart, spoken } from '../report/charts.ts'
import { details, element, escapeMarkup, figure, htmlTable } from '../report/markup.ts'
import { confusionTable } from '../report/page-accuracy.ts'
import { findingsSection } from '../report/page-checks.ts'
import { htmlPage, pageColumns, pageSection } from '../report/page-frame.ts'
import { grouped, percent, rate, rounded } from '../report/plain-text.ts'
import { linearAxis } from '../report/plots.ts'
import type { Assessment, AssessmentRoad, RoadStep } from './assessment.ts'
import { interfaceText, roadTitles, roadWords, verdictWords } from './words.ts'

/** Matrices of more classes are folded away. */
const mostShown = 12

/** The text of `assess.html`; equal for equal assessments. */
export function printAssessmentHtml(assessment: Assessment): string {
  const { package: own, vectors, lutra } = assessment
  const { project, board, part, clockMhz, buildHash } = own
  return htmlPage(
    {
      brand: 'Lutra assessment',
      heading: `${project} on ${board}`,
      facts: `${part} at ${clockMhz} MHz · ${interfaceText(own)} · ${grouped(vectors.rows)} rows (${vectors.source}) · build ${buildHash}`,
      verdicts: verdictsOf(assessment),
      version: lutra,
    },
    tiles(assessment),
    findingsSection(assessment),
    roadsSection(assessment),
    pathsSection(assessment),
    accuracySection(assessment),
    hardwareSection(assessment),
    comparisonSection(assessment),
    artefactsSection(assessment),
  )
}

function verdictsOf({ equal, roads, findings }: Assessment) {
  const taken = roads.filter(({ verdict }) => verdict === 'equal' || verdict === 'differs')
  const off = roads.filter(({ verdict }) => verdict === 'differs' || verdict === 'failed')
  const words =
    off.length === 0
      ? ([taken.length === 0 ? 'note-mark' : 'good', `✓ Equal bit for bit on ${taken.length} roads`] as const)
      : (['bad', `✗ ${off.map(({ road }) => roadTitles[road]).join(', ')}`] as const)
  const whole =
    equal || off.length > 0 ? [] : [['bad', '✗ The package is not whole or not up to date'] as const]
  const notes = findings.length === 0 ? [] : [['note-mark', `! ${findings.length} findings`] as const]
  return [words, ...whole, ...notes]
}

function tiles({ timing, package: own, roads, vectors }: Assessment): string {
  const scored = roads.filter(({ score }) => score !== undefined)
  const emulator = scored.find(({ road }) => road === 'emulator')
  const float = scored.find(({ road }) => road === 'float')
  const list = [
    tile('Latency', `${grouped(timing.latencyCycles)} cycles`, `${rounded(timing.latencyUs)} µs`),
    tile('Interval', `${rounded(timing.intervalCycles)}`, `cycles at ${own.clockMhz} MHz`),
    tile('Throughput', `${rate(timing.framesPerSecond)}`, 'frames/s, one behind another'),
    tile('Words', `${own.wordsIn} / ${own.wordsOut}`, 'in / out a frame'),
    ...(emulator === undefined
      ? []
      : [
          tile(
            'Accuracy',
            percent(emulator.score!.accuracy),
            float === undefined ? 'in hardware' : `float ${percent(float.score!.accuracy)}`,
          ),
        ]),
    tile(
      'Rows',
      grouped(vectors.rows),
      `${vectors.labelled ? 'labelled' : 'without labels'}${vectors.scaled === true ? ', scaled' : ''}`,
    ),
  ]
  return element('dl', { class: 'tiles' }, ...list)
}

function tile(name: string, value: string, under: string): string {
  const shown = element('dd', {}, escapeMarkup(value), element('small', {}, escapeMarkup(under)))
  return element('div', { class: 'tile' }, element('dt', {}, escapeMarkup(name)), shown)
}

function roadsSection({ roads }: Assessment): string {
  const table = htmlTable({
    caption: 'Output words against the emulator’s',
    head: ['Road', 'Verdict', 'Rows', 'Words off', 'Rows off', 'Accuracy', 'Agreement', 'Remark'],
    rows: roads.map(road => [
      roadTitles[road.road],
      verdictWords[road.verdict],
      road.rows === 0 ? '' : grouped(road.rows),
      optional(road.mismatches, grouped),
      optional(road.rowsDiffering, grouped),
      optional(road.score?.accuracy, percent),
      optional(road.agreement, percent),
      roadWords(road),
    ]),
    words: [0, 1, 7],
    rowClass: row => (isOff(roads[row]!) ? 'differs' : undefined),
  })
  const note =
    'Simulation and Verilator run the whole accelerator, wrapper and framing included. Agreement: rows decided as the emulator decides. The float model rounds nothing: it is compared, never equal.'
  return pageSection('Roads', table, element('p', { class: 'note' }, note))
}

function optional(value: number | undefined, print: (value: number) => string): string {
  return value === undefined ? '' : print(value)
}

function isOff({ verdict }: AssessmentRoad): boolean {
  return verdict === 'differs' || verdict === 'failed'
}

function pathsSection({ roads }: Assessment): string {
  const parts = roads.filter(({ first }) => first !== undefined)
  return pageSection('Where roads part', ...parts.map(pathOf))
}

function pathOf({ road, verdict, first }: AssessmentRoad): string {
  const { row, output, expected, got, expectedValue, gotValue, layer, path } = first!
  const words = expected === undefined ? '' : ` (words ${got} and ${expected})`
  const how = verdict === 'differs' ? 'first differs in' : 'is farthest off in'
  const text = `${roadTitles[road]} ${how} row ${row}, output ${output}: ${gotValue}, the emulator ${expectedValue}${words}.`
  const place =
    verdict === 'differs' ? element('p', {}, `Where: `, element('code', {}, escapeMarkup(layer))) : ''
  const table =
    path.length === 0 ? '' : details(`${roadTitles[road]}: row ${row}, layer by layer`, stepTable(path))
  return `${element('p', {}, escapeMarkup(text))}${place}${table}`
}

function stepTable(path: readonly RoadStep[]): string {
  return htmlTable({
    caption: 'From the input on',
    head: ['Layer', 'Verdict', 'Largest difference', 'Element', 'Emulator, raw', 'Road, raw'],
    rows: path.map(({ layer, verdict, difference, element: at, expected, got }) => [
      layer,
      verdict,
      optional(difference, rounded),
      optional(at, grouped),
      expected ?? '',
      got ?? '',
    ]),
    words: [0, 1],
    rowClass: row => (path[row]!.verdict === 'differs' ? 'differs' : undefined),
  })
}

function accuracySection({ roads, vectors }: Assessment): string {
  const scored = roads.filter(({ score }) => score !== undefined)
  if (scored.length === 0) return ''
  const rows: ChartRow[] = scored.map(({ road, score, verdict }) => ({
    label: roadTitles[road],
    value: percent(score!.accuracy),
    marks: [
      { from: 0, to: 100, ink: 'band' },
      { from: 0, to: 100 * score!.accuracy, ink: verdict === 'differs' ? 'bad' : 'main' },
    ],
  }))
  const chart = rowChart({
    description: `Accuracy: ${spoken(rows)}`,
    rows,
    min: 0,
    max: 100,
    step: 20,
    axis: value => `${value} %`,
    axisName: `of ${grouped(vectors.rows)} rows`,
  })
  const kinds = new Map<string, AssessmentRoad[]>()
  for (const road of scored) {
    const key = JSON.stringify(road.score)
    kinds.set(key, [...(kinds.get(key) ?? []), road])
  }
  const matrices = [...kinds.values()].map(alike =>
    figure(
      alike.map(({ road }) => roadTitles[road]).join(', '),
      'Rows are labels, columns decisions',
      confusionTable(alike[0]!.score!.confusion, vectors.classes),
    ),
  )
  const many = scored[0]!.score!.confusion.length > mostShown
  const shown = figure('By road', '', chart)
  return many
    ? pageSection('Accuracy', shown, details('Confusion matrices', pageColumns(...matrices)!))
    : pageSection('Accuracy', pageColumns(shown, ...matrices))
}

function hardwareSection(assessment: Assessment): string {
  return pageSection(
    'Time and resources',
    pageColumns(
      figure('Cycles of a frame', 'Simulated with the wrapper, nothing waiting', cyclesChart(assessment)),
      figure('Use of the device', assessment.resources.note, deviceChart(assessment)),
    ),
  )
}

function cyclesChart({ timing, package: own }: Assessment): string {
  const beats = (words: number) => Math.ceil(words / own.wordsPerBeat)
  const list = [
    ['words in', beats(own.wordsIn)],
    ['words out', beats(own.wordsOut)],
    ['latency', timing.latencyCycles],
    ['interval', timing.intervalCycles],
  ] as const
  const rows: ChartRow[] = list.map(([label, cycles]) => ({
    label,
    value: `${rounded(cycles)}, ${rounded(cycles / own.clockMhz)} µs`,
    marks: [{ from: 0, to: cycles, ink: label.startsWith('words') ? 'second' : 'main' }],
  }))
  return rowChart({
    description: `Cycles: ${spoken(rows)}`,
    rows,
    ...linearAxis(Math.max(...list.map(([, cycles]) => cycles)), true),
    axis: grouped,
    axisName: 'cycles',
  })
}

function deviceChart({ resources: { used, available }, package: { part } }: Assessment): string {
  const keys = (['lut', 'ff', 'dsp', 'bram18', 'uram'] as const).filter(
    key => available[key] > 0 || used[key] > 0,
  )
  const shares = keys.map(key => (available[key] === 0 ? 200 : (100 * used[key]) / available[key]))
  const rows: ChartRow[] = keys.map((key, k) => ({
    label: key.toUpperCase(),
    value: `${grouped(used[key])}, ${available[key] === 0 ? 'none there' : `${shares[k]!.toFixed(2)} %`}`,
    marks: [
      { from: 0, to: 100, ink: 'band' },
      { from: 0, to: Math.min(200, shares[k]!), ink: shares[k]! > 100 ? 'bad' : 'main' },
    ],
  }))
  return rowChart({
    description: `Use of ${part}: ${spoken(rows)}`,
    rows,
    ...linearAxis(Math.max(100, ...shares.map(share => Math.min(200, share))), true),
    axis: value => `${value} %`,
    axisName: `of ${part}`,
  })
}

function comparisonSection({ comparison }: Assessment): string {
  if (comparison === undefined) return ''
  const { baseline, buildHash, sameRows, changes } = comparison
  const rows = sameRows ? 'the same rows' : 'other rows'
  const text = `Against ${baseline}, build ${buildHash}, ${rows}: ${changes.length === 0 ? 'nothing changed' : `${changes.length} changes`}.`
  const table = htmlTable({
    caption: 'What changed',
    head: ['What', 'Before', 'Now', 'Verdict'],
    rows: changes.map(({ what, before, now, verdict }) => [what, before, now, verdict]),
    words: [0, 1, 2, 3],
    rowClass: row => (changes[row]!.verdict === 'worse' ? 'differs' : undefined),
  })
  return pageSection(
    'Since an earlier run',
    element('p', {}, escapeMarkup(text)),
    ...(changes.length === 0 ? [] : [table]),
  )
}

function artefactsSection({ artefacts, vectors }: Assessment): string {
  const table = htmlTable({
    caption: 'SHA-256 of every file, as it lies there',
    head: ['File', 'State', 'SHA-256'],
    rows: artefacts.map(({ path, hash, state }) => [path, state, hash]),
    words: [0, 1, 2],
    rowClass: row => (['changed', 'missing'].includes(artefacts[row]!.state) ? 'differs' : undefined),
  })
  const off = artefacts.filter(({ state }) => state === 'changed' || state === 'missing').length
  const title = `${artefacts.length} files${off === 0 ? ', all as packaged' : `, ${off} not as packaged`}`
  const rows = element('p', { class: 'note' }, escapeMarkup(`Rows and classes: SHA-256 ${vectors.hash}`))
  return pageSection('Artefacts', details(title, table), rows)
}

// `assess.csv`: a line for each road, with the figures of the whole on each, as spreadsheets take them.

import type { Assessment, AssessmentRoad } from './assessment.ts'

type Cell = string | number | undefined

const columns: Readonly<Record<string, (road: AssessmentRoad, whole: Assessment) => Cell>> = {
  project: (_, { package: own }) => own.project,
  board: (_, { package: own }) => own.board,
  build_hash: (_, { package: own }) => own.buildHash,
  road: ({ road }) => road,
  verdict: ({ verdict }) => verdict,
  rows: ({ rows }) => rows,
  words_off: ({ mismatches }) => mismatches,
  rows_off: ({ rowsDiffering }) => rowsDiffering,
  accuracy: ({ score }) => score?.accuracy,
  agreement: ({ agreement }) => agreement,
  max_difference: ({ maxDifference }) => maxDifference,
  mean_difference: ({ meanDifference }) => meanDifference,
  first_row: ({ first, verdict }) => (verdict === 'differs' ? first?.row : undefined),
  first_output: ({ first, verdict }) => (verdict === 'differs' ? first?.output : undefined),
  first_expected: ({ first }) => first?.expected,
  first_got: ({ first }) => first?.got,
  first_layer: ({ first, verdict }) => (verdict === 'differs' ? first?.layer : undefined),
  latency_cycles: (_, { timing }) => timing.latencyCycles,
  latency_us: (_, { timing }) => timing.latencyUs,
  interval_cycles: (_, { timing }) => timing.intervalCycles,
  frames_per_s: (_, { timing }) => timing.framesPerSecond,
  lut: (_, { resources }) => resources.used.lut,
  ff: (_, { resources }) => resources.used.ff,
  dsp: (_, { resources }) => resources.used.dsp,
  bram18: (_, { resources }) => resources.used.bram18,
  resources_source: (_, { resources }) => resources.source,
  seconds: ({ seconds }) => seconds,
  reason: ({ reason }) => reason,
}

/** Lines end with a line feed; texts with commas, quotes or line ends stand between quotes. */
export function printAssessmentCsv(assessment: Assessment): string {
  const rows = assessment.roads.map(road =>
    Object.values(columns).map(cell => cellText(cell(road, assessment))),
  )
  return [Object.keys(columns), ...rows].map(cells => `${cells.join(',')}\n`).join('')
}

function cellText(cell: Cell): string {
  const text = cell === undefined ? '' : `${cell}`
  // What begins like a formula would be computed by a spreadsheet.
  const safe = typeof cell === 'string' && /^[=+@-]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

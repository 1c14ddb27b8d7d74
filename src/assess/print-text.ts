// `assess.txt`, and what the terminal shows: the roads side by side, figures, the first mismatch with its path.

import { grouped, percent, plainText, rate, rounded } from '../report/plain-text.ts'
import { printTable } from '../report/text-table.ts'
import type { Assessment, AssessmentRoad } from './assessment.ts'
import { interfaceText, roadTitles, roadWords, verdictWords } from './words.ts'

export function printAssessmentText(assessment: Assessment): string {
  const { roads } = assessment
  return [
    head(assessment),
    printTable({
      head: ['Road', 'Verdict', 'Rows', 'Words off', 'Accuracy', 'Agreement', 'Remark'],
      groups: [roads.map(roadRow)],
      left: [0, 1, 6],
    }).trimEnd(),
    ...roads.flatMap(firstLines),
    ...roads.filter(({ score }) => score !== undefined).flatMap(confusionOf(assessment)),
    timingLine(assessment),
    resourceTable(assessment),
    artefactLines(assessment),
    ...comparisonLines(assessment),
  ].join('\n')
}

function head({ package: own, vectors, equal }: Assessment): string {
  const { project, board, buildHash, clockMhz, wordsIn, wordsOut } = own
  const labelled = `${vectors.labelled ? ', labelled' : ''}${vectors.scaled === true ? ', scaled' : ''}`
  return plainText(
    `${project} on ${board} at ${clockMhz} MHz, build ${buildHash}: ${equal ? 'EQUAL' : 'NOT EQUAL'} on ${grouped(vectors.rows)} rows (${vectors.source}${labelled}), ${wordsIn} words in, ${wordsOut} out, ${interfaceText(own)}`,
  )
}

function roadRow(road: AssessmentRoad): string[] {
  const { verdict, rows, mismatches, score, agreement } = road
  return [
    roadTitles[road.road],
    verdictWords[verdict],
    rows === 0 ? '-' : grouped(rows),
    mismatches === undefined ? '-' : grouped(mismatches),
    score === undefined ? '-' : percent(score.accuracy),
    agreement === undefined ? '-' : percent(agreement),
    roadWords(road),
  ]
}

/** Where a road first differs, in full. */
function firstLines({ road, verdict, first }: AssessmentRoad): string[] {
  if (verdict !== 'differs' || first === undefined) return []
  const { row, output, expected, got, expectedValue, gotValue, layer, path } = first
  const steps = path.map(step =>
    step.verdict === 'differs'
      ? `${step.layer} DIFFERS (element ${step.element}: ${step.got} instead of ${step.expected}, raw)`
      : `${step.layer} ${step.verdict}`,
  )
  return [
    `${roadTitles[road]} first differs in row ${row}, output ${output}: ${got} (${gotValue}) instead of ${expected} (${expectedValue})`,
    `  where: ${layer}`,
    ...(steps.length === 0 ? [] : [`  path:  ${steps.join(' > ')}`]),
  ].map(plainText)
}

/** Confusion matrices, those that are alike once. */
function confusionOf({ roads, vectors: { classes } }: Assessment) {
  const textOf = ({ score }: AssessmentRoad) => JSON.stringify(score)
  return (road: AssessmentRoad): string[] => {
    const alike = roads.filter(other => textOf(other) === textOf(road))
    if (alike[0] !== road) return []
    const matrix = road.score!.confusion
    if (matrix.length > 12) return []
    const titles = matrix.map((_, k) => plainText(classes?.[k] ?? `${k}`))
    const rows = matrix.map((counts, label) => [titles[label]!, ...counts.map(grouped)])
    const names = alike.map(({ road: name }) => roadTitles[name]).join(', ')
    return [
      `Confusion (rows: label, columns: decision): ${names}`,
      printTable({ head: ['', ...titles], groups: [rows] }).trimEnd(),
    ]
  }
}

function timingLine({ timing, package: { clockMhz } }: Assessment): string {
  const { latencyCycles, latencyUs, intervalCycles, framesPerSecond } = timing
  return `Latency ${grouped(latencyCycles)} cycles, ${rounded(latencyUs)} us; a frame every ${rounded(intervalCycles)} cycles: ${rate(framesPerSecond)} frames/s at ${clockMhz} MHz`
}

function resourceTable({ resources: { used, available, note } }: Assessment): string {
  const keys = ['lut', 'ff', 'dsp', 'bram18', 'uram'] as const
  const rows = keys.map(key => [
    key.toUpperCase(),
    grouped(used[key]),
    grouped(available[key]),
    available[key] === 0 ? '-' : percent(used[key] / available[key]),
  ])
  const table = printTable({ head: ['Resource', 'Used', 'Available', 'Util %'], groups: [rows] })
  return `Resources of the network (${plainText(note)}):\n${table.trimEnd()}`
}

function artefactLines({ artefacts }: Assessment): string {
  const off = artefacts.filter(({ state }) => state === 'changed' || state === 'missing')
  const told = off.map(({ path, state }) => `  ${state}: ${plainText(path)}`)
  return [
    `${artefacts.length} files, ${artefacts.length - off.length} as packaged or added since`,
    ...told,
  ].join('\n')
}

function comparisonLines({ comparison }: Assessment): string[] {
  if (comparison === undefined) return []
  const { baseline, buildHash, sameRows, changes } = comparison
  const rows = sameRows ? 'the same rows' : 'OTHER ROWS'
  const title = `Against ${plainText(baseline)} (build ${buildHash}, ${rows}): ${changes.length === 0 ? 'nothing changed' : `${changes.length} changes`}`
  if (changes.length === 0) return [title]
  const table = printTable({
    head: ['What', 'Before', 'Now', ''],
    groups: [changes.map(({ what, before, now, verdict }) => [what, before, now, verdict])],
    left: [0, 1, 2, 3],
  })
  return [title, table.trimEnd()]
}

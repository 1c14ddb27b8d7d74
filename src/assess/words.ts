// How an assessment's terms are called where people read them.

import { rounded } from '../report/plain-text.ts'
import type { AssessedRoad, Assessment, AssessmentRoad } from './assessment.ts'

export const roadTitles: Readonly<Record<AssessedRoad, string>> = {
  emulator: 'Emulator',
  float: 'Float model',
  golden: 'Golden data',
  netlist: 'Simulation',
  verilator: 'Verilator',
  board: 'Board',
}

export const verdictWords: Readonly<Record<AssessmentRoad['verdict'], string>> = {
  reference: 'reference',
  compared: 'compared',
  equal: 'equal',
  differs: 'DIFFERS',
  failed: 'FAILED',
  skipped: 'skipped',
}

/** What is to be said of a road beside its figures. */
export function roadWords({ reason, maxDifference, seconds, rows, busyCycles }: AssessmentRoad): string {
  return [
    ...(reason === undefined ? [] : [reason]),
    ...(maxDifference === undefined ? [] : [`largest difference ${rounded(maxDifference)}`]),
    ...(seconds === undefined ? [] : [`${rounded(seconds)} s, ${rounded(rows / seconds)} rows/s`]),
    ...(busyCycles === undefined ? [] : [`${rounded(busyCycles / rows)} cycles a row`]),
  ].join('; ')
}

/** How words come to the accelerator. */
export function interfaceText({ form, interface: own, link, wordsPerBeat }: Assessment['package']): string {
  const by = own === 'axi_stream' ? `${own} behind ${link}` : own
  return `${form} words over ${by}, ${32 * wordsPerBeat} bits`
}

// Two assessments held against each other: what changed from one run to the next.

import { grouped, percent, rounded } from '../report/plain-text.ts'
import type { Assessment, AssessmentChange, AssessmentRoad } from './assessment.ts'

type Comparison = NonNullable<Assessment['comparison']>
type Verdict = AssessmentChange['verdict']

/** Figures that are other now than in `before`; `baseline` is its file's name. */
export function compareRuns(before: Assessment, now: Assessment, baseline: string): Comparison {
  const changes: AssessmentChange[] = []
  const note = (what: string, a: string, b: string, verdict: Verdict) => {
    if (a !== b) changes.push({ what, before: a, now: b, verdict })
  }
  const less = (what: string, a: number, b: number, show = grouped) =>
    note(what, show(a), show(b), b < a ? 'better' : 'worse')
  for (const key of subjectKeys) note(key, `${before.package[key]}`, `${now.package[key]}`, 'other')
  note('rows', rowsText(before), rowsText(now), 'other')
  less('latency (cycles)', before.timing.latencyCycles, now.timing.latencyCycles)
  less('latency (µs)', before.timing.latencyUs, now.timing.latencyUs, rounded)
  less('interval (cycles)', before.timing.intervalCycles, now.timing.intervalCycles)
  less('frames each second', -before.timing.framesPerSecond, -now.timing.framesPerSecond, value =>
    rounded(-value),
  )
  note('resources', before.resources.source, now.resources.source, 'other')
  for (const key of ['lut', 'ff', 'dsp', 'bram18', 'uram'] as const)
    less(key.toUpperCase(), before.resources.used[key], now.resources.used[key])
  for (const road of now.roads) roadChanges(before, road, note)
  for (const { path, hash } of now.artefacts) {
    const own = before.artefacts.find(other => other.path === path)?.hash ?? ''
    note(path, own.slice(0, 12), hash.slice(0, 12), 'other')
  }
  for (const { path, hash } of before.artefacts)
    if (!now.artefacts.some(other => other.path === path)) note(path, hash.slice(0, 12), '', 'other')
  const sameRows = before.vectors.hash === now.vectors.hash
  return { baseline, buildHash: before.package.buildHash, sameRows, changes }
}

const subjectKeys = [
  'project',
  'buildHash',
  'lutra',
  'board',
  'part',
  'form',
  'interface',
  'link',
  'clockMhz',
] as const

function rowsText({ vectors: { rows, hash } }: Assessment): string {
  return `${rows} (${hash.slice(0, 12)})`
}

function roadChanges(
  before: Assessment,
  now: AssessmentRoad,
  note: (what: string, a: string, b: string, verdict: Verdict) => void,
): void {
  const own = before.roads.find(({ road }) => road === now.road)
  if (own === undefined) return
  const fine = (verdict: AssessmentRoad['verdict']) => !['differs', 'failed'].includes(verdict)
  const turn: Verdict =
    fine(own.verdict) === fine(now.verdict) ? 'other' : fine(now.verdict) ? 'better' : 'worse'
  note(`${now.road}: verdict`, own.verdict, now.verdict, turn)
  const [a, b] = [own.mismatches ?? 0, now.mismatches ?? 0]
  note(`${now.road}: mismatches`, `${a}`, `${b}`, b < a ? 'better' : 'worse')
  if (own.score === undefined || now.score === undefined) return
  const [was, is] = [own.score.accuracy, now.score.accuracy]
  note(`${now.road}: accuracy`, percent(was), percent(is), is > was ? 'better' : 'worse')
}

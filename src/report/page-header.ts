// The head of the report page: what was built for what, how it came out, and the figures asked for first.

import {
  deviceResources,
  framesPerSecond,
  overUsed,
  percentText,
  percentUsed,
  usedOf,
  verdictOf,
} from './figures.ts'
import { element, escapeMarkup } from './markup.ts'
import { duration, grouped, percent, rate } from './plain-text.ts'
import type { Report } from './report.ts'

export function header(report: Report): string {
  const { project, model, target, config } = report
  const rules = `${config.rules} rules${config.file === undefined ? '' : ` from ${config.file}`}`
  const facts = `${model.file} · ${grouped(model.parameters)} parameters · ${rules} · ${target.part} at ${target.clockNs} ns`
  return element(
    'header',
    {},
    element('p', { class: 'brand' }, 'Lutra report'),
    element('h1', {}, escapeMarkup(project)),
    element('p', { class: 'facts' }, escapeMarkup(facts)),
    element('ul', { class: 'verdicts' }, ...verdicts(report)),
    element('dl', { class: 'tiles' }, ...tiles(report)),
  )
}

function verdicts(report: Report): string[] {
  const item = (kind: string, text: string) => element('li', { class: kind }, escapeMarkup(text))
  return [
    item(...verifiedVerdict(report)),
    item(...fitVerdict(report)),
    ...findingVerdict(report).map(v => item(...v)),
  ]
}

type Verdict = readonly [kind: 'good' | 'bad' | 'note-mark' | 'plain', text: string]

function verifiedVerdict({ verification: { roads } }: Report): Verdict {
  const run = roads.filter(road => ['equal', 'differs'].includes(verdictOf(road)))
  const differing = run.filter(road => verdictOf(road) === 'differs')
  if (run.length === 0) return ['note-mark', '! Not verified']
  if (differing.length > 0) return ['bad', `✗ ${differing.length} of ${run.length} roads differ`]
  return ['good', `✓ Bit for bit equal on ${run.length} ${run.length === 1 ? 'road' : 'roads'}`]
}

function fitVerdict(report: Report): Verdict {
  const over = overUsed(report)
  if (report.resources.total === undefined) return ['plain', 'Resources not counted']
  const names = deviceResources.filter(({ key }) => over.includes(key)).map(({ label }) => label)
  if (over.length > 0) return ['bad', `✗ Does not fit: ${names.join(', ')}`]
  return report.resources.status === 'partial'
    ? ['note-mark', '! Counted in part']
    : ['good', '✓ Fits the device']
}

function findingVerdict({ findings }: Report): Verdict[] {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const rest = findings.length - errors
  const counted = (count: number, word: string) => `${count} ${count === 1 ? word : `${word}s`}`
  return [
    ...(errors > 0 ? [['bad', `✗ ${counted(errors, 'error')}`] as const] : []),
    ...(rest > 0 ? [['note-mark', `! ${counted(rest, 'finding')}`] as const] : []),
  ]
}

function tiles(report: Report): string[] {
  const { timing, accuracy, resources } = report
  const total = resources.total
  const used = (['lut', 'ff', 'dsp', 'bram18'] as const).map(key => {
    const label = deviceResources.find(resource => resource.key === key)!.label
    const share = percentUsed(report, key)
    const under = share === undefined ? 'not counted' : `${percentText(share)} %`
    return tile(label, total === undefined ? '–' : grouped(usedOf(total, key)), under)
  })
  return [
    tile(
      'Latency',
      `${grouped(timing.latencyCycles)} cycles`,
      duration(timing.latencyCycles * timing.clockNs),
    ),
    tile('Interval (II)', `${grouped(timing.ii)}`, `${rate(framesPerSecond(report))} frames/s`),
    ...used,
    ...(accuracy === undefined
      ? []
      : [tile('Accuracy', percent(accuracy.hardware.accuracy), `float ${percent(accuracy.float.accuracy)}`)]),
    tile('Zero weights', percent(report.model.sparsity), `of ${grouped(report.model.parameters)}`),
  ]
}

function tile(name: string, value: string, under: string): string {
  const figure = element('dd', {}, escapeMarkup(value), element('small', {}, escapeMarkup(under)))
  return element('div', { class: 'tile' }, element('dt', {}, escapeMarkup(name)), figure)
}

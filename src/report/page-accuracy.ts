// Accuracy on the report page: the float model and the hardware side by side, with their confusion matrices.

import { details, element, escapeMarkup, figure } from './markup.ts'
import { grouped, percent } from './plain-text.ts'
import type { Report, ReportAccuracy } from './report.ts'

/** Matrices of more classes are folded away. */
const mostShown = 12

export function accuracySection({ accuracy }: Report): string {
  if (accuracy === undefined) return ''
  const { labels, float, hardware, agreement } = accuracy
  const words = `${grouped(labels)} labelled vectors. Float ${percent(float.accuracy)}, hardware ${percent(hardware.accuracy)}; both predict the same class for ${percent(agreement)}.`
  const matrices = element(
    'div',
    { class: 'columns' },
    figure(`Float: ${percent(float.accuracy)}`, '', confusionTable(float.confusion, accuracy.classes)),
    figure(
      `Hardware: ${percent(hardware.accuracy)}`,
      '',
      confusionTable(hardware.confusion, accuracy.classes),
    ),
  )
  const many = float.confusion.length > mostShown
  return `<h2>Accuracy</h2>
${element('p', {}, escapeMarkup(words))}
${element('p', { class: 'note' }, 'Rows are labels, columns predictions; the ground of a cell is its share of the row.')}
${many ? details(`Confusion matrices of ${float.confusion.length} classes`, matrices) : matrices}
`
}

/** A confusion matrix as a table: rows are labels, columns predictions. */
export function confusionTable(
  confusion: ReportAccuracy['float']['confusion'],
  classes: ReportAccuracy['classes'] = undefined,
): string {
  const names = confusion.map((_, k) => escapeMarkup(classes?.[k] ?? `${k}`))
  const head = element(
    'tr',
    {},
    element('td', {}),
    ...names.map(name => element('th', { scope: 'col' }, name)),
  )
  const rows = confusion.map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    const cells = row.map((count, k) => cell(count, total, k === label))
    return element('tr', {}, element('th', { scope: 'row' }, names[label]!), ...cells)
  })
  const table = element(
    'table',
    { class: 'confusion' },
    element('thead', {}, head),
    element('tbody', {}, ...rows),
  )
  return element('div', { class: 'scroll', tabindex: 0 }, table)
}

function cell(count: number, total: number, hit: boolean): string {
  // The ground stays light enough for the text to be read on it.
  const share = total === 0 ? 0 : (0.55 * count) / total
  return element(
    'td',
    { class: hit ? 'hit' : undefined, style: `--share:${share.toFixed(3)}` },
    grouped(count),
  )
}

// A comparison as one page and two drawings: norms of the differences, and their distributions.

import { type Mark, rowChart, spoken } from '../report/charts.ts'
import { element, escapeMarkup, figure, htmlTable } from '../report/markup.ts'
import { colourKeys, htmlPage, pageColumns, pageSection } from '../report/page-frame.ts'
import { percent, superscript } from '../report/plain-text.ts'
import { svgFile } from '../report/svg-file.ts'
import type { ComparedLayer, Comparison } from './compare.ts'
import {
  divergenceText,
  fullHead,
  fullRow,
  headText,
  notComparedTexts,
  outcomeTexts,
} from './compare-tables.ts'
import { counted, numberText, shareText } from './labels.ts'

/** `compare.html`, `norm-diff.svg` and `dist-diff.svg`; equal for equal comparisons. */
export function compareFiles(comparison: Comparison, version: string): Record<string, string> {
  const [norms, distributions] = [normPlot(comparison), distributionPlot(comparison)]
  return {
    'compare.html': page(comparison, [norms, distributions], version),
    'norm-diff.svg': svgFile(`${comparison.model}: ${normTitle}`, norms),
    'dist-diff.svg': svgFile(`${comparison.model}: ${distributionTitle}`, distributions),
  }
}

const normTitle = 'Norm of the difference, float to fixed point'
const distributionTitle = 'Difference by value, float to fixed point'

function page(comparison: Comparison, [norms, distributions]: string[], version: string): string {
  const sentences = [divergenceText(comparison.firstDivergence), ...outcomeTexts(comparison)]
  return htmlPage(
    {
      brand: 'Lutra compare',
      heading: comparison.model,
      facts: headText(comparison),
      verdicts: verdictsOf(comparison),
      version,
    },
    pageSection('Where they part', ...sentences.map(text => element('p', {}, escapeMarkup(text)))),
    pageSection(
      'By layer',
      pageColumns(
        figure(normTitle, "Of all rows and elements; right: the share of the float results' norm", norms!),
        figure(
          distributionTitle,
          'Differences other than 0; box: 25 to 75 %, thick line: 5 to 95 %, thin line: least to most',
          colourKeys({ band: 'less than a step of the type', main: 'differences' }),
          distributions!,
        ),
      ),
      htmlTable({
        caption: 'Float against fixed point',
        head: fullHead,
        rows: comparison.layers.map(fullRow),
        words: [0, 1, 2],
        rowClass: row => (isFirst(comparison, comparison.layers[row]!) ? 'differs' : undefined),
      }),
      element('p', { class: 'note' }, ownWords),
      ...notComparedTexts(comparison).map(text => element('p', { class: 'note' }, escapeMarkup(text))),
    ),
  )
}

const ownWords =
  'Own: the layer alone, float and fixed point on the same fixed-point inputs. Beyond rounding: values that then differ ' +
  'by more than a step of the result, a step of the accumulator for each term it cuts, what rounding the weights ' +
  'changes and, of tables, one more step.'

function isFirst({ firstDivergence }: Comparison, { layer }: ComparedLayer): boolean {
  return firstDivergence?.layer === layer
}

type Verdict = readonly ['good' | 'note-mark' | 'plain', string]

function verdictsOf({ firstDivergence, decisions, accuracy }: Comparison): Verdict[] {
  const first = decisions[0]
  return [
    firstDivergence === undefined
      ? ['good', '✓ Nothing but rounding']
      : ['note-mark', `! Diverges at ${firstDivergence.layer}`],
    ...(first === undefined
      ? []
      : [
          first.differ === 0
            ? (['good', '✓ Every row decided alike'] as const)
            : (['note-mark', `! ${counted(first.differ, 'row')} decided differently`] as const),
        ]),
    ...(accuracy === undefined
      ? []
      : [['plain', `Accuracy ${percent(accuracy.float)} → ${percent(accuracy.fixed)}`] as const]),
  ]
}

/** Norms over powers of ten: a bar from the left edge. */
function normPlot(comparison: Comparison): string {
  const { layers } = comparison
  const axis = powersOfTen(layers.map(({ norm }) => norm))
  const rows = layers.map(layer => ({
    label: layer.layer,
    value: layer.relativeNorm === undefined ? numberText(layer.norm) : shareText(layer.relativeNorm),
    marks: layer.norm === 0 ? [] : [bar(axis.min, layer.norm, isFirst(comparison, layer))],
  }))
  return rowChart({
    description: `${normTitle}: ${spoken(rows)}`,
    rows,
    ...axis,
    axis: powerOfTen,
    axisName: 'Euclidean norm',
  })
}

function bar(min: number, norm: number, diverges: boolean): Mark {
  return { from: min, to: Math.max(min + 1e-6, Math.log10(norm)), ink: diverges ? 'bad' : 'main' }
}

function distributionPlot({ layers }: Comparison): string {
  const magnitudes = layers.flatMap(({ difference, type }) =>
    difference.magnitudes === undefined
      ? []
      : [difference.magnitudes.p5, difference.magnitudes.max, type.step],
  )
  const axis = powersOfTen(magnitudes)
  const rows = layers.map(({ layer, difference, largestSteps, type }) => ({
    label: layer,
    value: difference.max === 0 ? 'equal' : `≤ ${numberText(largestSteps)} steps`,
    marks: boxOf(difference.magnitudes, type.step, axis),
  }))
  return rowChart({
    description: `${distributionTitle}: ${spoken(rows)}`,
    rows,
    ...axis,
    axis: powerOfTen,
    axisName: '|difference|',
  })
}

function boxOf(
  magnitudes: ComparedLayer['difference']['magnitudes'],
  step: number,
  axis: { readonly min: number; readonly max: number },
): Mark[] {
  const place = (value: number) => Math.min(axis.max, Math.max(axis.min, Math.log10(value)))
  const between = (low: number, high: number, ink: Mark['ink'], height: number): Mark => {
    const [from, to] = [place(low), place(high)]
    return { from, to: from === to ? to + 1e-6 : to, ink, height }
  }
  const band: Mark = { from: axis.min, to: place(step), ink: 'band', height: 0.84 }
  if (magnitudes === undefined) return [band]
  const { min, p5, p25, p50, p75, p95, max } = magnitudes
  return [
    band,
    between(min, max, 'soft', 0.06),
    between(p5, p95, 'main', 0.16),
    between(p25, p75, 'main', 0.5),
    between(p50, p50, 'text', 0.5),
  ]
}

/** Powers of ten around values other than 0, at most twelve of them. */
function powersOfTen(values: readonly number[]): { min: number; max: number; step: number } {
  const powers = values.filter(value => value > 0).map(Math.log10)
  if (powers.length === 0) return { min: -1, max: 1, step: 1 }
  const max = Math.ceil(Math.max(...powers))
  return { min: Math.min(max - 1, Math.max(max - 12, Math.floor(Math.min(...powers)))), max, step: 1 }
}

function powerOfTen(exponent: number): string {
  if (exponent >= -3 && exponent <= 3) return `${10 ** exponent}`
  return `10${superscript(exponent)}`
}

// What is told of a comparison: its table's columns and its sentences, the same on terminals and pages.

import { percent } from '../report/plain-text.ts'
import type { ComparedLayer, Comparison, Divergence } from './compare.ts'
import { counted, numberText, shareText, typeText } from './labels.ts'
import type { OwnCause } from './own-error.ts'

export const shortHead = [
  'Layer',
  'Type',
  'Norm diff',
  'Relative',
  'Median diff',
  '95 %',
  'Largest',
  'In steps',
  'Correlation',
  'Beyond rounding',
]

export function shortRow(layer: ComparedLayer): string[] {
  const { difference } = layer
  return [
    layer.layer,
    typeText(layer.type),
    numberText(layer.norm),
    layer.relativeNorm === undefined ? '–' : shareText(layer.relativeNorm),
    numberText(difference.quantiles.p50),
    numberText(difference.quantiles.p95),
    numberText(difference.max),
    numberText(layer.largestSteps),
    correlationText(layer.correlation),
    layer.own === undefined ? '–' : shareText(layer.own.beyond / Math.max(1, layer.own.of)),
  ]
}

export const fullHead = [
  'Layer',
  'Float layer',
  'Type',
  'Its step',
  'Norm of float',
  'Norm diff',
  'Relative',
  '5 %',
  '25 %',
  'Median diff',
  '75 %',
  '95 %',
  'Largest',
  'Median, steps',
  'Largest, steps',
  'Over a step',
  'Correlation',
  'Own largest',
  'Own, steps',
  'Beyond rounding',
]

export function fullRow(layer: ComparedLayer): string[] {
  const { difference, own } = layer
  const { p5, p25, p50, p75, p95 } = difference.quantiles
  return [
    layer.layer,
    layer.float,
    typeText(layer.type),
    ...[layer.type.step, layer.floatNorm, layer.norm].map(numberText),
    layer.relativeNorm === undefined ? '–' : shareText(layer.relativeNorm),
    ...[p5, p25, p50, p75, p95, difference.max, layer.medianSteps, layer.largestSteps].map(numberText),
    shareText(layer.overStep),
    correlationText(layer.correlation),
    numberText(own?.largest),
    numberText(own?.largestSteps),
    own === undefined ? '–' : shareText(own.beyond / Math.max(1, own.of)),
  ]
}

/** Six digits, rounded towards 0, so that only equality is shown as 1. */
function correlationText(correlation: number | undefined): string {
  return correlation === undefined ? '–' : `${Math.trunc(correlation * 1e6) / 1e6}`
}

/** Why a layer differs by more than its rounding. */
export const causes: Readonly<Record<OwnCause, string>> = {
  range: 'values beyond the range of its result type',
  table: 'its tables: their range, step or types',
  quantiser: 'the quantiser that it was trained with is not what its type does',
  argmax: 'it gives 1 at its largest input and 0 elsewhere',
  decision: 'its thresholds decide otherwise',
  inside: 'a type inside it, such as its accumulator, is left',
}

/** The first layer that diverges, or that none does. */
export function divergenceText(divergence: Divergence | undefined): string {
  if (divergence === undefined) return 'No layer differs by more than its own rounding explains.'
  const { layer, beyond, of, largest, largestSteps, cause } = divergence
  const size = `by up to ${numberText(largest)} (${numberText(largestSteps)} steps)`
  return (
    `First layer that diverges: '${layer}': on the same inputs, ${shareText(beyond / of)} of its values differ ` +
    `by more than its rounding explains, ${size}: ${causes[cause!]}.`
  )
}

/** Decisions and accuracy, a sentence each. */
export function outcomeTexts({ decisions, accuracy }: Comparison): string[] {
  const several = decisions.length > 1
  return [
    ...decisions.map(({ output, rows, differ, ties }) => {
      const of = several ? ` of '${output}'` : ''
      const tied =
        ties === 0
          ? ''
          : `; in ${ties.toLocaleString('en-US')} the largest fixed-point value is not the only one, and the first wins`
      return `Rows decided differently${of}: ${differ.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')}${differ === 0 ? '' : ` (${shareText(differ / rows)})`}${tied}.`
    }),
    ...(accuracy === undefined
      ? []
      : [`Accuracy: float ${percent(accuracy.float)}, fixed point ${percent(accuracy.fixed)}.`]),
  ]
}

/** Layers without a counterpart, with the reason. */
export function notComparedTexts({ notCompared }: Comparison): string[] {
  return notCompared.map(
    ({ name, in: graph, reason }) =>
      `Not compared: '${name}' of the ${graph === 'float' ? 'float' : 'fixed-point'} model: ${reason}.`,
  )
}

export function headText({ rules, rows }: Comparison): string {
  return `${rules} rules, ${counted(rows, 'row')}`
}

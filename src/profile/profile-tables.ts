// The parts of a profile and the columns of their tables, the same on terminals and pages.

import { numberText, powerText, rangeText, shareText, tensorLabel, typeText } from './labels.ts'
import type { Profile, ProfiledTensor } from './profile.ts'

export interface ProfilePart {
  /** Name of its file: `weights-before`, …, `activations-after`. */
  readonly name: string
  readonly title: string
  readonly note: string
  readonly tensors: readonly ProfiledTensor[]
}

/** hls4ml's four figures, those of them that there are values for. */
export function partsOf({ weights, activations, rules }: Profile): ProfilePart[] {
  const typed = rules !== undefined
  const parts: ProfilePart[] = [
    {
      name: 'weights-before',
      title: typed ? 'Weights before: as trained' : 'Weights as trained',
      note: typed ? 'against the types that will hold them' : 'no types yet',
      tensors: weights.before,
    },
    {
      name: 'weights-after',
      title: 'Weights after: in fixed point',
      note: 'layers folded, values rounded',
      tensors: weights.after,
    },
    {
      name: 'activations-before',
      title: typed ? 'Results before: of the float model' : 'Results of the float model',
      note: typed ? 'against the types that will hold them' : 'no types yet',
      tensors: activations?.before ?? [],
    },
    {
      name: 'activations-after',
      title: 'Results after: in fixed point',
      note: 'bit-accurate',
      tensors: activations?.after ?? [],
    },
  ]
  return parts.filter(({ tensors }) => tensors.length > 0)
}

const shortHead = [
  'Tensor',
  'Type',
  'Least',
  'Median',
  'Most',
  'Median |x|',
  'Zeros',
  '|x| ≤',
  'Outside',
  'Below step',
]

function shortRow(tensor: ProfiledTensor): string[] {
  const { distribution: d, fit } = tensor
  return [
    tensorLabel(tensor),
    fit === undefined ? '–' : typeText(fit),
    numberText(d.min),
    numberText(d.quantiles.p50),
    numberText(d.max),
    numberText(d.medianMagnitude),
    shareText(d.zeros),
    powerText(d.exponent),
    fit === undefined ? '–' : shareText(fit.outside),
    fit === undefined ? '–' : shareText(fit.belowStep),
  ]
}

const fullHead = [
  'Tensor',
  'Type',
  'Its step',
  'Its range',
  'Outside',
  'Below step',
  '|x| ≤',
  'Median |x|',
  'Zeros',
  'Least',
  '5 %',
  '25 %',
  'Median',
  '75 %',
  '95 %',
  'Most',
  'Values',
]

function fullRow(tensor: ProfiledTensor): string[] {
  const { distribution: d, fit } = tensor
  const { p5, p25, p50, p75, p95 } = d.quantiles
  return [
    tensorLabel(tensor),
    ...(fit === undefined
      ? ['–', '–', '–', '–', '–']
      : [
          typeText(fit),
          numberText(fit.step),
          rangeText(fit),
          shareText(fit.outside),
          shareText(fit.belowStep),
        ]),
    powerText(d.exponent),
    numberText(d.medianMagnitude),
    shareText(d.zeros),
    ...[d.min, p5, p25, p50, p75, p95, d.max].map(numberText),
    d.count.toLocaleString('en-US'),
  ]
}

export interface ProfileTable {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Columns of words. */
  readonly words: readonly number[]
}

/** What fits a terminal. */
export function shortTable(profile: Profile, tensors: readonly ProfiledTensor[]): ProfileTable {
  return tableOf(profile, shortHead, tensors.map(shortRow))
}

export function fullTable(profile: Profile, tensors: readonly ProfiledTensor[]): ProfileTable {
  return tableOf(profile, fullHead, tensors.map(fullRow))
}

const ofTypes: ReadonlySet<string> = new Set(['Type', 'Its step', 'Its range', 'Outside', 'Below step'])

/** Without types no column tells of them. */
function tableOf(
  { rules }: Profile,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): ProfileTable {
  if (rules !== undefined) return { head, rows, words: [0, 1] }
  const kept = (_: string, column: number) => !ofTypes.has(head[column]!)
  return { head: head.filter(kept), rows: rows.map(row => row.filter(kept)), words: [0] }
}

/** What a reader must know beside the numbers; the same for all printers. */
export function remarksOf(profile: Profile): string[] {
  const tensors = partsOf(profile).flatMap(({ tensors }) => tensors)
  const coarse = tensors.some(({ distribution }) => distribution.quantileError > 0)
  const broken = tensors.reduce((sum, { distribution }) => sum + distribution.notFinite, 0)
  const untyped = (profile.rules === undefined ? [] : tensors).filter(({ untyped }) => untyped !== undefined)
  return [
    ...(profile.rows === 0 ? ['Weights alone: without --data no layer has results.'] : []),
    ...(profile.rules === undefined
      ? ['No types: neither a config nor data nor --input-type says which.']
      : []),
    ...(coarse
      ? ['Quantiles of more than 131,072 values are exact to eight bits: at most 0.4 % too near to 0.']
      : []),
    ...(broken > 0 ? [`${broken.toLocaleString('en-US')} values are NaN or infinite and not counted.`] : []),
    ...untyped.map(tensor => `${tensorLabel(tensor)} has no type: ${tensor.untyped}.`),
  ]
}

// Box plots of magnitudes over powers of two, with the range of each type behind, as hls4ml draws them: from the first
// to the third quartile a box, the median in it, a thick line from 5 to 95 %, a thin one from the least to the most.

import { type Ink, type Mark, rowChart, spoken } from '../report/charts.ts'
import { powerOfTwo } from '../report/plain-text.ts'
import type { Distribution } from './distribution.ts'
import { shareText, tensorLabel } from './labels.ts'
import type { ProfiledTensor } from './profile.ts'
import type { TypeFit } from './type-fit.ts'

/** Undefined where no tensor has a value other than 0. */
export function profilePlot(title: string, tensors: readonly ProfiledTensor[]): string | undefined {
  // Single values far below all others, as a softmax has, would leave no room for these: their line meets the edge.
  const spans = tensors.flatMap(({ distribution: { magnitudes }, fit }) =>
    magnitudes === undefined ? [] : [Math.log2(magnitudes.p5), Math.log2(magnitudes.max), ...typeSpan(fit)],
  )
  if (spans.length === 0) return undefined
  const axis = powersOfTwo(spans)
  const rows = tensors.map(tensor => ({
    label: tensorLabel(tensor),
    value: remark(tensor),
    marks: marksOf(tensor, axis),
  }))
  return rowChart({
    description: `${title}: ${spoken(rows)}`,
    rows,
    ...axis,
    axis: powerOfTwo,
    axisName: '|x|',
  })
}

function remark({ distribution: { exponent }, fit }: ProfiledTensor): string {
  const outside = fit === undefined || fit.outside === 0 ? '' : `, ${shareText(fit.outside)} out`
  return exponent === undefined ? 'all 0' : `≤ ${powerOfTwo(exponent)}${outside}`
}

/** From a type's least step to its largest magnitude, as exponents; nothing for the constant 0. */
function typeSpan(fit: TypeFit | undefined): [number, number] | [] {
  const most = fit === undefined ? 0 : Math.max(-fit.min, fit.max)
  return most === 0 ? [] : [Math.log2(fit!.step), Math.log2(most)]
}

interface Axis {
  readonly min: number
  readonly max: number
  readonly step: number
}

/** Values of hundreds of powers would leave no room to see anything: what is beyond stands at the edge. */
function powersOfTwo(spans: readonly number[]): Axis {
  const most = Math.min(60, Math.ceil(Math.max(...spans, 0)) + 1)
  const min = Math.max(most - 64, -60, Math.floor(Math.min(...spans, 0)))
  const step = Math.max(1, 2 ** Math.ceil(Math.log2((most - min) / 12)))
  return { min, max: min + step * Math.ceil((most - min) / step), step }
}

function marksOf({ distribution, fit }: ProfiledTensor, axis: Axis): Mark[] {
  const within = (value: number) => Math.min(axis.max, Math.max(axis.min, value))
  const [step, most] = typeSpan(fit)
  const band: Mark[] =
    step === undefined ? [] : [{ from: within(step), to: within(most!), ink: 'band', height: 0.84 }]
  return [...band, ...boxOf(distribution, most, within)]
}

/** What is above the type is drawn in another colour. */
function boxOf(
  { magnitudes }: Distribution,
  limit: number | undefined,
  within: (value: number) => number,
): Mark[] {
  if (magnitudes === undefined) return []
  const { min, p5, p25, p50, p75, p95, max } = magnitudes
  const bar = (low: number, high: number, ink: Ink, height: number): Mark[] => {
    const [from, to] = [within(Math.log2(low)), within(Math.log2(high))]
    // Values that are all equal are still to be seen.
    const end = from === to ? to + 1e-6 : to
    const top = limit === undefined ? end : Math.min(end, Math.max(from, within(limit)))
    return [
      ...(from === top ? [] : [{ from, to: top, ink, height }]),
      ...(top === end ? [] : [{ from: top, to: end, ink: 'bad' as const, height }]),
    ]
  }
  return [
    ...bar(min, max, 'soft', 0.06),
    ...bar(p5, p95, 'main', 0.16),
    ...bar(p25, p75, 'main', 0.5),
    { from: within(Math.log2(p50)), to: within(Math.log2(p50)) + 1e-6, ink: 'text', height: 0.5 },
  ]
}

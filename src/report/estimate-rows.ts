// Estimates beside what synthesis counted, as both printers show them.

import { latencyText } from '../estimate/print-estimate.ts'
import { usedOf } from './figures.ts'
import { grouped } from './plain-text.ts'
import type { Report, ReportEstimate, ReportResources } from './report.ts'

/** The resources that are compared; DSP blocks and block RAMs stand in the estimate as well. */
export const comparedResources = [
  { key: 'lut', label: 'LUT' },
  { key: 'ff', label: 'FF' },
  { key: 'dsp', label: 'DSP' },
  { key: 'bram18', label: 'BRAM_18K' },
] as const

export interface Comparison {
  readonly name: string
  readonly estimate: ReportEstimate
  readonly measured: ReportEstimate
}

/** Measured layers, what is around them, and the whole; empty where nothing was counted, or nothing estimated. */
export function comparisons({ layers, resources: { status, total, glue, estimate } }: Report): Comparison[] {
  if (estimate === undefined || status !== 'measured' || total === undefined) return []
  return [
    ...layers.flatMap(layer =>
      layer.status !== 'measured' || layer.resources === undefined || layer.estimate === undefined
        ? []
        : [{ name: layer.name, estimate: layer.estimate, measured: countsOf(layer.resources) }],
    ),
    ...(glue === undefined ? [] : [{ name: '(glue)', estimate: estimate.glue, measured: countsOf(glue) }]),
    { name: 'Total', estimate: estimate.total, measured: countsOf(total) },
  ]
}

function countsOf(resources: ReportResources): ReportEstimate {
  const used = (key: 'lut' | 'ff' | 'dsp' | 'bram18') => usedOf(resources, key)
  return { lut: used('lut'), ff: used('ff'), dsp: used('dsp'), bram18: used('bram18') }
}

/** By how much an estimate is off what was counted, e.g. `+4 %`. */
function offText(estimate: number, measured: number): string {
  if (estimate === measured) return '0 %'
  if (measured === 0) return '-'
  const off = Math.round(100 * (estimate / measured - 1))
  return `${off > 0 ? '+' : off < 0 ? '−' : ''}${Math.abs(off)} %`
}

/** How far such estimates were off; undefined where nothing was estimated. */
export function bandText({ resources: { estimate } }: Report): string | undefined {
  if (estimate === undefined) return undefined
  const { designs, lut, ff } = estimate.band
  const whole = (part: number) => `${Math.round(100 * part)} %`
  const within = ([half, most]: readonly number[]) => `${whole(half!)}, nine of ten ${whole(most!)}`
  const latency =
    estimate.latencyRange === undefined ? '' : `; latency ${latencyText(estimate.latencyRange)} cycles`
  return `half of ${designs} designs were within: LUT ${within(lut)}; FF ${within(ff)}${latency}`
}

/** A layer's cells: its name, and for each resource estimate, count and how far off. */
export function comparedCells({ name, estimate, measured }: Comparison): string[] {
  return [
    name,
    ...comparedResources.flatMap(({ key }) => [
      grouped(estimate[key]),
      grouped(measured[key]),
      offText(estimate[key], measured[key]),
    ]),
  ]
}

// What is plotted of the hardware: when each layer works, delays of stages, what the design takes of the device and
// where.

import { type ChartRow, type Mark, rowChart, spoken } from './charts.ts'
import { type DeviceResource, deviceResources, percentUsed, usedOf } from './figures.ts'
import { grouped, rounded } from './plain-text.ts'
import type { Report } from './report.ts'

/** When each layer's logic is at work, in stages; undefined when no layer says so. */
export function latencyPlot({ layers, timing }: Report): string | undefined {
  const placed = layers.filter(
    ({ firstStage, lastStage }) => firstStage !== undefined && lastStage !== undefined,
  )
  if (placed.length === 0) return undefined
  const rows = placed.map(({ name, firstStage, lastStage, latencyCycles }) => ({
    label: name,
    value: cycles(latencyCycles ?? lastStage! - firstStage! + 1),
    marks: [{ from: firstStage!, to: lastStage! + 1, ink: 'main' as const }],
  }))
  const end = Math.max(timing.latencyCycles, ...placed.map(({ lastStage }) => lastStage! + 1))
  return rowChart({
    description: `Cycles by layer: ${spoken(rows)}`,
    rows,
    ...linearAxis(end, true),
    axis: grouped,
    axisName: 'cycles after the first input',
  })
}

/** Delays of the pipeline's stages against the clock; undefined without stages, or with too many to be read. */
export function stagePlot({ timing }: Report): string | undefined {
  const { stages, clockNs } = timing
  if (stages.length === 0 || stages.length > 40) return undefined
  const rows = stages.map(({ index, delayNs, layer }) => ({
    label: layer === undefined ? `${index}` : `${index} ${layer}`,
    value: `${delayNs.toFixed(2)} ns`,
    marks: [
      { from: 0, to: clockNs, ink: 'band' as const, height: 0.72 },
      { from: 0, to: delayNs, ink: delayNs > clockNs ? ('bad' as const) : ('main' as const), height: 0.4 },
    ],
  }))
  return rowChart({
    description: `Delay by stage, of ${clockNs} ns: ${spoken(rows)}`,
    rows,
    ...linearAxis(Math.max(clockNs, ...stages.map(({ delayNs }) => delayNs)), false),
    axis: rounded,
    axisName: 'ns',
  })
}

/** Shares of the device; undefined when nothing was counted. */
export function devicePlot(report: Report): string | undefined {
  const { total } = report.resources
  if (total === undefined) return undefined
  const present = deviceResources.filter(
    ({ key }) => report.target.available[key] > 0 || usedOf(total, key) > 0,
  )
  const most = Math.max(100, ...present.map(({ key }) => Math.min(200, percentUsed(report, key)!)))
  const rows = present.map(({ key, label }) => deviceRow(report, key, label, usedOf(total, key)))
  return rowChart({
    description: `Use of ${report.target.part}: ${spoken(rows)}`,
    rows,
    ...linearAxis(most, true),
    axis: value => `${value} %`,
    axisName: `of ${report.target.part}`,
  })
}

function deviceRow(report: Report, key: DeviceResource, label: string, used: number): ChartRow {
  const share = percentUsed(report, key)!
  const marks: readonly Mark[] = [
    { from: 0, to: 100, ink: 'band' },
    { from: 0, to: Math.min(share, 200), ink: share > 100 ? 'bad' : 'main' },
  ]
  const told = Number.isFinite(share)
    ? `${share >= 99.95 ? share.toFixed(0) : share.toFixed(2)} %`
    : 'none there'
  return { label, value: `${grouped(used)}, ${told}`, marks }
}

/** LUTs and flip-flops by layer; undefined when no layer was counted. */
export function layerPlot({ layers, resources }: Report): string | undefined {
  const counted = [
    ...layers.flatMap(({ name, resources, status }) =>
      resources === undefined ? [] : [{ name: status === 'estimated' ? `~ ${name}` : name, resources }],
    ),
    ...(resources.glue === undefined ? [] : [{ name: '(glue)', resources: resources.glue }]),
  ]
  if (counted.length === 0) return undefined
  const rows = counted.map(({ name, resources }) => {
    const [lut, ff] = [usedOf(resources, 'lut'), usedOf(resources, 'ff')]
    const marks: readonly Mark[] = [
      { from: 0, to: lut, ink: 'main', height: 0.3, middle: 0.33 },
      { from: 0, to: ff, ink: 'second', height: 0.3, middle: 0.67 },
    ]
    return { label: name, value: `${grouped(lut)} / ${grouped(ff)}`, marks }
  })
  return rowChart({
    description: `LUT / FF by layer: ${spoken(rows)}`,
    rows,
    ...linearAxis(Math.max(1, ...rows.flatMap(({ marks }) => marks.map(({ to }) => to))), true),
    axis: short,
    axisName: 'cells',
  })
}

function cycles(count: number): string {
  return `${grouped(count)} ${count === 1 ? 'cycle' : 'cycles'}`
}

function short(value: number): string {
  return value >= 1000 ? `${rounded(value / 1000)}k` : rounded(value)
}

/** An axis from 0 that ends at or above a value, in steps of 1, 2 or 5 times a power of ten; at least 1 where whole. */
export function linearAxis(end: number, whole: boolean): { min: number; max: number; step: number } {
  const raw = (end || 1) / 5
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map(times => times * power).find(candidate => candidate >= raw * 0.999)!
  const used = whole ? Math.max(1, Math.round(step)) : step
  return { min: 0, max: used * Math.ceil(end / used - 1e-9), step: used }
}

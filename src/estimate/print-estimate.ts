// An estimate as a table: per layer and in all, beside what the device has, with how far such estimates were off.

import type { Cost, DesignEstimate, ErrorBand, LayerEstimate } from './design-estimate.ts'

export interface EstimateTarget {
  readonly part: string
  readonly clockNs: number
  readonly available: Cost
}

const resources = [
  ['LUT', 'lut'],
  ['FF', 'ff'],
  ['DSP', 'dsp'],
  ['BRAM (18 kb)', 'bram18'],
] as const

/** The lines of `lutra estimate`. */
export function printEstimate(estimate: DesignEstimate, target: EstimateTarget): string {
  const { layers, glue, total } = estimate
  const head = ['layer', 'kind', ...resources.map(([name]) => name), 'cycles', 'II']
  const rows = [
    ...layers
      .filter(isWorthTelling)
      .map(layer => [
        layer.name,
        layer.kind,
        ...costs(layer),
        cyclesOf(layer.firstStage, layer.lastStage, layer.latency),
        layer.interval === undefined ? '' : grouped(layer.interval),
      ]),
    ...(glue.lut + glue.ff === 0 ? [] : [['(streams)', '', ...costs(glue), '', '']]),
  ]
  const sums = [
    ['total', '', ...costs(total), latencyCell(estimate), grouped(estimate.interval)],
    ['available', '', ...costs(target.available), '', ''],
    ['used', '', ...resources.map(([, key]) => share(total[key], target.available[key])), '', ''],
  ]
  return [...columns([head, ...rows], sums), '', ...notes(estimate, target)].join('\n')
}

function isWorthTelling({ kind, lut, ff }: LayerEstimate): boolean {
  return kind !== 'input' || lut + ff > 0
}

function notes(
  { latency, latencyRange, interval, band, builtBy }: DesignEstimate,
  { part, clockNs }: EstimateTarget,
): string[] {
  const ns = latency * clockNs
  const time = ns < 10_000 ? `${rounded(ns)} ns` : `${rounded(ns / 1000)} µs`
  const cycles = latencyRange === undefined ? grouped(latency) : latencyText(latencyRange)
  const rate = rounded(1000 / (interval * clockNs))
  return [
    `${part} at ${clockNs} ns, ${builtBy}: latency ${cycles} cycles (${time}), II ${grouped(interval)} (${rate} million frames a second)`,
    bandText(band),
  ]
}

/** How far estimates like this were off. */
export function bandText(band: ErrorBand): string {
  const { lut, ff, designs, against } = band
  const within = ([half, most]: ErrorBand['lut']) => `±${percent(half)} (nine of ten within ${percent(most)})`
  return `estimated, not synthesised: on ${designs} ${against} LUT was within ${within(lut)}, FF within ${within(ff)}; ${timingText(band)}`
}

function timingText({ exactTiming, heldTiming }: ErrorBand): string {
  if (exactTiming === 1) return 'latency and II are those of the build'
  if (heldTiming === undefined) return `latency and II were exact on ${percent(exactTiming)}`
  return `II is that of the build, latency was within such a range on ${percent(heldTiming)}`
}

/** `30 or 31`, `30 to 33`. */
export function latencyText([least = 0, most = 0]: readonly number[]): string {
  return `${grouped(least)} ${most === least + 1 ? 'or' : 'to'} ${grouped(most)}`
}

function costs(cost: Cost): string[] {
  return resources.map(([, key]) => grouped(cost[key]))
}

function latencyCell({ latency, latencyRange }: DesignEstimate): string {
  return latencyRange === undefined ? grouped(latency) : latencyRange.map(grouped).join('-')
}

function cyclesOf(first: number | undefined, last: number | undefined, latency: number | undefined): string {
  if (first === undefined || last === undefined) return latency === undefined ? '' : grouped(latency)
  return first === last ? `${first}` : `${first}-${last}`
}

function columns(rows: readonly (readonly string[])[], sums: readonly (readonly string[])[]): string[] {
  const all = [...rows, ...sums]
  const widths = all[0]!.map((_, k) => Math.max(...all.map(row => row[k]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, k) => (k < 2 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!)))
      .join('  ')
      .trimEnd()
  const rule = widths.map(width => '-'.repeat(width)).join('  ')
  return [line(rows[0]!), rule, ...rows.slice(1).map(line), rule, ...sums.map(line)]
}

/** Thousands by commas; loading the platform's own tables for it takes longer than many an estimate's part. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

function share(used: number, available: number): string {
  if (available === 0) return used === 0 ? '-' : 'none there'
  const percent = (100 * used) / available
  return percent > 0 && percent < 0.1 ? '<0.1 %' : `${percent.toFixed(1)} %`
}

function percent(part: number): string {
  return `${Math.round(100 * part)} %`
}

function rounded(value: number): string {
  return value >= 100 ? grouped(Math.round(value)) : String(Number(value.toPrecision(3)))
}

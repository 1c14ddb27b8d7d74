// A check as the terminal shows it.

import { latencyText } from '../estimate/print-estimate.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { conversion, type FixedType } from '../fixed/types.ts'
import { grouped, percent } from '../report/plain-text.ts'
import { printTable } from '../report/text-table.ts'
import type { LayerCheck, ModelCheck } from './check-model.ts'
import { shown, typesOf } from './range-findings.ts'
import type { ReachedConversion } from './reached-values.ts'

/** Tables of types, tables, reuse and cost, and what accuracy and fit come to. */
export function printCheck(check: ModelCheck): string {
  return [
    typeTable(check),
    tableTable(check),
    reuseTable(check),
    costTable(check),
    ...accuracyLines(check),
    ...fitLines(check),
  ]
    .filter(text => text !== '')
    .join('\n')
    .trimEnd()
}

function typeTable({ layers, rows }: ModelCheck): string {
  const groups = layers.map(layer => typeRows(layer))
  const counted = rows === 0 ? '' : `, what ${grouped(rows)} rows bring to them`
  return `Types${counted}, and what would lose nothing:\n${printTable({
    head: ['layer', 'role', 'type', 'from', 'to', 'wrapped', 'saturated', 'lossless'],
    groups,
    left: [0, 1, 2],
  })}`
}

function typeRows(layer: LayerCheck): string[][] {
  const reached = layer.ranges?.conversions ?? []
  const rows = reached.map(own => [
    layer.name,
    own.role,
    typesOf(own),
    shown(own.min),
    shown(own.max),
    share(own.wrapped, own.of),
    share(own.saturated, own.of),
    losslessOf(layer, own.role),
  ])
  const seen = new Set(reached.map(({ role }) => role))
  const others = layer.lossless
    .filter(({ role }) => !seen.has(role))
    .map(({ role, configured }) => [
      layer.name,
      role,
      spelled(configured),
      '',
      '',
      '',
      '',
      losslessOf(layer, role),
    ])
  return [...rows, ...others]
}

function losslessOf({ lossless }: LayerCheck, role: ReachedConversion['role']): string {
  const own = lossless.find(each => each.role === role)
  if (own === undefined) return ''
  return own.holdsAll ? 'holds all' : spelled(own.lossless)
}

function spelled(type: FixedType): string {
  return printPrecision(fixedPrecision(conversion(type)), 'short')
}

function share(count: number, of: number): string {
  return count === 0 ? '0' : `${grouped(count)} of ${grouped(of)}`
}

function tableTable({ layers }: ModelCheck): string {
  const rows = layers.flatMap(({ name, ranges }) =>
    (ranges?.tables ?? []).map(own => [
      name,
      own.role,
      grouped(own.entries),
      `${shown(own.from)} … ${shown(own.to)}`,
      shown(own.step),
      `${shown(own.min)} … ${shown(own.max)}`,
      share(own.outside, own.of),
      grouped(own.used),
      percent(own.jump),
    ]),
  )
  if (rows.length === 0) return ''
  return `Tables, and how they are read:\n${printTable({
    head: ['layer', 'table', 'entries', 'range', 'step', 'values', 'outside', 'used', 'largest jump'],
    groups: [rows],
    left: [0, 1],
  })}`
}

function reuseTable({ layers }: ModelCheck): string {
  const rows = layers.flatMap(({ name, reuse }) =>
    reuse === undefined
      ? []
      : [
          [
            name,
            reuse.strategy,
            reuse.asked === undefined ? '–' : `${reuse.asked}`,
            `${reuse.effective}`,
            reuse.folded ? 'take turns' : 'all at once',
          ],
        ],
  )
  if (rows.length === 0) return ''
  return `Reuse factors:\n${printTable({
    head: ['layer', 'strategy', 'asked', 'effective', 'products'],
    groups: [rows],
    left: [0, 1, 4],
  })}`
}

function costTable({ layers }: ModelCheck): string {
  const rows = layers.flatMap(({ name, cost, exactSumCost }) => {
    if (cost === undefined) return []
    const more = exactSumCost === undefined ? '' : signed(exactSumCost.lut - cost.lut)
    return [[name, ...[cost.lut, cost.ff, cost.dsp, cost.bram18].map(grouped), more]]
  })
  if (rows.length === 0) return ''
  return `Estimated cost, and what an exact sum would change:\n${printTable({
    head: ['layer', 'LUT', 'FF', 'DSP', 'BRAM18', 'LUT, exact sum'],
    groups: [rows],
  })}`
}

function signed(value: number): string {
  return value > 0 ? `+${grouped(value)}` : value < 0 ? `−${grouped(-value)}` : '0'
}

function accuracyLines({ accuracy }: ModelCheck): string[] {
  if (accuracy === undefined) return []
  const { float, fixed, changed, rows, kind, loss } = accuracy
  const decisions = `${grouped(changed)} of ${grouped(rows)} rows decided otherwise than in float`
  if (float !== undefined && fixed !== undefined)
    return [`accuracy: float ${percent(float)}, fixed ${percent(fixed)}; ${decisions}`]
  return [kind === 'range' ? `largest error: ${percent(loss)} of the output's range` : decisions]
}

function fitLines({ fit }: ModelCheck): string[] {
  if (fit === undefined) return []
  const used = fit.rows.map(
    ({ resource, used, available }) =>
      `${grouped(used)} of ${grouped(available)} ${resource} (${percent(used / available)})`,
  )
  const percentOff = Math.round(100 * fit.error)
  return [
    `latency ${fit.latencyRange === undefined ? grouped(fit.latency) : latencyText(fit.latencyRange)} cycles, II ${grouped(fit.interval)}, by estimate`,
    `${fit.part}, by estimate (LUT ±${percentOff} %): ${used.join(', ')}${fit.fits ? '' : ': does not fit'}`,
  ]
}

// What reports derive from their own numbers: device shares, rates, widths, verdicts. All printers go by these.

import { lutSites } from '../estimate/cell-counts.ts'
import { parsePrecision, printPrecision } from '../fixed/precision.ts'
import { type FixedType, maxRaw, minRaw } from '../fixed/types.ts'
import {
  type Report,
  type ReportLayer,
  type ReportResources,
  type ReportRoad,
  type ReportStage,
  wholeCount,
} from './report.ts'

/** The resources that devices are sold by, with the names that vendors' reports give them. */
export const deviceResources = [
  { key: 'bram18', label: 'BRAM_18K' },
  { key: 'dsp', label: 'DSP' },
  { key: 'ff', label: 'FF' },
  { key: 'lut', label: 'LUT' },
  { key: 'uram', label: 'URAM' },
] as const

export type DeviceResource = (typeof deviceResources)[number]['key']

/** How much of a device's resource is used: for LUTs, memories and shift registers count too. */
export function usedOf(resources: ReportResources, key: DeviceResource): number {
  return key === 'lut' ? lutSites(wholeCount(resources)) : resources[key]
}

/** Used over available in %; undefined when nothing is known, and 0 for none of none. */
export function percentUsed(report: Report, key: DeviceResource): number | undefined {
  if (report.resources.total === undefined) return undefined
  const used = usedOf(report.resources.total, key)
  return used === 0 ? 0 : (100 * used) / report.target.available[key]
}

/** A use in %, to two digits; `over` where the device has nothing of it. */
export function percentText(used: number): string {
  return Number.isFinite(used) ? used.toFixed(2) : 'over'
}

/** Resources of which the device has not enough. */
export function overUsed(report: Report): readonly DeviceResource[] {
  return deviceResources.map(({ key }) => key).filter(key => (percentUsed(report, key) ?? 0) > 100)
}

/** The slowest stage, in ns; undefined when no stage was timed. */
export function slowestNs({ timing }: Report): number | undefined {
  if (timing.stages.length === 0) return undefined
  return timing.stages.reduce((slowest, { delayNs }) => Math.max(slowest, delayNs), 0)
}

/** A stage's longest path as people read it, e.g. `fc1 2, relu1 1`. */
export function pathText({ path, layer }: ReportStage): string {
  return path === undefined ? (layer ?? '') : path.map(part => `${part.layer} ${part.cells}`).join(', ')
}

/** Frames per second at the clock asked for. */
export function framesPerSecond({ timing }: Report): number {
  return 1e9 / (timing.ii * timing.clockNs)
}

/** A type in the short spelling, e.g. `fixed<16,6>`. */
export function shortType(spelling: string): string {
  return printPrecision(parsePrecision(spelling, ''), 'short')
}

/** The type of a role as people read it: short, and marked where elements differ. */
export function typeLabel(layer: ReportLayer, role: string): string | undefined {
  const spelling = layer.types[role]
  if (spelling === undefined) return undefined
  const kinds = layer.mixed?.[role]
  return kinds === undefined ? shortType(spelling) : `${shortType(spelling)} (${kinds} types)`
}

/** The fixed type behind a spelling; undefined for `auto` and floats. */
export function fixedTypeOf(spelling: string): FixedType | undefined {
  const precision = parsePrecision(spelling, '')
  return precision.kind === 'fixed' ? precision.conversion.to : undefined
}

/** Smallest and largest value of a type, as doubles. */
export function typeRange(type: FixedType): { readonly min: number; readonly max: number } {
  const lsb = 2 ** -type.frac
  return { min: Number(minRaw(type)) * lsb, max: Number(maxRaw(type)) * lsb }
}

const rolesFirst = ['weight', 'recurrent', 'bias', 'scale', 'threshold', 'accum', 'result']

/** Roles in the order people expect: trained tensors, accumulator, result. */
export function inRoleOrder(roles: Iterable<string>): readonly string[] {
  const rank = (role: string) => (rolesFirst.includes(role) ? rolesFirst.indexOf(role) : 5.5)
  return [...roles].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0))
}

/** Widths of the weights, e.g. `8` or `2-6`; undefined for a network without any. */
export function weightBits({ layers }: Report): string | undefined {
  const widths = layers.flatMap(({ types }) => {
    const type = types.weight === undefined ? undefined : fixedTypeOf(types.weight)
    return type === undefined ? [] : [type.width]
  })
  if (widths.length === 0) return undefined
  const [least, most] = [Math.min(...widths), Math.max(...widths)]
  return least === most ? `${least}` : `${least}-${most}`
}

export type Verdict = 'equal' | 'differs' | 'compared' | 'skipped'

/** How a road came out. `float` computes other numbers by nature: it is compared, never equal or unequal. */
export function verdictOf(road: ReportRoad): Verdict {
  if (road.skipped !== undefined) return 'skipped'
  if (road.road === 'float') return 'compared'
  return road.equal === road.vectors && road.firstDivergence === undefined ? 'equal' : 'differs'
}

/** Roads by name as people read them. */
export const roadNames = {
  interpreter: 'Interpreter',
  netlist: 'Netlist',
  icarus: 'Icarus Verilog',
  verilator: 'Verilator',
  'c-sim': 'C simulation',
  board: 'Board',
  float: 'Float model',
} as const satisfies Record<ReportRoad['road'], string>

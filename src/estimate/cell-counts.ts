// What a synthesised netlist is made of: cells counted by kind, read from the JSON of Yosys' `stat`. The reading is
// strict, because a tool that ran out of address space has been seen to write rubbish and report success.
import { bug, fail } from '../diagnostics/diagnostic.ts'

/**
 * Cells of a Xilinx netlist. `lut` is LUT1 to LUT6 together; inverters stand apart, since place and route absorbs
 * them. `carry4` counts a CARRY8 as two, `bram18` a 36 kb block as two, `lutram` and `srl` are in LUTs.
 */
export interface ResourceCount {
  readonly lut1: number
  readonly lut2: number
  readonly lut3: number
  readonly lut4: number
  readonly lut5: number
  readonly lut6: number
  readonly lut: number
  readonly inv: number
  readonly carry4: number
  readonly muxf: number
  readonly ff: number
  readonly dsp: number
  readonly bram18: number
  readonly uram: number
  readonly lutram: number
  readonly srl: number
}

export interface CellCounts {
  readonly counts: ResourceCount
  /** The cells as the tool names them, sorted by name. */
  readonly cells: Readonly<Record<string, number>>
}

export const noResources: ResourceCount = Object.freeze({
  lut1: 0,
  lut2: 0,
  lut3: 0,
  lut4: 0,
  lut5: 0,
  lut6: 0,
  lut: 0,
  inv: 0,
  carry4: 0,
  muxf: 0,
  ff: 0,
  dsp: 0,
  bram18: 0,
  uram: 0,
  lutram: 0,
  srl: 0,
})

const resourceNames = Object.keys(noResources) as (keyof ResourceCount)[]

/** The sum, kind by kind. */
export function addCounts(a: ResourceCount, b: ResourceCount): ResourceCount {
  const sum = { ...noResources } as Record<keyof ResourceCount, number>
  for (const name of resourceNames) sum[name] = a[name] + b[name]
  return sum
}

/** The sum of any number of counts. */
export function sumCounts(counts: Iterable<ResourceCount>): ResourceCount {
  let sum = noResources
  for (const count of counts) sum = addCounts(sum, count)
  return sum
}

/** LUT sites taken: logic, distributed memory and shift registers. This is what a device's LUT total is spent on. */
export function lutSites(count: ResourceCount): number {
  return count.lut + count.lutram + count.srl
}

/** The resources of cells counted by name; `undefined` for a name that is not known. */
function resourcesOfCell(name: string): Partial<ResourceCount> | undefined {
  return Object.hasOwn(cellKinds, name) ? cellKinds[name] : undefined
}

/** Whether a value, say from a cache, is a whole `ResourceCount`. */
export function isResourceCount(value: unknown): value is ResourceCount {
  if (!isRecord(value)) return false
  return (
    resourceNames.every(name => isCount(value[name])) && Object.keys(value).length === resourceNames.length
  )
}

// LUTs of a distributed memory: UG474 (7 series) table 2-3 and UG574 (UltraScale) table 2-2.
const lutRamSites: Readonly<Record<string, number>> = {
  RAM16X1S: 1,
  RAM16X1D: 2,
  RAM32X1S: 1,
  RAM32X1D: 2,
  RAM32M: 4,
  RAM32M16: 8,
  RAM64X1S: 1,
  RAM64X1D: 2,
  RAM64M: 4,
  RAM64M8: 8,
  RAM64X8SW: 8,
  RAM128X1S: 2,
  RAM128X1D: 4,
  RAM256X1S: 4,
  RAM256X1D: 8,
  RAM512X1S: 8,
}

const free: Partial<ResourceCount> = {}

const cellKinds: Readonly<Record<string, Partial<ResourceCount>>> = {
  ...named(['LUT1'], { lut1: 1, lut: 1 }),
  ...named(['LUT2'], { lut2: 1, lut: 1 }),
  ...named(['LUT3'], { lut3: 1, lut: 1 }),
  ...named(['LUT4'], { lut4: 1, lut: 1 }),
  ...named(['LUT5'], { lut5: 1, lut: 1 }),
  ...named(['LUT6'], { lut6: 1, lut: 1 }),
  ...named(['INV'], { inv: 1 }),
  ...named(['CARRY4'], { carry4: 1 }),
  ...named(['CARRY8'], { carry4: 2 }),
  ...named(['MUXF7', 'MUXF8', 'MUXF9'], { muxf: 1 }),
  ...named(['FDRE', 'FDSE', 'FDCE', 'FDPE', 'FDRE_1', 'FDSE_1', 'FDCE_1', 'FDPE_1', 'LDCE', 'LDPE'], {
    ff: 1,
  }),
  ...named(['DSP48E1', 'DSP48E2'], { dsp: 1 }),
  ...named(['RAMB18E1', 'RAMB18E2'], { bram18: 1 }),
  ...named(['RAMB36E1', 'RAMB36E2'], { bram18: 2 }),
  ...named(['URAM288', 'URAM288_BASE'], { uram: 1 }),
  ...named(['SRL16E', 'SRLC16E', 'SRLC32E'], { srl: 1 }),
  ...Object.fromEntries(Object.entries(lutRamSites).map(([name, lutram]) => [name, { lutram }])),
  // Constants, clock and pad buffers take none of the counted resources; $scopeinfo only remembers a flattened name.
  ...named(['GND', 'VCC', 'BUFG', 'IBUF', 'OBUF', '$scopeinfo'], free),
}

function named(
  names: readonly string[],
  kind: Partial<ResourceCount>,
): Record<string, Partial<ResourceCount>> {
  return Object.fromEntries(names.map(name => [name, kind]))
}

/**
 * Reads the JSON that `stat -json` of Yosys 0.23 to 0.55 wrote for one flattened module. Anything else, from
 * broken text to a cell whose cost is not known, fails with `synth/corrupt-output`. `blackBoxes` names modules that
 * are counted elsewhere and may stand in it as instances.
 */
export function parseStat(text: string, top: string, blackBoxes: readonly string[] = []): CellCounts {
  const module = statModule(parseJson(text, top), top)
  const byType = module.num_cells_by_type
  if (!isRecord(byType)) return corrupt(top, 'there is no list of cells by type')
  const cells: Record<string, number> = {}
  for (const name of Object.keys(byType).sort()) {
    const count = byType[name]
    if (!isCount(count))
      return corrupt(top, `the number of ${printable(name)} is ${printable(String(count))}`)
    cells[name] = count
  }
  checkTotal(module, cells, top)
  return countCells(cells, top, new Set(blackBoxes))
}

function countCells(found: Record<string, number>, top: string, blackBoxes: ReadonlySet<string>): CellCounts {
  const cells: Record<string, number> = {}
  const sum = { ...noResources } as Record<keyof ResourceCount, number>
  for (const [name, count] of Object.entries(found)) {
    if (blackBoxes.has(name)) continue
    const kind = resourcesOfCell(name)
    if (kind === undefined) return corrupt(top, `cell '${printable(name)}' is not one whose cost is known`)
    cells[name] = count
    for (const resource of resourceNames) sum[resource] += count * (kind[resource] ?? 0)
  }
  if (sum.lut !== sum.lut1 + sum.lut2 + sum.lut3 + sum.lut4 + sum.lut5 + sum.lut6) bug('LUTs do not add up')
  return { counts: sum, cells }
}

function parseJson(text: string, top: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return corrupt(top, `the statistics are not JSON and begin with '${printable(text.slice(0, 24))}'`)
  }
}

function statModule(stat: unknown, top: string): Record<string, unknown> {
  if (!isRecord(stat) || typeof stat.creator !== 'string' || !stat.creator.startsWith('Yosys ')) {
    return corrupt(top, 'the statistics do not name Yosys as their author')
  }
  const modules = stat.modules
  if (!isRecord(modules)) return corrupt(top, 'the statistics have no modules')
  const module = modules[`\\${top}`] ?? modules[top]
  if (isRecord(module)) return module
  const seen = Object.keys(modules).slice(0, 4).map(printable).join(', ')
  return corrupt(top, `the statistics have no module '${top}'${seen === '' ? '' : `, but ${seen}`}`)
}

function checkTotal(module: Record<string, unknown>, cells: Record<string, number>, top: string): void {
  const total = Object.values(cells).reduce((sum, count) => sum + count, 0)
  if (module.num_cells !== total) {
    corrupt(top, `the cells by type make ${total}, but ${printable(String(module.num_cells))} are stated`)
  }
  for (const rest of ['num_memories', 'num_processes']) {
    if (module[rest] !== 0)
      corrupt(top, `${rest} is ${printable(String(module[rest]))} after synthesis, not 0`)
  }
}

function corrupt(top: string, problem: string): never {
  fail({
    code: 'synth/corrupt-output',
    place: `module '${top}'`,
    problem,
    expected: 'the JSON that Yosys 0.23 to 0.55 writes for a flattened Xilinx netlist',
    remedy:
      'Set LUTRA_YOSYS to a native Yosys, or to wasm for the built-in one; no count was taken from this run.',
  })
}

function printable(text: string): string {
  return text.slice(0, 80).replace(/[^\x20-\x7e]/g, '?')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

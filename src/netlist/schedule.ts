// Which pipeline stage each cell of a combinational netlist works in.
//
// Stage s lies between register rank s and rank s + 1; inputs arrive in stage 0. A cell starts in the stage of its last
// operand, or in the next one where the clock's budget would be exceeded. A block table's value exists only behind
// its register, one stage later. Aliases are names, and nets of a single value exist everywhere: neither has a stage.

import { bug } from '../diagnostics/diagnostic.ts'
import { type CellTiming, cellTiming } from './arrival.ts'
import { type DelayModel, isBlockTable, ramExtraNs } from './delay.ts'
import { isFixedNet } from './live.ts'
import { clusterLuts } from './lut-clusters.ts'
import { type CellKind, cellCount, cellKinds, intervalWidth, type Net, type Netlist } from './netlist.ts'

/** The netlist as scheduling sees it: only cells that outputs depend on, aliases followed to their source. */
export interface Task {
  readonly netlist: Netlist
  /** Cells with a stage of their own, in topological order. */
  readonly cells: Int32Array
  /** 1 for cells that are in the LUTs of all their readers, and work in whatever stage those do. */
  readonly inside: Uint8Array
  /** The uses of cell `net` are entries firstUse[net] to firstUse[net + 1] of `operand` and `offset` (see arrival.ts). */
  readonly firstUse: Int32Array
  readonly operand: Int32Array
  readonly offset: Float64Array
  readonly delay: Float64Array
  readonly ripple: Float64Array
  readonly span: Float64Array
  readonly width: Float64Array
  /** Per cell: stages after its own at which its value first exists, and how late in that stage. */
  readonly lag: Uint8Array
  readonly lateNs: number
  /** Sources of outputs, aliases followed; constants left out. */
  readonly outputs: readonly number[]
}

export interface Schedule {
  /** Stage per cell; meaningless for cells that are not in the task. */
  readonly stage: Int32Array
  /** When within the stage the cell's value is there: bit i at min(line + rate · i, cap). */
  readonly line: Float64Array
  readonly cap: Float64Array
  /** Register ranks from input to output. */
  readonly latency: number
}

export const tolerance = 1e-9
const code = (kind: CellKind) => cellKinds.indexOf(kind)
const codes = {
  alias: code('alias'),
  table: code('table'),
}
const stateful = (['register', 'read', 'instance'] as const).map(code)

/** Prepares a combinational netlist for scheduling. */
export function scheduleTask(netlist: Netlist, model: DelayModel): Task {
  const count = cellCount(netlist)
  const source = followAliases(netlist)
  const outputs = netlist.outputs.flatMap(({ net }) => (isFixedNet(netlist, net) ? [] : [source[net]!]))
  const timing: (CellTiming | undefined)[] = Array.from({ length: count }, () => undefined)
  const { live, readers } = findLive(netlist, model, source, outputs, timing)
  clusterLuts(netlist, live, timing, readers)
  const cells = findRead(live, timing, outputs)
  const column = (of: (cell: CellTiming) => number) =>
    Float64Array.from(timing, cell => (cell === undefined ? 0 : of(cell)))
  return {
    netlist,
    cells,
    inside: markInside(live, cells, count),
    ...packUses(timing),
    delay: column(({ delay }) => delay),
    ripple: column(({ ripple }) => ripple),
    span: column(({ span }) => span),
    width: Float64Array.from({ length: count }, (_, net) =>
      intervalWidth(netlist.min[net]!, netlist.max[net]!),
    ),
    lag: Uint8Array.from({ length: count }, (_, net) => (needsRegister(netlist, net) ? 1 : 0)),
    lateNs: ramExtraNs(model),
    outputs,
  }
}

function needsRegister(netlist: Netlist, net: number): boolean {
  return netlist.kind[net] === codes.table && isBlockTable(netlist.tables[netlist.param[net]!]!)
}

/** Per net, the first net behind its chain of aliases. */
function followAliases(netlist: Netlist): Int32Array {
  const source = new Int32Array(cellCount(netlist))
  for (let net = 0; net < source.length; net++) {
    if (stateful.includes(netlist.kind[net]!)) bug('only combinational netlists can be pipelined')
    source[net] = netlist.kind[net] === codes.alias ? source[netlist.a[net]!]! : net
  }
  return source
}

/** Cells that outputs depend on, and how often each is read; fills in their timing. */
function findLive(
  netlist: Netlist,
  model: DelayModel,
  source: Int32Array,
  outputs: readonly number[],
  timing: (CellTiming | undefined)[],
): { live: Int32Array; readers: Int32Array } {
  const readers = new Int32Array(source.length)
  const found: number[] = []
  for (const net of outputs) readers[net]!++
  for (let net = source.length - 1; net >= 0; net--) {
    if (readers[net] === 0) continue
    const cell = cellTiming(netlist, net as Net, model, source)
    timing[net] = cell
    found.push(net)
    for (const use of cell.uses) readers[use.net]!++
  }
  return { live: Int32Array.from(found.reverse()), readers }
}

/** Of the live cells, those that something reads now that LUTs are shared. */
function findRead(
  live: Int32Array,
  timing: readonly (CellTiming | undefined)[],
  outputs: readonly number[],
): Int32Array {
  const read = new Uint8Array(timing.length)
  for (const net of outputs) read[net] = 1
  for (let k = live.length - 1; k >= 0; k--) {
    const net = live[k]!
    if (read[net] === 1) for (const use of timing[net]!.uses) read[use.net] = 1
  }
  return live.filter(net => read[net] === 1)
}

function markInside(live: Int32Array, cells: Int32Array, count: number): Uint8Array {
  const inside = new Uint8Array(count)
  for (const net of live) inside[net] = 1
  for (const net of cells) inside[net] = 0
  return inside
}

function packUses(
  timing: readonly (CellTiming | undefined)[],
): Pick<Task, 'firstUse' | 'operand' | 'offset'> {
  const firstUse = new Int32Array(timing.length + 1)
  timing.forEach((cell, net) => {
    firstUse[net + 1] = firstUse[net]! + (cell?.uses.length ?? 0)
  })
  const uses = timing.flatMap(cell => cell?.uses ?? [])
  return {
    firstUse,
    operand: Int32Array.from(uses, ({ net }) => net),
    offset: Float64Array.from(uses, ({ offset }) => offset),
  }
}

/** The operands of a cell, each once per use. */
export function operandsOfCell({ firstUse, operand }: Task, net: number): Int32Array {
  return operand.subarray(firstUse[net]!, firstUse[net + 1]!)
}

/** A schedule being made. */
export interface Settling {
  readonly stage: Int32Array
  readonly line: Float64Array
  readonly cap: Float64Array
}

/** The first stage in which all operands of a cell are there. */
function earliestStage(task: Task, stage: Int32Array, net: number): number {
  let last = 0
  for (let k = task.firstUse[net]!; k < task.firstUse[net + 1]!; k++) {
    const operand = task.operand[k]!
    last = Math.max(last, stage[operand]! + task.lag[operand]!)
  }
  return last
}

/** Works out when a cell's value is there if it works in stage `at`; true when nothing but registers feeds it. */
export function settleCell(task: Task, { stage, line, cap }: Settling, net: number, at: number): boolean {
  let lineIn = 0
  let capIn = 0
  for (let k = task.firstUse[net]!; k < task.firstUse[net + 1]!; k++) {
    const operand = task.operand[k]!
    const lag = task.lag[operand]!
    const here = stage[operand]! + lag === at
    const whole = here ? (lag > 0 ? task.lateNs : cap[operand]!) : 0
    const low = here && lag === 0 ? line[operand]! : whole
    const offset = task.offset[k]!
    lineIn = Math.max(lineIn, Number.isNaN(offset) ? whole : low + offset)
    capIn = Math.max(capIn, whole)
  }
  const ready = task.delay[net]! + lineIn
  cap[net] = Math.min(ready + task.span[net]!, capIn + task.delay[net]! + task.ripple[net]!)
  line[net] = Math.min(ready, cap[net]!)
  return capIn === 0
}

/** Every cell as early as its operands and the budget allow: no schedule within the budget has fewer stages. */
export function scheduleEarly(task: Task, budgetNs: number): Schedule {
  const made = emptySettling(task)
  for (const net of task.cells) {
    const earliest = earliestStage(task, made.stage, net)
    const alone = settleCell(task, made, net, earliest)
    const fits = alone || made.cap[net]! <= budgetNs + tolerance
    if (!fits) settleCell(task, made, net, earliest + 1)
    made.stage[net] = fits ? earliest : earliest + 1
  }
  return { ...made, latency: latencyOf(task, made.stage) }
}

export function emptySettling(task: Task): Settling {
  const count = task.delay.length
  return { stage: new Int32Array(count), line: new Float64Array(count), cap: new Float64Array(count) }
}

function latencyOf(task: Task, stage: Int32Array): number {
  return task.outputs.reduce((latency, net) => Math.max(latency, stage[net]! + 1), 1)
}

/** Settling times for given stages. */
export function settle(task: Task, stage: Int32Array, latency: number): Schedule {
  const made = { ...emptySettling(task), stage: Int32Array.from(stage) }
  for (const net of task.cells) settleCell(task, made, net, stage[net]!)
  return { ...made, latency }
}

/** What every cell takes with only registers before it, a register behind each block RAM among them. */
export function aloneNs(task: Task): Float64Array {
  const early = emptySettling(task)
  for (const net of task.cells) {
    const operands = operandsOfCell(task, net)
    early.stage[net] = operands.reduce(
      (last, operand) => Math.max(last, early.stage[operand]! + task.lag[operand]! + 1),
      0,
    )
    settleCell(task, early, net, early.stage[net]!)
  }
  return early.cap
}

/** The smallest budget that needs no more stages than the whole one: work spread evenly. */
export function balancedBudgetNs(task: Task, budgetNs: number, latency: number): number {
  let low = 0
  for (const ns of aloneNs(task)) if (ns <= budgetNs) low = Math.max(low, ns)
  if (scheduleEarly(task, low).latency <= latency) return low
  let high = budgetNs
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2
    if (scheduleEarly(task, middle).latency <= latency) high = middle
    else low = middle
  }
  return high
}

/** Bits held in registers: each value lives from its stage to its last use, outputs to the end. */
export function registerBits(task: Task, { stage, latency }: Schedule): number {
  const last = lastUses(task, stage, latency)
  let bits = 0
  for (const net of task.cells) bits += task.width[net]! * (last[net]! - stage[net]!)
  return bits
}

/** Per cell, the last stage that reads it (the latency for outputs). */
export function lastUses(task: Task, stage: Int32Array, latency: number): Int32Array {
  const last = Int32Array.from(stage)
  for (const net of task.cells)
    for (const operand of operandsOfCell(task, net)) last[operand] = Math.max(last[operand]!, stage[net]!)
  for (const net of task.outputs) last[net] = latency
  return last
}

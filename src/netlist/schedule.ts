// Which pipeline stage each cell of a combinational netlist works in.
//
// Stage s lies between register rank s and rank s + 1; inputs arrive in stage 0. A cell starts in the stage of its last
// operand, or in the next one where the clock's budget would be exceeded. A block table's value exists only behind
// its register, one stage later. Aliases are names, and nets of a single value exist everywhere: neither has a stage.

import { bug } from '../diagnostics/diagnostic.ts'
import { cellDelaysNs, type Family, isBlockTable, ramExtraNs } from './delay.ts'
import { isFixedNet } from './live.ts'
import { type CellKind, cellCount, cellKinds, intervalWidth, type Net, type Netlist } from './netlist.ts'

/** The netlist as scheduling sees it: only cells that outputs depend on, aliases followed to their source. */
export interface Task {
  readonly netlist: Netlist
  /** Cells with a stage, in topological order. */
  readonly cells: Int32Array
  /** Per cell, up to three operands that have a stage; −1 elsewhere. */
  readonly operands: readonly [Int32Array, Int32Array, Int32Array]
  readonly delay: Float64Array
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
  /** Time within the stage at which the cell's value settles. */
  readonly settled: Float64Array
  /** Register ranks from input to output. */
  readonly latency: number
}

const tolerance = 1e-9
const code = (kind: CellKind) => cellKinds.indexOf(kind)
const codes = {
  alias: code('alias'),
  table: code('table'),
}
const stateful = (['register', 'read', 'instance'] as const).map(code)

/** Prepares a combinational netlist for scheduling. */
export function scheduleTask(netlist: Netlist, family: Family): Task {
  const count = cellCount(netlist)
  const source = followAliases(netlist)
  const staged = (net: number) => (net < 0 || isFixedNet(netlist, net as Net) ? -1 : source[net]!)
  const operands = [netlist.a, netlist.b, netlist.c].map(column =>
    Int32Array.from({ length: count }, (_, net) => staged(column[net]!)),
  ) as [Int32Array, Int32Array, Int32Array]
  const outputs = netlist.outputs.map(output => staged(output.net)).filter(net => net >= 0)
  return {
    netlist,
    cells: liveCells(netlist, operands, outputs),
    operands,
    delay: cellDelaysNs(netlist, family),
    width: Float64Array.from({ length: count }, (_, net) =>
      intervalWidth(netlist.min[net]!, netlist.max[net]!),
    ),
    lag: Uint8Array.from({ length: count }, (_, net) => (needsRegister(netlist, net) ? 1 : 0)),
    lateNs: ramExtraNs(family),
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

function liveCells(netlist: Netlist, operands: Task['operands'], outputs: readonly number[]): Int32Array {
  const live = new Uint8Array(cellCount(netlist))
  for (const net of outputs) live[net] = 1
  for (let net = live.length - 1; net >= 0; net--) {
    if (!live[net]) continue
    for (const column of operands) if (column[net]! >= 0) live[column[net]!] = 1
  }
  const found: number[] = []
  live.forEach((alive, net) => {
    if (alive) found.push(net)
  })
  return Int32Array.from(found)
}

/** Every cell as early as its operands and the budget allow. */
export function scheduleEarly(task: Task, budgetNs: number): Schedule {
  const stage = new Int32Array(task.delay.length)
  const settled = new Float64Array(task.delay.length)
  for (const net of task.cells) {
    const [earliest, ready] = arrival(task, stage, settled, net)
    const end = ready + task.delay[net]!
    const fits = ready === 0 || end <= budgetNs + tolerance
    stage[net] = fits ? earliest : earliest + 1
    settled[net] = fits ? end : task.delay[net]!
  }
  return { stage, settled, latency: latencyOf(task, stage) }
}

/** Stage and time within it at which the last operand is there. */
function arrival(task: Task, stage: Int32Array, settled: Float64Array, net: number): [number, number] {
  let last = 0
  let time = 0
  for (const column of task.operands) {
    const operand = column[net]!
    if (operand < 0) continue
    const lag = task.lag[operand]!
    const at = stage[operand]! + lag
    const when = lag > 0 ? task.lateNs : settled[operand]!
    if (at > last) {
      last = at
      time = when
    } else if (at === last && when > time) time = when
  }
  return [last, time]
}

function latencyOf(task: Task, stage: Int32Array): number {
  return task.outputs.reduce((latency, net) => Math.max(latency, stage[net]! + 1), 1)
}

/** The smallest budget that needs no more stages than the whole one: work spread evenly. */
export function balancedBudgetNs(task: Task, budgetNs: number, latency: number): number {
  let low = 0
  for (const net of task.cells) if (task.delay[net]! <= budgetNs) low = Math.max(low, task.delay[net]!)
  if (scheduleEarly(task, low).latency <= latency) return low
  let high = budgetNs
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2
    if (scheduleEarly(task, middle).latency <= latency) high = middle
    else low = middle
  }
  return high
}

/** Settling times for given stages. */
export function settle(task: Task, stage: Int32Array, latency: number): Schedule {
  const settled = new Float64Array(stage.length)
  for (const net of task.cells) {
    const [at, ready] = arrival(task, stage, settled, net)
    settled[net] = task.delay[net]! + (at === stage[net] ? ready : 0)
  }
  return { stage, settled, latency }
}

/** Bits held in registers: each value lives from its stage to its last use, outputs to the end. */
export function registerBits(task: Task, { stage, latency }: Schedule): number {
  const last = lastUses(task, stage, latency)
  let bits = 0
  for (const net of task.cells) bits += task.width[net]! * Math.max(0, last[net]! - stage[net]!)
  return bits
}

/** Per cell, the last stage that reads it (the latency for outputs). */
export function lastUses(task: Task, stage: Int32Array, latency: number): Int32Array {
  const last = Int32Array.from(stage)
  for (const net of task.cells)
    for (const column of task.operands) {
      const operand = column[net]!
      if (operand >= 0) last[operand] = Math.max(last[operand]!, stage[net]!)
    }
  for (const net of task.outputs) last[net] = latency
  return last
}

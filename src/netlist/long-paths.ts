// Which cells must not come to work in one stage: pairs whose path from the first one's operands to the last one's
// result takes longer than the budget. Given a schedule, the pairs that matter are those of neighbouring stages.

import { createNetQueue, type NetQueue } from './net-queue.ts'
import { emptySettling, type Schedule, type Settling, settleCell, type Task, tolerance } from './schedule.ts'

/** Readers of every cell, once per use: entries first[net] to first[net + 1] of `reader`. */
export interface Readers {
  readonly first: Int32Array
  readonly reader: Int32Array
}

export function readersOf({ cells, firstUse, operand, delay }: Task): Readers {
  const first = new Int32Array(delay.length + 1)
  const each = (visit: (operand: number, reader: number) => void) => {
    for (const net of cells)
      for (let use = firstUse[net]!; use < firstUse[net + 1]!; use++) visit(operand[use]!, net)
  }
  each(net => {
    first[net + 1]!++
  })
  for (let net = 0; net < delay.length; net++) first[net + 1]! += first[net]!
  const at = Int32Array.from(first)
  const reader = new Int32Array(first[delay.length]!)
  each((net, by) => {
    reader[at[net]!] = by
    at[net]!++
  })
  return { first, reader }
}

/** A walk from one cell along its readers. */
interface Walk {
  readonly task: Task
  readonly readers: Readers
  readonly stage: Int32Array
  readonly line: Float64Array
  /** NaN where the walk ends. */
  readonly cap: Float64Array
  /** The cell whose walk visited a cell last. */
  readonly visited: Int32Array
  readonly queue: NetQueue
}

/**
 * Calls `found(from, to)` for cells of neighbouring stages such that `to` could not settle in time if `from`, with registers
 * before it, worked in the stage of `to`. Of several such `to` on one path only the first is told, and of several `from`
 * only the last: the others follow, since a cell never works behind its readers. For a block table `from` it is its
 * value, one stage later, that would be late.
 */
export function findLongPaths(
  task: Task,
  readers: Readers,
  schedule: Schedule,
  budgetNs: number,
  found: (from: number, to: number) => void,
): void {
  const walk = startWalk(task, readers, schedule.stage)
  const alone = settleAlone(task)
  const ends: number[][] = []
  const known = new Int32Array(task.delay.length).fill(-1)
  for (let k = task.cells.length - 1; k >= 0; k--) {
    const from = task.cells[k]!
    const lag = task.lag[from]!
    walk.line[from] = lag > 0 ? task.lateNs : alone.line[from]!
    walk.cap[from] = lag > 0 ? task.lateNs : alone.cap[from]!
    ends[from] = walkFrom(walk, from, schedule.stage[from]! + lag + 1, budgetNs)
    if (ends[from].length === 0) continue
    markKnown(walk, ends, known, from)
    for (const to of ends[from]) if (known[to] !== from) found(from, to)
  }
}

function startWalk(task: Task, readers: Readers, stage: Int32Array): Walk {
  const count = task.delay.length
  return {
    task,
    readers,
    stage,
    line: new Float64Array(count),
    cap: new Float64Array(count),
    visited: new Int32Array(count).fill(-1),
    queue: createNetQueue(),
  }
}

/** The cells of stage `last` with which paths from `from` become too long. */
function walkFrom(walk: Walk, from: number, last: number, budgetNs: number): number[] {
  const { task, stage, cap, visited, queue } = walk
  const ends: number[] = []
  visited[from] = from
  goOn(walk, from, from, last)
  for (let net = queue.pop(); net !== undefined; net = queue.pop()) {
    arrive(walk, from, net)
    if (cap[net]! > budgetNs + tolerance) {
      if (stage[net] === last) ends.push(net)
      cap[net] = Number.NaN
    } else if (task.lag[net] === 0) goOn(walk, from, net, last)
  }
  return ends
}

/** Marks what a reader in the same stage is known to be too far from. */
function markKnown(
  { readers, stage, task }: Walk,
  ends: readonly number[][],
  known: Int32Array,
  from: number,
): void {
  if (task.lag[from]! > 0) return
  for (let k = readers.first[from]!; k < readers.first[from + 1]!; k++) {
    const reader = readers.reader[k]!
    if (stage[reader] !== stage[from] || task.lag[reader]! > 0) continue
    for (const to of ends[reader]!) known[to] = from
  }
}

/** Every cell as if registers fed it. */
function settleAlone(task: Task): Settling {
  const alone = emptySettling(task)
  alone.stage.fill(-2)
  for (const net of task.cells) settleCell(task, alone, net, 0)
  return alone
}

function goOn({ readers, stage, visited, queue }: Walk, from: number, net: number, last: number): void {
  for (let k = readers.first[net]!; k < readers.first[net + 1]!; k++) {
    const reader = readers.reader[k]!
    if (stage[reader]! > last || visited[reader] === from) continue
    visited[reader] = from
    queue.push(reader)
  }
}

/** Line and cap of a cell by the paths walked alone. */
function arrive({ task, line, cap, visited }: Walk, from: number, net: number): void {
  let lineIn = 0
  let capIn = 0
  for (let use = task.firstUse[net]!; use < task.firstUse[net + 1]!; use++) {
    const operand = task.operand[use]!
    const passes = visited[operand] === from && (task.lag[operand] === 0 || operand === from)
    if (!passes || Number.isNaN(cap[operand]!)) continue
    const offset = task.offset[use]!
    lineIn = Math.max(lineIn, Number.isNaN(offset) ? cap[operand]! : line[operand]! + offset)
    capIn = Math.max(capIn, cap[operand]!)
  }
  const ready = task.delay[net]! + lineIn
  cap[net] = Math.min(ready + task.span[net]!, capIn + task.delay[net]! + task.ripple[net]!)
  line[net] = Math.min(ready, cap[net]!)
}

// Moves cells of a schedule to later stages where that saves register bits: a value that is wider than what it is
// made of, or made of values that live on anyway, is better made just before its use.

import { lastUses, type Schedule, settle, type Task } from './schedule.ts'

const tolerance = 1e-9

interface Uses {
  /** First stage that reads the cell. */
  readonly first: Int32Array
  /** Longest path from the cell's value to the end of that stage. */
  readonly tail: Float64Array
  readonly last: Int32Array
}

/** One pass from outputs to inputs; the latency and the budget of every stage are kept. */
export function postpone(task: Task, schedule: Schedule, budgetNs: number): Schedule {
  const stage = Int32Array.from(schedule.stage)
  const uses: Uses = {
    first: new Int32Array(stage.length).fill(schedule.latency),
    tail: new Float64Array(stage.length),
    last: lastUses(task, stage, schedule.latency),
  }
  // An output is read by a register of the last rank: its value has to settle one stage before.
  for (const net of task.outputs) uses.tail[net] = Number.POSITIVE_INFINITY
  for (let k = task.cells.length - 1; k >= 0; k--) {
    const net = task.cells[k]!
    if (isMovable(task, net)) stage[net] = bestStage(task, stage, uses, net, budgetNs)
    readOperands(task, stage, uses, net)
  }
  return settle(task, stage, schedule.latency)
}

/** Inputs arrive when they do. */
function isMovable(task: Task, net: number): boolean {
  return task.operands.some(column => column[net]! >= 0)
}

/** The last stage in which the cell's users and the budget still have their value. */
function latestStage(task: Task, uses: Uses, net: number, budgetNs: number): number {
  const first = uses.first[net]!
  const lag = task.lag[net]!
  const own = lag > 0 ? task.lateNs : task.delay[net]!
  return own + uses.tail[net]! <= budgetNs + tolerance ? first - lag : first - lag - 1
}

function bestStage(task: Task, stage: Int32Array, uses: Uses, net: number, budgetNs: number): number {
  const now = stage[net]!
  const latest = latestStage(task, uses, net, budgetNs)
  let best = now
  let bestGain = 0
  for (let later = now + 1; later <= latest; later++) {
    const gain = task.width[net]! * (later - now) - addedLife(task, uses, net, later)
    if (gain > bestGain) {
      best = later
      bestGain = gain
    }
  }
  return best
}

/** Register bits that the cell's operands need more when it reads them in stage `later`. */
function addedLife(task: Task, uses: Uses, net: number, later: number): number {
  const [a, b, c] = task.operands.map(column => column[net]!) as [number, number, number]
  const life = (operand: number) =>
    operand < 0 ? 0 : task.width[operand]! * Math.max(0, later - uses.last[operand]!)
  return life(a) + (b === a ? 0 : life(b)) + (c === a || c === b ? 0 : life(c))
}

function readOperands(task: Task, stage: Int32Array, uses: Uses, net: number): void {
  const at = stage[net]!
  const path = task.delay[net]! + (task.lag[net]! > 0 || uses.first[net]! > at ? 0 : uses.tail[net]!)
  for (const column of task.operands) {
    const operand = column[net]!
    if (operand < 0) continue
    uses.last[operand] = Math.max(uses.last[operand]!, at)
    if (at < uses.first[operand]!) {
      uses.first[operand] = at
      uses.tail[operand] = path
    } else if (at === uses.first[operand]!) uses.tail[operand] = Math.max(uses.tail[operand]!, path)
  }
}

// What a stage's slowest path goes through, by the delay model.

import { operandsOfCell, type Schedule, type Task } from './schedule.ts'

/** Cells of one layer that follow one another on a path. */
export interface PathPart {
  readonly layer: string
  readonly cells: number
}

/** The logic between two register ranks. */
export interface PipelineStage {
  /** Longest path with the registers' own share: to be compared with the clock. */
  readonly delayNs: number
  /** Layer of the cell at its end; empty for a stage without logic. */
  readonly criticalLayer: string
  /** That path from its first cell to its last; cells that share a LUT count as one, those that are wires not at all. */
  readonly path?: readonly PathPart[]
}

/** Every stage of a schedule; `overheadNs` is the registers' share of the clock. */
export function describeStages(task: Task, schedule: Schedule, overheadNs: number): PipelineStage[] {
  const { stage, cap, latency } = schedule
  const slowest = new Int32Array(latency).fill(-1)
  const delay = new Float64Array(latency).fill(overheadNs)
  const take = (at: number, net: number, ns: number) => {
    if (at >= latency || overheadNs + ns <= delay[at]!) return
    delay[at] = overheadNs + ns
    slowest[at] = net
  }
  for (const net of task.cells) {
    take(stage[net]!, net, cap[net]!)
    // From a block RAM straight to the next register.
    if (task.lag[net]! > 0) take(stage[net]! + 1, net, task.lateNs)
  }
  return Array.from(delay, (delayNs, at) => {
    const path = slowest[at]! < 0 ? [] : pathTo(task, schedule, slowest[at]!, at)
    return {
      delayNs,
      criticalLayer: slowest[at]! < 0 ? '' : layerOf(task, slowest[at]!),
      path: partsOf(task, path),
    }
  })
}

function layerOf({ netlist }: Task, net: number): string {
  return netlist.layers[netlist.layer[net]!]!
}

/** The cells in stage `at` that `net` waits for longest, and itself. */
function pathTo(task: Task, schedule: Schedule, net: number, at: number): number[] {
  const cells: number[] = []
  for (let last: number | undefined = net; last !== undefined; last = latestOperand(task, schedule, last, at))
    cells.push(last)
  return cells.reverse()
}

/** The operand in the same stage whose arrival decides a cell's; none where only registers feed it. */
function latestOperand(
  task: Task,
  { stage, line, cap }: Schedule,
  net: number,
  at: number,
): number | undefined {
  if (stage[net] !== at) return undefined
  const alongChain = cap[net]! - line[net]! >= task.span[net]! - 1e-9 && task.span[net]! > 0
  let latest: number | undefined
  let time = 0
  operandsOfCell(task, net).forEach((operand, k) => {
    const lagging = task.lag[operand]! > 0
    if (stage[operand]! + task.lag[operand]! !== at) return
    const offset = task.offset[task.firstUse[net]! + k]!
    const whole = lagging ? task.lateNs : cap[operand]!
    const when = alongChain && !Number.isNaN(offset) && !lagging ? line[operand]! + offset : whole
    if (latest === undefined || when > time) {
      latest = operand
      time = when
    }
  })
  return latest
}

function partsOf(task: Task, path: readonly number[]): PathPart[] {
  const parts: { layer: string; cells: number }[] = []
  for (const net of path) {
    if (task.delay[net] === 0) continue
    const layer = layerOf(task, net)
    if (parts.at(-1)?.layer === layer) parts.at(-1)!.cells++
    else parts.push({ layer, cells: 1 })
  }
  return parts
}

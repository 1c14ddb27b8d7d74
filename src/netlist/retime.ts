// Moves cells to later stages until the registers hold as few bits as the latency and the budget allow.
//
// Register bits are a sum over nets of width × (stage of the last reader − own stage), and what may be moved is said by
// differences of stages alone: a reader not before its operand, and cells of a path that is too long for one stage not in
// the same one. For such a function, moving one set of cells by one stage, the best set each time, leads to the very
// minimum (L-natural convexity: Murota, Discrete Convex Analysis); from the earliest schedule only later stages need be
// tried. The best set is a minimum cut, as in Hurst, Mishchenko and Brayton's register minimisation.

import { findLongPaths, type Readers, readersOf } from './long-paths.ts'
import { createFlowGraph, type FlowGraph, sink, source } from './min-cut.ts'
import { lastUses, registerBits, type Schedule, settle, type Task } from './schedule.ts'

/**
 * The schedule with the fewest register bits at the latency of `early`, the earliest one within the budget; nearly the
 * fewest where `rounds` ends it before.
 */
export function retime(task: Task, early: Schedule, budgetNs: number, rounds = Infinity): Schedule {
  const readers = readersOf(task)
  let best = early
  for (let round = 0; round < rounds; round++) {
    const later = settle(task, moveBestSet(task, readers, best, budgetNs), early.latency)
    if (registerBits(task, later) >= registerBits(task, best)) return best
    best = later
  }
  return best
}

const always = Number.POSITIVE_INFINITY

/**
 * Stages after the set of cells that saves most has moved one stage on. In the graph the source's side moves. A net costs
 * its width when it stays, since its registers would go as it moves, and when its last reader moves.
 */
function moveBestSet(task: Task, readers: Readers, schedule: Schedule, budgetNs: number): Int32Array {
  const { stage } = schedule
  const graph = createFlowGraph()
  const node = new Int32Array(stage.length)
  for (const net of task.cells) node[net] = graph.node()
  addOrder(task, schedule, graph, node)
  addRegisters(task, readers, schedule, graph, node)
  findLongPaths(task, readers, schedule, budgetNs, (from, to) => graph.edge(node[from]!, node[to]!, always))
  const moves = graph.cut()
  const moved = Int32Array.from(stage)
  for (const net of task.cells) moved[net]! += moves[node[net]!]!
  return moved
}

/** What moves takes its readers in the same stage along; inputs stay, and nothing leaves the last stage. */
function addOrder(task: Task, { stage, latency }: Schedule, graph: FlowGraph, node: Int32Array): void {
  for (const net of task.cells) {
    const isInput = task.firstUse[net] === task.firstUse[net + 1]
    if (isInput || stage[net] === latency - 1) graph.edge(node[net]!, sink, always)
    for (let use = task.firstUse[net]!; use < task.firstUse[net + 1]!; use++) {
      const operand = task.operand[use]!
      if (stage[net] === stage[operand]! + task.lag[operand]!) graph.edge(node[operand]!, node[net]!, always)
    }
  }
}

function addRegisters(
  task: Task,
  readers: Readers,
  { stage, latency }: Schedule,
  graph: FlowGraph,
  node: Int32Array,
): void {
  const last = lastUses(task, stage, latency)
  for (const net of task.cells) {
    const width = task.width[net]!
    graph.edge(source, node[net]!, width)
    // An output lives to the end, whatever moves.
    if (last[net] === latency) continue
    const reading = graph.node()
    graph.edge(reading, sink, width)
    for (let k = readers.first[net]!; k < readers.first[net + 1]!; k++) {
      const reader = readers.reader[k]!
      if (stage[reader] === last[net]) graph.edge(node[reader]!, reading, always)
    }
  }
}

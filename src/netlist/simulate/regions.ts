// Which cells of a netlist can be computed for many cycles at once, and in which order. Along every path that does not
// come back to where it began, a cell's values of many cycles follow from its operands' values of those cycles: such
// cells become vectors over time. What feeds back on itself (counters, accumulators, memories) and what is wider than
// 64 bits goes cycle by cycle.

import { isFixedNet, liveCells, operandsOf } from '../live.ts'
import { createNetQueue } from '../net-queue.ts'
import { kindOf, type Net, type Netlist } from '../netlist.ts'
import { aliasRoots } from './layout.ts'
import { canBeVector } from './vector.ts'
import { wordsOf } from './vector-operands.ts'

export interface Region {
  /** Cycle by cycle; else cell by cell over many cycles. */
  readonly serial: boolean
  /** In an order in which every cell of a region of vectors comes after its operands. */
  readonly cells: readonly Net[]
}

export interface RegionPlan {
  /** The net that a chain of aliases ends in. */
  readonly root: Int32Array
  /** 32-bit words that each net's values take: 1 or 2, or 0 for more than 64 bits. */
  readonly words: Uint8Array
  /** 1 for cells from which one of the prompt outputs can be reached. */
  readonly prompt: Uint8Array
  /** All other live cells, in order of evaluation. */
  readonly regions: readonly Region[]
}

/** Plans for outputs of which those in `prompt`, by index, are wanted before any other cell is computed. */
export function planRegions(netlist: Netlist, prompt: readonly number[]): RegionPlan {
  const root = aliasRoots(netlist)
  const words = Uint8Array.from(netlist.min, (min, net) => wordsOf(min, netlist.max[net]!))
  const early = liveCells({ ...netlist, outputs: prompt.map(k => netlist.outputs[k]!) })
  const graph = graphOf(netlist, root, words, liveCells(netlist), early)
  return { root, words, prompt: early, regions: orderUnits(graph, findLoops(graph)) }
}

/** Cells, and memories numbered after them, with what each waits for: from `from[node]` to `from[node + 1]` in `to`. */
interface CellGraph {
  readonly nodes: Int32Array
  readonly cells: number
  readonly from: Int32Array
  readonly to: Int32Array
  serial(node: number): boolean
}

function graphOf(
  netlist: Netlist,
  root: Int32Array,
  words: Uint8Array,
  live: Uint8Array,
  early: Uint8Array,
): CellGraph {
  const cells = netlist.kind.length
  const isNode = new Uint8Array(cells + netlist.memories.length)
  for (let net = 0; net < cells; net++)
    if (live[net] === 1 && early[net] === 0 && root[net] === net && kindOf(netlist, net as Net) !== 'input')
      isNode[net] = isFixedNet(netlist, net as Net) ? 0 : 1
  const reads = readsOf(netlist, isNode)
  for (const memory of reads.keys()) isNode[cells + memory] = 1
  const nodes: number[] = []
  const from = new Int32Array(isNode.length + 1)
  const to: number[] = []
  const wait = (net: number) => {
    if (isNode[root[net]!] === 1) to.push(root[net]!)
  }
  for (let node = 0; node < isNode.length; node++) {
    from[node] = to.length
    if (isNode[node] === 0) continue
    nodes.push(node)
    if (node < cells) {
      for (const net of operandsOf(netlist, node as Net)) wait(net)
      if (kindOf(netlist, node as Net) === 'read') to.push(cells + netlist.param[node]!)
      continue
    }
    const { write } = netlist.memories[node - cells]!
    // A memory and all reads of it form one unit.
    for (const net of reads.get(node - cells)!) to.push(net)
    if (write !== undefined) for (const net of [write.address, write.data, write.enable]) wait(net)
  }
  from[isNode.length] = to.length
  const serial = (node: number) => node >= cells || !canBeVector({ netlist, root, words }, node as Net)
  return { nodes: Int32Array.from(nodes), cells, from, to: Int32Array.from(to), serial }
}

/** The reads among the nodes, by memory. */
function readsOf(netlist: Netlist, isNode: Uint8Array): Map<number, number[]> {
  const reads = new Map<number, number[]>()
  for (let net = 0; net < netlist.kind.length; net++) {
    if (isNode[net] === 0 || kindOf(netlist, net as Net) !== 'read') continue
    const memory = netlist.param[net]!
    const known = reads.get(memory)
    if (known === undefined) reads.set(memory, [net])
    else known.push(net)
  }
  return reads
}

/** Nodes grouped into units that have to be computed together, because each waits for each, what is waited for first. */
interface Units {
  /** Unit k's nodes stand from `start[k]` to `start[k + 1]` in `members`. */
  readonly members: Int32Array
  readonly start: readonly number[]
  readonly serial: readonly boolean[]
}

/** Strongly connected components (Tarjan 1972), without recursion. */
function findLoops(graph: CellGraph): Units {
  const { nodes, from, to } = graph
  const size = from.length
  const order = new Int32Array(size)
  const low = new Int32Array(size)
  const open = new Uint8Array(size)
  const next = from.slice()
  const stack = new Int32Array(nodes.length)
  const path = new Int32Array(nodes.length)
  const members = new Int32Array(nodes.length)
  const [start, serial]: [number[], boolean[]] = [[0], []]
  let [seen, height, depth, done] = [0, 0, 0, 0]
  const enter = (node: number) => {
    order[node] = low[node] = ++seen
    stack[height++] = node
    open[node] = 1
    path[depth++] = node
  }
  const leave = (node: number) => {
    if (--depth > 0) low[path[depth - 1]!] = Math.min(low[path[depth - 1]!]!, low[node]!)
    if (low[node] !== order[node]) return
    const first = done
    for (let member = -1; member !== node; ) {
      member = stack[--height]!
      open[member] = 0
      members[done++] = member
    }
    start.push(done)
    serial.push(
      done - first > 1 || to.subarray(from[node]!, from[node + 1]!).includes(node) || graph.serial(node),
    )
  }
  for (const first of nodes) {
    if (order[first]! > 0) continue
    enter(first)
    while (depth > 0) {
      const node = path[depth - 1]!
      if (next[node] === from[node + 1]) leave(node)
      else {
        const operand = to[next[node]!++]!
        if (order[operand] === 0) enter(operand)
        else if (open[operand] === 1) low[node] = Math.min(low[node]!, order[operand]!)
      }
    }
  }
  return { members, start, serial }
}

/** Few changes between vectors and single cycles: all units of one sort that can be taken are, then those of the other. */
function orderUnits(graph: CellGraph, units: Units): Region[] {
  const { members, start, serial } = units
  const count = serial.length
  const { missing, users, usersFrom } = usersOf(graph, units)
  const ready = [createNetQueue(), createNetQueue()] as const
  for (let k = 0; k < count; k++) if (missing[k] === 0) ready[serial[k]! ? 1 : 0].push(k)
  const regions: Region[] = []
  for (let left = count, cyclewise = false; left > 0; cyclewise = !cyclewise) {
    const taken: Net[] = []
    const queue = ready[cyclewise ? 1 : 0]
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      left--
      for (let k = start[at]!; k < start[at + 1]!; k++)
        if (members[k]! < graph.cells) taken.push(members[k]! as Net)
      for (let k = usersFrom[at]!; k < usersFrom[at + 1]!; k++) {
        const user = users[k]!
        if (--missing[user]! === 0) ready[serial[user]! ? 1 : 0].push(user)
      }
    }
    if (taken.length > 0) regions.push({ serial: cyclewise, cells: taken })
  }
  return regions
}

/** For each unit how many edges it waits for, and which units wait for it, an entry for each edge. */
function usersOf({ from, to }: CellGraph, { members, start, serial }: Units) {
  const unitAt = new Int32Array(from.length)
  const count = serial.length
  for (let unit = 0; unit < count; unit++)
    for (let k = start[unit]!; k < start[unit + 1]!; k++) unitAt[members[k]!] = unit
  const missing = new Int32Array(count)
  const usersFrom = new Int32Array(count + 1)
  const eachEdge = (visit: (user: number, used: number) => void) => {
    for (const node of members)
      for (let k = from[node]!; k < from[node + 1]!; k++) {
        const [user, used] = [unitAt[node]!, unitAt[to[k]!]!]
        if (user !== used) visit(user, used)
      }
  }
  eachEdge((user, used) => {
    missing[user]!++
    usersFrom[used + 1]!++
  })
  for (let k = 0; k < count; k++) usersFrom[k + 1]! += usersFrom[k]!
  const users = new Int32Array(usersFrom[count]!)
  const place = usersFrom.slice()
  eachEdge((user, used) => {
    users[place[used]!++] = user
  })
  return { missing, users, usersFrom }
}

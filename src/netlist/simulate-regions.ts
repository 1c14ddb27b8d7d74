// Which cells of a netlist can be computed for many cycles at once, and in which order. Along every path that does not
// come back to where it began, a cell's values of many cycles follow from its operands' values of those cycles: such
// cells become vectors over time. What feeds back on itself (counters, accumulators, memories) and what is wider than
// 64 bits goes cycle by cycle.

import { isFixedNet, liveCells, operandsOf } from './live.ts'
import { createNetQueue } from './net-queue.ts'
import { kindOf, type Net, type Netlist } from './netlist.ts'
import { aliasRoots } from './simulate-layout.ts'
import { canBeVector, wordsOf } from './simulate-vector.ts'

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

/** Cells, and memories numbered after them, with what each waits for. */
interface CellGraph {
  readonly nodes: readonly number[]
  readonly cells: number
  readonly waitsFor: readonly (readonly number[])[]
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
  const isNode = (net: number) =>
    live[net] === 1 &&
    early[net] === 0 &&
    root[net] === net &&
    !isFixedNet(netlist, net as Net) &&
    kindOf(netlist, net as Net) !== 'input'
  const waitsFor: number[][] = []
  const nodes: number[] = []
  const add = (node: number, operands: readonly number[]) => {
    nodes.push(node)
    waitsFor[node] = operands.map(net => root[net]!).filter(isNode)
  }
  for (let net = 0; net < cells; net++) if (isNode(net)) add(net, operandsOf(netlist, net as Net))
  netlist.memories.forEach(({ write }, k) => {
    const reads = nodes.filter(net => kindOf(netlist, net as Net) === 'read' && netlist.param[net] === k)
    if (reads.length === 0) return
    add(cells + k, [...(write === undefined ? [] : [write.address, write.data, write.enable]), ...reads])
    for (const net of reads) waitsFor[net]!.push(cells + k)
  })
  const serial = (node: number) => node >= cells || !canBeVector({ netlist, root, words }, node as Net)
  return { nodes, cells, waitsFor, serial }
}

/** Cells that have to be computed together, because each waits for each. */
interface Unit {
  readonly members: number[]
  readonly serial: boolean
}

/** Strongly connected components (Tarjan 1972), without recursion. */
function findLoops(graph: CellGraph): Unit[] {
  const { nodes, waitsFor } = graph
  const order = new Map<number, number>()
  const low = new Map<number, number>()
  const open = new Set<number>()
  const stack: number[] = []
  const units: Unit[] = []
  const path: { readonly node: number; next: number }[] = []
  const enter = (node: number) => {
    order.set(node, order.size)
    low.set(node, order.get(node)!)
    stack.push(node)
    open.add(node)
    path.push({ node, next: 0 })
  }
  const lower = (node: number, to: number) => low.set(node, Math.min(low.get(node)!, to))
  const leave = (node: number) => {
    path.pop()
    const above = path.at(-1)
    if (above !== undefined) lower(above.node, low.get(node)!)
    if (low.get(node) !== order.get(node)) return
    const members = stack.splice(stack.lastIndexOf(node))
    for (const member of members) open.delete(member)
    units.push(unitOf(graph, members))
  }
  for (const start of nodes) {
    if (order.has(start)) continue
    enter(start)
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const operand = waitsFor[at.node]![at.next++]
      if (operand === undefined) leave(at.node)
      else if (!order.has(operand)) enter(operand)
      else if (open.has(operand)) lower(at.node, order.get(operand)!)
    }
  }
  return units
}

function unitOf({ waitsFor, serial }: CellGraph, members: number[]): Unit {
  const [only] = members
  const feedsBack = members.length > 1 || waitsFor[only!]!.includes(only!)
  return { members, serial: feedsBack || serial(only!) }
}

/** Few changes between vectors and single cycles: all units of one sort that can be taken are, then those of the other. */
function orderUnits({ cells, waitsFor }: CellGraph, units: readonly Unit[]): Region[] {
  const unitAt = new Map(units.flatMap(({ members }, k) => members.map(node => [node, k] as const)))
  const users: number[][] = units.map(() => [])
  const missing = units.map(({ members }, k) => {
    const operands = members.flatMap(node => waitsFor[node]!.map(net => unitAt.get(net)!))
    const others = operands.filter(other => other !== k)
    for (const other of others) users[other]!.push(k)
    return others.length
  })
  const ready = [createNetQueue(), createNetQueue()] as const
  const offer = (unit: number) => ready[units[unit]!.serial ? 1 : 0].push(unit)
  missing.forEach((count, k) => void (count === 0 && offer(k)))
  const regions: Region[] = []
  for (let left = units.length, serial = false; left > 0; serial = !serial) {
    const taken: Net[] = []
    for (let at = ready[serial ? 1 : 0].pop(); at !== undefined; at = ready[serial ? 1 : 0].pop()) {
      left--
      for (const node of units[at]!.members) if (node < cells) taken.push(node as Net)
      for (const user of users[at]!) if (--missing[user]! === 0) offer(user)
    }
    if (taken.length > 0) regions.push({ serial, cells: taken })
  }
  return regions
}

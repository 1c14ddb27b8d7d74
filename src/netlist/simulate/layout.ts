// Where the simulator holds each net: which form its interval needs, and which slot of that form's array. State comes
// first in each array, in one run, so that a clock edge can copy all next states at once.

import { maxRaw, minRaw } from '../../fixed/types.ts'
import { isFixedNet } from '../live.ts'
import { kindOf, type Net, type Netlist } from '../netlist.ts'

/** How a value is held: a 32-bit integer, a double holding an integer of at most 53 bits, or a bigint. */
export type Form = 'int' | 'double' | 'big'

const forms: readonly Form[] = ['int', 'double', 'big']
const largestSafe = BigInt(Number.MAX_SAFE_INTEGER)

/** The least form that holds every integer of the interval. */
export function formOf(min: bigint, max: bigint): Form {
  if (min >= -0x8000_0000n && max <= 0x7fff_ffffn) return 'int'
  return min >= -largestSafe && max <= largestSafe ? 'double' : 'big'
}

export function widerForm(...given: readonly Form[]): Form {
  return forms[Math.max(...given.map(form => forms.indexOf(form)))]!
}

export interface Layout {
  readonly form: readonly Form[]
  /** The net that a chain of aliases ends in: all of them share one value. */
  readonly root: Int32Array
  /** Slot in the array of the net's form, −1 for nets that are fixed, dead or local to one function. */
  readonly slot: Int32Array
  /** Slots of each form, and how many of them, the first ones, are state. */
  readonly sizes: Readonly<Record<Form, number>>
  readonly states: Readonly<Record<Form, number>>
  /** Live registers and reads. */
  readonly stateNets: readonly Net[]
  /** Combinational cells, in order, cut into parts that become one function each. */
  readonly parts: readonly (readonly Net[])[]
  readonly memoryForms: readonly Form[]
  readonly memoryLive: readonly boolean[]
}

/** Lays out the live cells of a netlist in functions of `size` cells; nets in `keep` are stored as outputs are. */
export function createLayout(netlist: Netlist, live: Uint8Array, size: number, keep: readonly Net[]): Layout {
  const root = aliasRoots(netlist)
  const isLive = (net: number) => live[net] === 1 && !isFixedNet(netlist, net as Net) && root[net] === net
  const stateNets: Net[] = []
  const inputs: Net[] = []
  const cells: Net[] = []
  for (let k = 0; k < live.length; k++) {
    if (!isLive(k)) continue
    const kind = kindOf(netlist, k as Net)
    const list = kind === 'input' ? inputs : kind === 'register' || kind === 'read' ? stateNets : cells
    list.push(k as Net)
  }
  const parts = chunks(cells, size)
  const stored = usedOutside(netlist, root, parts, stateNets, keep)
  const form = netlist.min.map((min, net) => formOf(min, netlist.max[net]!))
  const slots = assignSlots(form, stateNets, [...inputs, ...cells.filter(net => stored[net] === 1)])
  const memoryLive = netlist.memories.map(() => false)
  for (const net of stateNets) if (kindOf(netlist, net) === 'read') memoryLive[netlist.param[net]!] = true
  return {
    form,
    root,
    ...slots,
    stateNets,
    parts,
    memoryForms: netlist.memories.map(({ element }) => formOf(minRaw(element), maxRaw(element))),
    memoryLive,
  }
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  const found: T[][] = []
  for (let at = 0; at < items.length; at += size) found.push(items.slice(at, at + size))
  return found
}

export function aliasRoots(netlist: Netlist): Int32Array {
  const root = new Int32Array(netlist.kind.length)
  for (let net = 0; net < root.length; net++) {
    const isAlias = kindOf(netlist, net as Net) === 'alias' && !isFixedNet(netlist, net as Net)
    root[net] = isAlias ? root[netlist.a[net]!]! : net
  }
  return root
}

function assignSlots(form: readonly Form[], stateNets: readonly Net[], others: readonly Net[]) {
  const slot = new Int32Array(form.length).fill(-1)
  const sizes = { int: 0, double: 0, big: 0 }
  for (const net of stateNets) slot[net] = sizes[form[net]!]++
  const states = { ...sizes }
  for (const net of others) slot[net] = sizes[form[net]!]++
  return { slot, sizes, states }
}

/** Marks cells whose value must be stored: used by another function, by state, by an output or by `keep`. */
function usedOutside(
  netlist: Netlist,
  root: Int32Array,
  parts: readonly (readonly Net[])[],
  stateNets: readonly Net[],
  keep: readonly Net[],
): Uint8Array {
  const part = new Int32Array(root.length).fill(-1)
  parts.forEach((cells, k) => {
    for (const net of cells) part[net] = k
  })
  const stored = new Uint8Array(root.length)
  const mark = (net: number) => {
    if (net >= 0) stored[root[net]!] = 1
  }
  const columns = [netlist.a, netlist.b, netlist.c]
  parts.forEach((cells, k) => {
    for (const net of cells)
      for (const column of columns) {
        const operand = column[net]!
        if (operand >= 0 && part[root[operand]!] !== k) mark(operand)
      }
  })
  for (const net of stateNets) for (const column of columns) mark(column[net]!)
  for (const { write } of netlist.memories)
    if (write !== undefined) for (const net of [write.address, write.data, write.enable]) mark(net)
  for (const { net } of netlist.outputs) mark(net)
  for (const net of keep) mark(net)
  return stored
}

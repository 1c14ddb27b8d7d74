// Which cells of a netlist can reach an output. Builders leave cells behind that nothing uses (a comparison that was
// folded, a spare delay); neither simulator nor printer should carry them.

import { type CellKind, kindOf, type Net, type Netlist } from './netlist.ts'

/** How many of the columns a, b, c name operands; −1 in a column means that the operand is absent. */
export const operandCounts: { readonly [K in CellKind]: 0 | 1 | 2 | 3 } = {
  input: 0,
  constant: 0,
  add: 2,
  sub: 2,
  mul: 2,
  mux: 3,
  lt: 2,
  eq: 2,
  bits: 1,
  alias: 1,
  and: 2,
  or: 2,
  xor: 2,
  not: 1,
  parity: 3,
  majority: 3,
  table: 1,
  register: 2,
  read: 2,
  instance: 0,
}

/** The nets a cell reads, registers' and reads' included. */
export function operandsOf(netlist: Netlist, net: Net): Net[] {
  const count = operandCounts[kindOf(netlist, net)]
  const found: Net[] = []
  if (count > 0 && netlist.a[net]! >= 0) found.push(netlist.a[net]! as Net)
  if (count > 1 && netlist.b[net]! >= 0) found.push(netlist.b[net]! as Net)
  if (count > 2 && netlist.c[net]! >= 0) found.push(netlist.c[net]! as Net)
  return found
}

/** True when the net can take a single value only, whatever drives it. */
export function isFixedNet(netlist: Netlist, net: Net): boolean {
  return netlist.min[net] === netlist.max[net]
}

/** Cells from which an output, or one of the further roots, can be reached: 1 per live cell. */
export function liveCells(netlist: Netlist, roots: readonly Net[] = []): Uint8Array {
  const live = new Uint8Array(netlist.kind.length)
  const memories = new Set<number>()
  const work: Net[] = []
  const visit = (net: Net) => {
    if (live[net] === 1) return
    live[net] = 1
    work.push(net)
  }
  for (const { net } of netlist.outputs) visit(net)
  for (const net of roots) visit(net)
  for (let net = work.pop(); net !== undefined; net = work.pop()) {
    if (isFixedNet(netlist, net)) continue
    for (const operand of operandsOf(netlist, net)) visit(operand)
    if (kindOf(netlist, net) !== 'read') continue
    const memory = netlist.param[net]!
    const write = netlist.memories[memory]!.write
    if (memories.has(memory) || write === undefined) continue
    memories.add(memory)
    for (const operand of [write.address, write.data, write.enable]) visit(operand)
  }
  return live
}

// Chooses which operand of an addition feeds the carry chain.
//
// A chain takes one LUT per bit for a xor b, and beside it one of the operands as it is. Whatever logic stands before
// the other operand, such as the mask of a relu, goes into that LUT and costs nothing; before the first it takes LUTs
// of its own. So the operand that another adder, an input or a register drives goes first. Where both are made by
// logic, one has to be made as a signal: nets are chosen that together are an operand of every such addition, those
// with many additions per bit before others (a greedy vertex cover).

import { carryFreeForm } from './carry-free.ts'
import { isFixedNet, liveCells, operandsOf } from './live.ts'
import { type CellKind, cellKinds, kindOf, type Net, type Netlist, netType } from './netlist.ts'
import { createWriter, readCell } from './writer.ts'

/** The netlist with its additions turned around where that saves LUTs. The carry operand is the first. */
export function chooseCarryOperands(netlist: Netlist): Netlist {
  const live = liveCells(netlist)
  const swapped = swaps(netlist, live)
  if (swapped.size === 0) return netlist
  const writer = createWriter()
  const moved = new Int32Array(netlist.kind.length)
  const operand = (net: number) => (net < 0 ? -1 : moved[net]!)
  for (let net = 0 as Net; net < moved.length; net++) {
    const cell = readCell(netlist, net)
    const [a, b, c] = [operand(cell.a), operand(cell.b), operand(cell.c)]
    if (!swapped.has(net)) moved[net] = writer.add({ ...cell, a, b, c })
    else if (cell.param === 0) moved[net] = writer.add({ ...cell, a: b, b: a })
    else {
      const source = readCell(netlist, cell.b)
      const kind = cellKinds.indexOf('alias')
      const frac = source.frac - cell.param
      const shifted = writer.add({ ...source, kind, a: b, b: -1, c: -1, param: 0, frac, layer: cell.layer })
      moved[net] = writer.add({ ...cell, a: shifted, b: a, param: 0 })
    }
  }
  const to = (net: Net) => moved[net]! as Net
  return writer.finish({
    layers: netlist.layers,
    inputs: netlist.inputs.map(({ name, net }) => ({ name, net: to(net) })),
    outputs: netlist.outputs.map(({ name, net }) => ({ name, net: to(net) })),
    tables: netlist.tables,
    memories: netlist.memories,
    resets: new Map([...netlist.resets].map(([net, raw]) => [to(net), raw])),
    names: new Map([...netlist.names].map(([net, name]) => [to(net), name])),
  })
}

/** Additions whose second operand should be the first. */
function swaps(netlist: Netlist, live: Uint8Array): Set<Net> {
  const swapped = new Set<Net>()
  const made = madeNets(netlist, live)
  for (const net of additions(netlist, live)) {
    const [a, b] = [
      logicBefore(netlist, netlist.a[net]! as Net),
      logicBefore(netlist, netlist.b[net]! as Net),
    ]
    if (a !== undefined && (b === undefined || (!made.has(a) && made.has(b)))) swapped.add(net)
  }
  return swapped
}

function* additions(netlist: Netlist, live: Uint8Array): Generator<Net> {
  for (let net = 0 as Net; net < live.length; net++) {
    if (live[net] === 0 || kindOf(netlist, net) !== 'add' || isFixedNet(netlist, net)) continue
    if (operandsOf(netlist, net).some(operand => isFixedNet(netlist, operand))) continue
    yield net
  }
}

const logic: ReadonlySet<CellKind> = new Set([
  'mux',
  'and',
  'or',
  'xor',
  'not',
  'parity',
  'majority',
  'eq',
  'lt',
  'table',
] as const)

/** The cell of logic that makes a net, through wiring and inverters; undefined where another kind of cell does. */
function logicBefore(netlist: Netlist, net: Net): Net | undefined {
  const kind = kindOf(netlist, net)
  if (logic.has(kind)) return net
  if (kind === 'alias' || kind === 'bits') return logicBefore(netlist, netlist.a[net]! as Net)
  const form = carryFreeForm(netlist, net)
  if (form === 'complement') return logicBefore(netlist, netlist.b[net]! as Net)
  return form !== undefined ? logicBefore(netlist, netlist.a[net]! as Net) : undefined
}

/** Cells of logic that are signals of their own: one of each two that are added, and what others need anyway. */
function madeNets(netlist: Netlist, live: Uint8Array): Set<Net> {
  const partners = new Map<Net, Net[]>()
  for (const net of additions(netlist, live)) {
    const [a, b] = [
      logicBefore(netlist, netlist.a[net]! as Net),
      logicBefore(netlist, netlist.b[net]! as Net),
    ]
    if (a === undefined || b === undefined) continue
    partners.set(a, [...(partners.get(a) ?? []), b])
    partners.set(b, [...(partners.get(b) ?? []), a])
  }
  const made = new Set<Net>(netlist.outputs.flatMap(({ net }) => logicBefore(netlist, net) ?? []))
  const open = (net: Net) => partners.get(net)!.filter(other => !made.has(other)).length
  for (;;) {
    let best: Net | undefined
    let bestGain = 0
    for (const net of partners.keys()) {
      const gain = made.has(net) ? 0 : open(net) / netType(netlist, net).width
      if (gain > bestGain) [best, bestGain] = [net, gain]
    }
    if (best === undefined) return made
    made.add(best)
  }
}

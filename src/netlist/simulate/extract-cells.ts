// Some cells of a netlist as a netlist of their own: what they read from elsewhere becomes inputs.

import { isFixedNet, operandsOf } from '../live.ts'
import { type CellKind, cellKinds, kindOf, type Memory, type Net, type Netlist } from '../netlist.ts'

/** A netlist of some cells, and where the nets of the whole one are in it. */
export interface Extract {
  readonly netlist: Netlist
  readonly netOf: ReadonlyMap<Net, Net>
  /** Nets of the whole netlist that the inputs stand for, in order. */
  readonly outside: readonly Net[]
}

/** What cells read, and what is written to the memories they read. */
export function operandsOfAll(netlist: Netlist, cells: readonly Net[]): Net[] {
  const found: Net[] = []
  for (const net of cells) found.push(...operandsOf(netlist, net))
  for (const memory of memoriesOf(netlist, cells)) {
    const { write } = netlist.memories[memory]!
    if (write !== undefined) found.push(write.address, write.data, write.enable)
  }
  return found
}

function memoriesOf(netlist: Netlist, cells: readonly Net[]): Set<number> {
  const reads = cells.filter(net => kindOf(netlist, net) === 'read')
  return new Set(reads.map(net => netlist.param[net]!))
}

/**
 * Extracts cells, none of them an alias or fixed; `outputs` are cells among them. `root` gives the net that a chain of
 * aliases ends in.
 */
export function extractCells(
  netlist: Netlist,
  root: Int32Array,
  cells: readonly Net[],
  outputs: readonly Net[],
): Extract {
  const { all, outside } = surroundings(netlist, root, cells)
  // In the order they had, so that operands still come before what reads them.
  const kept = Int32Array.from(all).sort()
  const netOf = new Map<Net, Net>()
  kept.forEach((net, k) => void netOf.set(net as Net, k as Net))
  const named = (nets: Iterable<Net>) => Array.from(nets, net => ({ name: `n${net}`, net: netOf.get(net)! }))
  return {
    netOf,
    outside: [...outside],
    netlist: {
      ...columnsOf(netlist, root, kept, netOf, outside),
      layer: new Int32Array(kept.length),
      layers: [''],
      inputs: named(outside),
      outputs: named(outputs),
      ...storesOf(netlist, cells, netOf),
      names: new Map(),
    },
  }
}

/** Cells with all that they read, aliases and what those stand for among it; and what of it comes from elsewhere. */
function surroundings(netlist: Netlist, root: Int32Array, cells: readonly Net[]) {
  const own = new Set(cells)
  const outside = new Set<Net>()
  const all = new Set<Net>(cells)
  for (const net of operandsOfAll(netlist, cells)) {
    all.add(net)
    if (isFixedNet(netlist, net)) continue
    const source = root[net]! as Net
    all.add(source)
    if (!own.has(source)) outside.add(source)
  }
  return { all, outside }
}

function columnsOf(
  netlist: Netlist,
  root: Int32Array,
  kept: Int32Array,
  netOf: ReadonlyMap<Net, Net>,
  outside: ReadonlySet<Net>,
) {
  const kinds = Array.from(kept, net => kindIn(netlist, net as Net, outside))
  const moved = (column: Int32Array) => kept.map(net => netOf.get(column[net]! as Net) ?? -1)
  const a = moved(netlist.a)
  kept.forEach((net, k) => {
    if (kinds[k] === 'alias') a[k] = netOf.get(root[net]! as Net)!
  })
  return {
    kind: Uint8Array.from(kinds, kind => cellKinds.indexOf(kind)),
    a,
    b: moved(netlist.b),
    c: moved(netlist.c),
    param: kept.map(net => netlist.param[net]!),
    min: Array.from(kept, net => netlist.min[net]!),
    max: Array.from(kept, net => netlist.max[net]!),
    frac: kept.map(net => netlist.frac[net]!),
  }
}

function kindIn(netlist: Netlist, net: Net, outside: ReadonlySet<Net>): CellKind {
  if (isFixedNet(netlist, net)) return 'constant'
  return outside.has(net) ? 'input' : kindOf(netlist, net)
}

/** Tables and memories keep their numbers; those that no cell reads are left empty. */
function storesOf(netlist: Netlist, cells: readonly Net[], netOf: ReadonlyMap<Net, Net>) {
  const memories = memoriesOf(netlist, cells)
  const tables = new Set(
    cells.flatMap(net => (kindOf(netlist, net) === 'table' ? [netlist.param[net]!] : [])),
  )
  const resets = new Map<Net, bigint>()
  for (const net of cells) {
    const raw = netlist.resets.get(net)
    if (raw !== undefined) resets.set(netOf.get(net)!, raw)
  }
  return {
    resets,
    tables: netlist.tables.map((table, k) => (tables.has(k) ? table : { ...table, values: [] })),
    memories: netlist.memories.map((memory, k): Memory => {
      if (!memories.has(k)) return { ...memory, depth: 0, initial: undefined, write: undefined }
      const { write } = memory
      if (write === undefined) return memory
      const moved = (net: Net) => netOf.get(net)!
      return {
        ...memory,
        write: { address: moved(write.address), data: moved(write.data), enable: moved(write.enable) },
      }
    }),
  }
}

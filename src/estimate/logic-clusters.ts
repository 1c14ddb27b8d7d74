// Which cells of a netlist have LUTs of their own, and which are part of their readers' LUTs.

import { type CellTiming, cellTiming, type Use } from '../netlist/arrival.ts'
import { delayModelOf } from '../netlist/delay.ts'
import { liveCells } from '../netlist/live.ts'
import { clusterLuts } from '../netlist/lut-clusters.ts'
import { type CellKind, kindOf, type Net, type Netlist } from '../netlist/netlist.ts'

export interface Clusters {
  readonly live: Int32Array
  /** 1 for cells that are in the LUTs of all their readers. */
  readonly inside: Uint8Array
  readonly uses: (net: number) => readonly Use[]
}

/** Cells that share a LUT, as the delay model has them. */
export function clustersOf(netlist: Netlist): Clusters {
  const reached = liveCells(netlist)
  const live = Int32Array.from(reached.keys()).filter(net => reached[net] === 1)
  const model = delayModelOf('xcup')
  const source = sourcesOf(netlist)
  const timing: (CellTiming | undefined)[] = Array.from({ length: netlist.kind.length })
  const readers = new Int32Array(netlist.kind.length)
  for (const { net } of netlist.outputs) readers[source[net]!]!++
  for (const net of live) {
    const own = cellTiming(netlist, net as Net, model, source)
    timing[net] = own
    for (const use of own.uses) readers[use.net]!++
  }
  clusterLuts(netlist, live, timing, readers)
  const inside = new Uint8Array(netlist.kind.length).fill(1)
  for (const { net } of netlist.outputs) inside[source[net]!] = 0
  for (const net of live) {
    if (!clustered.has(kindOf(netlist, net as Net))) inside[net] = 0
    for (const use of timing[net]!.uses) inside[use.net] = 0
  }
  return { live, inside, uses: net => timing[net]?.uses ?? [] }
}

const clustered: ReadonlySet<CellKind> = new Set([
  'and',
  'or',
  'xor',
  'not',
  'mux',
  'parity',
  'majority',
] as const)

function sourcesOf(netlist: Netlist): Int32Array {
  const source = new Int32Array(netlist.kind.length)
  for (let net = 0; net < source.length; net++)
    source[net] = kindOf(netlist, net as Net) === 'alias' ? source[netlist.a[net]!]! : net
  return source
}

/**
 * 1 for choices that only additions of the same layer read, and as what their LUTs take in: the second operand. Layers
 * are synthesised one by one.
 */
export function secondOperands(netlist: Netlist, { live, inside, uses }: Clusters): Uint8Array {
  const only = new Uint8Array(netlist.kind.length)
  for (const net of live) {
    const kind = kindOf(netlist, net as Net)
    if ((kind === 'mux' || kind === 'and') && inside[net] === 0) only[net] = 1
  }
  for (const net of live) {
    if (inside[net] === 1) continue
    const kind = kindOf(netlist, net as Net)
    const adds = kind === 'add' || kind === 'sub'
    uses(net).forEach((use, k) => {
      const apart = netlist.layer[use.net] !== netlist.layer[net]
      if (!adds || apart || (k === 0 && uses(net).length > 1)) only[use.net] = 0
    })
  }
  for (const { net } of netlist.outputs) only[net] = 0
  return only
}

/** 1 for nets that an addition of the same layer reads. */
export function addedNets(netlist: Netlist, { live, uses }: Clusters): Uint8Array {
  const added = new Uint8Array(netlist.kind.length)
  for (const net of live) {
    const kind = kindOf(netlist, net as Net)
    if (kind !== 'add' && kind !== 'sub') continue
    for (const use of uses(net)) if (netlist.layer[use.net] === netlist.layer[net]) added[use.net] = 1
  }
  return added
}

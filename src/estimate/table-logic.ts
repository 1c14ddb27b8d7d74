// Tables and memories: what they take in LUTs or in block RAMs.

import { isBlockTable } from '../netlist/delay.ts'
import { kindOf, type Net, type Netlist, netType } from '../netlist/netlist.ts'

export interface TableCost {
  readonly luts: number
  readonly bram18: number
}

/**
 * A table that is looked up once and has many words is a block RAM; others are logic, as are tables that several cells
 * look up, which Yosys leaves in LUTs.
 */
export function tableCost(netlist: Netlist, net: Net, lookups: ReadonlyMap<string, number>): TableCost {
  const table = netlist.tables[netlist.param[net]!]!
  const { width } = netType(netlist, net)
  const index = netlist.a[net]!
  const [first, last] = [Number(netlist.min[index]! - table.first), Number(netlist.max[index]! - table.first)]
  const words = last - first + 1
  if (isBlockTable(table) && words > inlineWords && lookups.get(lookupKey(netlist, net)) === 1)
    return { luts: 0, bram18: blockRams(words, width) }
  return { luts: tableLuts(table.values.slice(first, last + 1), width), bram18: 0 }
}

/** Words up to which a table is printed as a function. */
const inlineWords = 256

/** Tables with the same words and the same range of indices are one. */
function lookupKey(netlist: Netlist, net: number): string {
  const index = netlist.a[net]!
  return `${netlist.param[net]} ${netlist.min[index]} ${netlist.max[index]}`
}

/** How many cells look up each table. */
export function lookupsOf(netlist: Netlist, live: Int32Array): Map<string, number> {
  const counts = new Map<string, number>()
  for (const net of live) {
    if (kindOf(netlist, net as Net) !== 'table') continue
    const key = lookupKey(netlist, net)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** LUTs of six inputs for 64 words each, of every bit: those that are not constant, equal ones once. */
function tableLuts(values: readonly bigint[], width: number): number {
  let luts = 0
  for (let bit = 0n; bit < BigInt(width); bit++) {
    const blocks = new Set<string>()
    for (let start = 0; start < values.length; start += 64) {
      const block = values.slice(start, start + 64).map(value => ((value >> bit) & 1n ? '1' : '0'))
      if (block.includes('0') && block.includes('1')) blocks.add(block.join(''))
    }
    luts += blocks.size
  }
  return luts
}

/** Block RAMs of a table's words, of 18 kb, at most 36 bits wide. */
export function blockRams(words: number, width: number): number {
  const deep = [
    [512, 36],
    [1024, 18],
    [2048, 9],
    [4096, 4],
    [8192, 2],
    [16384, 1],
  ] as const
  return Math.min(...deep.map(([depth, wide]) => Math.ceil(words / depth) * Math.ceil(width / wide)))
}

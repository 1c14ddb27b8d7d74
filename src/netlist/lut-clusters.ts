// Bitwise cells that share a LUT. A choice between choices, or a condition made of conditions, is one function of few bits
// for every bit of its result; six of them fit a LUT, and synthesis finds them together. An adder's LUTs, with two inputs
// of six taken, so have room for the parity and the majority of words that it adds. These are drawn into every reader
// that has room, the others into an only reader: what several read is worth building once.

import type { CellTiming, Use } from './arrival.ts'
import { type CellKind, kindOf, type Net, type Netlist } from './netlist.ts'

const columns: ReadonlySet<CellKind> = new Set(['parity', 'majority'] as const)
const bitwise: ReadonlySet<CellKind> = new Set(['and', 'or', 'xor', 'not', 'mux', ...columns] as const)

/** What the LUTs of a cell take in; nothing where it has none of its own. */
function takenIn(reader: CellKind): ReadonlySet<CellKind> | undefined {
  if (bitwise.has(reader)) return bitwise
  return reader === 'add' || reader === 'sub' ? columns : undefined
}

const lutInputs = 6

/**
 * Draws cells into the LUTs of their readers of the same layer, as far as six inputs go: rewrites `timing` of the readers
 * to what they then wait for. `readers` counts a net's uses, outputs among them. Cells that nothing reads any more
 * otherwise stand nowhere of their own.
 */
export function clusterLuts(
  netlist: Netlist,
  cells: Int32Array,
  timing: (CellTiming | undefined)[],
  readers: Int32Array,
): void {
  for (const net of cells) {
    const inside = takenIn(kindOf(netlist, net as Net))
    if (inside === undefined) continue
    const own = timing[net]!
    let uses = own.uses
    for (const use of own.uses) {
      const kind = kindOf(netlist, use.net as Net)
      const free = readers[use.net] === 1 || columns.has(kind)
      if (!free || !inside.has(kind) || netlist.layer[use.net] !== netlist.layer[net]) continue
      const merged = replaceUse(uses, use, timing[use.net]!.uses)
      if (inputsOf(merged) <= lutInputs) uses = merged
    }
    timing[net] = { ...own, uses }
  }
}

/** Different bits that one bit of the result waits for. */
function inputsOf(uses: readonly Use[]): number {
  return new Set(uses.map(({ net, offset }) => `${net} ${offset}`)).size
}

/** The uses with one replaced by what it waits for itself, seen from the reader's bit 0. */
function replaceUse(uses: readonly Use[], replaced: Use, by: readonly Use[]): Use[] {
  return uses.flatMap(use =>
    use === replaced ? by.map(({ net, offset }) => ({ net, offset: offset + replaced.offset })) : [use],
  )
}

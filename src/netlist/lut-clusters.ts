// Bitwise cells that share a LUT. A choice between choices, or a condition made of conditions, is one function of few bits
// for every bit of its result; six of them fit a LUT, and synthesis finds them together. Only cells with a single reader
// are drawn in: nothing is built twice.

import type { CellTiming, Use } from './arrival.ts'
import { type CellKind, kindOf, type Net, type Netlist } from './netlist.ts'

const bitwise: ReadonlySet<CellKind> = new Set(['and', 'or', 'xor', 'not', 'mux'] as const)
const lutInputs = 6

export interface Clusters {
  /** Per net, the cell whose LUT it is in; its own where it stands alone. */
  readonly root: Int32Array
}

/**
 * Draws cells into the LUT of their only reader of the same layer, as far as six inputs go, and rewrites `timing` of the
 * readers to what they then wait for. `readers` counts a net's uses, outputs among them.
 */
export function clusterLuts(
  netlist: Netlist,
  cells: Int32Array,
  timing: (CellTiming | undefined)[],
  readers: Int32Array,
): Clusters {
  const root = Int32Array.from(netlist.kind, (_, net) => net)
  const inner: number[] = []
  for (const net of cells) {
    if (!bitwise.has(kindOf(netlist, net as Net))) continue
    const own = timing[net]!
    let uses = own.uses
    for (const use of own.uses) {
      const single = readers[use.net] === 1 && netlist.layer[use.net] === netlist.layer[net]
      if (!single || !bitwise.has(kindOf(netlist, use.net as Net))) continue
      const merged = replaceUse(uses, use, timing[use.net]!.uses)
      if (inputsOf(merged) > lutInputs) continue
      uses = merged
      root[use.net] = net
      inner.push(use.net)
    }
    timing[net] = { ...own, uses }
  }
  // A cell drawn in may have drawn in others before: all are in the last one's LUT.
  for (const net of inner.reverse()) root[net] = root[root[net]!]!
  return { root }
}

function inputsOf(uses: readonly Use[]): number {
  return new Set(uses.map(({ net }) => net)).size
}

/** The uses with one replaced by what it waits for itself, seen from the reader's bit 0. */
function replaceUse(uses: readonly Use[], replaced: Use, by: readonly Use[]): Use[] {
  return uses.flatMap(use =>
    use === replaced ? by.map(({ net, offset }) => ({ net, offset: offset + replaced.offset })) : [use],
  )
}

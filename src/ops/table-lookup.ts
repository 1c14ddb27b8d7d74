// A table of a function over [−range, range) addressed by a value, as cells.

import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Net, Table } from '../netlist/netlist.ts'

/** More than any index has. */
const indexBits = 32

/** The entry at trunc(x · N / 2range), clamped to the table: x under a shifted point, rounded toward zero. */
export function lookUpScaled(b: NetlistBuilder, table: Table, range: number, x: Net): Net {
  const scaled = b.scale(x, Math.log2(table.values.length / (2 * range)))
  const floor = b.floorTo(scaled, 0)
  const cut = b.and(b.lt(scaled, b.constant(0n, 0)), b.not(b.eq(scaled, floor)))
  const whole = b.add(floor, cut)
  const index = b.min(b.max(whole, b.constant(table.first, 0)), b.constant(-table.first - 1n, 0))
  // Values coarser than the table's bins are whole multiples of bins: their raw integers lack the zeros below.
  return b.table(b.bits(index, b.interval(index).frac, indexBits, true, 0), table)
}

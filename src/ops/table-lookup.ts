// A table of a function over [−range, range) or [0, range) addressed by a value, as cells.

import { lowerAdderGraph } from '../netlist/adder-graph.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { adderGraphOf } from '../netlist/constant-matrix.ts'
import type { Net, Table } from '../netlist/netlist.ts'

/** More than any index has. */
const indexBits = 64

/** The entry at trunc(x · N / 2range), clamped to the table: rounded toward zero. */
export function lookUpScaled(b: NetlistBuilder, table: Table, range: number, x: Net): Net {
  return lookUpAt(b, table, times(b, x, table.values.length, 2 * range))
}

/** The entry at trunc(x · N / range) of a table that begins at 0; the first entry for what lies below. */
export function lookUpPositive(b: NetlistBuilder, table: Table, range: number, x: Net): Net {
  return lookUpAt(b, table, times(b, b.max(x, b.constant(0n, 0)), table.values.length, range))
}

/** x · size / span, the span being a power of two: a shifted point, or a constant product for odd sizes. */
function times(b: NetlistBuilder, x: Net, size: number, span: number): Net {
  const shift = -Math.log2(span)
  if (Number.isInteger(Math.log2(size))) return b.scale(x, Math.log2(size) + shift)
  const graph = adderGraphOf({ rows: 1, columns: 1, values: [size], frac: 0 }, [b.interval(x)])
  return b.scale(lowerAdderGraph(b, graph, [x])[0]!, shift)
}

function lookUpAt(b: NetlistBuilder, table: Table, scaled: Net): Net {
  const floor = b.floorTo(scaled, 0)
  const cut = b.and(b.lt(scaled, b.constant(0n, 0)), b.not(b.eq(scaled, floor)))
  const whole = b.add(floor, cut)
  const last = table.first + BigInt(table.values.length) - 1n
  const index = b.min(b.max(whole, b.constant(table.first, 0)), b.constant(last, 0))
  // Values coarser than the table's bins are whole multiples of bins: their raw integers lack the zeros below.
  return b.table(b.bits(index, b.interval(index).frac, indexBits, true, 0), table)
}

// When the bits of a net arrive within a clock period.
//
// A carry runs up an adder from bit to bit, so an adder behind another can begin with the low bits while the first is
// still at the high ones: k adders in series take k times the way into a chain and out, and the run along it once. Two
// numbers per net tell that. Bit i, counted from the lowest, arrives at
//
//   min(line + rate · i, cap)          rate: nanoseconds per bit of a carry chain
//
// at the latest: `cap` is when the last bit is there, `line` bounds the low bits before. A register gives (0, 0).
//
// Bit i of a sum waits for the bits q ≤ i of its operands and for the carry from there, at most
// line + rate · q + delay + rate · (i − q) = line + delay + rate · i: lines of sums add up like plain delays, and the last
// bit i = width − 1 gives the cap. Where all of an operand comes at once, its cap and the cell's own run along the chain
// bound the cap as well. The bound is safe for chains in blocks: what the position within a block adds to the crossing of
// blocks, at most the delay of one, entering the chain there saves.

import { carryRate, cellDelay, type DelayModel } from './delay.ts'
import { operandCounts } from './live.ts'
import { type CellKind, intervalWidth, kindOf, type Net, type Netlist } from './netlist.ts'

/** How a value of a net reaches a cell that reads it. */
export interface Use {
  readonly net: number
  /** Moves the operand's line to the reader's lowest bit; NaN where every bit of the reader waits for the operand's last. */
  readonly offset: number
}

/** What a cell adds to its operands' arrival. */
export interface CellTiming {
  readonly uses: readonly Use[]
  readonly delay: number
  /** Added to the cap where the operands come whole. */
  readonly ripple: number
  /** From the lowest bit's line to the last bit's. */
  readonly span: number
}

/**
 * Timing of one combinational cell. `source` gives the net behind an alias. Nets of a single value are always there and
 * left out.
 */
export function cellTiming(netlist: Netlist, net: Net, model: DelayModel, source: Int32Array): CellTiming {
  const { delay, ripple } = cellDelay(netlist, net, model)
  const rate = carryRate(model)
  const width = intervalWidth(netlist.min[net]!, netlist.max[net]!)
  const offsets = bitOffsets(netlist, net)
  const columns = [netlist.a, netlist.b, netlist.c].slice(0, operandCounts[kindOf(netlist, net)])
  const uses = columns.flatMap((column, k) => {
    const operand = column[net]!
    if (operand < 0 || netlist.min[operand] === netlist.max[operand]) return []
    return [{ net: source[operand]!, offset: offsets[k]! * rate }]
  })
  return { uses, delay, ripple, span: rate * Math.max(0, width - 1) }
}

/** Per operand: the bit of it that meets the result's bit 0; NaN where all bits wait for all. */
function bitOffsets(netlist: Netlist, net: Net): readonly number[] {
  const shift = (operand: number) => netlist.frac[operand]! - netlist.frac[net]!
  const [a, b, c] = [netlist.a[net]!, netlist.b[net]!, netlist.c[net]!]
  const kind: CellKind = kindOf(netlist, net)
  switch (kind) {
    case 'add':
    case 'sub':
      return [shift(a), shift(b) - netlist.param[net]!]
    case 'mux':
      return [Number.NaN, shift(b), shift(c)]
    case 'parity':
    case 'majority':
      return [shift(a), shift(b), shift(c)]
    case 'bits':
      return [netlist.param[net]!]
    default:
      return [Number.NaN, Number.NaN, Number.NaN]
  }
}

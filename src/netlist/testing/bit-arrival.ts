// The longest path of a netlist bit by bit, written apart from arrival.ts: every bit of every net has an arrival of its
// own, and a sum's bit waits for each operand bit below it. What the two share is the delay of a single cell.

import { carryRate, cellDelay, type DelayModel, isBlockTable, ramExtraNs } from '../delay.ts'
import { isFixedNet, operandsOf } from '../live.ts'
import { intervalWidth, kindOf, type Net, type Netlist } from '../netlist.ts'

/** Nanoseconds from registers and inputs to registers and outputs, without the registers' own share. */
export function longestPathNs(netlist: Netlist, model: DelayModel): number {
  const arrival: number[][] = []
  const readers = readerCounts(netlist)
  let longest = 0
  for (let net = 0 as Net; net < netlist.kind.length; net++) {
    arrival[net] = isFixedNet(netlist, net) ? [] : bitsOf(netlist, net, model, arrival, readers)
    if (kindOf(netlist, net) !== 'register') longest = Math.max(longest, ...arrival[net]!)
    // A block RAM's late output is on a path only where something takes it.
    else if (!isFixedNet(netlist, netlist.a[net]! as Net))
      longest = Math.max(longest, ...arrival[netlist.a[net]!]!)
  }
  return longest
}

function widthOf(netlist: Netlist, net: number): number {
  return intervalWidth(netlist.min[net]!, netlist.max[net]!)
}

function bitsOf(
  netlist: Netlist,
  net: Net,
  model: DelayModel,
  arrival: readonly number[][],
  readers: readonly number[],
): number[] {
  const bits = Array.from({ length: widthOf(netlist, net) }, (_, bit) => bit)
  const a = netlist.a[net]! as Net
  switch (kindOf(netlist, net)) {
    case 'input':
      return bits.map(() => 0)
    case 'register':
      return bits.map(() => (readsBlockTable(netlist, a) ? ramExtraNs(model) : 0))
    case 'alias':
      return bits.map(bit => arrival[a]![bit] ?? 0)
    case 'bits':
      return bits.map(bit => bitAt(arrival, a, bit + netlist.param[net]!))
    case 'add':
    case 'sub':
      return bits.map(bit => sumBit(netlist, net, model, arrival, readers, bit))
    case 'mux':
    case 'and':
    case 'or':
    case 'xor':
    case 'not':
    case 'parity':
    case 'majority': {
      const leaves = leavesOf(netlist, net, readers)
      return bits.map(bit => model.net + model.lut + latest(arrival, leaves, bit))
    }
    default: {
      const last = Math.max(0, ...operandsOf(netlist, net).flatMap(operand => arrival[operand]!))
      const { delay, ripple } = cellDelay(netlist, net, model)
      return bits.map(() => last + delay + ripple)
    }
  }
}

function readsBlockTable(netlist: Netlist, net: Net): boolean {
  return kindOf(netlist, net) === 'table' && isBlockTable(netlist.tables[netlist.param[net]!]!)
}

/** A bit of a net, its top bit above, nothing below. */
function bitAt(arrival: readonly number[][], net: number, bit: number): number {
  const own = arrival[net]!
  return bit < 0 || own.length === 0 ? 0 : own[Math.min(bit, own.length - 1)]!
}

/** A sum's bit: of the operand that has it alone below the other's lowest bit, else by the carry chain from there on. */
function sumBit(
  netlist: Netlist,
  net: Net,
  model: DelayModel,
  arrival: readonly number[][],
  readers: readonly number[],
  bit: number,
): number {
  const { delay, ripple } = cellDelay(netlist, net, model)
  const rate = ripple > 0 ? carryRate(model) : 0
  const frac = netlist.frac[net]!
  const shiftA = frac - netlist.frac[netlist.a[net]!]!
  const shiftB = frac - netlist.frac[netlist.b[net]!]! + netlist.param[net]!
  const start = shiftB > 0 ? shiftB : kindOf(netlist, net) === 'add' ? shiftA : 0
  const leaves = leavesOf(netlist, net, readers)
  // Where a LUT takes more in, the bits below are not wires any more.
  const wires = leaves.length <= 2
  if (wires && bit < Math.min(start, widthOf(netlist, net) - 1)) return latest(arrival, leaves, bit)
  let last = 0
  for (let from = Math.min(start, bit); from <= bit; from++)
    last = Math.max(last, latest(arrival, leaves, from) + rate * (bit - from))
  return last + delay
}

interface Leaf {
  readonly net: Net
  /** The bit of it that meets bit 0; undefined where one bit meets all. */
  readonly low: number | undefined
}

const columns = ['parity', 'majority']
const shared = ['mux', 'and', 'or', 'xor', 'not', ...columns]

/** What one LUT per bit reads: conditions of a single reader and columns are part of it, up to six inputs. */
function leavesOf(netlist: Netlist, net: Net, readers: readonly number[]): Leaf[] {
  const inside = shared.includes(kindOf(netlist, net)) ? shared : columns
  const direct = ownLeaves(netlist, net).filter(leaf => !isFixedNet(netlist, leaf.net))
  return direct.reduce<Leaf[]>((leaves, leaf) => {
    const behind = behindAliases(netlist, leaf.net)
    const same = netlist.layer[behind] === netlist.layer[net]
    const kind = kindOf(netlist, behind)
    const free = readers[behind] === 1 || columns.includes(kind)
    if (!free || !inside.includes(kind) || !same) return leaves
    const inner = leavesOf(netlist, behind, readers).map(
      ({ net: other, low }): Leaf => ({
        net: other,
        low: low === undefined || leaf.low === undefined ? undefined : low + leaf.low,
      }),
    )
    const merged = leaves.flatMap(other => (other === leaf ? inner : [other]))
    const inputs = merged.map(other => `${behindAliases(netlist, other.net)} ${other.low}`)
    return new Set(inputs).size <= 6 ? merged : leaves
  }, direct)
}

function ownLeaves(netlist: Netlist, net: Net): Leaf[] {
  const shift = (operand: number) => netlist.frac[operand]! - netlist.frac[net]!
  const [a, b, c] = [netlist.a[net]! as Net, netlist.b[net]! as Net, netlist.c[net]! as Net]
  switch (kindOf(netlist, net)) {
    case 'add':
    case 'sub':
      return [
        { net: a, low: shift(a) },
        { net: b, low: shift(b) - netlist.param[net]! },
      ]
    case 'mux':
      return [
        { net: a, low: undefined },
        { net: b, low: shift(b) },
        { net: c, low: shift(c) },
      ]
    case 'parity':
    case 'majority':
      return [a, b, c].map(operand => ({ net: operand, low: shift(operand) }))
    default:
      return operandsOf(netlist, net).map(operand => ({ net: operand, low: undefined }))
  }
}

function behindAliases(netlist: Netlist, net: Net): Net {
  return kindOf(netlist, net) === 'alias' ? behindAliases(netlist, netlist.a[net]! as Net) : net
}

function latest(arrival: readonly number[][], leaves: readonly Leaf[], bit: number): number {
  return leaves.reduce(
    (last, { net, low }) =>
      Math.max(last, low === undefined ? Math.max(0, ...arrival[net]!) : bitAt(arrival, net, bit + low)),
    0,
  )
}

/** Readers of every net, aliases not counting themselves. */
function readerCounts(netlist: Netlist): number[] {
  const counts = Array.from(netlist.kind, () => 0)
  for (let net = 0 as Net; net < counts.length; net++) {
    if (kindOf(netlist, net) === 'alias') continue
    for (const operand of operandsOf(netlist, net)) counts[behindAliases(netlist, operand)]!++
  }
  for (const { net } of netlist.outputs) counts[behindAliases(netlist, net)]!++
  return counts
}

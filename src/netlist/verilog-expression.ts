// Verilog expressions of single cells. All signals are unsigned vectors holding raw two's complement bits; where a
// sign matters it is written out, as repeated top bits or as $signed, so that no tool's rules for widths and signs
// come into play: every operand of an addition or comparison has exactly the width of the operation.

import { bug } from '../diagnostics/diagnostic.ts'
import { bitLength } from '../fixed/bit-length.ts'
import { carryFreeForm } from './carry-free.ts'
import { isFixedNet } from './live.ts'
import { kindOf, type Net, type Netlist, netType } from './netlist.ts'

export interface Signals {
  readonly netlist: Netlist
  /** The signal that carries a net which is not fixed. */
  readonly name: (net: Net) => string
  /** The function that answers a table cell, by the cell. */
  readonly tableFunction: (net: Net) => string
}

/** A literal of `width` bits holding the raw value in two's complement. */
export function verilogLiteral(raw: bigint, width: number): string {
  const bits = BigInt.asUintN(width, raw)
  return width <= 32 ? `${width}'d${bits}` : `${width}'h${bits.toString(16)}`
}

/** Joins parts, highest first, into one expression. */
function concatenation(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : `{${parts.join(', ')}}`
}

/** `width` bits from bit `low` on of a net's raw value, sign-extended above and zero below bit 0. */
export function field(signals: Signals, net: Net, low: number, width: number): string {
  return concatenation(fieldParts(signals, net, low, width))
}

/** The same, as the parts of a concatenation. */
export function fieldParts(signals: Signals, net: Net, low: number, width: number): string[] {
  const { netlist } = signals
  if (width <= 0) return []
  if (isFixedNet(netlist, net)) {
    const raw = netlist.min[net]!
    const value = low >= 0 ? raw >> BigInt(low) : raw << BigInt(-low)
    return [verilogLiteral(value, width)]
  }
  const { signed, width: own } = netType(netlist, net)
  const name = signals.name(net)
  const below = Math.min(width, Math.max(0, -low))
  const from = Math.max(0, low)
  const to = Math.min(own, low + width)
  const within = Math.max(0, to - from)
  const above = width - below - within
  const parts: string[] = []
  if (above > 0) parts.push(signed ? repeated(bitsOf(name, own, own - 1, 1), above) : `${above}'d0`)
  if (within > 0) parts.push(bitsOf(name, own, from, within))
  if (below > 0) parts.push(`${below}'d0`)
  return parts
}

/** Bits of a vector signal of `own` bits: the signal itself where that is all of them. */
export function bitsOf(name: string, own: number, low: number, width: number): string {
  if (low === 0 && width === own) return name
  return width === 1 ? `${name}[${low}]` : `${name}[${low + width - 1}:${low}]`
}

function repeated(text: string, count: number): string {
  return count === 1 ? text : `{${count}{${text}}}`
}

/** The right-hand side for a combinational cell. */
export function verilogExpression(signals: Signals, net: Net): string {
  const { netlist } = signals
  const a = netlist.a[net]! as Net
  const b = netlist.b[net]! as Net
  const { width } = netType(netlist, net)
  const kind = kindOf(netlist, net)
  const bit = (operand: Net) => field(signals, operand, 0, 1)
  switch (kind) {
    case 'add':
    case 'sub':
      return sum(signals, net, kind)
    case 'mul':
      return product(signals, a, b, width)
    case 'mux':
      return `${bit(a)} ? ${aligned(signals, b, net, width)} : ${aligned(signals, netlist.c[net]! as Net, net, width)}`
    case 'lt':
    case 'eq':
      return comparison(signals, a, b, kind)
    case 'bits':
      return field(signals, a, netlist.param[net]!, width)
    case 'and':
      return `${bit(a)} & ${bit(b)}`
    case 'or':
      return `${bit(a)} | ${bit(b)}`
    case 'xor':
      return `${bit(a)} ^ ${bit(b)}`
    case 'not':
      return `~${bit(a)}`
    case 'parity':
    case 'majority': {
      const [x, y, z] = [a, b, netlist.c[net]! as Net].map(operand => aligned(signals, operand, net, width))
      return kind === 'parity' ? `${x} ^ ${y} ^ ${z}` : `(${x} & ${y}) | (${z} & (${x} | ${y}))`
    }
    case 'table':
      return `${signals.tableFunction(net)}(${field(signals, a, 0, netType(netlist, a).width)})`
    default:
      return bug(`a cell of kind ${kind} has no Verilog expression of its own`)
  }
}

/** A net's value under another net's frac, in `width` bits. */
export function aligned(signals: Signals, net: Net, to: Net, width: number): string {
  return alignedAt(signals, net, signals.netlist.frac[to]!, width)
}

/** A net's value under a frac not coarser than its own, in `width` bits. */
export function alignedAt(signals: Signals, net: Net, frac: number, width: number): string {
  return field(signals, net, -shiftTo(signals.netlist, net, frac), width)
}

function shiftTo(netlist: Netlist, net: Net, frac: number): number {
  const zero = netlist.min[net] === 0n && netlist.max[net] === 0n
  const shift = zero ? 0 : frac - netlist.frac[net]!
  if (shift < 0) bug(`net ${net} would lose ${-shift} bits`)
  return shift
}

/** Bits below the shifted operand pass by the adder, which so gets its natural width. */
function sum(signals: Signals, net: Net, kind: 'add' | 'sub'): string {
  const { netlist } = signals
  const a = netlist.a[net]! as Net
  const b = netlist.b[net]! as Net
  const { width } = netType(netlist, net)
  const frac = netlist.frac[net]!
  const shiftA = shiftTo(netlist, a, frac)
  const shiftB = shiftTo(netlist, b, frac + netlist.param[net]!)
  const sign = kind === 'add' ? '+' : '-'
  const form = carryFreeForm(netlist, net)
  if (form === 'complement') return `~${field(signals, b, 0, width)}`
  if (form === 'flip-sign') return flippedSign(signals, a, width)
  if (form === 'ones-above') return onesAbove(signals, a, width)
  const zero = isFixedNet(netlist, a) && netlist.min[a] === 0n
  if (zero && kind === 'sub') return `-${field(signals, b, -shiftB, width)}`
  const passed = Math.min(width - 1, shiftB > 0 ? shiftB : kind === 'add' ? shiftA : 0)
  const through = shiftB > 0 ? field(signals, a, -shiftA, passed) : field(signals, b, -shiftB, passed)
  const left = field(signals, a, passed - shiftA, width - passed)
  const right = field(signals, b, passed - shiftB, width - passed)
  return passed > 0 ? `{${left} ${sign} ${right}, ${through}}` : `${left} ${sign} ${right}`
}

/** One bit of ones is enough, since the result is signed; where a's top bit is always set, that is the one. */
function onesAbove(signals: Signals, net: Net, width: number): string {
  const own = netType(signals.netlist, net).width
  return concatenation([
    ...(width > own ? ["1'd1"] : []),
    ...fieldParts(signals, net, 0, Math.min(own, width)),
  ])
}

/** Where the value is never positive, its inverted sign bit is always 0 and not among the result's bits. */
function flippedSign(signals: Signals, net: Net, width: number): string {
  const sign = netType(signals.netlist, net).width - 1
  const rest = fieldParts(signals, net, 0, Math.min(sign, width))
  return concatenation(width > sign ? [`~${field(signals, net, sign, 1)}`, ...rest] : rest)
}

/** Factors keep their own widths, so that multipliers are inferred as small as they are. */
function product(signals: Signals, a: Net, b: Net, resultWidth: number): string {
  const types = [netType(signals.netlist, a), netType(signals.netlist, b)] as const
  const isBit = types.map(({ signed, width }) => !signed && width === 1)
  if (isBit[0] || isBit[1]) {
    const [bit, other] = isBit[1] ? [b, a] : [a, b]
    return `${field(signals, bit, 0, 1)} ? ${field(signals, other, 0, resultWidth)} : ${verilogLiteral(0n, resultWidth)}`
  }
  const signed = types[0].signed || types[1].signed
  const [left, right] = [a, b].map((net, k) => {
    const { signed: own, width } = types[k]!
    const text = field(signals, net, 0, width + (signed && !own ? 1 : 0))
    return signed ? `$signed(${text})` : text
  })
  return `${left} * ${right}`
}

function comparison(signals: Signals, a: Net, b: Net, kind: 'lt' | 'eq'): string {
  const { netlist } = signals
  const frac = Math.max(netlist.frac[a]!, netlist.frac[b]!)
  const sides = [a, b].map(net => {
    const { signed, width } = netType(netlist, net)
    return { net, signed, width: width === 0 ? 0 : width + shiftTo(netlist, net, frac) }
  })
  const signed = sides.some(side => side.signed)
  const width = Math.max(...sides.map(side => side.width + (signed && !side.signed ? 1 : 0)))
  const [left, right] = sides.map(({ net }) => {
    const text = alignedAt(signals, net, frac, width)
    return signed && kind === 'lt' ? `$signed(${text})` : text
  })
  return `${left} ${kind === 'lt' ? '<' : '=='} ${right}`
}

/** Bits that address `depth` words; 1 for a single word, so that every memory has an address. */
export function addressWidth(depth: number): number {
  return Math.max(1, bitLength(BigInt(depth) - 1n))
}

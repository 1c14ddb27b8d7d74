// A cell's values of four consecutive cycles as WebAssembly vectors. Sums, products and slices are right modulo their
// own lane width, so operands are brought to that; comparisons and right shifts see all bits of theirs.

import { bug } from '../../diagnostics/diagnostic.ts'
import { isFixedNet, operandsOf } from '../live.ts'
import { intervalWidth, kindOf, type Net, type Netlist } from '../netlist.ts'
import {
  aligned,
  byWords,
  constant,
  localGet,
  localSet,
  localTee,
  narrow,
  operand,
  shiftBy,
  shifted,
  type VectorContext,
  type VectorNets,
  vectorOp,
  type Words,
  widen,
  wordsOf,
} from './vector-operands.ts'
import { shiftInTime } from './vector-register.ts'

/** Whether a cell, a register included, can be computed as vectors if it does not feed back on itself. */
export function canBeVector({ netlist, root, words }: VectorNets, net: Net): boolean {
  if (words[net] === 0) return false
  const operands = operandsOf(netlist, net).filter(operand => !isFixedNet(netlist, operand))
  if (operands.some(operand => words[root[operand]!] === 0)) return false
  const kind = kindOf(netlist, net)
  if (kind === 'read' || kind === 'instance') return false
  if (kind === 'lt' || kind === 'eq') return comparedWords(netlist, net) !== 0
  if (kind === 'table')
    return words[root[netlist.a[net]!]!] === 1 && tableWords(netlist, netlist.param[net]!) !== 0
  // Lanes of two vectors cannot be chosen by one instruction; such registers are rare.
  return !(kind === 'register' && words[net] === 2 && netlist.b[net]! >= 0)
}

/** Words that every entry of a table and its first index fit. */
export function tableWords(netlist: Netlist, id: number): 0 | 1 | 2 {
  const { values, first } = netlist.tables[id]!
  if (wordsOf(first, first + BigInt(values.length)) !== 1) return 0
  let least = 0n
  let most = 0n
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return wordsOf(least, most)
}

/** Pushes a combinational cell's part, or a register's, whose state moves on by four cycles. */
export function emitCell(context: VectorContext, net: Net, part: number): void {
  const { netlist, words } = context
  const own = words[net] as Words
  const [a, b] = [netlist.a[net]! as Net, netlist.b[net]! as Net]
  const kind = kindOf(netlist, net)
  switch (kind) {
    case 'add':
    case 'sub':
      aligned(context, a, net, 0, part)
      aligned(context, b, net, netlist.param[net]!, part)
      context.code.vector(byWords[own][kind])
      break
    case 'mul':
      operand(context, a, 0, own, part)
      operand(context, b, 0, own, part)
      context.code.vector(byWords[own].mul)
      break
    case 'mux':
      choose(context, net, part)
      break
    case 'lt':
    case 'eq':
      compare(context, net, kind)
      break
    case 'bits':
      slice(context, net, part)
      break
    case 'and':
    case 'or':
    case 'xor':
      operand(context, a, 0, own, part)
      operand(context, b, 0, own, part)
      context.code.vector(vectorOp[kind])
      break
    case 'not':
      operand(context, a, 0, own, part)
      constant(context, 1n, own)
      context.code.vector(vectorOp.xor)
      break
    case 'parity':
    case 'majority':
      bitwise(context, net, kind, part)
      break
    case 'table':
      lookUp(context, net, part)
      break
    case 'register':
      shiftInTime(context, net, part)
      break
    default:
      bug(`a cell of kind ${kind} cannot be a vector`)
  }
}

function choose(context: VectorContext, net: Net, part: number): void {
  const { netlist, words, code } = context
  aligned(context, netlist.b[net]! as Net, net, 0, part)
  aligned(context, netlist.c[net]! as Net, net, 0, part)
  const mask = () => {
    operand(context, netlist.a[net]! as Net, 0, 1, 0)
    code.vector(vectorOp.neg32)
  }
  if (words[net] === 1) mask()
  else widen(context, mask, part)
  code.vector(vectorOp.bitselect)
}

function comparedWords(netlist: Netlist, net: Net): 0 | 1 | 2 {
  const [a, b] = [netlist.a[net]!, netlist.b[net]!]
  const frac = Math.max(netlist.frac[a]!, netlist.frac[b]!)
  const sizes = [a, b].map(side => {
    const up = BigInt(frac - netlist.frac[side]!)
    return wordsOf(netlist.min[side]! << up, netlist.max[side]! << up)
  })
  return sizes.includes(0) ? 0 : sizes.includes(2) ? 2 : 1
}

function compare(context: VectorContext, net: Net, kind: 'lt' | 'eq'): void {
  const { netlist, code } = context
  const [a, b] = [netlist.a[net]! as Net, netlist.b[net]! as Net]
  const frac = Math.max(netlist.frac[a]!, netlist.frac[b]!)
  const words = comparedWords(netlist, net) as Words
  const test = (part: number) => {
    operand(context, a, frac - netlist.frac[a]!, words, part)
    operand(context, b, frac - netlist.frac[b]!, words, part)
    code.vector(byWords[words][kind])
  }
  if (words === 1) test(0)
  else narrow(context, test)
  // True is all ones in vectors, one bit in nets.
  code.vector(vectorOp.neg32)
}

/** The low bits of a shifted value, as many as the net has, in two's complement when the net can be negative. */
function slice(context: VectorContext, net: Net, part: number): void {
  const { netlist, words, code } = context
  const own = words[net] as Words
  const a = netlist.a[net]! as Net
  const shift = -netlist.param[net]!
  const [min, max] = [netlist.min[net]!, netlist.max[net]!]
  operand(context, a, shift, own, part)
  if (shifted(netlist.min[a]!, shift) >= min && shifted(netlist.max[a]!, shift) <= max) return
  const width = intervalWidth(min, max)
  if (min < 0n) {
    shiftBy(context, 32 * own - width, own)
    shiftBy(context, width - 32 * own, own)
  } else {
    constant(context, (1n << BigInt(width)) - 1n, own)
    code.vector(vectorOp.and)
  }
}

function bitwise(context: VectorContext, net: Net, kind: 'parity' | 'majority', part: number): void {
  const { netlist, code } = context
  const [x, y, z] = [netlist.a[net]!, netlist.b[net]!, netlist.c[net]!].map(
    column => () => aligned(context, column as Net, net, 0, part),
  ) as [() => void, () => void, () => void]
  x()
  y()
  if (kind === 'parity') {
    code.vector(vectorOp.xor)
    z()
    code.vector(vectorOp.xor)
    return
  }
  z()
  code.byte(localSet)
  code.unsigned(context.scratch(2))
  code.byte(localSet)
  code.unsigned(context.scratch(1))
  code.byte(localTee)
  code.unsigned(context.scratch(0))
  const again = (k: number) => {
    code.byte(localGet)
    code.unsigned(context.scratch(k))
  }
  again(1)
  code.vector(vectorOp.and)
  again(2)
  again(0)
  again(1)
  code.vector(vectorOp.or)
  code.vector(vectorOp.and)
  code.vector(vectorOp.or)
}

/** An index outside the table, which only states that nothing has been written to yet can give, reads its last entry. */
function lookUp(context: VectorContext, net: Net, part: number): void {
  const { netlist, words, code } = context
  const id = netlist.param[net]!
  const { first, values } = netlist.tables[id]!
  const { address, bytes } = context.table(id)
  const [at, result] = [context.scratch(0), context.scratch(1)]
  operand(context, netlist.a[net]! as Net, 0, 1, 0)
  if (first !== 0n) {
    constant(context, first, 1)
    code.vector(byWords[1].sub)
  }
  constant(context, BigInt(values.length - 1), 1)
  code.vector(vectorOp.min32u)
  shiftBy(context, bytes === 8 ? 3 : 2, 1)
  code.byte(localSet)
  code.unsigned(at)
  const lanes = 4 / words[net]!
  constant(context, 0n, 1)
  for (let lane = 0; lane < lanes; lane++) {
    code.byte(localSet)
    code.unsigned(result)
    code.byte(localGet)
    code.unsigned(at)
    code.vector(vectorOp.extract32)
    code.byte(lanes * part + lane, localGet)
    code.unsigned(result)
    code.vector(words[net] === 1 ? vectorOp.load32Lane : vectorOp.load64Lane)
    code.byte(words[net] === 1 ? 2 : 3)
    code.unsigned(address)
    code.byte(lane)
  }
}

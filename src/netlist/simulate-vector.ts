// A cell's values of four consecutive cycles as WebAssembly vectors: one vector of four 32-bit lanes where the cell's
// interval fits 32 bits, two of two 64-bit lanes where it fits 64. Sums, products and slices are right modulo their
// own lane width, so operands are brought to that; comparisons and right shifts see all bits of theirs.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Code } from '../wasm/writer.ts'
import { isFixedNet, operandsOf } from './live.ts'
import { intervalWidth, kindOf, type Net, type Netlist } from './netlist.ts'

/** What is known of nets: 32-bit words a value takes (0: more than 64 bits), and where chains of aliases end. */
export interface VectorNets {
  readonly netlist: Netlist
  readonly root: Int32Array
  readonly words: Uint8Array
}

/** Where code for vectors goes and where it finds things. */
export interface VectorContext extends VectorNets {
  readonly code: Code
  /** Pushes four cycles of a net that takes one word, or the first or second two of one that takes two. */
  readonly push: (net: number, part: number) => void
  /** A register's state, stored from the stack's top or pushed: the vector before the present one. */
  readonly pushState: (net: number) => void
  readonly storeState: (net: number, value: () => void) => void
  /** Pushes all ones in the lanes in which the register may take a new value. */
  readonly pushMask: (enable: Net, reset: boolean) => void
  /** Pushes the byte numbers that choose, for each lane, the last value taken. */
  readonly pushChoice: (enable: Net, reset: boolean) => void
  /** Pushes all ones in cycles of reset. */
  readonly pushReset: () => void
  /** A local of type v128 for a short while. */
  readonly scratch: (k: number) => number
  /** A table's address and the bytes of an entry: 4 or 8. */
  readonly table: (id: number) => { readonly address: number; readonly bytes: number }
}

/** Opcodes after the vector prefix, as the specification of WebAssembly numbers them. */
const op = {
  load32Lane: 86,
  load64Lane: 87,
  constant: 12,
  shuffle: 13,
  swizzle: 14,
  not: 77,
  and: 78,
  or: 80,
  xor: 81,
  bitselect: 82,
  extract32: 27,
  min32u: 183,
  neg32: 161,
  extendLow: 199,
  extendHigh: 200,
} as const
const get = 0x20
const set = 0x21
const byWords = {
  1: { add: 174, sub: 177, mul: 181, shl: 171, shr: 172, eq: 55, lt: 57 },
  2: { add: 206, sub: 209, mul: 213, shl: 203, shr: 204, eq: 214, lt: 216 },
} as const

type Words = 1 | 2

/** 32-bit words that the integers of an interval take: 1 or 2, or 0 for more than 64 bits. */
export function wordsOf(min: bigint, max: bigint): 0 | Words {
  if (min >= -0x8000_0000n && max <= 0x7fff_ffffn) return 1
  return min >= -(1n << 63n) && max < 1n << 63n ? 2 : 0
}

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
      context.code.vector(op[kind])
      break
    case 'not':
      operand(context, a, 0, own, part)
      constant(context, 1n, own)
      context.code.vector(op.xor)
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

/** Pushes the same value in every lane. */
function constant({ code }: VectorContext, raw: bigint, words: Words): void {
  code.vector(op.constant)
  const bits = 32 * words
  let rest = BigInt.asUintN(bits, raw)
  const bytes: number[] = []
  for (let k = 0; k < bits / 8; k++, rest >>= 8n) bytes.push(Number(rest & 255n))
  for (let k = 0; k < 16; k += bytes.length) code.byte(...bytes)
}

/** The operand's raw value under the cell's frac, times 2^extra. */
function aligned(context: VectorContext, net: Net, cell: Net, extra: number, part: number): void {
  const { netlist, words } = context
  const zero = netlist.min[net] === 0n && netlist.max[net] === 0n
  const shift = zero ? 0 : netlist.frac[cell]! - netlist.frac[net]! + extra
  operand(context, net, shift, words[cell] as Words, part)
}

/** Pushes raw · 2^shift, floored for negative shifts, modulo the lanes wanted. */
export function operand(context: VectorContext, net: Net, shift: number, wanted: Words, part: number): void {
  const { netlist, root, words } = context
  const fixed = isFixedNet(netlist, net)
  if (fixed || shift >= 32 * wanted) {
    constant(context, fixed ? shifted(netlist.min[net]!, shift) : 0n, wanted)
    return
  }
  const source = root[net]!
  const own = words[source] as Words
  if (own === 1) {
    const push = () => {
      context.push(source, 0)
      shiftBy(context, Math.min(shift, 0), 1)
    }
    if (wanted === 1) push()
    else widen(context, push, part)
    shiftBy(context, Math.max(shift, 0), wanted)
    return
  }
  const push = (half: number) => {
    context.push(source, half)
    shiftBy(context, Math.min(shift, 0), 2)
  }
  if (wanted === 2) push(part)
  else narrow(context, push)
  shiftBy(context, Math.max(shift, 0), wanted)
}

function shifted(raw: bigint, shift: number): bigint {
  return shift >= 0 ? raw << BigInt(shift) : raw >> BigInt(-shift)
}

/** Shifts the stack's top to the left, or arithmetically to the right. */
function shiftBy({ code }: VectorContext, shift: number, words: Words): void {
  if (shift === 0) return
  code.byte(0x41)
  code.signed(Math.min(Math.abs(shift), 32 * words - 1))
  code.vector(shift > 0 ? byWords[words].shl : byWords[words].shr)
}

function widen({ code }: VectorContext, push: () => void, part: number): void {
  push()
  code.vector(part === 0 ? op.extendLow : op.extendHigh)
}

/** The low words of two vectors of 64-bit lanes. */
function narrow({ code }: VectorContext, push: (half: number) => void): void {
  push(0)
  push(1)
  code.vector(op.shuffle)
  code.byte(0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
}

function choose(context: VectorContext, net: Net, part: number): void {
  const { netlist, words, code } = context
  aligned(context, netlist.b[net]! as Net, net, 0, part)
  aligned(context, netlist.c[net]! as Net, net, 0, part)
  const mask = () => {
    operand(context, netlist.a[net]! as Net, 0, 1, 0)
    code.vector(op.neg32)
  }
  if (words[net] === 1) mask()
  else widen(context, mask, part)
  code.vector(op.bitselect)
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
  code.vector(op.neg32)
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
    code.vector(op.and)
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
    code.vector(op.xor)
    z()
    code.vector(op.xor)
    return
  }
  z()
  code.byte(set)
  code.unsigned(context.scratch(2))
  code.byte(set)
  code.unsigned(context.scratch(1))
  code.byte(0x22)
  code.unsigned(context.scratch(0))
  const again = (k: number) => {
    code.byte(get)
    code.unsigned(context.scratch(k))
  }
  again(1)
  code.vector(op.and)
  again(2)
  again(0)
  again(1)
  code.vector(op.or)
  code.vector(op.and)
  code.vector(op.or)
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
  code.vector(op.min32u)
  shiftBy(context, bytes === 8 ? 3 : 2, 1)
  code.byte(set)
  code.unsigned(at)
  const lanes = 4 / words[net]!
  constant(context, 0n, 1)
  for (let lane = 0; lane < lanes; lane++) {
    code.byte(set)
    code.unsigned(result)
    code.byte(get)
    code.unsigned(at)
    code.vector(op.extract32)
    code.byte(lanes * part + lane, get)
    code.unsigned(result)
    code.vector(words[net] === 1 ? op.load32Lane : op.load64Lane)
    code.byte(words[net] === 1 ? 2 : 3)
    code.unsigned(address)
    code.byte(lane)
  }
}

/** The values one cycle earlier: the last lane of the vector before, then all lanes of this one but the last. */
function shiftInTime(context: VectorContext, net: Net, part: number): void {
  const { netlist, words, code } = context
  const own = words[net] as Words
  const next = (half: number) => {
    aligned(context, netlist.a[net]! as Net, net, 0, half)
    const value = netlist.resets.get(net)
    if (value !== undefined) underReset(context, value, own, half)
  }
  if (own === 2) {
    shiftPair(context, net, part, next)
    return
  }
  const [fresh, result] = [context.scratch(0), context.scratch(1)]
  const enable = netlist.b[net]! as Net
  const reset = netlist.resets.has(net)
  next(0)
  code.byte(set)
  code.unsigned(fresh)
  context.pushState(net)
  code.byte(get)
  code.unsigned(fresh)
  code.vector(op.shuffle)
  code.byte(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27)
  if (enable >= 0) {
    context.pushChoice(enable, reset)
    code.vector(op.swizzle)
  }
  code.byte(set)
  code.unsigned(result)
  context.storeState(net, () => {
    code.byte(get)
    code.unsigned(fresh)
    if (enable < 0) return
    code.byte(get)
    code.unsigned(result)
    context.pushMask(enable, reset)
    code.vector(op.bitselect)
  })
  code.byte(get)
  code.unsigned(result)
}

/** The stack's top, with the value in the lanes of cycles of reset. */
function underReset(context: VectorContext, value: bigint, words: Words, half: number): void {
  const { code } = context
  const kept = context.scratch(3)
  code.byte(set)
  code.unsigned(kept)
  constant(context, value, words)
  code.byte(get)
  code.unsigned(kept)
  if (words === 1) context.pushReset()
  else widen(context, context.pushReset, half)
  code.vector(op.bitselect)
}

/** Both parts need the first half of the source; only the second is kept as state. */
function shiftPair(context: VectorContext, net: Net, part: number, next: (half: number) => void): void {
  const { code } = context
  const [fresh, result] = [context.scratch(0), context.scratch(1)]
  if (part === 0) context.pushState(net)
  else next(0)
  next(part)
  if (part === 1) {
    code.byte(0x22)
    code.unsigned(fresh)
  }
  code.vector(op.shuffle)
  code.byte(8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
  if (part === 0) return
  code.byte(set)
  code.unsigned(result)
  context.storeState(net, () => {
    code.byte(get)
    code.unsigned(fresh)
  })
  code.byte(get)
  code.unsigned(result)
}

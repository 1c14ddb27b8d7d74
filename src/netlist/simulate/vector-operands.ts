// Operands of vector code: a net's values of four consecutive cycles, brought to the lanes and the position that an
// operation needs. Where a value fits 32 bits it is one vector of four lanes, where it fits 64 two of two.

import type { Code } from '../../wasm/writer.ts'
import { isFixedNet } from '../live.ts'
import type { Net, Netlist } from '../netlist.ts'

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
export const vectorOp = {
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
export const localGet = 0x20
export const localSet = 0x21
export const localTee = 0x22
export const byWords = {
  1: { add: 174, sub: 177, mul: 181, shl: 171, shr: 172, eq: 55, lt: 57 },
  2: { add: 206, sub: 209, mul: 213, shl: 203, shr: 204, eq: 214, lt: 216 },
} as const

export type Words = 1 | 2

/** 32-bit words that the integers of an interval take: 1 or 2, or 0 for more than 64 bits. */
export function wordsOf(min: bigint, max: bigint): 0 | Words {
  if (min >= -0x8000_0000n && max <= 0x7fff_ffffn) return 1
  return min >= -(1n << 63n) && max < 1n << 63n ? 2 : 0
}

/** Pushes the same value in every lane. */
export function constant({ code }: VectorContext, raw: bigint, words: Words): void {
  code.vector(vectorOp.constant)
  const bits = 32 * words
  let rest = BigInt.asUintN(bits, raw)
  const bytes: number[] = []
  for (let k = 0; k < bits / 8; k++, rest >>= 8n) bytes.push(Number(rest & 255n))
  for (let k = 0; k < 16; k += bytes.length) code.byte(...bytes)
}

/** The operand's raw value under the cell's frac, times 2^extra. */
export function aligned(context: VectorContext, net: Net, cell: Net, extra: number, part: number): void {
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

export function shifted(raw: bigint, shift: number): bigint {
  return shift >= 0 ? raw << BigInt(shift) : raw >> BigInt(-shift)
}

/** Shifts the stack's top to the left, or arithmetically to the right. */
export function shiftBy({ code }: VectorContext, shift: number, words: Words): void {
  if (shift === 0) return
  code.byte(0x41)
  code.signed(Math.min(Math.abs(shift), 32 * words - 1))
  code.vector(shift > 0 ? byWords[words].shl : byWords[words].shr)
}

export function widen({ code }: VectorContext, push: () => void, part: number): void {
  push()
  code.vector(part === 0 ? vectorOp.extendLow : vectorOp.extendHigh)
}

/** The low words of two vectors of 64-bit lanes. */
export function narrow({ code }: VectorContext, push: (half: number) => void): void {
  push(0)
  push(1)
  code.vector(vectorOp.shuffle)
  code.byte(0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
}

// The flat netlist: what a circuit computes, cell by cell. A net is one integer, the index of the cell that drives it.
// Cells stand in columns of typed arrays; combinational cells are appended in topological order, so a clock
// cycle is one loop. Only a register's data input may name a later net.
//
// Every net is a scalar with an exact interval: value = raw · 2^-frac with raw in [min, max]. From the interval
// follow its width and sign, so every wire is as narrow as can be proved. An interval with min = max is a constant.

import { bitLength } from '../fixed/bit-length.ts'
import type { FixedType } from '../fixed/types.ts'

declare const netBrand: unique symbol
/** A net, named by the index of its driving cell. */
export type Net = number & { readonly [netBrand]: true }

/**
 * What a cell computes from operands a, b, c and its parameter `param`; fracs are aligned exactly, nothing rounds.
 *
 * | kind     | value                                                                    |
 * |----------|--------------------------------------------------------------------------|
 * | input    | a module port element (param: index into `inputs`)                        |
 * | constant | the single value of its interval                                          |
 * | add      | a + b·2^param                                                             |
 * | sub      | a − b·2^param                                                             |
 * | mul      | a · b                                                                     |
 * | mux      | a ? b : c, a being one bit                                                |
 * | lt, eq   | a < b, a = b, one unsigned bit                                            |
 * | bits     | raw two's complement bits of a from bit `param` on, as wide as the result |
 * | alias    | the raw bits of a under another frac (a·2^k costs no hardware)            |
 * | and, or, xor, not | on single bits                                                   |
 * | parity   | a ⊕ b ⊕ c, bit by bit; none is negative                                  |
 * | majority | the bits set in two or three of a, b, c; none is negative                |
 * | table    | `tables[param]` at raw index a (index counted from the table's `first`)   |
 * | register | last cycle's a; holds while enable b is 0 (b = −1: always on)             |
 * | read     | `memories[param]` at address a, one cycle later; holds while b is 0       |
 * | instance | an output of an instance (param: index into `instanceOutputs`)            |
 */
export const cellKinds = [
  'input',
  'constant',
  'add',
  'sub',
  'mul',
  'mux',
  'lt',
  'eq',
  'bits',
  'alias',
  'and',
  'or',
  'xor',
  'not',
  'parity',
  'majority',
  'table',
  'register',
  'read',
  'instance',
] as const
export type CellKind = (typeof cellKinds)[number]

/** Read-only memory looked up combinationally or, `sync`, one cycle later; raw values under one frac. */
export interface Table {
  readonly name: string
  /** Raw index of the first entry; entry k answers index first + k. */
  readonly first: bigint
  readonly values: readonly bigint[]
  readonly frac: number
}

/** Memory with one write port and any number of registered read ports; a read sees what was written before. */
export interface Memory {
  readonly name: string
  readonly depth: number
  readonly element: FixedType
  readonly write: { readonly address: Net; readonly data: Net; readonly enable: Net } | undefined
  readonly initial: readonly bigint[] | undefined
}

export interface NamedNet {
  readonly name: string
  readonly net: Net
}

/** A frozen netlist. Columns have one entry per cell. */
export interface Netlist {
  readonly kind: Uint8Array
  readonly a: Int32Array
  readonly b: Int32Array
  readonly c: Int32Array
  readonly param: Int32Array
  readonly min: readonly bigint[]
  readonly max: readonly bigint[]
  readonly frac: Int32Array
  /** Which layer a cell belongs to: index into `layers`. */
  readonly layer: Int32Array
  readonly layers: readonly string[]
  readonly inputs: readonly NamedNet[]
  readonly outputs: readonly NamedNet[]
  readonly tables: readonly Table[]
  readonly memories: readonly Memory[]
  /** Reset values by register net; registers that are absent keep their value through reset. */
  readonly resets: ReadonlyMap<Net, bigint>
  /** Names worth keeping for people, by net. */
  readonly names: ReadonlyMap<Net, string>
}

/** Number of cells, which is also the number of nets. */
export function cellCount(netlist: Netlist): number {
  return netlist.kind.length
}

export function kindOf(netlist: Netlist, net: Net): CellKind {
  return cellKinds[netlist.kind[net]!]!
}

/** Bits of an interval in two's complement: 0 for the constant 0, one sign bit when it can be negative. */
export function intervalWidth(min: bigint, max: bigint): number {
  if (min === 0n && max === 0n) return 0
  const magnitude = max > 0n ? bitLength(max) : 0
  if (min >= 0n) return magnitude
  return Math.max(magnitude, bitLength(-min - 1n)) + 1
}

/** The narrowest type that holds a net's interval. */
export function netType(
  netlist: {
    readonly min: readonly bigint[]
    readonly max: readonly bigint[]
    readonly frac: ArrayLike<number>
  },
  net: Net,
): FixedType {
  const min = netlist.min[net]!
  const max = netlist.max[net]!
  return { signed: min < 0n, width: intervalWidth(min, max), frac: netlist.frac[net]! }
}

/** Raw value of `width` bits of `raw` from bit `low` on, in two's complement or unsigned. */
export function sliceRaw(raw: bigint, low: number, width: number, signed: boolean): bigint {
  const shifted = low >= 0 ? raw >> BigInt(low) : raw << BigInt(-low)
  return signed ? BigInt.asIntN(width, shifted) : BigInt.asUintN(width, shifted)
}

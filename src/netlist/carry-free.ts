// Additions of a constant in which no carry can occur, so that they are wires and inverters. Three forms are known:
//
//   (2^n − 1) − a, a unsigned of n bits: all bits inverted                ~a
//   a + 2^(n−1), a signed of n bits: the sign bit inverted, now unsigned  {~a[n-1], a[n-2:0]}
//   a − 2^n, a unsigned of n bits: always negative                        {1'b1, a}
//
// Passes write them as what they are, additions, so that nothing but printing and the delay model has to know them.

import { cellKinds, type Net, netType } from './netlist.ts'

/** The columns that tell; a netlist has them, and so has one that is still being built. */
export interface CellColumns {
  readonly kind: ArrayLike<number>
  readonly a: ArrayLike<number>
  readonly b: ArrayLike<number>
  readonly param: ArrayLike<number>
  readonly min: readonly bigint[]
  readonly max: readonly bigint[]
  readonly frac: ArrayLike<number>
}

export type CarryFree = 'complement' | 'flip-sign' | 'ones-above'

/** Which of the forms a cell is; undefined for all other cells. */
export function carryFreeForm(netlist: CellColumns, net: Net): CarryFree | undefined {
  const kind = cellKinds[netlist.kind[net]!]
  if (netlist.param[net] !== 0) return undefined
  if (kind === 'sub') return isComplement(netlist, net) ? 'complement' : undefined
  return kind === 'add' ? addedForm(netlist, net) : undefined
}

function isComplement(netlist: CellColumns, net: Net): boolean {
  const [a, b] = [netlist.a[net]! as Net, netlist.b[net]! as Net]
  if (!isConstant(netlist, a) || isConstant(netlist, b)) return false
  const { signed, width, frac } = netType(netlist, b)
  return !signed && netlist.frac[a] === frac && netlist.min[a] === (1n << BigInt(width)) - 1n
}

function addedForm(netlist: CellColumns, net: Net): CarryFree | undefined {
  const [a, b] = [netlist.a[net]! as Net, netlist.b[net]! as Net]
  if (isConstant(netlist, a) || !isConstant(netlist, b)) return undefined
  const { signed, width, frac } = netType(netlist, a)
  const shift = frac - netlist.frac[b]!
  if (shift < 0) return undefined
  const added = netlist.min[b]! << BigInt(shift)
  if (signed) return added === 1n << BigInt(width - 1) ? 'flip-sign' : undefined
  return added === -(1n << BigInt(width)) ? 'ones-above' : undefined
}

function isConstant(netlist: CellColumns, net: Net): boolean {
  return netlist.min[net] === netlist.max[net]
}

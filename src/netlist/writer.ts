// Writes a netlist cell by cell as told, without folding or proving anything: for passes that copy cells whose
// intervals are already known.

import type { Netlist } from './netlist.ts'

/** One cell; operands that a kind does not have are −1. */
export interface Cell {
  readonly kind: number
  readonly a: number
  readonly b: number
  readonly c: number
  readonly param: number
  readonly min: bigint
  readonly max: bigint
  readonly frac: number
  readonly layer: number
}

type ColumnName = 'kind' | 'a' | 'b' | 'c' | 'param' | 'min' | 'max' | 'frac' | 'layer'

export interface CellWriter {
  /** Appends a cell and returns its net. */
  add(cell: Cell): number
  finish(rest: Omit<Netlist, ColumnName>): Netlist
}

/** Cell `net` as it stands. */
export function readCell(netlist: Netlist, net: number): Cell {
  return {
    kind: netlist.kind[net]!,
    a: netlist.a[net]!,
    b: netlist.b[net]!,
    c: netlist.c[net]!,
    param: netlist.param[net]!,
    min: netlist.min[net]!,
    max: netlist.max[net]!,
    frac: netlist.frac[net]!,
    layer: netlist.layer[net]!,
  }
}

export function createWriter(): CellWriter {
  const cells: Cell[] = []
  return {
    add: cell => cells.push(cell) - 1,
    finish: rest => ({
      kind: Uint8Array.from(cells, cell => cell.kind),
      a: Int32Array.from(cells, cell => cell.a),
      b: Int32Array.from(cells, cell => cell.b),
      c: Int32Array.from(cells, cell => cell.c),
      param: Int32Array.from(cells, cell => cell.param),
      min: cells.map(cell => cell.min),
      max: cells.map(cell => cell.max),
      frac: Int32Array.from(cells, cell => cell.frac),
      layer: Int32Array.from(cells, cell => cell.layer),
      ...rest,
    }),
  }
}

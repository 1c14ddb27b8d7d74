// A netlist under construction: columns that grow, and a hash by which an equal cell is found again.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Interval } from '../fixed/interval.ts'
import { carryFreeForm } from './carry-free.ts'
import {
  type CellKind,
  cellKinds,
  type Memory,
  type NamedNet,
  type Net,
  type Netlist,
  type Table,
} from './netlist.ts'

/** No operand. */
export const none = -1 as Net

interface Columns {
  kind: number[]
  a: number[]
  b: number[]
  c: number[]
  param: number[]
  min: bigint[]
  max: bigint[]
  frac: number[]
  layer: number[]
  depth: number[]
}

export interface CellStore {
  readonly columns: Columns
  readonly layers: string[]
  current: number
  readonly inputs: NamedNet[]
  readonly outputs: NamedNet[]
  readonly tables: Table[]
  readonly memories: Memory[]
  readonly resets: Map<Net, bigint>
  readonly names: Map<Net, string>
  /** The last cell made of each hash; `alike` names the one before it, −1 the first of all. */
  readonly seen: Map<number, Net>
  readonly alike: number[]
  instanceOutputs: number
}

const codes = Object.fromEntries(cellKinds.map((kind, code) => [kind, code])) as Record<CellKind, number>

export function emptyStore(): CellStore {
  return {
    columns: { kind: [], a: [], b: [], c: [], param: [], min: [], max: [], frac: [], layer: [], depth: [] },
    layers: [''],
    current: 0,
    inputs: [],
    outputs: [],
    tables: [],
    memories: [],
    resets: new Map(),
    names: new Map(),
    seen: new Map(),
    alike: [],
    instanceOutputs: 0,
  }
}

export interface Cell {
  readonly kind: CellKind
  readonly a?: Net
  readonly b?: Net
  readonly c?: Net
  readonly param?: number
  readonly interval: Interval
}

export function appendCell(store: CellStore, cell: Cell): Net {
  const { columns } = store
  const net = columns.kind.length as Net
  columns.kind.push(codes[cell.kind])
  columns.a.push(cell.a ?? none)
  columns.b.push(cell.b ?? none)
  columns.c.push(cell.c ?? none)
  columns.param.push(cell.param ?? 0)
  columns.min.push(cell.interval.min)
  columns.max.push(cell.interval.max)
  columns.frac.push(cell.interval.frac)
  columns.layer.push(store.current)
  columns.depth.push(depthOf(store, net))
  return net
}

/** Inverted bits are no adder, though they are written as one. */
function depthOf({ columns }: CellStore, net: Net): number {
  const kind = cellKinds[columns.kind[net]!]
  if (columns.min[net] === columns.max[net] || kind === 'register' || kind === 'read') return 0
  const { a, b, c, depth } = columns
  const before = Math.max(depth[a[net]!] ?? 0, depth[b[net]!] ?? 0, depth[c[net]!] ?? 0)
  const isAdder = (kind === 'add' || kind === 'sub') && carryFreeForm(columns, net) === undefined
  return before + (isAdder ? 1 : 0)
}

/** Appends a combinational cell, or returns the constant or the equal cell that it would repeat. */
export function combineCell(store: CellStore, cell: Cell): Net {
  const { min, max, frac } = cell.interval
  if (min > max) bug(`${cell.kind} has an empty interval [${min}, ${max}]`)
  if (min === max && cell.kind !== 'constant') return constant(store, min, frac)
  const hash = hashOf(cell)
  const first = store.seen.get(hash) ?? none
  for (let net = first; net !== none; net = store.alike[net]! as Net) if (isCell(store, net, cell)) return net
  const net = appendCell(store, cell)
  store.alike[net] = first
  store.seen.set(hash, net)
  return net
}

/** 32 bits of a cell's description; large bounds count with their lowest bits. */
function hashOf({ kind, a, b, c, param, interval }: Cell): number {
  let hash = codes[kind]
  for (const word of [a ?? none, b ?? none, c ?? none, param ?? 0, interval.frac])
    hash = Math.imul(hash ^ word, 0x9e3779b1) ^ (hash >>> 15)
  hash = Math.imul(hash ^ Number(interval.min), 0x85ebca6b)
  return Math.imul(hash ^ Number(interval.max) ^ (hash >>> 13), 0xc2b2ae35) ^ (hash >>> 16)
}

function isCell({ columns }: CellStore, net: Net, { kind, a, b, c, param, interval }: Cell): boolean {
  return (
    columns.kind[net] === codes[kind] &&
    columns.a[net] === (a ?? none) &&
    columns.b[net] === (b ?? none) &&
    columns.c[net] === (c ?? none) &&
    columns.param[net] === (param ?? 0) &&
    columns.frac[net] === interval.frac &&
    columns.min[net] === interval.min &&
    columns.max[net] === interval.max
  )
}

export function constant(store: CellStore, raw: bigint, frac: number): Net {
  return combineCell(store, {
    kind: 'constant',
    interval: { min: raw, max: raw, frac: raw === 0n ? 0 : frac },
  })
}

export function copyCell(store: CellStore, net: Net): Net {
  const { kind, a, b, c, param } = store.columns
  return appendCell(store, {
    kind: cellKinds[kind[net]!]!,
    a: a[net]! as Net,
    b: b[net]! as Net,
    c: c[net]! as Net,
    param: param[net]!,
    interval: intervalAt(store, net),
  })
}

export function intervalAt({ columns }: CellStore, net: Net): Interval {
  return { min: columns.min[net]!, max: columns.max[net]!, frac: columns.frac[net]! }
}

/** The interval's raw bounds under a finer or equal frac. */
export function boundsAt(interval: Interval, frac: number): { min: bigint; max: bigint } {
  const shift = BigInt(frac - interval.frac)
  return { min: interval.min << shift, max: interval.max << shift }
}

/** The constant 0 fits any frac. */
export function zeroFrac(interval: Interval, other: number): number {
  return interval.min === 0n && interval.max === 0n ? other : interval.frac
}

/** The raw bits under another frac. */
export function alias(store: CellStore, a: Net, frac: number): Net {
  const interval = intervalAt(store, a)
  if (interval.frac === frac) return a
  return combineCell(store, { kind: 'alias', a, interval: { ...interval, frac } })
}

/** The net under a narrower interval: what the caller proved of it. */
export function within(store: CellStore, a: Net, min: bigint, max: bigint): Net {
  const own = intervalAt(store, a)
  const low = min > own.min ? min : own.min
  const high = max < own.max ? max : own.max
  if (low === own.min && high === own.max) return a
  return combineCell(store, { kind: 'bits', a, param: 0, interval: { min: low, max: high, frac: own.frac } })
}

/** Whether a register still waits for what it is to hold. */
export function isOpenRegister({ columns }: CellStore, net: Net): boolean {
  return columns.kind[net] === codes.register && columns.a[net] === none
}

/** The columns as they stand; no register may be open. */
export function netlistOf(store: CellStore): Netlist {
  const { columns } = store
  columns.kind.forEach((_, net) => {
    if (isOpenRegister(store, net as Net)) bug(`register ${net} was never connected`)
  })
  return {
    kind: Uint8Array.from(columns.kind),
    a: Int32Array.from(columns.a),
    b: Int32Array.from(columns.b),
    c: Int32Array.from(columns.c),
    param: Int32Array.from(columns.param),
    min: columns.min,
    max: columns.max,
    frac: Int32Array.from(columns.frac),
    layer: Int32Array.from(columns.layer),
    layers: store.layers,
    inputs: store.inputs,
    outputs: store.outputs,
    tables: store.tables,
    memories: store.memories,
    resets: store.resets,
    names: store.names,
  }
}

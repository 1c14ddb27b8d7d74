// What the text of a program is collected in: functions, and the tables they read.

import type { Layout } from './layout.ts'
import type { LaneProgram } from './program.ts'
import type { Lane } from './value.ts'
import { type Cell, cellBytes } from './value-text.ts'

/** Constants in memory, at addresses from `address` on. */
export interface Tables {
  /** Appends integers of 4 or 8 bytes; answers their address, a multiple of 16. */
  add(items: Iterable<TableItem>): number
  /** A table of values to look up, once per lane. */
  lookup(values: readonly bigint[], lane: Lane): number
  image(): Uint8Array
}

interface TableItem {
  readonly bytes: 4 | 8
  readonly value: bigint | number
}

export function createTables(address: number): Tables {
  let view = new DataView(new ArrayBuffer(4096))
  let length = 0
  const lookups = new Map<readonly bigint[], Map<Lane, number>>()
  const put = ({ bytes, value }: TableItem) => {
    if (length + bytes > view.byteLength) view = grown(view)
    if (bytes === 8) view.setBigInt64(length, BigInt(value), true)
    else view.setInt32(length, Number(value), true)
    length += bytes
  }
  const add = (items: Iterable<TableItem>) => {
    while (length % 16 !== 0) put(short(0))
    const at = address + length
    for (const item of items) put(item)
    return at
  }
  return {
    add,
    lookup: (values, lane) => {
      const known = lookups.get(values) ?? new Map<Lane, number>()
      lookups.set(values, known)
      const at = known.get(lane) ?? add(values.map(value => ({ bytes: lane === 'i32' ? 4 : 8, value })))
      known.set(lane, at)
      return at
    },
    image: () => new Uint8Array(view.buffer.slice(0, length)),
  }
}

function grown(view: DataView): DataView<ArrayBuffer> {
  const bytes = new Uint8Array(2 * view.byteLength)
  bytes.set(new Uint8Array(view.buffer))
  return new DataView(bytes.buffer)
}

export const short = (value: number) => ({ bytes: 4 as const, value })
export const long = (value: bigint | number) => ({ bytes: 8 as const, value })

/** What the text of one step needs to know of the rest. */
export interface Context {
  readonly program: LaneProgram
  readonly layout: Layout
  readonly tables: Tables
}

export function cellAt({ program }: Context, buffer: number): Cell {
  return program.buffers[buffer]!.cell as Cell
}

/** Bytes of one element of a buffer: all samples of the block. */
export function elementBytes(context: Context, buffer: number): number {
  return cellBytes[cellAt(context, buffer)] * context.layout.block
}

export function addressOf(context: Context, buffer: number, index: number): number {
  return context.layout.addresses[buffer]! + index * elementBytes(context, buffer)
}

export const get = (local: string) => `(local.get ${local})`
export const set = (local: string, text: string) => `(local.set ${local} ${text})`
export const advance = (local: string, by: number) => set(local, `(i32.add ${get(local)} (i32.const ${by}))`)

/** A loop whose local runs from where it stands to `end` by `step`; at least once. */
export function loop(label: string, local: string, step: number, end: string, body: string): string {
  return `(loop ${label}
${body}
(br_if ${label} (i32.lt_u (local.tee ${local} (i32.add ${get(local)} (i32.const ${step}))) ${end})))`
}

export function declare(type: 'i32' | 'v128', locals: Iterable<string>): string {
  return [...new Set(locals)].map(local => `(local ${local} ${type})`).join(' ')
}

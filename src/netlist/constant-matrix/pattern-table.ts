// How often each two-term pattern can be taken from the outputs, and which node computes it already.
//
// A pattern is first ± second·2^shift of two nodes, the one with the lower number first. It is kept as two 32-bit
// numbers, `first` and a code of the rest; an open-addressing table gives it a number of its own, in order of appearance.

import { mixed } from './random.ts'

export interface PatternTable {
  /** Four numbers a pattern: first, code, count, node + 1 (0: no node). */
  records: Int32Array
  /** Whether the pattern waits in `Sharing.touched`. */
  marked: Uint8Array
  slots: Int32Array
  size: number
}

const shiftOffset = 512

export const emptyTable = (): PatternTable => ({
  records: new Int32Array(4 << 13),
  marked: new Uint8Array(1 << 13),
  slots: new Int32Array(1 << 14),
  size: 0,
})

/** Node numbers are below this, so that a code fits 31 bits. */
export const nodeLimit = 1 << 20

/** The code of second and shift, signs taken as different; shift adds 2 a step, equal signs add 1. */
export function codeBase(second: number): number {
  return (second << 11) + 2 * shiftOffset
}

export interface Pattern {
  first: number
  second: number
  shift: number
  /** Both terms of one sign. */
  same: boolean
}

export function patternOf({ records }: PatternTable, id: number, into: Pattern): void {
  const code = records[4 * id + 1]!
  into.first = records[4 * id]!
  into.second = code >>> 11
  into.shift = ((code >>> 1) & 1023) - shiftOffset
  into.same = (code & 1) === 1
}

export function codeOf({ second, shift, same }: Pattern): number {
  return codeBase(second) + 2 * shift + (same ? 1 : 0)
}

/** The pattern's number, given one when it is new. */
export function patternId(table: PatternTable, first: number, code: number): number {
  return patternIdAt(table, pairHash(first, code), first, code)
}

/**
 * The same where the hash of the two nodes is known. Patterns of one pair of nodes lie side by side: they are counted
 * one after the other, and the table is larger than a cache.
 */
export function patternIdAt(table: PatternTable, hash: number, first: number, code: number): number {
  const { records, slots } = table
  const mask = slots.length - 1
  let slot = (hash + (code & 31)) & mask
  for (;;) {
    const id = slots[slot]! - 1
    if (id < 0) break
    if (records[4 * id + 1] === code && records[4 * id] === first) return id
    slot = (slot + 1) & mask
  }
  if (2 * (table.size + 1) > slots.length) {
    grow(table)
    return patternIdAt(table, hash, first, code)
  }
  const id = table.size++
  slots[slot] = id + 1
  records[4 * id] = first
  records[4 * id + 1] = code
  return id
}

/** A hash of the pattern's two nodes. */
export function pairHash(first: number, code: number): number {
  return mixed(first, code >>> 11)
}

function grow(table: PatternTable): void {
  const records = new Int32Array(8 * table.slots.length)
  records.set(table.records.subarray(0, 4 * table.size))
  const marked = new Uint8Array(2 * table.slots.length)
  marked.set(table.marked.subarray(0, table.size))
  const slots = new Int32Array(2 * table.slots.length)
  const mask = slots.length - 1
  for (let id = 0; id < table.size; id++) {
    const code = records[4 * id + 1]!
    let slot = (pairHash(records[4 * id]!, code) + (code & 31)) & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = id + 1
  }
  table.records = records
  table.marked = marked
  table.slots = slots
}

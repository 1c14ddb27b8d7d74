// Parts of words, and what is looked up with them.

import { bug } from '../diagnostics/diagnostic.ts'
import { maxRaw, minRaw } from '../fixed/types.ts'
import type { NetlistBuilder } from './builder.ts'
import { alias, type CellStore, combineCell, intervalAt, within } from './cell-store.ts'
import type { Net, Table } from './netlist.ts'

/** The builder's functions that cut words, or look them up. */
export const wordsIn = (store: CellStore) =>
  ({
    bits: (a, low, width, signed, frac) => bits(store, a, low, width, signed, frac),
    floorTo: (a, frac) => floorTo(store, a, frac),
    within: (a, min, max) => within(store, a, min, max),
    table: (index, table) => lookup(store, index, table),
  }) satisfies Partial<NetlistBuilder>

function bits(store: CellStore, a: Net, low: number, width: number, signed: boolean, frac: number): Net {
  const interval = intervalAt(store, a)
  const shift = (raw: bigint) => (low >= 0 ? raw >> BigInt(low) : raw << BigInt(-low))
  const min = shift(interval.min)
  const max = shift(interval.max)
  const type = { signed, width, frac }
  const fits = min >= minRaw(type) && max <= maxRaw(type)
  if (fits && low === 0) return alias(store, a, frac)
  const result = fits ? { min, max, frac } : { min: minRaw(type), max: maxRaw(type), frac }
  return combineCell(store, { kind: 'bits', a, param: low, interval: result })
}

function floorTo(store: CellStore, a: Net, frac: number): Net {
  const interval = intervalAt(store, a)
  const low = interval.frac - frac
  if (low <= 0) return a
  const { min, max } = { min: interval.min >> BigInt(low), max: interval.max >> BigInt(low) }
  return combineCell(store, { kind: 'bits', a, param: low, interval: { min, max, frac } })
}

function lookup(store: CellStore, index: Net, table: Table): Net {
  const { min, max } = intervalAt(store, index)
  const last = table.first + BigInt(table.values.length) - 1n
  if (min < table.first || max > last)
    bug(`table ${table.name} covers [${table.first}, ${last}], its index [${min}, ${max}]`)
  const reachable = table.values.slice(Number(min - table.first), Number(max - table.first) + 1)
  let low = reachable[0]!
  let high = low
  for (const value of reachable) {
    if (value < low) low = value
    if (value > high) high = value
  }
  let id = store.tables.indexOf(table)
  if (id < 0) id = store.tables.push(table) - 1
  return combineCell(store, {
    kind: 'table',
    a: index,
    param: id,
    interval: { min: low, max: high, frac: table.frac },
  })
}

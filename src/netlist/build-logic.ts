// Comparisons and single bits; what the intervals decide already is a constant.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Interval } from '../fixed/interval.ts'
import type { NetlistBuilder } from './builder.ts'
import { boundsAt, type CellStore, combineCell, constant, intervalAt } from './cell-store.ts'
import { type ConstantCell, sourceBelow } from './compare-source.ts'
import { cellKinds, intervalWidth, type Net } from './netlist.ts'

/** The builder's functions that compare, or work bit by bit. */
export const logicIn = (store: CellStore) =>
  ({
    lt: (a, b) => lessThan(store, a, b),
    le: (a, b) => not(store, lessThan(store, b, a)),
    below: (a, raw, frac) => below(store, a, raw, frac),
    eq: (a, b) => equal(store, a, b),
    and: (a, b) => logic(store, 'and', a, b),
    or: (a, b) => logic(store, 'or', a, b),
    xor: (a, b) => logic(store, 'xor', a, b),
    not: a => not(store, a),
    parity: (a, b, c) => bitwise(store, 'parity', [a, b, c]),
    majority: (a, b, c) => bitwise(store, 'majority', [a, b, c]),
  }) satisfies Partial<NetlistBuilder>

const bit = (min: bigint, max: bigint): Interval => ({ min, max, frac: 0 })

/** a < limit, asked of the earliest net that can tell. */
function below(store: CellStore, a: Net, raw: bigint, frac: number): Net {
  const asked = { net: a, limit: raw, frac }
  const source = sourceBelow(net => cellOf(store, net), asked)
  const answer = lessThan(store, source.net, constant(store, source.limit, source.frac))
  return source.inverted ? not(store, answer) : answer
}

function cellOf({ columns }: CellStore, net: Net): ConstantCell {
  return {
    kind: cellKinds[columns.kind[net]!]!,
    a: columns.a[net]! as Net,
    b: columns.b[net]! as Net,
    param: columns.param[net]!,
    interval: { min: columns.min[net]!, max: columns.max[net]!, frac: columns.frac[net]! },
  }
}

export function lessThan(store: CellStore, a: Net, b: Net): Net {
  const frac = Math.max(store.columns.frac[a]!, store.columns.frac[b]!)
  const x = boundsAt(intervalAt(store, a), frac)
  const y = boundsAt(intervalAt(store, b), frac)
  if (x.max < y.min) return constant(store, 1n, 0)
  if (a === b || x.min >= y.max) return constant(store, 0n, 0)
  return combineCell(store, { kind: 'lt', a, b, interval: bit(0n, 1n) })
}

function equal(store: CellStore, a: Net, b: Net): Net {
  const frac = Math.max(store.columns.frac[a]!, store.columns.frac[b]!)
  const x = boundsAt(intervalAt(store, a), frac)
  const y = boundsAt(intervalAt(store, b), frac)
  if (a === b) return constant(store, 1n, 0)
  if (x.max < y.min || y.max < x.min) return constant(store, 0n, 0)
  if (x.min === x.max && y.min === y.max) return constant(store, x.min === y.min ? 1n : 0n, 0)
  return combineCell(store, { kind: 'eq', a, b, interval: bit(0n, 1n) })
}

function not(store: CellStore, a: Net): Net {
  const { min, max } = intervalAt(store, a)
  return combineCell(store, { kind: 'not', a, interval: bit(1n - max, 1n - min) })
}

function logic(store: CellStore, kind: 'and' | 'or' | 'xor', a: Net, b: Net): Net {
  const x = intervalAt(store, a)
  const y = intervalAt(store, b)
  if (x.min < 0n || x.max > 1n || y.min < 0n || y.max > 1n) bug(`${kind} of nets that are not single bits`)
  for (const [interval, other] of [
    [x, b],
    [y, a],
  ] as const) {
    if (interval.min !== interval.max) continue
    const one = interval.min === 1n
    if (kind === 'and') return one ? other : constant(store, 0n, 0)
    if (kind === 'or') return one ? constant(store, 1n, 0) : other
    return one ? not(store, other) : other
  }
  if (a === b) return kind === 'xor' ? constant(store, 0n, 0) : a
  return combineCell(store, { kind, a, b, interval: bit(0n, 1n) })
}

function bitwise(store: CellStore, kind: 'parity' | 'majority', nets: readonly [Net, Net, Net]): Net {
  const intervals = nets.map(net => intervalAt(store, net))
  if (intervals.some(({ min }) => min < 0n)) bug(`${kind} of nets that can be negative`)
  const some = intervals.filter(({ max }) => max > 0n)
  if (some.length < (kind === 'parity' ? 1 : 2)) return constant(store, 0n, 0)
  const frac = some.reduce((finest, own) => Math.max(finest, own.frac), some[0]!.frac)
  if (kind === 'parity' && some.length === 1) return nets[intervals.indexOf(some[0]!)]!
  const bounds = intervals.map(own => (own.max === 0n ? own : boundsAt(own, frac)))
  if (bounds.every(({ min, max }) => min === max)) {
    const [x, y, z] = [bounds[0]!.min, bounds[1]!.min, bounds[2]!.min]
    return constant(store, kind === 'parity' ? x ^ y ^ z : (x & y) | (z & (x | y)), frac)
  }
  const widths = bounds.map(({ max }) => intervalWidth(0n, max)).sort((p, q) => q - p)
  const width = kind === 'parity' ? widths[0]! : widths[1]!
  const [a, b, c] = nets
  return combineCell(store, { kind, a, b, c, interval: { min: 0n, max: (1n << BigInt(width)) - 1n, frac } })
}

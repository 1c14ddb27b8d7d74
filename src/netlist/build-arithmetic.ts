// Sums, products and choices with exact intervals, folded where an operand is constant.

import { lessThan } from './build-logic.ts'
import type { NetlistBuilder } from './builder.ts'
import {
  alias,
  boundsAt,
  type CellStore,
  combineCell,
  constant,
  intervalAt,
  within,
  zeroFrac,
} from './cell-store.ts'
import type { Net } from './netlist.ts'

/** The builder's functions that calculate. */
export const arithmeticIn = (store: CellStore) =>
  ({
    add: (a, b, shift = 0) => addOrSub(store, 'add', a, b, shift),
    sub: (a, b, shift = 0) => addOrSub(store, 'sub', a, b, shift),
    negate: a => addOrSub(store, 'sub', constant(store, 0n, 0), a, 0),
    scale: (a, k) => alias(store, a, store.columns.frac[a]! - k),
    mul: (a, b) => mul(store, a, b),
    mux: (select, ifTrue, ifFalse) => mux(store, select, ifTrue, ifFalse),
    max: (a, b) => extreme(store, a, b, 'max'),
    min: (a, b) => extreme(store, a, b, 'min'),
  }) satisfies Partial<NetlistBuilder>

function addOrSub(store: CellStore, kind: 'add' | 'sub', a: Net, b: Net, shift: number): Net {
  const left = intervalAt(store, a)
  const scaled = intervalAt(store, b)
  const right = { ...scaled, frac: scaled.frac - shift }
  if (right.min === 0n && right.max === 0n) return a
  if (kind === 'sub' && a === b && shift === 0) return constant(store, 0n, 0)
  if (kind === 'add' && left.min === 0n && left.max === 0n) return alias(store, b, right.frac)
  const frac = Math.max(zeroFrac(left, right.frac), right.frac)
  const x = boundsAt({ ...left, frac: zeroFrac(left, frac) }, frac)
  const y = boundsAt(right, frac)
  const [min, max] = kind === 'add' ? [x.min + y.min, x.max + y.max] : [x.min - y.max, x.max - y.min]
  return combineCell(store, { kind, a, b, param: shift, interval: { min, max, frac } })
}

function mul(store: CellStore, a: Net, b: Net): Net {
  const x = intervalAt(store, a)
  const y = intervalAt(store, b)
  if (y.min === 1n && y.max === 1n) return alias(store, a, x.frac + y.frac)
  if (x.min === 1n && x.max === 1n) return alias(store, b, x.frac + y.frac)
  const corners = [x.min * y.min, x.min * y.max, x.max * y.min, x.max * y.max]
  const min = corners.reduce((p, q) => (q < p ? q : p))
  const max = corners.reduce((p, q) => (q > p ? q : p))
  return combineCell(store, { kind: 'mul', a, b, interval: { min, max, frac: x.frac + y.frac } })
}

function mux(store: CellStore, select: Net, ifTrue: Net, ifFalse: Net): Net {
  const s = intervalAt(store, select)
  if (s.min === s.max) return s.min === 0n ? ifFalse : ifTrue
  if (ifTrue === ifFalse) return ifTrue
  const t = intervalAt(store, ifTrue)
  const f = intervalAt(store, ifFalse)
  const frac = Math.max(zeroFrac(t, f.frac), zeroFrac(f, t.frac))
  const x = boundsAt({ ...t, frac: zeroFrac(t, frac) }, frac)
  const y = boundsAt({ ...f, frac: zeroFrac(f, frac) }, frac)
  const min = x.min < y.min ? x.min : y.min
  const max = x.max > y.max ? x.max : y.max
  return combineCell(store, { kind: 'mux', a: select, b: ifTrue, c: ifFalse, interval: { min, max, frac } })
}

/** The larger or smaller of two, known to lie between the larger or smaller of their bounds. */
function extreme(store: CellStore, a: Net, b: Net, which: 'max' | 'min'): Net {
  const chosen = mux(store, which === 'max' ? lessThan(store, a, b) : lessThan(store, b, a), b, a)
  const { frac } = intervalAt(store, chosen)
  const [x, y] = [a, b].map(net => {
    const own = intervalAt(store, net)
    return boundsAt({ ...own, frac: zeroFrac(own, frac) }, frac)
  })
  if (chosen === a || chosen === b) return chosen
  const pick = (p: bigint, q: bigint) => ((which === 'max' ? p > q : p < q) ? p : q)
  return within(store, chosen, pick(x!.min, y!.min), pick(x!.max, y!.max))
}

// The product of two variables: a DSP block, or two-operand additions, which pipeline like any other sum, one row of the
// narrower factor's bits per addend.

import { isBlockProduct } from './block-product.ts'
import type { NetlistBuilder } from './builder.ts'
import type { Net } from './netlist.ts'

/**
 * x · y exactly: a cell of its own where the builder's products may be DSP blocks, else the narrower factor is read bit
 * by bit, its sign bit counting negative.
 */
export function lowerProduct(b: NetlistBuilder, x: Net, y: Net): Net {
  if (b.isConstant(x) || b.isConstant(y)) return b.mul(x, y)
  if (b.dsp && isBlockProduct(b.type(x).width, b.type(y).width)) return b.mul(x, y)
  const [wide, narrow] = b.type(x).width >= b.type(y).width ? [x, y] : [y, x]
  const { width, signed, frac } = b.type(narrow)
  const zero = b.constant(0n, 0)
  const rows = Array.from({ length: width }, (_, k) => {
    const bit = b.bits(narrow, k, 1, false, 0)
    return { net: b.scale(b.mux(bit, wide, zero), k - frac), negative: signed && k === width - 1 }
  })
  const sum = sumRows(b, rows)
  const [from, to] = [b.interval(x), b.interval(y)]
  const corners = [from.min * to.min, from.min * to.max, from.max * to.min, from.max * to.max]
  // Bounds are given under the product's frac, which the sum has unless its lowest row is a constant.
  if (b.interval(sum).frac !== from.frac + to.frac) return sum
  return b.within(
    sum,
    corners.reduce((p, q) => (q < p ? q : p)),
    corners.reduce((p, q) => (q > p ? q : p)),
  )
}

interface Row {
  readonly net: Net
  readonly negative: boolean
}

/** Neighbouring rows first, so that sums stay narrow; only the last row can be negative. */
function sumRows(b: NetlistBuilder, rows: readonly Row[]): Net {
  if (rows.length === 1) return rows[0]!.negative ? b.negate(rows[0]!.net) : rows[0]!.net
  const half = Math.ceil(rows.length / 2)
  const low = sumRows(b, rows.slice(0, half))
  const high = rows.slice(half)
  if (high.length === 1 && high[0]!.negative) return b.sub(low, high[0]!.net)
  return b.add(low, sumRows(b, high))
}

// The product of two variables in pieces that a pipeline can cut between: y = Σ piece_k · 2^(k·bits), so that
// x · y = Σ (x · piece_k) · 2^(k·bits). Pieces are unsigned but for the last, which carries the sign.

import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Net } from '../netlist/netlist.ts'

/** x · y, the narrower of them in pieces of `bits`; one cell where there would be a single piece. */
export function lowerProduct(b: NetlistBuilder, first: Net, second: Net, bits: number): Net {
  const [x, y] = b.type(first).width >= b.type(second).width ? [first, second] : [second, first]
  const { width, signed, frac } = b.type(y)
  if (width <= bits) return b.mul(x, y)
  const products: Net[] = []
  for (let low = 0; low < width; low += bits) {
    const last = low + bits >= width
    const piece = b.bits(y, low, last ? width - low : bits, last && signed, frac - low)
    products.push(b.mul(x, piece))
  }
  const [from, to] = [b.interval(x), b.interval(y)]
  const corners = [from.min * to.min, from.min * to.max, from.max * to.min, from.max * to.max]
  const least = corners.reduce((p, q) => (q < p ? q : p))
  const most = corners.reduce((p, q) => (q > p ? q : p))
  const sum = sumTree(b, products)
  // Bounds are given under the product's frac, which the sum has unless its lowest piece is a constant.
  return b.interval(sum).frac === from.frac + to.frac ? b.within(sum, least, most) : sum
}

function sumTree(b: NetlistBuilder, terms: readonly Net[]): Net {
  if (terms.length === 1) return terms[0]!
  const half = Math.ceil(terms.length / 2)
  return b.add(sumTree(b, terms.slice(0, half)), sumTree(b, terms.slice(half)))
}

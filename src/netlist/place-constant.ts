// Where a constant enters a sum. Added at the end it is an adder more in series; entered further up, beside a summand
// that comes early, it lengthens nothing. Everything is counted modulo the sum's own width, so that no summand is
// ever negative: the constant −300 in a sum of 12 bits is 3796, and bits above the twelfth are dropped on the way.

import { trailingZeros } from '../fixed/bit-length.ts'
import type { FixedType } from '../fixed/types.ts'
import type { NetlistBuilder } from './builder.ts'
import type { Net } from './netlist.ts'

/** raw · 2^-frac. */
export interface Constant {
  readonly raw: bigint
  readonly frac: number
}

export const zero: Constant = { raw: 0n, frac: 0 }

export function plus(a: Constant, b: Constant): Constant {
  if (a.raw === 0n) return b
  if (b.raw === 0n) return a
  const frac = Math.max(a.frac, b.frac)
  return { raw: (a.raw << BigInt(frac - a.frac)) + (b.raw << BigInt(frac - b.frac)), frac }
}

export function minus({ raw, frac }: Constant): Constant {
  return { raw: -raw, frac }
}

/** A value u + k, u unsigned. */
export interface SumTree {
  readonly u: Net
  readonly k: Constant
  /** What it is the sum of, where nothing else reads it. */
  readonly parts?: SumParts
}

/** first ± second + added. */
export interface SumParts {
  readonly first: SumTree
  readonly second: SumTree
  readonly subtracts: boolean
  readonly added: Constant
}

/** A way down the tree, the part taken at each node. */
type Path = readonly ('first' | 'second')[]

interface Place {
  readonly path: Path
  /** Adders in series up to the whole sum. */
  readonly depth: number
  /** Bits of logic that summands wider than before cost. */
  readonly cost: number
}

/** A sum modulo 2^top. */
interface Sum {
  readonly builder: NetlistBuilder
  readonly top: number
}

/**
 * The tree's value as a net of this type, which is known to hold it: u and k added at the cheapest place that keeps
 * within `depth` adders in series, or else where fewest are in series. `deepens`: it is k that takes one too many.
 */
export function addConstant(
  builder: NetlistBuilder,
  tree: SumTree,
  type: FixedType,
  depth: number,
): { readonly net: Net; readonly deepens: boolean } {
  const sum = { builder, top: type.width - type.frac }
  const best = bestPlace(sum, tree, depth)
  const net = enter(sum, tree, best.path, zero)
  const { frac } = builder.interval(net)
  return {
    net: builder.bits(net, frac - type.frac, type.width, type.signed, type.frac),
    deepens: best.depth > depth && builder.depth(tree.u) <= depth,
  }
}

/**
 * a less a tree's u, as a net and the constant that is missing from it. As long as the chain begins no lower than a's
 * bits it is a + ~u + 1 over u's own n bits: the carry-in adds the one for nothing, and −2^n is missing, which a later
 * adder of few bits can make good. Lower bits of u are inverted and pass by; then −(2^n − 1) is missing.
 */
export function subtracted(
  b: NetlistBuilder,
  a: Net,
  { u }: SumTree,
  byCarry = takesCarry(b, a, u),
): { readonly u: Net; readonly k: Constant } {
  const { width, frac } = b.type(u)
  const period = 1n << BigInt(width)
  if (byCarry) return { u: b.sub(a, b.add(u, b.constant(-period, frac))), k: { raw: -period, frac } }
  const inverted = b.sub(b.constant(period - 1n, frac), u)
  return { u: b.add(a, inverted), k: { raw: 1n - period, frac } }
}

function takesCarry(b: NetlistBuilder, a: Net, u: Net): boolean {
  return b.interval(u).frac <= b.interval(a).frac
}

/** −(u + k) as ~u and the constant −(2^n − 1) − k. */
export function negated(b: NetlistBuilder, { u, k }: SumTree): SumTree {
  const { width, frac } = b.type(u)
  const ones = (1n << BigInt(width)) - 1n
  return { u: b.sub(b.constant(ones, frac), u), k: plus({ raw: -ones, frac }, minus(k)) }
}

/** At the end where nothing has to be added. */
function bestPlace(sum: Sum, tree: SumTree, depth: number): Place {
  if (modulo(sum, tree.k).raw === 0n) return { path: [], depth: sum.builder.depth(tree.u), cost: 0 }
  return placesIn(sum, tree).reduce((chosen, place) => (isBetter(place, chosen, depth) ? place : chosen))
}

function isBetter(place: Place, than: Place, depth: number): boolean {
  const [late, later] = [Math.max(0, place.depth - depth), Math.max(0, than.depth - depth)]
  if (late !== later) return late < later
  return place.cost !== than.cost ? place.cost < than.cost : place.path.length < than.path.length
}

function placesIn(sum: Sum, tree: SumTree): Place[] {
  const { builder: b } = sum
  const here = { path: [], depth: b.depth(tree.u) + 1, cost: 0 }
  const { parts } = tree
  if (parts === undefined) return [here]
  const below = (['first', 'second'] as const).flatMap(side => {
    const [taken, other] = [parts[side], side === 'first' ? parts.second : parts.first]
    return placesIn(sum, taken).map(({ path, depth, cost }) => ({
      path: [side, ...path],
      depth: 1 + Math.max(depth, b.depth(other.u)),
      cost: cost + Math.max(0, topOf(b, other.u) - topOf(b, taken.u)),
    }))
  })
  return [here, ...below]
}

/** The exponent just above a net's highest bit. */
function topOf(b: NetlistBuilder, net: Net): number {
  const { width, frac } = b.type(net)
  return width - frac
}

function widthAt({ top }: Sum, frac: number): number {
  return Math.max(0, top + frac)
}

/** The constant as a value from 0 to below 2^top, without its lowest zeros: bits of the sum below it pass by. */
function modulo(sum: Sum, { raw, frac }: Constant): Constant {
  const within = BigInt.asUintN(widthAt(sum, frac), raw)
  const zeros = trailingZeros(within)
  return { raw: within >> BigInt(zeros), frac: frac - zeros }
}

/** The tree's value and k, the tree's constants and k entering at the path's end. */
function enter(sum: Sum, tree: SumTree, [side, ...rest]: Path, k: Constant): Net {
  const { builder: b } = sum
  if (side === undefined) {
    const constant = modulo(sum, plus(tree.k, k))
    return constant.raw === 0n ? tree.u : below(sum, b.add(tree.u, b.constant(constant.raw, constant.frac)))
  }
  const { first, second, subtracts, added } = tree.parts!
  const wanted = plus(k, added)
  if (side === 'second') {
    const outer = plus(wanted, first.k)
    const taken = enter(sum, second, rest, subtracts ? minus(outer) : outer)
    return below(sum, subtracts ? b.sub(first.u, taken) : b.add(first.u, taken))
  }
  if (!subtracts) return below(sum, b.add(enter(sum, first, rest, plus(wanted, second.k)), second.u))
  const byCarry = takesCarry(b, first.u, second.u)
  const missing = plus(subtracted(b, first.u, second, byCarry).k, minus(second.k))
  const taken = enter(sum, first, rest, plus(wanted, missing))
  return below(sum, subtracted(b, taken, second, byCarry).u)
}

/** A net without its bits from 2^top on. */
function below(sum: Sum, net: Net): Net {
  const { builder: b } = sum
  const { width, frac } = b.type(net)
  return width <= widthAt(sum, frac) ? net : b.bits(net, 0, widthAt(sum, frac), false, frac)
}

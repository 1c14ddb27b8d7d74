// Rewrites sums so that every adder adds two unsigned values.
//
// A signed operand that is narrower than the other is repeated by its sign bit up to the sum's top, and every one of
// those bits is logic in front of the carry chain; above an unsigned operand the chain runs on alone. So each node of
// a sum is carried as u ≥ 0 with a constant k, its value being u + k:
//
//   a signed leaf x of n bits      u = x + 2^(n−1), the sign bit inverted              k = −2^(n−1)
//   a + b·2^s                      u = u_a + u_b·2^s                                    k = k_a + k_b·2^s
//   a − b·2^s                      u = u_a + (~u_b + 1)·2^s, ~ over u_b's own n bits    k = k_a − (k_b + 2^n)·2^s
//   a constant                     no u                                                 k = its value
//
// Inverters cost no level of their own. Where a sum leaves for a reader that needs its value, k is added once: biases,
// which are constants like any other, and all the corrections together. A subtraction whose second operand has the
// lower bits becomes narrower as well: those bits are inverted and pass by.

import { bug } from '../diagnostics/diagnostic.ts'
import type { FixedType } from '../fixed/types.ts'
import { createBuilder, type NetlistBuilder } from './builder.ts'
import { carryFreeForm } from './carry-free.ts'
import { addedBits } from './delay.ts'
import { isFixedNet, liveCells, operandsOf } from './live.ts'
import { cellKinds, kindOf, type Net, type Netlist, netType } from './netlist.ts'
import {
  addConstant,
  type Constant,
  minus,
  negated,
  plus,
  type SumTree,
  subtracted,
  zero,
} from './place-constant.ts'

/** value = u + k; no u: the constant k. */
interface Form {
  readonly u: Net | undefined
  readonly k: Constant
}

interface Rewriting {
  readonly from: Netlist
  /** 1 for adders that are copied as they are. */
  readonly plain: Uint8Array
  readonly to: NetlistBuilder
  readonly live: Uint8Array
  /** Per old net, the number of live cells and outputs that read it under any name. */
  readonly readers: Int32Array
  /** Per old net, the number of sums among them. */
  readonly summed: Int32Array
  /** Per old net, the adders in series that the value may take without the whole becoming deeper. */
  readonly required: Float64Array
  /** Per old net, the new one of the same value. */
  readonly moved: Map<Net, Net>
  readonly forms: Map<Net, Form>
  /** Sums that their constant would make deeper than they may be. */
  readonly full: Net[]
}

/**
 * The netlist with unsigned adders, the same on every output and no deeper. A sum stays as it is, with all it is made
 * of, where its tree is full, so that there is no room for its constant, where no sign is repeated in it, and where its
 * constant's carry chain could become the longest of all. Registers, memories and instances are refused.
 */
export function useUnsignedAdders(netlist: Netlist): Netlist {
  const plain = plainSums(netlist)
  for (;;) {
    const { made, full } = rewrite(netlist, plain)
    if (full.length === 0) return made
    for (const net of full) markPlain(netlist, plain, net)
  }
}

/** Sums that have nothing to gain, or whose width no chain has now. */
function plainSums(netlist: Netlist): Uint8Array {
  const plain = new Uint8Array(netlist.kind.length)
  const state = { from: netlist, plain, live: liveCells(netlist) }
  const repeats = new Uint8Array(netlist.kind.length)
  let longest = 0
  for (let net = 0 as Net; net < plain.length; net++) {
    if (state.live[net] === 0 || !isSum(state, net)) continue
    if (operandsOf(netlist, net).some(operand => repeats[operand] === 1)) repeats[net] = 1
    if (!isAdder(netlist, net)) continue
    longest = Math.max(longest, addedBits(netlist, net))
    if (repeatsSign(netlist, net)) repeats[net] = 1
  }
  const exact = exactReaders(state)
  for (let net = 0 as Net; net < plain.length; net++) {
    if (exact[net] === 0 || !isSum({ from: netlist, plain: noneOf }, net)) continue
    if (repeats[net] === 0 || netType(netlist, net).width > longest) markPlain(netlist, plain, net)
  }
  return plain
}

const noneOf = new Uint8Array(0)

/** Whether an adder has a signed operand that ends below the other's top. */
function repeatsSign(netlist: Netlist, net: Net): boolean {
  const [a, b] = operandsOf(netlist, net).map(operand => netType(netlist, operand)) as [FixedType, FixedType]
  const tops = [a.width - a.frac, b.width - b.frac + netlist.param[net]!] as const
  return (a.signed && tops[0] < tops[1]) || (b.signed && tops[1] < tops[0])
}

/** Marks a sum's adders, down to what is no sum. */
function markPlain(netlist: Netlist, plain: Uint8Array, net: Net): void {
  const kind = kindOf(netlist, net)
  if (plain[net] === 1 || (kind !== 'add' && kind !== 'sub' && kind !== 'alias')) return
  plain[net] = 1
  for (const operand of operandsOf(netlist, net)) markPlain(netlist, plain, operand)
}

function rewrite(netlist: Netlist, plain: Uint8Array): { made: Netlist; full: readonly Net[] } {
  const state = startRewriting(netlist, plain)
  const { to, moved, live } = state
  const exact = exactReaders(state)
  for (let net = 0 as Net; net < live.length; net++) {
    if (live[net] === 0 || kindOf(netlist, net) === 'input') continue
    to.layer(layerOf(netlist, net))
    if (!isSum(state, net)) moved.set(net, copy(state, net))
    else if (exact[net] === 1) moved.set(net, exactValue(state, net))
  }
  for (const { name, net } of netlist.outputs) to.output(name, moved.get(net)!)
  for (const [net, name] of netlist.names) if (moved.has(net)) to.name(moved.get(net)!, name)
  return { made: to.finish(), full: state.full }
}

function startRewriting(netlist: Netlist, plain: Uint8Array): Rewriting {
  const live = liveCells(netlist)
  const to = createBuilder()
  const moved = new Map<Net, Net>()
  for (const { name, net } of netlist.inputs) {
    to.layer(layerOf(netlist, net))
    const range = { min: netlist.min[net]!, max: netlist.max[net]! }
    moved.set(net, to.input(name, netType(netlist, net), range))
  }
  const required = requiredDepths(netlist, live)
  const readers = countReaders(netlist, live, plain)
  return { from: netlist, plain, to, live, ...readers, required, moved, forms: new Map(), full: [] }
}

function layerOf(netlist: Netlist, net: Net): string {
  return netlist.layers[netlist.layer[net]!]!
}

/** Whether a net is a sum of two variables, possibly under another name. */
function isSum({ from, plain }: Pick<Rewriting, 'from' | 'plain'>, net: Net): boolean {
  if (isFixedNet(from, net)) return false
  const root = rootOf(from, net)
  const kind = kindOf(from, root)
  return plain[root] !== 1 && (kind === 'add' || kind === 'sub')
}

/** What an alias renames; readers are counted there. */
function rootOf(netlist: Netlist, net: Net): Net {
  return kindOf(netlist, net) === 'alias' ? rootOf(netlist, netlist.a[net]! as Net) : net
}

function countReaders(
  netlist: Netlist,
  live: Uint8Array,
  plain: Uint8Array,
): Pick<Rewriting, 'readers' | 'summed'> {
  const readers = new Int32Array(live.length)
  const summed = new Int32Array(live.length)
  for (const { net } of netlist.outputs) readers[rootOf(netlist, net)]!++
  for (let net = 0 as Net; net < live.length; net++) {
    if (live[net] === 0 || isFixedNet(netlist, net) || kindOf(netlist, net) === 'alias') continue
    for (const operand of operandsOf(netlist, net)) {
      readers[rootOf(netlist, operand)]!++
      if (isSum({ from: netlist, plain }, net)) summed[rootOf(netlist, operand)]!++
    }
  }
  return { readers, summed }
}

/** 1 for every net that something else than a sum reads. */
function exactReaders(state: Pick<Rewriting, 'from' | 'plain' | 'live'>): Uint8Array {
  const { from, live } = state
  const read = new Uint8Array(live.length)
  for (const { net } of from.outputs) read[net] = 1
  for (let net = 0 as Net; net < live.length; net++) {
    if (live[net] === 0 || isSum(state, net)) continue
    for (const operand of operandsOf(from, net)) read[operand] = 1
  }
  return read
}

function isAdder(netlist: Netlist, net: Net): boolean {
  const kind = kindOf(netlist, net)
  return (kind === 'add' || kind === 'sub') && carryFreeForm(netlist, net) === undefined
}

/** By adders in series, from the deepest output back. */
function requiredDepths(netlist: Netlist, live: Uint8Array): Float64Array {
  const depth = new Float64Array(live.length)
  for (let net = 0 as Net; net < live.length; net++) {
    if (isFixedNet(netlist, net)) continue
    for (const operand of operandsOf(netlist, net)) depth[net] = Math.max(depth[net]!, depth[operand]!)
    if (isAdder(netlist, net)) depth[net]!++
  }
  const deepest = netlist.outputs.reduce((most, { net }) => Math.max(most, depth[net]!), 0)
  const required = new Float64Array(live.length).fill(deepest)
  for (let net = (live.length - 1) as Net; net >= 0; net--) {
    if (live[net] === 0) continue
    const before = required[net]! - (isAdder(netlist, net) ? 1 : 0)
    for (const operand of operandsOf(netlist, net)) required[operand] = Math.min(required[operand]!, before)
  }
  return required
}

/** The same cell on the new nets. */
function copy({ from, to, moved }: Rewriting, net: Net): Net {
  const interval = { min: from.min[net]!, max: from.max[net]!, frac: from.frac[net]! }
  if (isFixedNet(from, net)) return to.constant(interval.min, interval.frac)
  const kind = kindOf(from, net)
  const operands = operandsOf(from, net).map(
    operand => moved.get(operand) ?? bug(`net ${operand} was not moved`),
  )
  if (kind === 'table') return to.table(operands[0]!, from.tables[from.param[net]!]!)
  if (['register', 'read', 'instance', 'input'].includes(kind)) bug(`a ${kind} among combinational cells`)
  return to.cell(cellKinds[from.kind[net]!]!, operands, from.param[net]!, interval)
}

/** The sum's value itself: u with k added. */
function exactValue(state: Rewriting, net: Net): Net {
  const { from, to } = state
  if (kindOf(from, net) === 'alias') {
    const source = from.a[net]! as Net
    const value = state.moved.get(source) ?? exactValue(state, source)
    state.moved.set(source, value)
    return to.scale(value, from.frac[source]! - from.frac[net]!)
  }
  const tree = treeOf(state, net, 0, state.summed[net] === 0)
  to.layer(layerOf(from, net))
  if (tree === undefined) return to.constant(from.min[net]!, from.frac[net]!)
  const made = addConstant(to, tree, netType(from, net), state.required[net]!)
  if (!made.deepens) return bounded(state, made.net, net)
  if (!isShared(state, net)) return plainValue(state, net)
  state.full.push(net)
  return bounded(state, made.net, net)
}

/** Whether something else reads a sum within this one, and may have been rewritten before this one was found full. */
function isShared(state: Rewriting, net: Net): boolean {
  return operandsOf(state.from, net).some(
    part => isSum(state, part) && (state.readers[rootOf(state.from, part)]! > 1 || isShared(state, part)),
  )
}

/** The sum as it was, with all it is made of. */
function plainValue(state: Rewriting, net: Net): Net {
  markPlain(state.from, state.plain, net)
  state.forms.delete(net)
  return copyTree(state, net)
}

function copyTree(state: Rewriting, net: Net): Net {
  for (const part of operandsOf(state.from, net))
    if (!state.moved.has(part)) state.moved.set(part, copyTree(state, part))
  state.to.layer(layerOf(state.from, net))
  return copy(state, net)
}

/** The old net's bounds, where they are narrower than what the new cells prove. */
function bounded({ from, to }: Rewriting, made: Net, net: Net): Net {
  const interval = to.interval(made)
  const fine = BigInt(Math.max(0, interval.frac - from.frac[net]!))
  const coarse = BigInt(Math.max(0, from.frac[net]! - interval.frac))
  return to.within(made, -(-(from.min[net]! << fine) >> coarse), (from.max[net]! << fine) >> coarse)
}

/** The sum times 2^exponent as a tree, as far down as nothing else reads its nodes; undefined for a constant. */
function treeOf(state: Rewriting, net: Net, exponent: number, isOwn: boolean): SumTree | undefined {
  const { from, to } = state
  const { u, k } = scaled(to, formOf(state, net), exponent)
  if (u === undefined) return undefined
  if (!isOwn || !isSum(state, net)) return { u, k }
  const a = from.a[net]! as Net
  const below = (operand: Net, by: number) =>
    treeOf(state, operand, by, state.readers[rootOf(from, operand)] === 1)
  if (kindOf(from, net) === 'alias') return below(a, exponent + from.frac[a]! - from.frac[net]!)
  const subtracts = kindOf(from, net) === 'sub'
  const b = from.b[net]! as Net
  const by = exponent + from.param[net]!
  const first = below(a, exponent) ?? scaled(to, formOf(state, a), exponent)
  const second = below(b, by) ?? scaled(to, formOf(state, b), by)
  if (!isTree(second))
    return isTree(first) ? withConstant(first, subtracts ? minus(second.k) : second.k) : undefined
  if (isTree(first)) return { u, k, parts: { first, second, subtracts, added: zero } }
  return subtracts ? { u, k } : withConstant(second, first.k)
}

function isTree(form: Form): form is SumTree {
  return form.u !== undefined
}

function withConstant({ u, k, parts }: SumTree, by: Constant): SumTree {
  const sum = { u, k: plus(k, by) }
  return parts === undefined ? sum : { ...sum, parts: { ...parts, added: plus(parts.added, by) } }
}

function formOf(state: Rewriting, net: Net): Form {
  const known = state.forms.get(net)
  if (known !== undefined) return known
  const made = makeForm(state, net)
  state.forms.set(net, made)
  return made
}

function makeForm(state: Rewriting, net: Net): Form {
  const { from, to } = state
  if (isFixedNet(from, net)) return { u: undefined, k: { raw: from.min[net]!, frac: from.frac[net]! } }
  if (!isSum(state, net)) return leafForm(state, net)
  to.layer(layerOf(from, net))
  const a = formOf(state, from.a[net]! as Net)
  if (kindOf(from, net) === 'alias') return scaled(to, a, from.frac[from.a[net]!]! - from.frac[net]!)
  to.layer(layerOf(from, net))
  const b = scaled(to, formOf(state, from.b[net]! as Net), from.param[net]!)
  to.layer(layerOf(from, net))
  const subtracts = kindOf(from, net) === 'sub'
  if (isTree(a) && isTree(b)) {
    const sum = subtracts ? subtracted(to, a.u, b) : { u: to.add(a.u, b.u), k: zero }
    return lowered(to, sum.u, plus(sum.k, plus(a.k, subtracts ? minus(b.k) : b.k)))
  }
  const second = subtracts ? minusForm(to, b) : b
  return { u: a.u ?? second.u, k: plus(a.k, second.k) }
}

function minusForm(to: NetlistBuilder, form: Form): Form {
  return isTree(form) ? negated(to, form) : { u: undefined, k: minus(form.k) }
}

function leafForm({ from, to, moved }: Rewriting, net: Net): Form {
  const x = moved.get(net) ?? bug(`leaf ${net} was not moved`)
  return from.min[net]! >= 0n ? { u: x, k: zero } : flipped(to, x)
}

/** A signed value with its sign bit inverted. */
function flipped(to: NetlistBuilder, x: Net): Form {
  const { width, frac } = to.type(x)
  const half = 1n << BigInt(width - 1)
  return { u: to.add(x, to.constant(half, frac)), k: { raw: -half, frac } }
}

function scaled(to: NetlistBuilder, { u, k }: Form, exponent: number): Form {
  const moved = { raw: k.raw, frac: k.frac - exponent }
  return { u: u === undefined ? undefined : to.scale(u, exponent), k: k.raw === 0n ? zero : moved }
}

/** A sum whose top bits are the same for all its values is cut by them. */
function lowered(to: NetlistBuilder, u: Net, k: Constant): Form {
  const { min, max, frac } = to.interval(u)
  const width = BigInt((max - min).toString(2).length)
  for (const bits of [width, width + 1n]) {
    const base = (min >> bits) << bits
    if (base > 0n && max - base < 1n << bits) {
      const low = to.within(to.bits(u, 0, Number(bits), false, frac), min - base, max - base)
      return { u: low, k: plus(k, { raw: base, frac }) }
    }
  }
  return { u, k }
}

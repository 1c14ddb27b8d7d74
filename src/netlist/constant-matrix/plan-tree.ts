// Which two summands of an output to add next, until one is left, within a depth.
//
// An adder costs from the coarser operand's lowest bit to the wider one's top, so values of like position go together:
// the cheapest adder first, of equal ones that with most overlap, and with a slight dislike for using up depth.

import { bug } from '../../diagnostics/diagnostic.ts'
import { type AlikeSlots, addSlot, firstFrom, kindOfSlot, removeSlot, slotBehind } from './alike-slots.ts'
import { mixed } from './random.ts'
import { joinIncrease, type Summands, setSummand } from './summands.ts'

/** Summands of one output, as scratch columns: `size` of them, each ±value. */
export interface Tree extends Summands {
  readonly negative: boolean[]
  size: number
  /** The joins planned: slots by twos; the sum stands in the first slot, the second is empty from there on. */
  readonly joins: number[]
  /** The negative summand −t taken as t − 2t, the latter in a slot of its own at the end; −1 for none. */
  doubled: number
  /** Slots still holding a summand, ascending. */
  readonly slots: number[]
  /** Best partner of each slot among the slots after it, and how it was judged. */
  readonly partner: (number | undefined)[]
  readonly judged: number[]
  /** Adders weighed: the measure of work. */
  work: number
}

export const emptyTree = (): Tree => ({
  depth: [],
  low: [],
  high: [],
  lsb: [],
  top: [],
  negative: [],
  size: 0,
  joins: [],
  doubled: -1,
  slots: [],
  partner: [],
  judged: [],
  work: 0,
})

export function addSummand(tree: Tree, from: Summands, node: number, shift: number, negative: boolean): void {
  const at = tree.size++
  const scale = 2 ** shift
  tree.depth[at] = from.depth[node]!
  tree.low[at] = from.low[node]! * scale
  tree.high[at] = from.high[node]! * scale
  tree.lsb[at] = from.lsb[node]! + shift
  tree.top[at] = from.top[node]! + shift
  tree.negative[at] = negative
}

export interface TreeTaste {
  /** Bits that a bit of overlap is worth. */
  readonly overlap: number
  /** Bits that using up all depth would cost. */
  readonly depth: number
  /** Judgements vary by up to this many bits, by `seed`. */
  readonly noise: number
  readonly seed: number
}

export const plainTaste: TreeTaste = { overlap: 0.1, depth: 1, noise: 0, seed: 0 }
/** Uses up depth before anything else. */
export const deepTaste: TreeTaste = { ...plainTaste, depth: -1000 }

/** Summands from which it pays to judge those that are alike together. */
const manySummands = 32

/**
 * Plans joins that keep Σ 2^depth within `kraftLimit` and returns their full-adder bits. When all summands are
 * negative, one is taken as a difference where the depth allows that; where not, negating the sum is counted. From
 * `many` summands on those that are alike are judged together, which changes no plan and no measure of work.
 */
export function planTree(
  tree: Tree,
  kraftLimit: number,
  taste: TreeTaste = plainTaste,
  many: number = manySummands,
): number {
  const allNegative = makePositive(tree, kraftLimit)
  const { slots, partner } = tree
  tree.joins.length = 0
  slots.length = 0
  for (let k = 0; k < tree.size; k++) slots.push(k)
  const alike = tree.size < many || taste.noise > 0 ? undefined : alikeSlots(tree)
  const bounds: Bounds = { kraftLimit, slack: kraftLimit - kraftOf(tree), alike }
  for (let k = 0; k < slots.length; k++) judgeRow(tree, k, bounds, taste)
  let bits = 0
  while (slots.length > 1) {
    const at = bestRow(tree)
    const a = slots[at]!
    const b = partner[a] ?? bug('a tree deeper than its limit')
    const increase = joinIncrease(tree.depth[a]!, tree.depth[b]!)
    if (increase > 0 && increase > bounds.slack) {
      judgeRow(tree, at, bounds, taste)
      continue
    }
    const kinds = alike && [kindOfSlot(tree, a), kindOfSlot(tree, b)]
    bits += join(tree, a, b)
    bounds.slack -= increase
    slots.splice(firstFrom(slots, b), 1)
    if (kinds !== undefined) bounds.alike = afterJoin(tree, bounds.alike, [a, b], kinds)
    judgeAfter(tree, at, b, bounds, taste)
  }
  return bits + (allNegative ? widthOf(tree, slots[0]!) : 0)
}

interface Bounds {
  readonly kraftLimit: number
  /** How far Σ 2^depth may still grow. */
  slack: number
  /** Slots by kind; undefined where each is judged by itself. */
  alike: AlikeSlots | undefined
}

/** Undefined where some slot has no kind. */
function alikeSlots(tree: Tree): AlikeSlots | undefined {
  const alike: AlikeSlots = new Map()
  for (let slot = 0; slot < tree.size; slot++) {
    const kind = kindOfSlot(tree, slot)
    if (Number.isNaN(kind)) return undefined
    addSlot(alike, kind, slot)
  }
  return alike
}

/** Both slots leave their kinds, and the first one comes in by that of the sum. */
function afterJoin(
  tree: Tree,
  alike: AlikeSlots | undefined,
  [a, b]: readonly [number, number],
  kinds: readonly number[],
): AlikeSlots | undefined {
  if (alike === undefined) return undefined
  removeSlot(alike, kinds[0]!, a)
  removeSlot(alike, kinds[1]!, b)
  const kind = kindOfSlot(tree, a)
  if (Number.isNaN(kind)) return undefined
  addSlot(alike, kind, a)
  return alike
}

/** Σ 2^depth. */
function kraftOf({ depth, size }: Tree): number {
  let kraft = 0
  for (let k = 0; k < size; k++) kraft += 2 ** depth[k]!
  return kraft
}

/** Sees to a positive summand and returns false, or returns true where all stay negative. */
function makePositive(tree: Tree, kraftLimit: number): boolean {
  tree.doubled = -1
  for (let k = 0; k < tree.size; k++) if (!tree.negative[k]) return false
  if (tree.size < 2) return tree.size > 0
  const kraft = kraftOf(tree)
  let best = -1
  for (let k = 0; k < tree.size; k++)
    if (kraft + 2 ** tree.depth[k]! <= kraftLimit && (best < 0 || widthOf(tree, k) < widthOf(tree, best)))
      best = k
  if (best < 0) return tree.size > 0
  tree.doubled = best
  addSummand(tree, tree, best, 1, true)
  tree.negative[best] = false
  return false
}

function widthOf({ low, top, lsb }: Tree, k: number): number {
  return top[k]! - lsb[k]! + (low[k]! < 0 ? 1 : 0)
}

function bestRow({ slots, judged }: Tree): number {
  let best = 0
  for (let k = 1; k < slots.length - 1; k++) if (judged[slots[k]!]! < judged[slots[best]!]!) best = k
  return best
}

/** Finds the best partner of slots[at] among the slots after it. */
function judgeRow(tree: Tree, at: number, bounds: Bounds, taste: TreeTaste): void {
  const { slots } = tree
  const a = slots[at]!
  tree.judged[a] = Number.POSITIVE_INFINITY
  tree.partner[a] = undefined
  if (bounds.alike === undefined) {
    for (let k = at + 1; k < slots.length; k++) offer(tree, a, slots[k]!, bounds, taste)
    return
  }
  tree.work += slots.length - 1 - at
  for (const own of bounds.alike.values()) {
    const b = slotBehind(own, a)
    if (b === undefined) continue
    const value = judge(tree, a, b, bounds, taste)
    const best = tree.judged[a]!
    // Of equal ones the first: kinds stand in no order.
    if (value < best || (value === best && b < tree.partner[a]!)) setPartner(tree, a, b, value)
  }
}

function offer(tree: Tree, a: number, b: number, bounds: Bounds, taste: TreeTaste): void {
  tree.work++
  const value = judge(tree, a, b, bounds, taste)
  if (value < tree.judged[a]!) setPartner(tree, a, b, value)
}

function setPartner(tree: Tree, a: number, b: number, value: number): void {
  tree.judged[a] = value
  tree.partner[a] = b
}

/** What adding two slots costs, by taste; infinite where the depth does not allow it. */
function judge(
  { depth, low, lsb, top }: Tree,
  a: number,
  b: number,
  bounds: Bounds,
  taste: TreeTaste,
): number {
  const increase = joinIncrease(depth[a]!, depth[b]!)
  if (increase > 0 && increase > bounds.slack) return Number.POSITIVE_INFINITY
  const sign = low[a]! < 0 || low[b]! < 0 ? 1 : 0
  const lowest = Math.max(lsb[a]!, lsb[b]!)
  const cost = Math.max(0, sign + Math.max(top[a]!, top[b]!) - lowest)
  const common = Math.min(top[a]!, top[b]!) - lowest
  const value = cost - taste.overlap * common + (taste.depth * increase) / bounds.kraftLimit
  return taste.noise > 0 ? value + taste.noise * chance(taste.seed, a, b) : value
}

function chance(seed: number, a: number, b: number): number {
  return (mixed(mixed(a, b), seed) >>> 0) / 2 ** 32
}

/** After slots[at] took in b: rows whose partner is gone or changed are judged anew, earlier rows see the new sum. */
function judgeAfter(tree: Tree, at: number, b: number, bounds: Bounds, taste: TreeTaste): void {
  const { slots, partner } = tree
  const a = slots[at]!
  for (let k = 0; k < slots.length; k++) {
    const row = slots[k]!
    if (row === a || partner[row] === a || partner[row] === b) judgeRow(tree, k, bounds, taste)
    else if (k < at) offer(tree, row, a, bounds, taste)
  }
}

/** Puts the sum of two slots into the first and returns its full-adder bits. */
function join(tree: Tree, a: number, b: number): number {
  const { depth, low, high, lsb, top, negative } = tree
  tree.joins.push(a, b)
  const sign = low[a]! < 0 || low[b]! < 0 ? 1 : 0
  const bits = Math.max(0, sign + Math.max(top[a]!, top[b]!) - Math.max(lsb[a]!, lsb[b]!))
  const [plus, other] = negative[a] && !negative[b] ? [b, a] : [a, b]
  const sub = negative[a] !== negative[b]
  setSummand(
    tree,
    a,
    1 + Math.max(depth[a]!, depth[b]!),
    low[plus]! + (sub ? -high[other]! : low[other]!),
    high[plus]! + (sub ? -low[other]! : high[other]!),
    Math.min(lsb[a]!, lsb[b]!),
  )
  negative[a] = negative[a]! && negative[b]!
  return bits
}

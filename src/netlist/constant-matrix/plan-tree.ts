// Which two summands of an output to add next, until one is left, within a depth.
//
// An adder costs from the coarser operand's lowest bit to the wider one's top, so values of like position go together:
// the cheapest adder first, of equal ones that with most overlap, and with a slight dislike for using up depth.

import { bug } from '../../diagnostics/diagnostic.ts'
import { joinIncrease, type Summands, setSummand } from './summands.ts'

/** Summands of one output, as scratch columns: `size` of them, each ±value. */
export interface Tree extends Summands {
  readonly negative: boolean[]
  size: number
  /** The joins planned: slots by twos; the sum stands in the first slot, the second is empty from there on. */
  readonly joins: number[]
  /** The negative summand −t taken as t − 2t, the latter in a slot of its own at the end; −1 for none. */
  doubled: number
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
  readonly overlap: number
  readonly depth: number
  /** Judgements vary by up to this many bits, by `seed`. */
  readonly noise: number
  readonly seed: number
}

export const plainTaste: TreeTaste = { overlap: 0.1, depth: 1, noise: 0, seed: 0 }

/** Best later partner of each slot. */
const partner: (number | undefined)[] = []
const judged: number[] = []
/** Slots still holding a summand, ascending. */
const slots: number[] = []

/**
 * Plans joins that keep Σ 2^depth within `kraftLimit` and returns their full-adder bits. When all summands are
 * negative, one is taken as a difference where the depth allows that; where not, negating the sum is counted.
 */
export function planTree(tree: Tree, kraftLimit: number, taste: TreeTaste = plainTaste): number {
  const allNegative = makePositive(tree, kraftLimit)
  tree.joins.length = 0
  slots.length = 0
  for (let k = 0; k < tree.size; k++) slots.push(k)
  let slack = kraftLimit - kraftOf(tree)
  let bits = 0
  for (let k = 0; k < slots.length; k++) judgeRow(tree, k, slack, kraftLimit, taste)
  while (slots.length > 1) {
    const at = bestRow()
    const a = slots[at]!
    const b = partner[a] ?? bug('a tree deeper than its limit')
    const increase = joinIncrease(tree.depth[a]!, tree.depth[b]!)
    if (increase > 0 && increase > slack) {
      judgeRow(tree, at, slack, kraftLimit, taste)
      continue
    }
    bits += join(tree, a, b)
    slack -= increase
    slots.splice(slots.indexOf(b), 1)
    judgeAfter(tree, at, a, b, slack, kraftLimit, taste)
  }
  return bits + (allNegative ? widthOf(tree, slots[0]!) : 0)
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

function bestRow(): number {
  let best = 0
  for (let k = 1; k < slots.length - 1; k++) if (judged[slots[k]!]! < judged[slots[best]!]!) best = k
  return best
}

/** Finds the best partner of slots[at] among the slots after it. */
function judgeRow(tree: Tree, at: number, slack: number, kraftLimit: number, taste: TreeTaste): void {
  const a = slots[at]!
  judged[a] = Number.POSITIVE_INFINITY
  partner[a] = undefined
  for (let k = at + 1; k < slots.length; k++) offer(tree, a, slots[k]!, slack, kraftLimit, taste)
}

function offer(tree: Tree, a: number, b: number, slack: number, kraftLimit: number, taste: TreeTaste): void {
  const { depth, low, lsb, top } = tree
  tree.work++
  const increase = joinIncrease(depth[a]!, depth[b]!)
  if (increase > 0 && increase > slack) return
  const sign = low[a]! < 0 || low[b]! < 0 ? 1 : 0
  const lowest = Math.max(lsb[a]!, lsb[b]!)
  const cost = Math.max(0, sign + Math.max(top[a]!, top[b]!) - lowest)
  let value =
    cost - taste.overlap * (Math.min(top[a]!, top[b]!) - lowest) + (taste.depth * increase) / kraftLimit
  if (taste.noise > 0) value += taste.noise * chance(taste.seed, a, b)
  if (value < judged[a]!) {
    judged[a] = value
    partner[a] = b
  }
}

function chance(seed: number, a: number, b: number): number {
  let mixed = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b) ^ Math.imul(seed + 1, 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32
}

/** Rows whose partner is gone or changed are judged anew; earlier rows see the new sum in slot a. */
function judgeAfter(
  tree: Tree,
  at: number,
  a: number,
  b: number,
  slack: number,
  kraftLimit: number,
  taste: TreeTaste,
): void {
  for (let k = 0; k < slots.length; k++) {
    const row = slots[k]!
    if (row === a || partner[row] === a || partner[row] === b) judgeRow(tree, k, slack, kraftLimit, taste)
    else if (k < at) offer(tree, row, a, slack, kraftLimit, taste)
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

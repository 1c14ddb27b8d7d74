// The terms of one output, added in the cheapest of several planned trees.

import { type Draft, joinTerms, type Term } from './draft.ts'
import { addSummand, deepTaste, emptyTree, plainTaste, planTree, type TreeTaste } from './plan-tree.ts'

/** The sum as one term, or undefined for no terms, within Σ 2^depth ≤ `kraftLimit`; `tries` more plans are compared. */
export function sumTerms(
  draft: Draft,
  terms: readonly Term[],
  kraftLimit: number,
  tries: number,
  first: TreeTaste = plainTaste,
): Term | undefined {
  if (terms.length === 0) return undefined
  const tree = emptyTree()
  let best: { bits: number; joins: readonly number[]; doubled: number } | undefined
  for (let seed = 0; seed <= tries; seed++) {
    tree.size = 0
    for (const { node, shift, sign } of terms) addSummand(tree, draft.nodes, node, shift, sign < 0)
    const bits = planTree(tree, kraftLimit, taste(first, seed))
    if (best === undefined || bits < best.bits) best = { bits, joins: [...tree.joins], doubled: tree.doubled }
  }
  return best === undefined ? undefined : joinPlanned(draft, terms, best.joins, best.doubled)
}

/**
 * The sum with additions in series wherever the depth allows that, constants (nodes from `firstConstant` on) last: the
 * latest that any plan within the limit may be.
 */
export function sumDeep(
  draft: Draft,
  terms: readonly Term[],
  kraftLimit: number,
  firstConstant: number,
): Term | undefined {
  const isConstant = ({ node }: Term) => node >= firstConstant
  const variables = terms.filter(term => !isConstant(term))
  const kraft = variables.reduce((sum, { node }) => sum + 2 ** draft.nodes.depth[node]!, 0)
  const limit = kraftLimit / 2
  if (variables.length === terms.length || kraft === 0 || kraft > limit)
    return sumTerms(draft, terms, kraftLimit, 0, deepTaste)
  const sum = sumTerms(draft, variables, limit, 0, deepTaste)
  const last = sumTerms(draft, terms.filter(isConstant), limit, 0, deepTaste)
  return sum === undefined || last === undefined ? (sum ?? last) : joinTerms(draft, sum, last)
}

/** Small and larger deviations from the first plan by turns. */
function taste(first: TreeTaste, seed: number): TreeTaste {
  if (seed === 0) return first
  return { ...first, noise: seed % 2 === 0 ? 0.1 : 1, seed }
}

function joinPlanned(draft: Draft, terms: readonly Term[], joins: readonly number[], doubled: number): Term {
  const slots = [...terms]
  if (doubled >= 0) {
    const { node, shift } = slots[doubled]!
    slots[doubled] = { node, shift, sign: 1 }
    slots.push({ node, shift: shift + 1, sign: -1 })
  }
  for (let k = 0; k < joins.length; k += 2)
    slots[joins[k]!] = joinTerms(draft, slots[joins[k]!]!, slots[joins[k + 1]!]!)
  return slots[joins.length === 0 ? 0 : joins[joins.length - 2]!]!
}

// Sums the terms of one output pair by pair, no deeper than asked.
//
// Terms of depths d_i can be summed within depth D exactly when Σ 2^d_i ≤ 2^D (Kraft's inequality for trees), which
// also tells whether a join may be made: it replaces 2^p + 2^q by 2^(max(p, q) + 1).

import { type AdderDraft, joinCost, joinTerms, type Term } from './adder-draft.ts'

/** Above this many terms every pair is no longer weighed; the earliest and narrowest are joined instead. */
const weighedTerms = 48

/** The sum as one term, or undefined for no terms. `depth` is kept where Kraft's inequality allows it at all. */
export function sumTerms(draft: AdderDraft, terms: readonly Term[], depth: number): Term | undefined {
  let rest = [...terms].sort((p, q) => compareTerms(draft, p, q))
  while (rest.length > weighedTerms) rest = joinFirst(draft, rest)
  let slack = 2 ** depth - kraftSum(draft, rest)
  while (rest.length > 1) {
    const pair = slack < 0 ? ([0, 1] as const) : cheapestPair(draft, rest, slack)
    const [p, q] = [rest[pair[0]]!, rest[pair[1]]!]
    slack -= joinIncrease(draft.depth[p.node]!, draft.depth[q.node]!)
    const joined = joinTerms(draft, p, q)
    rest = rest.filter((_, k) => k !== pair[0] && k !== pair[1])
    insertSorted(draft, rest, joined)
  }
  return rest[0]
}

/** Σ 2^depth over the terms: at most 2^D when they can be summed within depth D. */
export function kraftSum(draft: AdderDraft, terms: readonly Term[]): number {
  return terms.reduce((sum, term) => sum + 2 ** draft.depth[term.node]!, 0)
}

/** How much joining two terms of these depths adds to the Kraft sum. */
export function joinIncrease(p: number, q: number): number {
  return 2 ** (Math.max(p, q) + 1) - 2 ** p - 2 ** q
}

/** Earliest first, then narrowest, then lowest. */
function compareTerms(draft: AdderDraft, p: Term, q: Term): number {
  return (
    draft.depth[p.node]! - draft.depth[q.node]! ||
    draft.top[p.node]! + p.shift - draft.top[q.node]! - q.shift ||
    p.sign - q.sign ||
    p.node - q.node ||
    p.shift - q.shift
  )
}

function joinFirst(draft: AdderDraft, sorted: readonly Term[]): Term[] {
  const rest = sorted.slice(2)
  insertSorted(draft, rest, joinTerms(draft, sorted[0]!, sorted[1]!))
  return rest
}

function insertSorted(draft: AdderDraft, sorted: Term[], term: Term): void {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareTerms(draft, sorted[middle]!, term) < 0) low = middle + 1
    else high = middle
  }
  sorted.splice(low, 0, term)
}

/** The pair whose adder is narrowest among those that leave the depth reachable; the first two always are. */
function cheapestPair(draft: AdderDraft, terms: readonly Term[], slack: number): readonly [number, number] {
  let best: readonly [number, number] = [0, 1]
  let bestCost = Number.POSITIVE_INFINITY
  for (let i = 0; i < terms.length; i++) {
    for (let j = i + 1; j < terms.length; j++) {
      const p = terms[i]!
      const q = terms[j]!
      if (joinIncrease(draft.depth[p.node]!, draft.depth[q.node]!) > slack) continue
      const cost = joinCost(draft, p.node, q.node, q.shift - p.shift)
      if (cost < bestCost) {
        best = [i, j]
        bestCost = cost
      }
    }
  }
  return best
}

// Sharing between the outputs of a constant matrix: the two-term sum that occurs most often (weighed by its width)
// becomes a node of its own and replaces its occurrences, again and again until nothing worth it repeats.
//
// A pattern is (node0, node1, shift of the second against the first, whether the signs are equal). Its counts are kept
// up to date digit by digit, so a step costs what it changes. Depth is bounded per output by Kraft's inequality.

import { bug } from '../diagnostics/diagnostic.ts'
import { type AdderDraft, addNode, overlap, type Term } from './adder-draft.ts'
import { joinIncrease } from './adder-tree.ts'
import { createPatternTable, type PatternTable } from './pattern-table.ts'
import { createQueue, type Queue } from './score-queue.ts'

interface Sharing {
  readonly draft: AdderDraft
  /** Per output, its terms; changed in place. */
  readonly outputs: Term[][]
  /** Per output, how far its Kraft sum may still grow. */
  readonly slack: number[]
  readonly table: PatternTable
  readonly queue: Queue
}

/** Shift range of a pattern: ±255; pairs further apart have no bits in common. */
const shifts = 512
const nodes = 2 ** 20

/** Replaces repeated pairs in `outputs` (in place) by new nodes, letting each output's Kraft sum grow by its slack. */
export function shareTerms(draft: AdderDraft, outputs: Term[][], slack: readonly number[]): void {
  const state: Sharing = {
    draft,
    outputs,
    slack: [...slack],
    table: createPatternTable(),
    queue: createQueue(),
  }
  for (const terms of outputs) countPairs(state, terms)
  for (const key of state.table.keys(2)) enqueue(state, key)
  for (;;) {
    const key = nextPattern(state)
    if (key === undefined) return
    replacePattern(state, key)
  }
}

/** Pairs of terms over all outputs: what `shareTerms` has to count. */
export function pairCount(outputs: readonly (readonly Term[])[]): number {
  return outputs.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0)
}

function countPairs({ table }: Sharing, terms: readonly Term[]): void {
  for (let i = 0; i < terms.length; i++)
    for (let j = 0; j < i; j++) {
      const key = patternOf(terms[i]!, terms[j]!)
      if (key >= 0) table.change(key, 1)
    }
}

function isFirst(p: Term, q: Term): boolean {
  return p.node < q.node || (p.node === q.node && p.shift < q.shift)
}

/** The pattern of two terms as a number, or −1 when they are too far apart. */
function patternOf(p: Term, q: Term): number {
  const [first, second] = isFirst(p, q) ? [p, q] : [q, p]
  const shift = second.shift - first.shift + shifts / 2
  if (shift < 0 || shift >= shifts) return -1
  return ((first.node * nodes + second.node) * shifts + shift) * 2 + (p.sign === q.sign ? 1 : 0)
}

interface Pattern {
  readonly first: number
  readonly second: number
  readonly shift: number
  readonly same: boolean
}

function decode(key: number): Pattern {
  const same = key % 2 === 1
  const rest = Math.floor(key / 2)
  const shift = (rest % shifts) - shifts / 2
  const pair = Math.floor(rest / shifts)
  return { first: Math.floor(pair / nodes), second: pair % nodes, shift, same }
}

function score({ draft, table }: Sharing, key: number): number {
  const count = table.count(key)
  if (count < 2) return 0
  const { first, second, shift } = decode(key)
  return count * overlap(draft, first, second, shift)
}

function enqueue(state: Sharing, key: number): void {
  const value = score(state, key)
  if (value > 0) state.queue.push(value, key)
}

/** The pattern of highest score now; scores only fall while they wait, so stale ones are put back. */
function nextPattern(state: Sharing): number | undefined {
  for (;;) {
    const top = state.queue.pop()
    if (top === undefined) return undefined
    const now = score(state, top.key)
    if (now === top.score) return top.key
    if (now > 0) state.queue.push(now, top.key)
  }
}

interface Occurrence {
  readonly output: number
  readonly first: Term
  readonly second: Term
}

function replacePattern(state: Sharing, key: number): void {
  const pattern = decode(key)
  const found = findOccurrences(state, pattern)
  if (found.length < 2) return
  if (state.draft.depth.length >= nodes) bug('an adder graph of more than a million nodes')
  const node = addNode(state.draft, pattern.first, pattern.second, pattern.shift, !pattern.same)
  const touched = new Set<number>()
  for (const { output, first, second } of found) {
    removeTerm(state, output, first)
    removeTerm(state, output, second)
    addTerm(state, output, { node, shift: first.shift, sign: first.sign }, touched)
  }
  for (const pair of touched) enqueue(state, pair)
}

/** Disjoint places of the pattern in outputs whose depth allows it; joining equal depths never costs any. */
function findOccurrences(state: Sharing, pattern: Pattern): Occurrence[] {
  const { depth } = state.draft
  const increase = joinIncrease(depth[pattern.first]!, depth[pattern.second]!)
  const found: Occurrence[] = []
  state.outputs.forEach((terms, output) => {
    const used = new Set<Term>()
    for (const { first, second } of matches(terms, pattern)) {
      if (used.has(first) || used.has(second) || increase > Math.max(0, state.slack[output]!)) continue
      state.slack[output]! -= increase
      used.add(first).add(second)
      found.push({ output, first, second })
    }
  })
  if (found.length < 2) for (const { output } of found) state.slack[output]! += increase
  return found
}

function matches(terms: readonly Term[], pattern: Pattern): { first: Term; second: Term }[] {
  const seconds = terms.filter(term => term.node === pattern.second)
  if (seconds.length === 0) return []
  const found: { first: Term; second: Term }[] = []
  for (const first of terms) {
    if (first.node !== pattern.first) continue
    const wanted = first.shift + pattern.shift
    const second = seconds.find(
      term => term.shift === wanted && (term.sign === first.sign) === pattern.same && term !== first,
    )
    if (second !== undefined) found.push({ first, second })
  }
  return found.sort((p, q) => p.first.shift - q.first.shift)
}

function removeTerm({ outputs, table }: Sharing, output: number, term: Term): void {
  const terms = outputs[output]!
  const at = terms.indexOf(term)
  terms[at] = terms[terms.length - 1]!
  terms.pop()
  for (const other of terms) {
    const key = patternOf(term, other)
    if (key >= 0) table.change(key, -1)
  }
}

function addTerm({ outputs, table }: Sharing, output: number, term: Term, touched: Set<number>): void {
  const terms = outputs[output]!
  for (const other of terms) {
    const key = patternOf(term, other)
    if (key >= 0 && table.change(key, 1) === 2) touched.add(key)
  }
  terms.push(term)
}

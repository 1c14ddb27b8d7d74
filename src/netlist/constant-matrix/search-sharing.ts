// Local search on finished sharing, by ruin and recreate (Schrimpf et al. 2000): a few shared nodes are dissolved into
// what they were made from, greedy sharing runs again over what that frees, with its judgement disturbed, and the
// result is kept when it costs no more. A round touches few outputs; doing it and taking it back cost what it changes.

import { digitsOf } from './emit-sharing.ts'
import { addSummand, emptyTree, planTree, type Tree } from './plan-tree.ts'
import { type Random, randomBelow, seededRandom } from './random.ts'
import { shareGreedily, type Taste } from './share-greedily.ts'
import { coefficient, commit, isLive, recount, rollBack, type Sharing, setCoefficient } from './sharing.ts'

interface Search {
  readonly state: Sharing
  readonly tree: Tree
  /** Full-adder bits of every output's tree. */
  readonly treeBits: number[]
  readonly random: Random
  /** Patterns above which the table is made anew. */
  readonly tableLimit: number
}

const greedyTaste: Taste = { unequalDepth: 0.05, noise: 0, seed: 0 }
const searchNoise = 2
const mostDissolved = 3

/**
 * Shares greedily, then searches for `work` more, until nothing has been gained for long, or until `stop` says so;
 * returns the rounds of the search.
 */
export function searchSharing(state: Sharing, work: number, stop: () => boolean): number {
  shareGreedily(state, greedyTaste)
  commit(state)
  const search = startSearch(state)
  const limit = state.work + work
  let rounds = 0
  let lastGain = 0
  while (state.work < limit && rounds - lastGain <= patience(state) && !stop())
    if (improve(search, ++rounds)) lastGain = rounds
  return rounds
}

/** Rounds without gain after which more are not worth it: some for every node there is to dissolve. */
function patience({ definitions, sources }: Sharing): number {
  return 30 * (definitions.length - sources)
}

function startSearch(state: Sharing): Search {
  const tree = emptyTree()
  const tableLimit = 2 * state.table.size + 100_000
  const treeBits = state.active.map((_, output) => treeBitsOf(state, tree, output))
  return { state, tree, treeBits, random: seededRandom(1), tableLimit }
}

/** One round; true when it saved something. */
function improve(search: Search, round: number): boolean {
  const { state, treeBits, tree } = search
  const nodeBits = state.nodeBits
  for (const node of chooseNodes(search)) dissolve(state, node)
  shareGreedily(state, { ...greedyTaste, noise: searchNoise, seed: round })
  const outputs = changedOutputs(state)
  const bits = outputs.map(output => treeBitsOf(state, tree, output))
  const change = bits.reduce((sum, now, k) => sum + now - treeBits[outputs[k]!]!, state.nodeBits - nodeBits)
  if (change > 0) takeBack(state)
  else {
    commit(state)
    outputs.forEach((output, k) => {
      treeBits[output] = bits[k]!
    })
  }
  if (state.table.size > search.tableLimit) recount(state)
  return change < 0
}

function takeBack(state: Sharing): void {
  rollBack(state)
  // Every pattern is again as it was weighed before.
  for (const id of state.touched) state.table.marked[id] = 0
  state.touched.length = 0
}

function changedOutputs({ log }: Sharing): number[] {
  const outputs = new Set<number>()
  for (let k = 1; k < log.length; k += 3) if (log[k]! >= 0) outputs.add(log[k]!)
  return [...outputs]
}

/** A few nodes to dissolve: every other time of one output, else from anywhere. */
function chooseNodes({ state, random }: Search): number[] {
  const pool = nodesOfSomeOutput(state, random)
  if (pool.length === 0)
    for (let node = state.sources; node < state.definitions.length; node++)
      if (isLive(state, node)) pool.push(node)
  const wanted = Math.min(pool.length, 1 + randomBelow(random, mostDissolved))
  const chosen = new Set<number>()
  while (chosen.size < wanted) chosen.add(pool[randomBelow(random, pool.length)]!)
  return [...chosen]
}

function nodesOfSomeOutput(state: Sharing, random: Random): number[] {
  if (randomBelow(random, 2) === 0) return []
  return state.active[randomBelow(random, state.outputs)]!.filter(node => node >= state.sources)
}

/** Puts a node's definition in its place everywhere, after those of nodes made from it. */
function dissolve(state: Sharing, node: number): void {
  if (!isLive(state, node)) return
  for (let other = state.sources; other < state.definitions.length; other++) {
    const { first, second } = state.definitions[other]!
    if (isLive(state, other) && (first === node || second === node)) dissolve(state, other)
  }
  const { first, second, shift, same } = state.definitions[node]!
  for (let output = 0; output < state.outputs; output++) {
    const c = coefficient(state, node, output)
    if (c === 0) continue
    setCoefficient(state, first, output, coefficient(state, first, output) + c)
    const more = c * 2 ** shift * (same ? 1 : -1)
    setCoefficient(state, second, output, coefficient(state, second, output) + more)
    setCoefficient(state, node, output, 0)
  }
}

function treeBitsOf(state: Sharing, tree: Tree, output: number): number {
  const before = tree.work
  tree.size = 0
  for (const { node, shift, negative } of digitsOf(state, output))
    addSummand(tree, state.nodes, node, shift, negative)
  // A tree's limit is a whole number of levels, though an output's share of it need not be.
  const bits = planTree(tree, 2 ** Math.ceil(Math.log2(state.kraftLimit[output]!)))
  state.work += tree.work - before
  return bits
}

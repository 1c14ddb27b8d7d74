// The state of sharing: every output as whole-number coefficients over nodes, the nodes being inputs and sums of two
// nodes found worth sharing, and the count of every two-term pattern the outputs hold. All changes go through
// `setCoefficient`, `createNode` and `releaseNode`, which are logged, so that a search can take them back.
//
// A node is at coefficient c of an output: the output holds c · node. Taking the pattern a ± b·2^s at digit d means
// c_a −= d, c_b ∓= d·2^s, c_node += d; dissolving a node is the same backwards.

import { bug } from '../../diagnostics/diagnostic.ts'
import {
  codeBase,
  codeOf,
  emptyTable,
  nodeLimit,
  type Pattern,
  type PatternTable,
  pairHash,
  patternId,
  patternIdAt,
} from './pattern-table.ts'
import { digitCount, removableDigits, removablePairs } from './recodings.ts'
import { emptyQueue, type ScoreQueue } from './score-queue.ts'
import { joinCost, noSummands, type Summands, setSum, setSummand } from './summands.ts'

export interface Sharing {
  /** Columns of all nodes; the first `sources` of them are inputs. */
  readonly nodes: Summands
  readonly sources: number
  /** What a node computes; of no meaning for sources. */
  readonly definitions: (Pattern | undefined)[]
  /** Outputs that hold the node and nodes made from it. */
  readonly uses: number[]
  /** Node numbers that may be given again. */
  readonly free: number[]
  readonly outputs: number
  /** At node · outputs + output. */
  coefficients: Int32Array
  /** Per output, nodes whose coefficient is not zero. */
  readonly active: number[][]
  /** Per output, Σ 2^depth over its digits, and how far that may grow. */
  readonly kraft: number[]
  readonly kraftLimit: number[]
  readonly table: PatternTable
  readonly queue: ScoreQueue
  /** Patterns whose count rose and that have not been weighed since. */
  touched: number[]
  /** Full-adder bits of all shared nodes. */
  nodeBits: number
  /** Three numbers a change: node, output, coefficient before; or node and `created` or `released`. */
  log: number[]
  /** Of the change under way: digits it takes away or brings, and −1 or 1, by turns. */
  readonly changes: number[]
  /** Pattern counts changed and tree joins weighed so far: the measure of work. */
  work: number
}

const created = -1
const released = -2

export interface Source {
  /** Adders in series before it. */
  readonly depth: number
  readonly low: number
  readonly high: number
  readonly lsb: number
}

/** `coefficients[output]` lists source and whole number by turns; `growth[output]`: how far its Kraft sum may grow. */
export function startSharing(
  sources: readonly Source[],
  coefficients: readonly (readonly number[])[],
  growth: readonly number[],
): Sharing {
  const outputs = coefficients.length
  const state: Sharing = {
    nodes: noSummands(),
    sources: sources.length,
    definitions: sources.map(() => undefined),
    uses: sources.map(() => 1),
    free: [],
    outputs,
    coefficients: new Int32Array(outputs * (2 * sources.length + 64)),
    active: coefficients.map(() => []),
    kraft: coefficients.map(() => 0),
    kraftLimit: [],
    table: emptyTable(),
    queue: emptyQueue(),
    touched: [],
    nodeBits: 0,
    log: [],
    changes: [],
    work: 0,
  }
  sources.forEach(({ depth, low, high, lsb }, k) => {
    setSummand(state.nodes, k, depth, low, high, lsb)
  })
  coefficients.forEach((list, output) => {
    for (let k = 0; k < list.length; k += 2) setCoefficient(state, list[k]!, output, list[k + 1]!)
    state.kraftLimit.push(state.kraft[output]! + growth[output]!)
  })
  state.log = []
  return state
}

export function coefficient(state: Sharing, node: number, output: number): number {
  return state.coefficients[node * state.outputs + output]!
}

export function setCoefficient(state: Sharing, node: number, output: number, value: number): void {
  const before = coefficient(state, node, output)
  if (before === value) return
  state.log.push(node, output, before)
  writeCoefficient(state, node, output, before, value)
  if (state.uses[node] === 0) releaseNode(state, node)
}

function writeCoefficient(state: Sharing, node: number, output: number, before: number, value: number): void {
  state.coefficients[node * state.outputs + output] = value
  state.kraft[output]! += (digitCount(value) - digitCount(before)) * 2 ** state.nodes.depth[node]!
  countPatterns(state, node, output, before, value)
  if (before === 0) {
    state.active[output]!.push(node)
    state.uses[node]!++
  }
  if (value === 0) {
    remove(state.active[output]!, node)
    state.uses[node]!--
  }
}

function remove(list: number[], item: number): void {
  list[list.indexOf(item)] = list[list.length - 1]!
  list.pop()
}

/** Counts what `node` forms with itself and the output's other nodes when its coefficient changes. */
function countPatterns(state: Sharing, node: number, output: number, before: number, value: number): void {
  const { active, coefficients, outputs } = state
  listChanges(state.changes, removableDigits(before), removableDigits(value))
  const others = active[output]!
  for (let k = 0; k < others.length; k++) {
    const other = others[k]!
    if (other !== node) countPairs(state, node, other, coefficients[other * outputs + output]!)
  }
  countWithin(state, node, before, -1)
  countWithin(state, node, value, 1)
}

/** What two sorted lists of digits do not have in common. */
function listChanges(changes: number[], before: Int32Array, after: Int32Array): void {
  changes.length = 0
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const from = before[i] ?? Number.POSITIVE_INFINITY
    const to = after[j] ?? Number.POSITIVE_INFINITY
    if (from < to) changes.push(from, -1)
    if (to < from) changes.push(to, 1)
    if (from <= to) i++
    if (to <= from) j++
  }
}

/** Counts the listed changes of `node` against `other` at coefficient `c`. */
function countPairs(state: Sharing, node: number, other: number, c: number): void {
  const { changes } = state
  const digits = removableDigits(c)
  const first = Math.min(node, other)
  const base = codeBase(Math.max(node, other))
  const hash = pairHash(first, base)
  for (let i = 0; i < changes.length; i += 2) {
    const own = changes[i]!
    for (let j = 0; j < digits.length; j++) {
      const step = node < other ? digitStep(own, digits[j]!) : digitStep(digits[j]!, own)
      count(state, hash, first, base + step, changes[i + 1]!)
    }
  }
}

function countWithin(state: Sharing, node: number, c: number, by: number): void {
  const pairs = removablePairs(c)
  const base = codeBase(node)
  const hash = pairHash(node, base)
  for (let k = 0; k < pairs.length; k += 2)
    count(state, hash, node, base + digitStep(pairs[k]!, pairs[k + 1]!), by)
}

/** Shift and sign between two digits as a pattern code has them. */
function digitStep(d: number, e: number): number {
  return 2 * ((e >> 1) - (d >> 1)) + (~(d ^ e) & 1)
}

function count(state: Sharing, hash: number, first: number, code: number, by: number): void {
  const { table } = state
  const id = patternIdAt(table, hash, first, code)
  table.records[4 * id + 2]! += by
  state.work++
  if (by > 0 && table.marked[id] === 0) {
    table.marked[id] = 1
    state.touched.push(id)
  }
}

/** The node that computes the pattern: the one there is, or a new one. */
export function createNode(state: Sharing, pattern: Pattern): number {
  const id = patternId(state.table, pattern.first, codeOf(pattern))
  const known = state.table.records[4 * id + 3]!
  if (known > 0) return known - 1
  const node = state.free.pop() ?? state.definitions.length
  if (node >= nodeLimit) bug('an adder graph of more than a million shared nodes')
  if ((node + 1) * state.outputs > state.coefficients.length) growCoefficients(state)
  const { first, second, shift, same } = pattern
  state.definitions[node] = { first, second, shift, same }
  state.uses[node] = 0
  setSum(state.nodes, node, state.nodes, first, second, shift, !same)
  state.log.push(node, created, 0)
  enterNode(state, node)
  return node
}

/** A node out of use: it costs nothing any more, and what it was made from may fall out of use with it. */
function releaseNode(state: Sharing, node: number): void {
  const { first, second } = leaveNode(state, node)
  state.log.push(node, released, 0)
  if (state.uses[first] === 0) releaseNode(state, first)
  if (second !== first && state.uses[second] === 0) releaseNode(state, second)
}

function nameNode({ table, definitions }: Sharing, node: number, name: number): void {
  const pattern = definitions[node]!
  const id = patternId(table, pattern.first, codeOf(pattern))
  table.records[4 * id + 3] = name
}

function enterNode(state: Sharing, node: number): void {
  const { first, second, shift } = state.definitions[node]!
  nameNode(state, node, node + 1)
  state.uses[first]!++
  state.uses[second]!++
  state.nodeBits += joinCost(state.nodes, first, second, shift)
}

function leaveNode(state: Sharing, node: number): Pattern {
  const pattern = state.definitions[node]!
  nameNode(state, node, 0)
  state.nodeBits -= joinCost(state.nodes, pattern.first, pattern.second, pattern.shift)
  state.uses[pattern.first]!--
  state.uses[pattern.second]!--
  return pattern
}

function growCoefficients(state: Sharing): void {
  const coefficients = new Int32Array(2 * state.coefficients.length)
  coefficients.set(state.coefficients)
  state.coefficients = coefficients
}

/** True while the node is computed: a source, or a sum in use. */
export function isLive(state: Sharing, node: number): boolean {
  return node < state.sources || state.uses[node]! > 0
}

/** Makes all changes since the last commit final. */
export function commit(state: Sharing): void {
  for (let k = 0; k < state.log.length; k += 3)
    if (state.log[k + 1] === released) state.free.push(state.log[k]!)
  state.log = []
}

/** Takes back all changes since the last commit, last one first. */
export function rollBack(state: Sharing): void {
  const { log } = state
  for (let k = log.length - 3; k >= 0; k -= 3) {
    const node = log[k]!
    const output = log[k + 1]!
    if (output >= 0) writeCoefficient(state, node, output, coefficient(state, node, output), log[k + 2]!)
    else if (output === released) enterNode(state, node)
    else {
      leaveNode(state, node)
      state.free.push(node)
    }
  }
  state.log = []
}

/** Forgets patterns that no output holds any more: counts everything anew in a fresh table. */
export function recount(state: Sharing): void {
  Object.assign(state.table, emptyTable())
  state.touched = []
  for (let node = state.sources; node < state.definitions.length; node++)
    if (isLive(state, node)) nameNode(state, node, node + 1)
  state.active.forEach((active, output) => {
    const all = active.splice(0)
    for (const node of all) {
      countPatterns(state, node, output, 0, coefficient(state, node, output))
      active.push(node)
    }
  })
  for (const id of state.touched) state.table.marked[id] = 0
  state.touched = []
}

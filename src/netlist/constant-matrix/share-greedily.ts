// Greedy sharing: the pattern that saves most becomes a node and replaces its occurrences, again and again until
// nothing worth it repeats. What a pattern saves is judged by occurrences times overlapping bits, as da4ml's paper has
// it (occurrences · overlap, "Sun et al., da4ml"), a little less where the two terms are of unequal depth.

import { type Pattern, patternOf } from './pattern-table.ts'
import { mixed } from './random.ts'
import { digitCount, digitValue, maxExponent, removableDigits, removablePairs } from './recodings.ts'
import { popScore, pushScore } from './score-queue.ts'
import { coefficient, createNode, type Sharing, setCoefficient } from './sharing.ts'
import { joinIncrease, overlap } from './summands.ts'

export interface Taste {
  /** Part of the score that a pattern loses for each level its terms are apart. */
  readonly unequalDepth: number
  /** Scores vary by up to this part, by `seed`. */
  readonly noise: number
  readonly seed: number
}

/** Shares what has been touched since the last call until no pattern is worth a node. */
export function shareGreedily(state: Sharing, taste: Taste): void {
  const { queue, table } = state
  const pattern: Pattern = { first: 0, second: 0, shift: 0, same: false }
  const matches: number[] = []
  queueTouched(state, taste)
  while (queue.size > 0) {
    const id = queue.keys[0]!
    const expected = queue.scores[0]!
    popScore(queue)
    if (score(state, taste, id, table.records[4 * id + 2]!) <= 0) continue
    patternOf(table, id, pattern)
    findMatches(state, pattern, matches)
    const now = score(state, taste, id, matches.length / 2)
    if (now < expected) {
      if (now > 0) pushScore(queue, now, id)
      continue
    }
    replace(state, pattern, matches)
    queueTouched(state, taste)
  }
}

function queueTouched(state: Sharing, taste: Taste): void {
  const { touched, table, queue } = state
  for (const id of touched) {
    table.marked[id] = 0
    const value = score(state, taste, id, table.records[4 * id + 2]!)
    if (value > 0) pushScore(queue, value, id)
  }
  touched.length = 0
}

/** Scratch of `score`, which runs for every pattern touched. */
const scored: Pattern = { first: 0, second: 0, shift: 0, same: false }

/** What `count` occurrences are worth; a node that is there already needs only one. */
function score({ table, nodes }: Sharing, taste: Taste, id: number, count: number): number {
  const existing = table.records[4 * id + 3]! > 0
  if (count < (existing ? 1 : 2)) return 0
  patternOf(table, id, scored)
  const { first, second, shift } = scored
  const apart = Math.abs(nodes.depth[first]! - nodes.depth[second]!)
  const occurrences = existing ? count : count - 0.5
  const plain = occurrences * overlap(nodes, first, second, shift) * (1 - taste.unequalDepth) ** apart
  if (taste.noise === 0) return plain
  const chance = mixed(mixed(first, second), taste.seed * 4096 + 2 * shift + (scored.same ? 1 : 0)) >>> 0
  return plain * (1 + (taste.noise * chance) / 2 ** 32)
}

/** Disjoint places of the pattern in outputs whose depth allows it: output and digit of the first term by turns. */
function findMatches(state: Sharing, pattern: Pattern, matches: number[]): void {
  const { outputs, coefficients, nodes, kraft, kraftLimit } = state
  const { first, second } = pattern
  const increase = joinIncrease(nodes.depth[first]!, nodes.depth[second]!)
  matches.length = 0
  for (let output = 0; output < outputs; output++) {
    let a = coefficients[first * outputs + output]!
    let b = coefficients[second * outputs + output]!
    let room = kraftLimit[output]! - kraft[output]!
    while (a !== 0 && b !== 0 && (increase === 0 || increase <= room)) {
      const digit = first === second ? digitWithin(a, pattern) : digitAcross(a, b, pattern)
      if (digit < 0) break
      matches.push(output, digit)
      a -= digitValue(digit)
      if (first === second) a -= partner(digit, pattern)
      b = first === second ? a : b - partner(digit, pattern)
      room -= increase
    }
  }
}

/** The second term's digit that goes with `digit` of the first, as its value. */
function partner(digit: number, { shift, same }: Pattern): number {
  return digitValue(digit + 2 * shift) * (same ? 1 : -1)
}

function digitWithin(c: number, { shift, same }: Pattern): number {
  const pairs = removablePairs(c)
  for (let k = 0; k < pairs.length; k += 2) {
    const d = pairs[k]!
    const e = pairs[k + 1]!
    if ((e >> 1) - (d >> 1) === shift && ((d ^ e) & 1) === (same ? 0 : 1)) return d
  }
  return -1
}

function digitAcross(a: number, b: number, pattern: Pattern): number {
  const left = digitCount(b) - 1
  for (const digit of removableDigits(a)) {
    const exponent = (digit >> 1) + pattern.shift
    if (exponent < 0 || exponent > maxExponent - 2) continue
    if (digitCount(b - partner(digit, pattern)) === left) return digit
  }
  return -1
}

function replace(state: Sharing, pattern: Pattern, matches: readonly number[]): void {
  const node = createNode(state, pattern)
  const { first, second } = pattern
  for (let k = 0; k < matches.length; k += 2) {
    const output = matches[k]!
    const digit = matches[k + 1]!
    setCoefficient(state, first, output, coefficient(state, first, output) - digitValue(digit))
    setCoefficient(state, second, output, coefficient(state, second, output) - partner(digit, pattern))
    setCoefficient(state, node, output, coefficient(state, node, output) + digitValue(digit))
  }
}

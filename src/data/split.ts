// Rows shared out: for training, for choosing on the way, for the last word.

import { fail } from '../diagnostics/diagnostic.ts'
import { shuffledOrder, uniformGenerator } from './random.ts'

export interface SplitOptions {
  /** Shares of the parts, in their order; their sum is at most 1, and what is left is not used. */
  readonly shares: readonly number[]
  readonly seed: number
  /** Class of every row: each part then gets its share of every class. */
  readonly labels?: Int32Array | undefined
}

/**
 * Indices of the rows of each part, by chance and without a row twice. Sizes are exact to one row (per class where
 * classes are given). Fails with `data/split` where the shares are not shares, or a part gets no row.
 */
export function splitRows(count: number, options: SplitOptions): Uint32Array[] {
  const { shares, seed, labels } = options
  checkShares(shares)
  const order = shuffledOrder(count, uniformGenerator(seed))
  const groups = labels === undefined ? [order] : byClass(order, labels)
  const parts = shares.map((): number[] => [])
  for (const group of groups) {
    let [from, share] = [0, 0]
    shares.forEach((own, part) => {
      share += own
      const to = Math.round(share * group.length)
      for (const row of group.subarray(from, to)) parts[part]!.push(row)
      from = to
    })
  }
  const uniform = uniformGenerator(seed + 1)
  return parts.map((rows, part) => {
    if (rows.length === 0 && shares[part]! > 0) failEmpty(part, count)
    const mixed = shuffledOrder(rows.length, uniform)
    return mixed.map(k => rows[k]!)
  })
}

function byClass(order: Uint32Array, labels: Int32Array): Uint32Array[] {
  const classes = new Map<number, number[]>()
  for (const row of order) {
    const label = labels[row]!
    const rows = classes.get(label)
    if (rows === undefined) classes.set(label, [row])
    else rows.push(row)
  }
  return [...classes.keys()].sort((a, b) => a - b).map(label => Uint32Array.from(classes.get(label)!))
}

function checkShares(shares: readonly number[]): void {
  const sum = shares.reduce((total, share) => total + share, 0)
  if (shares.every(share => share >= 0 && share <= 1) && sum > 0 && sum <= 1 + 1e-9) return
  fail({
    code: 'data/split',
    place: 'split',
    problem: `the shares are ${shares.join(', ')}`,
    expected: 'numbers from 0 to 1 whose sum is at most 1',
    remedy: 'Correct them, e.g. 0.7, 0.15, 0.15.',
  })
}

function failEmpty(part: number, count: number): never {
  return fail({
    code: 'data/split',
    place: 'split',
    problem: `part ${part} gets none of the ${count} rows`,
    expected: 'at least one row',
    remedy: 'Give more rows or a larger share.',
  })
}

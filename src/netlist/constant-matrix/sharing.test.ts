import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { searchSharing } from './search-sharing.ts'
import { shareGreedily } from './share-greedily.ts'
import { coefficient, commit, isLive, recount, rollBack, type Sharing, startSharing } from './sharing.ts'

const matrices = fc.integer({ min: 2, max: 5 }).chain(sources =>
  fc.array(fc.array(fc.integer({ min: -40, max: 40 }), { minLength: sources, maxLength: sources }), {
    minLength: 1,
    maxLength: 6,
  }),
)

function start(columns: readonly (readonly number[])[]): Sharing {
  const sources = columns[0]!.map(() => ({ depth: 0, low: -128, high: 127, lsb: 0 }))
  return startSharing(
    sources,
    columns.map(column => column.flatMap((value, k) => (value === 0 ? [] : [k, value]))),
    columns.map(() => 64),
  )
}

/** Every count above zero, by pattern. */
function counts({ table }: Sharing): Map<string, number> {
  const found = new Map<string, number>()
  for (let id = 0; id < table.size; id++) {
    const [first, code, count, node] = table.records.subarray(4 * id)
    if (count !== 0 || node !== 0) found.set(`${first},${code},${node}`, count!)
  }
  return found
}

/** The output's sum in terms of sources. */
function expanded(state: Sharing, output: number): number[] {
  const left = state.definitions.map((_, node) => coefficient(state, node, output))
  const pending = () =>
    left.findLastIndex((c, node) => c !== 0 && node >= state.sources && isLive(state, node))
  for (let node = pending(); node >= 0; node = pending()) {
    const { first, second, shift, same } = state.definitions[node]!
    left[first]! += left[node]!
    left[second]! += left[node]! * 2 ** shift * (same ? 1 : -1)
    left[node] = 0
  }
  return left.slice(0, state.sources)
}

const plain = { unequalDepth: 0, noise: 0, seed: 0 }

describe('sharing', () => {
  test('keeps every output and counts what it holds', () => {
    fc.assert(
      fc.property(matrices, columns => {
        const state = start(columns)
        shareGreedily(state, plain)
        commit(state)
        searchSharing(state, 3000, () => false)
        columns.forEach((column, output) => {
          expect(expanded(state, output)).toEqual(column)
        })
        const kept = counts(state)
        recount(state)
        expect(counts(state)).toEqual(kept)
      }),
      { numRuns: 60, seed: 4 },
    )
  })

  test('rolls back to what it was', () => {
    fc.assert(
      fc.property(matrices, columns => {
        const state = start(columns)
        const before = { counts: counts(state), kraft: [...state.kraft] }
        shareGreedily(state, plain)
        rollBack(state)
        expect({ counts: counts(state), kraft: state.kraft }).toEqual(before)
        expect(state.nodeBits).toBe(0)
        columns.forEach((column, output) => {
          expect(column.map((_, node) => coefficient(state, node, output))).toEqual(column)
        })
      }),
      { numRuns: 60, seed: 5 },
    )
  })
})

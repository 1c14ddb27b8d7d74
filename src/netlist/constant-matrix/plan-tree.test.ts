import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addSummand, deepTaste, emptyTree, plainTaste, planTree } from './plan-tree.ts'
import { noSummands, setSummand } from './summands.ts'

function treeOf(terms: readonly { depth: number; shift: number; negative: boolean }[]) {
  const nodes = noSummands()
  const tree = emptyTree()
  terms.forEach(({ depth, shift, negative }, k) => {
    setSummand(nodes, k, depth, -128, 127, 0)
    addSummand(tree, nodes, k, shift, negative)
  })
  return tree
}

describe('planTree', () => {
  test('keeps the depth whenever Kraft allows it', () => {
    const terms = fc.array(
      fc.record({
        depth: fc.integer({ min: 0, max: 5 }),
        shift: fc.integer({ min: 0, max: 6 }),
        negative: fc.boolean(),
      }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(terms, fc.integer({ min: 0, max: 2 }), (list, extra) => {
        const positive = list.map((term, k) => (k === 0 ? { ...term, negative: false } : term))
        const kraft = positive.reduce((sum, { depth }) => sum + 2 ** depth, 0)
        const depth = Math.ceil(Math.log2(kraft)) + extra
        const tree = treeOf(positive)
        planTree(tree, 2 ** depth)
        expect(tree.joins).toHaveLength(2 * (positive.length - 1))
        const root = tree.joins.length === 0 ? 0 : tree.joins.at(-2)!
        expect(tree.depth[root]).toBeLessThanOrEqual(depth)
        expect(tree.negative[root]).toBe(false)
      }),
      { seed: 6 },
    )
  })

  test('joins what lies in the same place first', () => {
    const tree = treeOf([0, 5, 0, 5].map(shift => ({ depth: 0, shift, negative: false })))
    expect(planTree(tree, 4)).toBe(8 + 8 + 9)
    expect(tree.joins.slice(0, 4)).toEqual([0, 2, 1, 3])
  })

  test('takes one of two negative terms as a difference, where the depth allows', () => {
    const both = [0, 0].map(() => ({ depth: 0, shift: 0, negative: true }))
    const roomy = treeOf(both)
    planTree(roomy, 4)
    expect([roomy.doubled, roomy.negative[roomy.joins.at(-2)!]]).toEqual([0, false])
    const tight = treeOf(both)
    expect([planTree(tight, 2), tight.doubled]).toEqual([8 + 9, -1])
  })

  test('is the same where summands that are alike are judged together', () => {
    const terms = fc.array(
      fc.record({
        depth: fc.integer({ min: 0, max: 4 }),
        shift: fc.integer({ min: -3, max: 9 }),
        negative: fc.boolean(),
      }),
      { minLength: 1, maxLength: 120 },
    )
    fc.assert(
      fc.property(terms, fc.integer({ min: 0, max: 2 }), fc.boolean(), (list, extra, deep) => {
        const kraft = list.reduce((sum, { depth }) => sum + 2 ** depth, 0)
        const limit = 2 ** (Math.ceil(Math.log2(kraft)) + extra)
        const [together, alone] = [0, Number.POSITIVE_INFINITY].map(many => {
          const tree = treeOf(list)
          const bits = planTree(tree, limit, deep ? deepTaste : plainTaste, many)
          return { bits, joins: tree.joins, work: tree.work, doubled: tree.doubled }
        })
        expect(together).toEqual(alone)
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})

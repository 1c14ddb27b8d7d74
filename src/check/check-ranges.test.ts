import { describe, expect, it } from 'vitest'
import type { Batch } from '../engines/engine.ts'
import { rows, sumGraph as sum } from '../engines/fixed/testing/sum-graph.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { checkRanges, rowsLookedAt } from './check-ranges.ts'

function conversionsOf(graph: OpGraph, layer: string, inputs: readonly Batch[]) {
  const { conversions } = checkRanges(graph, inputs).get(layer)!
  return conversions.map(({ role, min, max, of, wrapped, saturated }) => [
    role,
    min,
    max,
    of,
    wrapped,
    saturated,
  ])
}

describe('values that reach a type', () => {
  it('tells a sum apart from its result', () => {
    const graph = sum({ accum: 'int<4>', result: 'fixed<3,3,TRN,SAT>' })
    // 9 wraps to −7 in four bits; −7 and 5 saturate in three.
    expect(conversionsOf(graph, 'y', rows(4, 5, 2, 3, 1, -2))).toEqual([
      ['accum', -1, 9, 3, 1, 0],
      ['result', -7, 5, 3, 0, 2],
    ])
  })

  it('looks at inputs, far beyond any type too', () => {
    const graph = sum({ input: 'int<4>', accum: 'int<9>', result: 'int<9>' })
    expect(conversionsOf(graph, 'x', rows(7, 8, -9, 1e30))).toEqual([['result', -9, 1e30, 4, 3, 0]])
  })

  it('counts a sum that saturates', () => {
    const graph = sum({ accum: 'fixed<4,4,TRN,SAT>', result: 'int<8>' })
    expect(conversionsOf(graph, 'y', rows(4, 5, 2, 3))).toEqual([
      ['accum', 5, 9, 2, 0, 1],
      ['result', 5, 7, 2, 0, 0],
    ])
  })

  it('tells a sum of products of tensors apart from its result', () => {
    const behind = (accum: string) => `z = einsum<equation="i,j->i">(x, x) [2] from Einsum {
      result: fixed<4,4,TRN,SAT>
      accum: ${accum}
      choose ReuseFactor=1, Strategy="Latency"
    }`
    const graph = (accum: string) => sum({ accum: 'int<9>', result: 'int<9>', behind: behind(accum) })
    // 5 · 8 = 40 wraps to −24 in six bits, 3 · 8 = 24; 2 · −3 = −6, −5 · −3 = 15.
    expect(conversionsOf(graph('int<6>'), 'z', rows(5, 3, 2, -5))).toEqual([
      ['accum', -6, 40, 4, 1, 0],
      ['result', -24, 24, 4, 0, 3],
    ])
  })

  it('keeps types of ninety bits exact', () => {
    const graph = sum({ input: 'fixed<90,10>', accum: 'fixed<93,13>', result: 'fixed<90,10>' })
    expect(conversionsOf(graph, 'y', rows(300, 300, 1, 2))).toEqual([
      ['accum', 3, 600, 2, 0, 0],
      ['result', 3, 600, 2, 1, 0],
    ])
  })
})

describe('tables', () => {
  const sigmoid = (table: string, size: number) =>
    `z = table-activation<function="sigmoid">(y) [1] from Activation {
        result: fixed<18,8>
        table: ${table}
        choose TableSize=${size}
      }`

  it('tells range, step, and entries used', () => {
    const graph = sum({ accum: 'int<9>', result: 'int<9>', behind: sigmoid('fixed<18,8>', 1024) })
    const [table] = checkRanges(graph, rows(0, 0, 3, 4, -2, -1, 100, 27)).get('z')!.tables
    expect(table).toMatchObject({ role: 'table', entries: 1024, from: -8, to: 8, step: 16 / 1024 })
    expect(table).toMatchObject({ min: -3, max: 127, of: 4, used: 4 })
    // Sigmoid is flat where the table ends.
    expect(table!.outside).toBe(0)
  })

  it('finds values beyond an end where the function still changes', () => {
    const graph = sum({ accum: 'int<9>', result: 'int<9>', behind: sigmoid('fixed<40,8>', 1024) })
    expect(checkRanges(graph, rows(4, 4, 3, 4, -9, 0)).get('z')!.tables[0]!.outside).toBe(2)
  })

  it('finds coarse steps', () => {
    const graph = sum({ accum: 'int<9>', result: 'int<9>', behind: sigmoid('fixed<18,8>', 8) })
    const [table] = checkRanges(graph, rows(0, 0, -3, -3, 3, 3)).get('z')!.tables
    expect(table!.step).toBe(2)
    // From sigmoid(−2) = 0.119 to sigmoid(0) = 0.5, against sigmoid(6).
    expect(table!.jump).toBeCloseTo((0.5 - 0.1192) / 0.9975, 2)
  })
})

it('looks at fewer rows of larger networks', () => {
  const graph = sum({ accum: 'int<9>', result: 'int<9>' })
  expect(rowsLookedAt(graph, 50)).toBe(50)
  expect(rowsLookedAt(graph, 5000)).toBe(1000)
})

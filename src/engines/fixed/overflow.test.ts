import { describe, expect, it } from 'vitest'
import type { OpGraph } from '../../ops/typed-node.ts'
import type { Batch } from '../engine.ts'
import { countOverflows } from './overflow.ts'
import { countOverflowsInBatch } from './overflow-batch.ts'
import { rows, sumGraph } from './testing/sum-graph.ts'

/** y = x0 + x1 of small integers, and relu of it. */
function sum({
  relu = 'int<12>',
  ...types
}: {
  input?: string
  accum: string
  result: string
  relu?: string
}) {
  const behind = `z = relu<maxValue=null>(y) [1] from Activation { result: ${relu} }`
  return sumGraph({ ...types, behind })
}

const roads = [
  ['row by row', async (graph: OpGraph, inputs: Batch[]) => countOverflows(graph, inputs)],
  ['in vector code', (graph: OpGraph, inputs: Batch[]) => countOverflowsInBatch(graph, inputs)],
] as const

describe.each(roads)('overflows, %s', (_title, counted) => {
  it('counts results that wrapped', async () => {
    const graph = sum({ accum: 'int<4>', result: 'int<8>' })
    expect(await counted(graph, rows(3, 4, 4, 4, -5, -4, 7, 7))).toEqual([{ layer: 'y', wrapped: 3, of: 4 }])
  })

  it('does not count a sum that wraps and comes back', async () => {
    const graph = sum({ accum: 'int<4>', result: 'int<8>' })
    // 9 is −7 in four bits, and −7 − 6 comes back to 3.
    expect(await counted(graph, rows(9, -6, -20, 21))).toEqual([])
  })

  it('does not count what saturates, unless it wrapped before', async () => {
    const saturating = sum({ accum: 'int<10>', result: 'fixed<4,4,TRN,SAT>' })
    expect(await counted(saturating, rows(100, 27))).toEqual([])
    const wrapping = sum({ accum: 'int<7>', result: 'fixed<4,4,TRN,SAT>' })
    expect(await counted(wrapping, rows(60, 27, 1, 1))).toEqual([{ layer: 'y', wrapped: 1, of: 2 }])
  })

  it('counts layers each on their own inputs', async () => {
    const graph = sum({ accum: 'int<10>', result: 'int<4>', relu: 'uint<2>' })
    // y wraps 9 to −7, which relu makes 0; 7 fits y and wraps in relu.
    expect(await counted(graph, rows(9, 0, 7, 0, 3, 0))).toEqual([
      { layer: 'y', wrapped: 1, of: 3 },
      { layer: 'z', wrapped: 1, of: 3 },
    ])
  })

  it('counts inputs, of all their elements', async () => {
    const graph = sum({ input: 'int<4>', accum: 'int<10>', result: 'int<10>' })
    expect(await counted(graph, rows(7, 8, -9, 200, 1, 1))).toEqual([{ layer: 'x', wrapped: 3, of: 6 }])
  })

  it('finds negative values in unsigned types', async () => {
    const graph = sum({ accum: 'int<10>', result: 'uint<8>' })
    expect(await counted(graph, rows(-1, 0, 1, 0))).toEqual([{ layer: 'y', wrapped: 1, of: 2 }])
  })

  it('counts sums of products of tensors that wrap in their accumulator', async () => {
    const behind = (accum: string) => `z = einsum<equation="i,j->i">(x, x) [2] from Einsum {
      result: int<12>
      accum: ${accum}
      choose ReuseFactor=1, Strategy="Latency"
    }`
    const graph = (accum: string) => sumGraph({ accum: 'int<9>', result: 'int<9>', behind: behind(accum) })
    // 5 · (5 + 3) = 40 and 3 · 8 = 24 in six bits, 2 · (2 − 5) = −6 and −5 · −3 = 15.
    expect(await counted(graph('int<6>'), rows(5, 3, 2, -5))).toEqual([{ layer: 'z', wrapped: 1, of: 4 }])
    expect(await counted(graph('fixed<6,6,TRN,SAT>'), rows(5, 3, 2, -5))).toEqual([])
    expect(await counted(graph('int<7>'), rows(5, 3, 2, -5))).toEqual([])
  })
})

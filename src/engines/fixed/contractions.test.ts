// Random contractions in vector code and row by row, against the interpreter.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../ir/tensor-type.ts'
import type { OpNode } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { rawRow } from '../engine.ts'
import { interpret } from '../interpreter/interpret.ts'
import { einsumDenses, einsums } from '../interpreter/testing/random-contractions.ts'
import { batches, chainOf } from '../interpreter/testing/random-graph.ts'
import type { Link } from '../interpreter/testing/random-layers.ts'
import { createBatchEngine } from './batch.ts'
import { createFixedEngine } from './fixed.ts'

const rows = 9

/** The graph with a type of its own for every element of every result. */
function withElementTypes(graph: OpGraph): OpGraph {
  const nodes = graph.nodes.map((node): OpNode => {
    const result = node.resolved.result!
    const base = result.to.types[0]!
    const types = Array.from({ length: sizeOf(node.shape) }, (_, k) => ({
      ...base,
      width: base.width + ((k * 5) % 3),
      frac: base.frac + ((k * 7) % 4),
    }))
    const to = { shape: node.shape, types }
    return { ...node, resolved: { ...node.resolved, result: { ...result, to } } }
  })
  return { ...graph, nodes }
}

/** Places where vector code and interpreter part, with both values. */
async function differences(
  chain: fc.Arbitrary<Link[]>,
  numRuns: number,
  change = (graph: OpGraph) => graph,
): Promise<void> {
  const cases = chain.chain(all => {
    const inputs = all.filter(link => link.kind === 'input')
    return fc.tuple(fc.constant(change(chainOf(all))), fc.tuple(...inputs.map(link => batches(link, rows))))
  })
  await fc.assert(
    fc.asyncProperty(cases, async ([graph, given]) => {
      const name = graph.outputs[0]!
      const slow = interpret(graph, given, [name]).get(name)!
      const engine = await createBatchEngine(graph)
      const fast = (await engine.run(given, [name])).get(name)!
      const byRow = createFixedEngine(graph).run(given, [name]).get(name)!
      for (let row = 0; row < rows; row++) {
        const expected = Array.from(rawRow(slow, row))
        expect(Array.from(rawRow(fast, row))).toEqual(expected)
        expect(Array.from(rawRow(byRow, row))).toEqual(expected)
      }
    }),
    { numRuns },
  )
}

describe('contractions in vector code and row by row give the bits of the interpreter', () => {
  it('of two tensors', () => differences(einsums, 60))

  it('with a constant kernel', () => differences(einsumDenses, 60))

  it('of tensors whose elements have types of their own', () => differences(einsums, 60, withElementTypes))

  it('of such a tensor with a constant kernel', () => differences(einsumDenses, 60, withElementTypes))
})

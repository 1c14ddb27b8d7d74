// Shared results against graphs that are run as a whole: random changes of types, one or a few at a time.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { writeOnnx } from '../../formats/onnx/write.ts'
import { importModel } from '../../frontends/index.ts'
import { model, node, tensor } from '../../frontends/onnx/testing/models.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import type { Batch } from '../engine.ts'
import { createFixedEngine } from './fixed.ts'
import { createNodeRunner } from './node-runner.ts'
import { planOfNode } from './plans.ts'
import { samePlan } from './same-plan.ts'
import { createSharedEngine, isWorthSharing } from './shared-results.ts'

const network = model(
  [2, 6, 6],
  [
    node('c', 'Conv', ['x', 'k'], { pads: [1, 1, 1, 1] }),
    node('r', 'Relu', ['c']),
    node('p', 'MaxPool', ['r'], { kernel_shape: [2, 2], strides: [2, 2] }),
    node('s', 'Sigmoid', ['p']),
    node('a', 'Add', ['s', 'p']),
    node('f', 'Flatten', ['a']),
    node('g', 'Gemm', ['f', 'w', 'b']),
    node('y', 'Softmax', ['g']),
  ],
  { k: tensor([3, 2, 3, 3], 1), w: tensor([27, 4], 2), b: tensor([4], 3) },
)

const rows = 9
const inputs: readonly Batch[] = [
  {
    rows,
    shape: [6, 6, 2],
    data: Float64Array.from({ length: rows * 72 }, (_, k) => Math.sin(12.9898 * k)),
  },
]

async function sourceGraph(): Promise<OpGraph> {
  return importModel([{ name: 'net.onnx', bytes: writeOnnx(network) }])
}

const weights = ['c.weight', 'g.weight', 'g.bias'] as const
type Fracs = Readonly<Record<(typeof weights)[number], number>>

function typed(source: OpGraph, fracs: Fracs): OpGraph {
  const inputTypes = new Map([['x', { signed: true, width: 8, frac: 6 }]])
  return compileModel(source, { inputTypes, weightFracs: new Map(Object.entries(fracs)) }).typed
}

describe('results shared between graphs', () => {
  it('are those of graphs that are run as a whole', async () => {
    const source = await sourceGraph()
    const frac = fc.integer({ min: 1, max: 5 })
    const changes = fc.array(
      fc.record({ 'c.weight': frac, 'g.weight': frac, 'g.bias': frac, keeps: fc.boolean() }),
      { minLength: 2, maxLength: 6 },
    )
    fc.assert(
      fc.property(changes, list => {
        const engine = createSharedEngine(inputs)
        for (const { keeps, ...fracs } of list) {
          const graph = typed(source, fracs)
          if (keeps) engine.keep(graph)
          const names = graph.nodes.map(({ name }) => name)
          expect(engine.run(graph, names)).toEqual(createFixedEngine(graph).run(inputs, names))
        }
      }),
      { numRuns: 12, seed: 6 },
    )
  }, 30_000)

  it('are not computed again before a change, nor behind one that changes nothing', async () => {
    const source = await sourceGraph()
    const engine = createSharedEngine(inputs)
    const base = { 'c.weight': 3, 'g.weight': 3, 'g.bias': 3 }
    const computedBy = (fracs: Fracs) => {
      const before = engine.counts().computed
      const graph = typed(source, fracs)
      engine.run(graph, graph.outputs)
      return engine.counts().computed - before
    }
    const all = computedBy(base)
    expect(computedBy(base)).toBe(0)
    expect(computedBy({ ...base, 'g.weight': 2 })).toBeLessThan(all / 2)
    // Other bits of the source of a later graph, the same values: what reads them has run already.
    const graph = typed(source, base)
    const same = { ...graph, nodes: graph.nodes.map(own => ({ ...own })) }
    const before = engine.counts().computed
    engine.run(same, same.outputs)
    expect(engine.counts().computed).toBe(before)
  })

  it('of a layer run often enough are those of vector code, the same bits', async () => {
    const graph = typed(await sourceGraph(), { 'c.weight': 4, 'g.weight': 4, 'g.bias': 4 })
    const engine = createFixedEngine(graph)
    const names = graph.nodes.map(({ name }) => name)
    const expected = engine.run(inputs, names)
    for (const own of graph.nodes) {
      if (own.kind === 'input') continue
      const runner = createNodeRunner(planOfNode(graph, own))
      await runner.prepare(10 ** 9)
      const sources = own.inputs.map(name => expected.get(name)!)
      expect(runner.run(sources, rows), own.name).toEqual(expected.get(own.name))
    }
  })

  it('are left out where one graph fills the room', async () => {
    const graph = typed(await sourceGraph(), { 'c.weight': 4, 'g.weight': 4, 'g.bias': 4 })
    expect(isWorthSharing(graph, 1000)).toBe(true)
    expect(isWorthSharing(graph, 1_000_000)).toBe(false)
  })
})

it('plans are the same by what they compute', async () => {
  const source = await sourceGraph()
  const plans = ([3, 3, 4] as const).map(own => {
    const graph = typed(source, { 'c.weight': own, 'g.weight': own, 'g.bias': own })
    return graph.nodes.filter(({ kind }) => kind !== 'input').map(each => planOfNode(graph, each))
  })
  const [first, again, other] = plans
  for (const [k, plan] of first!.entries()) expect(samePlan(plan, again![k]!)).toBe(true)
  expect(first!.every((plan, k) => samePlan(plan, other![k]!))).toBe(false)
})

// A fault put into one layer is found on every road and placed in that layer.

import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { buildDesign } from '../backends/verilog/design.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { prepareDesign } from './hardware.ts'
import { verifyDesign } from './verify-design.ts'

const example = resolve(import.meta.dirname, '../../examples/pulse-shape')

/** The graph with one weight of a layer off by one. */
function withFault(graph: OpGraph, layer: string): OpGraph {
  const id = graph.nodes.find(({ name }) => name === layer)!.weights.weight!
  const tensor = graph.store.get(id)!
  if (tensor.form !== 'raw') throw new Error('weights are not quantised')
  const raw = tensor.raw.map((value, k) => (k === 3 ? value + 1n : value))
  return { ...graph, store: new Map([...graph.store, [id, { ...tensor, raw }]]) }
}

it.each(['fc1', 'fc2', 'output'])('a wrong weight in %s is found there', async layer => {
  const made = await prepareDesign({
    model: `${example}/pulse-shape.h5`,
    data: [`${example}/pulses.csv`],
    labelColumn: 'label',
  })
  const { compiled } = made.prepared
  const faulty = buildDesign(withFault(compiled.typed, layer), {
    project: 'faulty',
    clockNs: 5,
    family: 'xc7',
  })
  const { equal, roads } = await verifyDesign(compiled, faulty, made.vectors, { roads: ['netlist'] })
  expect(equal).toBe(false)
  expect(roads[0]!.divergence?.layer).toBe(layer)
  expect(roads[0]!.divergence?.got).not.toBe(roads[0]!.divergence?.expected)
})

// Where hardware and emulator part: the circuit with every layer's result as an output, run on the row that differs,
// against the emulator's results layer by layer.

import { evaluateCombinational } from '../../netlist/evaluate.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { lowerLayers } from './lower-graph.ts'

export interface Divergence {
  readonly layer: string
  readonly element: number
  readonly expected: bigint
  readonly got: bigint
}

/**
 * The first layer, in graph order, whose cells give other values than `expected` on these inputs; undefined when the
 * cells of every layer agree, so that the fault lies in pipelining, streams or printing.
 */
export function findDivergence(
  graph: OpGraph,
  inputs: readonly (readonly bigint[])[],
  expected: ReadonlyMap<string, readonly bigint[]>,
): Divergence | undefined {
  const layers = graph.nodes.filter(node => node.kind !== 'input').map(node => node.name)
  const netlist = lowerLayers(graph, layers)
  const values = evaluateCombinational(netlist, inputs.flat())
  let next = 0
  for (const layer of layers) {
    const wanted = expected.get(layer) ?? []
    for (const [element, raw] of wanted.entries()) {
      const got = values[next++]!
      if (got !== raw) return { layer, element, expected: raw, got }
    }
  }
  return undefined
}

// The plan of each node of a graph, made once: tables of exponentials take longer than running them on a few rows.

import type { Plan } from '../../fixed/kernels.ts'
import { definitionOf, type OpNode } from '../../ops/index.ts'
import { type OpGraph, typedOpOfNode } from '../../ops/typed-node.ts'

const known = new WeakMap<OpGraph, Map<string, Plan>>()

/** What the operator's `emulate` gives for a node of this graph. */
export function planOfNode(graph: OpGraph, node: OpNode): Plan {
  const plans = known.get(graph) ?? new Map<string, Plan>()
  known.set(graph, plans)
  const plan = plans.get(node.name) ?? definitionOf(node.kind).emulate(typedOpOfNode(graph, node))
  plans.set(node.name, plan)
  return plan
}

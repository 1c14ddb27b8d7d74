// A node of a typed graph as its operator sees it.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Graph } from '../ir/graph.ts'
import { nodeNamed } from '../ir/graph.ts'
import { conversionAt, type TensorType } from '../ir/tensor-type.ts'
import type { TypedOp } from './definition.ts'
import type { OpNode } from './index.ts'

export type OpGraph = Graph<OpNode>

/** The type of a node's result; a bug before precision is resolved. */
export function typeOfNode(node: OpNode): TensorType {
  const result = node.resolved.result ?? bug(`${node.name} has no resolved result`)
  return { shape: node.shape, element: result.to }
}

/** The layers under which a config sets the type of a node's result: itself, and what was merged into it. */
export function resultNames({ name, origin }: OpNode): string {
  return [name, ...origin.mergedNames].map(own => `'${own}'`).join(' and ')
}

/** A node of a fully typed graph with its neighbours' types and its quantised weights at hand. */
export function typedOpOfNode(graph: OpGraph, node: OpNode): TypedOp<unknown> {
  const resolved = (role: string) => node.resolved[role] ?? bug(`${node.name} has no resolved ${role}`)
  return {
    name: node.name,
    attrs: node.attrs,
    inputs: node.inputs.map(name => typeOfNode(nodeNamed(graph, name))),
    inputNames: node.inputs.map(name => resultNames(nodeNamed(graph, name))),
    inputConversions: node.inputs.map(
      name => nodeNamed(graph, name).resolved.result ?? bug(`${name} has no resolved result`),
    ),
    output: typeOfNode(node),
    choices: node.choices,
    origin: node.origin,
    result: resolved('result'),
    conversion: role => conversionAt(resolved(role), [], 0),
    hasRole: role => node.resolved[role] !== undefined,
    weight: role => {
      const tensor = graph.store.get(node.weights[role] ?? '')
      return tensor?.form === 'raw' ? tensor : undefined
    },
  }
}

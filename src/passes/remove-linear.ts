// Removes linear activations that change no type: where the layer before has the same type, or has none yet and takes
// this one's (hls4ml `eliminate_linear_activation`, `merge_linear_activation`). One that re-quantises stays.

import { printPrecision } from '../fixed/precision.ts'
import { nodeNamed, removeNode, updateNode, usersOf } from '../ir/graph.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass } from './pass.ts'

export const removeLinear: Pass = {
  name: 'remove-linear',
  summary: 'removes linear activations that change no type',
  run: graph =>
    graph.nodes.reduce(
      (current, { kind, name }) =>
        kind === 'quantise' ? withoutLinear(current, nodeNamed(current, name)) : current,
      graph,
    ),
}

/** Operators whose result may take the type of the activation behind them. */
const takesType: ReadonlySet<string> = new Set(['dense', 'batch-norm', 'conv2d'])

function withoutLinear(graph: OpGraph, node: OpNode): OpGraph {
  const before = nodeNamed(graph, node.inputs[0]!)
  const asked = node.requested.result
  const given = before.requested.result
  if (asked === undefined || given === undefined) return graph
  if (printPrecision(asked, 'canonical') === printPrecision(given, 'canonical'))
    return merged(graph, before, node)
  const onlyUser = usersOf(graph, before.name).length === 1
  if (given.kind !== 'auto' || !onlyUser || !takesType.has(before.kind)) return graph
  const typed = updateNode(graph, before.name, parent => ({
    ...parent,
    requested: { ...parent.requested, result: asked },
  }))
  return merged(typed, before, node)
}

function merged(graph: OpGraph, before: OpNode, node: OpNode): OpGraph {
  const named = updateNode(graph, before.name, parent => ({
    ...parent,
    origin: { ...parent.origin, mergedNames: [...parent.origin.mergedNames, node.name] },
  }))
  return removeNode(named, node.name)
}

/** After inference: linear activations whose type has turned out to be that of what they read. */
export const removeSameTyped: Pass = {
  name: 'remove-same-typed',
  summary: 'removes linear activations whose inferred type is that of their input',
  run: graph =>
    graph.nodes.reduce((current, { kind, name }) => {
      if (kind !== 'quantise') return current
      const node = nodeNamed(current, name)
      const before = nodeNamed(current, node.inputs[0]!)
      return sameConversions(before.resolved.result, node.resolved.result)
        ? merged(current, before, node)
        : current
    }, graph),
}

function sameConversions(
  a: OpNode['resolved'][string] | undefined,
  b: OpNode['resolved'][string] | undefined,
): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b)
}

/** Without a config a linear activation means something only where the source gives it a quantiser. */
export const removeIdentity: Pass = {
  name: 'remove-identity',
  summary: 'removes linear activations that have no quantiser of their own',
  run: graph =>
    graph.nodes.reduce((current, { kind, name }) => {
      if (kind !== 'quantise') return current
      const node = nodeNamed(current, name)
      return node.quantisers.result === undefined
        ? merged(current, nodeNamed(current, node.inputs[0]!), node)
        : current
    }, graph),
}

// Removes linear activations that change no type: where the layer before has the same type, or has none yet (hls4ml
// `eliminate_linear_activation`, `merge_linear_activation`). One that re-quantises a typed result stays.

import { finding } from '../diagnostics/diagnostic.ts'
import { printPrecision } from '../fixed/precision.ts'
import { nodeNamed, removeNode, updateNode, usersOf } from '../ir/graph.ts'
import { statedType } from '../ir/source-quantiser.ts'
import type { OpKind, OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass, PassContext } from './pass.ts'

export const removeLinear: Pass = {
  name: 'remove-linear',
  summary: 'removes linear activations that change no type',
  run: (graph, context) =>
    graph.nodes.reduce(
      (current, { kind, name }) =>
        kind === 'quantise' ? withoutLinear(current, nodeNamed(current, name), context) : current,
      graph,
    ),
}

/** Operators behind which hls4ml drops a linear activation while their result is `auto`: layers and activations. */
const dropsLinear: ReadonlySet<OpKind> = new Set([
  'dense',
  'conv',
  'batch-norm',
  'quantise',
  'relu',
  'leaky-relu',
  'prelu',
  'thresholded-relu',
  'elu',
  'selu',
  'hard-activation',
  'hard-swish',
  'power-of-two',
  'table-activation',
  'softmax',
  'binary-tanh',
  'ternary-tanh',
])

function withoutLinear(graph: OpGraph, node: OpNode, context: PassContext): OpGraph {
  const before = nodeNamed(graph, node.inputs[0]!)
  const asked = node.requested.result
  const given = before.requested.result
  if (asked === undefined || given === undefined) return graph
  const isSame = printPrecision(asked, 'canonical') === printPrecision(given, 'canonical')
  if (isSame) return merged(graph, before, node)
  if (given.kind !== 'auto' || !dropsLinear.has(before.kind)) return graph
  const quantiser = node.quantisers.result
  if (quantiser !== undefined && statedType(quantiser) !== undefined) return typed(graph, before, node)
  reportDropped(before, node, context)
  return merged(graph, before, node)
}

/** What a source states in full becomes the type of the layer before, which nobody else may read. */
function typed(graph: OpGraph, before: OpNode, node: OpNode): OpGraph {
  const isShared = usersOf(graph, before.name).length !== 1 || graph.outputs.includes(before.name)
  if (isShared) return graph
  const changed = updateNode(graph, before.name, own => ({
    ...own,
    requested: { ...own.requested, ...node.requested },
    quantisers: { ...own.quantisers, ...node.quantisers },
  }))
  return merged(changed, nodeNamed(changed, before.name), node)
}

/** The type of an activation that is removed is not read: `auto` before it is inferred as if it were not there. */
function reportDropped(before: OpNode, node: OpNode, context: PassContext): void {
  const asked = node.requested.result!
  context.report(
    finding({
      code: 'config/no-effect',
      place: `layer '${node.name}'`,
      problem: `its result type ${printPrecision(asked, 'short')} is not read: hls4ml removes a linear activation behind a result that is auto`,
      remedy: `Set Precision.result of '${before.name}'.`,
    }),
  )
}

function merged(graph: OpGraph, before: OpNode, node: OpNode): OpGraph {
  const named = updateNode(graph, before.name, parent => ({
    ...parent,
    origin: {
      ...parent.origin,
      mergedNames: [...parent.origin.mergedNames, node.name, ...node.origin.mergedNames],
    },
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

// hls4ml's `quantize_dense_output`: a binary or ternary Keras layer that reads thresholded values counts them in an
// integer of ⌈log2 n⌉ + 2 bits, whatever was inferred. It loses its bias, and thresholds behind it become whole.

import { finding } from '../diagnostics/diagnostic.ts'
import { conversion } from '../fixed/types.ts'
import { floatTensor, nodeNamed, type StoredTensor, updateNode, usersOf, withTensors } from '../ir/graph.ts'
import { type TensorConversion, tensorConversion } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass, PassContext } from './pass.ts'

export const typeCounts: Pass = {
  name: 'type-counts',
  summary: 'gives binary and ternary layers behind thresholds an integer accumulator',
  run: (graph, context) =>
    graph.nodes
      .filter(node => countsThresholds(graph, node))
      .reduce((current, node) => counting(current, node, context), graph),
}

function countsThresholds(graph: OpGraph, node: OpNode): boolean {
  const quantiser = node.quantisers.weight?.name
  const isKerasLayer = quantiser === 'BinaryDense' || quantiser === 'TernaryDense'
  return node.kind === 'dense' && isKerasLayer && nodeNamed(graph, node.inputs[0]!).kind === 'threshold'
}

function counting(graph: OpGraph, node: OpNode, context: PassContext): OpGraph {
  const length = nodeNamed(graph, node.inputs[0]!).shape.at(-1)!
  const width = Math.ceil(Math.log2(length)) + 2
  const count = tensorConversion(conversion({ signed: true, width, frac: 0 }))
  const typed = updateNode(graph, node.name, own => ({
    ...own,
    resolved: { ...own.resolved, accum: count, result: count },
  }))
  const behind = usersOf(graph, node.name).filter(user => user.kind === 'threshold')
  return behind.reduce(
    (current, user) => withWholeThresholds(current, user, count),
    withoutBias(typed, node, context),
  )
}

function withoutBias(graph: OpGraph, node: OpNode, context: PassContext): OpGraph {
  if (node.weights.bias === undefined) return graph
  const bias = floatTensor(graph, node, 'bias')
  if (bias.data.every(value => value === 0)) return graph
  context.report(
    finding({
      code: 'precision/bias-dropped',
      place: `layer '${node.name}'`,
      problem:
        'hls4ml sets the biases of a binary or ternary layer behind thresholds to 0, and so they are here',
      remedy: 'Train it without biases (use_bias=False); a batch normalisation behind it has its own.',
    }),
  )
  return withValues(graph, node, 'bias', { ...bias, data: new Float64Array(bias.data.length) })
}

/** ⌊t⌋ in the type of the counts that are compared with it. */
function withWholeThresholds(graph: OpGraph, node: OpNode, count: TensorConversion): OpGraph {
  return Object.keys(node.weights).reduce((current, role) => {
    const threshold = floatTensor(current, node, role)
    const whole = { ...threshold, data: threshold.data.map(Math.floor) }
    return updateNode(withValues(current, node, role, whole), node.name, own => ({
      ...own,
      resolved: { ...own.resolved, [role]: count },
    }))
  }, graph)
}

/** Other values under the role's own name, by which the quantised ones are told from the trained. */
function withValues(
  graph: OpGraph,
  node: OpNode,
  role: string,
  values: Omit<Extract<StoredTensor, { form: 'float' }>, 'form'>,
): OpGraph {
  const id = `${node.name}.${role}`
  const stored = withTensors(graph, [[id, { form: 'float', shape: values.shape, data: values.data }]])
  return updateNode(stored, node.name, own => ({ ...own, weights: { ...own.weights, [role]: id } }))
}

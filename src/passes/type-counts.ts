// hls4ml's `quantize_dense_output`: a binary or ternary Keras layer that reads thresholded values counts them in an
// integer of ⌈log2 n⌉ + 2 bits, whatever was inferred.

import { conversion } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import { tensorConversion } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass } from './pass.ts'

export const typeCounts: Pass = {
  name: 'type-counts',
  summary: 'gives binary and ternary layers behind thresholds an integer accumulator',
  run: graph => ({
    ...graph,
    nodes: graph.nodes.map(node => (countsThresholds(graph, node) ? withCount(graph, node) : node)),
  }),
}

function countsThresholds(graph: OpGraph, node: OpNode): boolean {
  const quantiser = node.quantisers.weight?.name
  const isKerasLayer = quantiser === 'BinaryDense' || quantiser === 'TernaryDense'
  return node.kind === 'dense' && isKerasLayer && nodeNamed(graph, node.inputs[0]!).kind === 'threshold'
}

function withCount(graph: OpGraph, node: OpNode): OpNode {
  const length = nodeNamed(graph, node.inputs[0]!).shape.at(-1)!
  const count = tensorConversion(
    conversion({ signed: true, width: Math.ceil(Math.log2(length)) + 2, frac: 0 }),
  )
  return { ...node, resolved: { ...node.resolved, accum: count, result: count } }
}

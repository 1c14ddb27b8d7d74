// Without a config: binary and ternary activations, with or without a batch normalisation in front, compare exactly.
// x > t holds for raw x above floor(t · 2^F), so thresholds lose nothing.

import { typeOfRaws } from '../fixed/interval.ts'
import { conversion } from '../fixed/types.ts'
import { nodeNamed, type StoredTensor, updateNode, withTensors } from '../ir/graph.ts'
import { tensorConversion, typeAt } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import type { Pass } from './pass.ts'

export const ternaryLevels: Pass = {
  name: 'ternary-levels',
  summary: 'turns ternary activations into exact thresholds',
  run: graph => graph.nodes.reduce((current, { name }) => levelled(current, nodeNamed(current, name)), graph),
}

function levelled(graph: OpGraph, node: OpNode): OpGraph {
  if (node.kind !== 'ternary-tanh') return graph
  const input = typeAt(typeOfNode(nodeNamed(graph, node.inputs[0]!)), 0)
  const steps = [node.attrs.threshold, -node.attrs.threshold].map(level =>
    BigInt(Math.floor(level * 2 ** input.frac)),
  )
  const { signed, width } = typeOfRaws(steps, input.frac)
  // The step above a threshold is one of its last bit: 0 keeps its frac too.
  const type = { signed, width: Math.max(1, width), frac: input.frac }
  const size = node.shape.reduce((a, b) => a * b, 1)
  const every = (raw: bigint): StoredTensor => ({
    form: 'raw',
    shape: node.shape,
    type,
    raw: new Array<bigint>(size).fill(raw),
  })
  const stored = withTensors(graph, [
    [`${node.name}.threshold_hi`, every(steps[0]!)],
    [`${node.name}.threshold_lo`, every(steps[1]!)],
  ])
  const thresholds = tensorConversion(conversion(type))
  return updateNode(stored, node.name, own => ({
    ...own,
    kind: 'threshold',
    attrs: { levels: 3 },
    weights: { threshold_hi: `${node.name}.threshold_hi`, threshold_lo: `${node.name}.threshold_lo` },
    resolved: { result: node.resolved.result!, threshold_hi: thresholds, threshold_lo: thresholds },
  }))
}

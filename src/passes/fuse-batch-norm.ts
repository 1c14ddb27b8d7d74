// Folds a batch normalisation into the layer before it, in float: two scales into one, or a scale into a dense layer's
// weights. hls4ml folds only where the earlier layer's result is `auto` and its weights have no quantiser.

import { floatTensor, nodeNamed, removeNode, updateNode, usersOf, withTensors } from '../ir/graph.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass } from './pass.ts'

export const fuseBatchNorm: Pass = {
  name: 'fuse-batch-norm',
  summary: 'folds batch normalisation into the scale or dense layer before it',
  run: graph =>
    graph.nodes.reduce(
      (current, node) => (node.kind === 'batch-norm' ? fused(current, node.name) : current),
      graph,
    ),
}

function fused(graph: OpGraph, name: string): OpGraph {
  const node = nodeNamed(graph, name)
  const before = nodeNamed(graph, node.inputs[0]!)
  if (usersOf(graph, before.name).length !== 1 || graph.outputs.includes(before.name)) return graph
  if (before.kind === 'batch-norm' && isPlain(before) && isPlain(node))
    return mergeScales(graph, before, node)
  if (before.kind === 'dense' && mayFold(before) && isPlain(node)) return foldIntoDense(graph, before, node)
  return graph
}

function isPlain(node: OpNode): boolean {
  return (
    node.kind === 'batch-norm' &&
    node.attrs.scaleCoding === 'plain' &&
    Object.keys(node.quantisers).length === 0
  )
}

function mayFold(node: OpNode): boolean {
  const asked = node.requested.result
  return (
    (asked === undefined || asked.kind === 'auto') &&
    Object.keys(node.quantisers).length === 0 &&
    !hasCodedWeights(node)
  )
}

function hasCodedWeights(node: OpNode): boolean {
  return node.kind === 'dense' && node.attrs.weightCoding !== 'plain'
}

const float32 = Math.fround

/** s = s1·s0, b = s1·b0 + b1; the later node stays. */
function mergeScales(graph: OpGraph, first: OpNode, second: OpNode): OpGraph {
  const [s0, b0, s1, b1] = [
    floatTensor(graph, first, 'scale').data,
    floatTensor(graph, first, 'bias').data,
    floatTensor(graph, second, 'scale').data,
    floatTensor(graph, second, 'bias').data,
  ]
  const size = Math.max(s0.length, b0.length, s1.length, b1.length)
  const at = (data: Float64Array, k: number) => data[k % data.length]!
  const scale = Float64Array.from({ length: size }, (_, k) => at(s1, k) * at(s0, k))
  const bias = Float64Array.from({ length: size }, (_, k) => at(s1, k) * at(b0, k) + at(b1, k))
  return storeAndRemove(graph, first.name, second.name, { scale, bias }, [size])
}

/** w·s for each output, b·s + offset. */
function foldIntoDense(graph: OpGraph, dense: OpNode, norm: OpNode): OpGraph {
  const { data: weight, shape } = floatTensor(graph, dense, 'weight')
  const units = shape[1]!
  const scale = floatTensor(graph, norm, 'scale').data
  const offset = floatTensor(graph, norm, 'bias').data
  const own = dense.weights.bias === undefined ? undefined : floatTensor(graph, dense, 'bias').data
  const s = (unit: number) => scale[unit % scale.length]!
  const folded = weight.map((w, k) => float32(w * s(k % units)))
  const bias = Float64Array.from({ length: units }, (_, unit) =>
    float32(float32((own?.[unit] ?? 0) * s(unit)) + offset[unit % offset.length]!),
  )
  const stored = withTensors(graph, [
    [`${dense.name}.weight+${norm.name}`, { form: 'float', shape, data: folded }],
    [`${dense.name}.bias+${norm.name}`, { form: 'float', shape: [units], data: bias }],
  ])
  const changed = updateNode(stored, dense.name, node => ({
    ...node,
    weights: { weight: `${dense.name}.weight+${norm.name}`, bias: `${dense.name}.bias+${norm.name}` },
    requested: {
      ...node.requested,
      ...(norm.requested.result === undefined ? {} : { result: norm.requested.result }),
    },
    origin: { ...node.origin, mergedNames: [...node.origin.mergedNames, norm.name] },
  }))
  return removeNode(changed, norm.name)
}

function storeAndRemove(
  graph: OpGraph,
  removed: string,
  kept: string,
  tensors: Record<string, Float64Array>,
  shape: number[],
): OpGraph {
  const ids = Object.keys(tensors).map(role => [role, `${kept}.${role}+${removed}`] as const)
  const stored = withTensors(
    graph,
    ids.map(([role, id]) => [id, { form: 'float', shape, data: tensors[role]! }]),
  )
  const changed = updateNode(stored, kept, node => ({ ...node, weights: Object.fromEntries(ids) }))
  return removeNode(changed, removed)
}

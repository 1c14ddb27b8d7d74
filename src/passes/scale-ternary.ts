// hls4ml's ternary tanh has its thresholds at ±1/2: any other is a scale in front of it (`extract_ternary_threshold`).

import { autoPrecision } from '../fixed/precision.ts'
import { nodeNamed, replaceNode, withTensors } from '../ir/graph.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass } from './pass.ts'

export const scaleTernary: Pass = {
  name: 'scale-ternary',
  summary: 'puts a scale before ternary activations whose threshold is not a half',
  run: graph => graph.nodes.reduce((current, { name }) => scaled(current, nodeNamed(current, name)), graph),
}

function scaled(graph: OpGraph, node: OpNode): OpGraph {
  if (node.kind !== 'ternary-tanh' || node.attrs.threshold === 0.5) return graph
  const name = `${node.name}_scale`
  const size = node.shape.at(-1)!
  const stored = withTensors(graph, [
    [
      `${name}.scale`,
      { form: 'float', shape: [size], data: new Float64Array(size).fill(0.5 / node.attrs.threshold) },
    ],
    [`${name}.bias`, { form: 'float', shape: [size], data: new Float64Array(size) }],
  ])
  const scale: OpNode = {
    ...node,
    kind: 'batch-norm',
    name,
    attrs: { scaleCoding: 'plain' },
    weights: { scale: `${name}.scale`, bias: `${name}.bias` },
    quantisers: {},
    requested: { result: autoPrecision, scale: autoPrecision, bias: autoPrecision },
    choices: {},
    origin: { layerClass: 'ApplyAlpha', source: node.origin.source, mergedNames: [] },
  }
  const activation: OpNode = { ...node, attrs: { threshold: 0.5 }, inputs: [name] }
  return replaceNode(stored, node.name, [scale, activation], node.name)
}

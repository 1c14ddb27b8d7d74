// hls4ml's configs for PyTorch call an input by the argument of the module's `forward`, a name that an exported file
// does not have. Such a config says the input's shape too, and names inputs before layers.

import type { Graph, Node } from '../ir/graph.ts'
import type { ModelConfig } from './model-config.ts'

/** The graph with its inputs called as a config for PyTorch calls them; any other config leaves it as it is. */
export function withTorchInputs<N extends Node>(graph: Graph<N>, config: ModelConfig): Graph<N> {
  if (!config.namesTorchInputs) return graph
  const known = new Set(graph.nodes.map(({ name }) => name))
  const strange = [...config.layerName.keys()].filter(name => !known.has(name))
  const inputs = graph.nodes.filter(({ origin }) => origin.layerClass === 'Input').map(({ name }) => name)
  if (strange.length !== inputs.length) return graph
  // The node that turns an image to channels last carries its name too.
  const names = new Map(
    inputs.flatMap((name, k) =>
      ['', 'transpose_input_for_'].map(before => [before + name, before + strange[k]!] as const),
    ),
  )
  const renamed = (name: string) => names.get(name) ?? name
  const nodes = graph.nodes.map(node => ({
    ...node,
    name: renamed(node.name),
    inputs: node.inputs.map(renamed),
  }))
  return { ...graph, nodes, outputs: graph.outputs.map(renamed) }
}

// What a vendor's HLS tool would report of a graph's C++ project: its layers' kernels and what holds them together.

import { CompileError, type Diagnostic, error } from '../diagnostics/diagnostic.ts'
import { elementTypes } from '../ir/tensor-type.ts'
import { isRefusal } from '../ops/definition.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import { type OpGraph, typedOpOfNode, typeOfNode } from '../ops/typed-node.ts'
import { addCost, type DesignEstimate, type LayerEstimate, nothing } from './design-estimate.ts'
import { hlsBand } from './fitted.ts'

const hlsBackends = ['vitis', 'vivado'] as const
export type HlsBackend = (typeof hlsBackends)[number]

/** Layers one behind another: latencies add up, the slowest gives the interval. Fails where a layer has no estimate. */
export function estimateHls(
  graph: OpGraph,
  { backend, clockNs }: { readonly backend: HlsBackend; readonly clockNs: number },
): DesignEstimate {
  const refused: Diagnostic[] = []
  const layers = graph.nodes.map((node): LayerEstimate => {
    const own = definitionOf(node.kind).estimate(typedOpOfNode(graph, node), { clockNs })
    if (!isRefusal(own)) return { name: node.name, kind: node.kind, ...own }
    refused.push(error({ code: own.code, place: `layer '${node.name}' (${node.kind})`, problem: own.reason }))
    return { name: node.name, kind: node.kind, ...nothing }
  })
  if (refused.length > 0) throw new CompileError(refused)
  const latency = layers.reduce((sum, layer) => sum + (layer.latency ?? 0), 0)
  const glue = { ...nothing, ff: bordersOf(graph) }
  return {
    layers,
    glue,
    total: layers.reduce(addCost, glue),
    latency,
    interval: layers.reduce((slowest, { interval }) => Math.max(slowest, interval ?? 1), 1),
    coreLatency: latency,
    firstLatency: latency,
    band: hlsBand,
    builtBy: `an HLS project for ${backend === 'vitis' ? 'Vitis' : 'Vivado'} HLS, as its report would have it`,
  }
}

/** Flip-flops between layers: every tensor that a layer of products or a table makes stands in registers once. */
function bordersOf(graph: OpGraph): number {
  const registered = (node: OpNode) => node.kind === 'input' || node.kind === 'relu'
  return graph.nodes
    .filter(registered)
    .reduce(
      (sum, node) => sum + elementTypes(typeOfNode(node)).reduce((bits, { width }) => bits + width, 0),
      0,
    )
}

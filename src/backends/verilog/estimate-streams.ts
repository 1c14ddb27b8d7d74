// The estimate of a graph with layers that stream pixel by pixel. Such graphs cannot be built as one design yet, so every
// layer is estimated by itself: streamed ones as the module that they are, the others for the elements of one beat.

import { CompileError, error } from '../../diagnostics/diagnostic.ts'
import { addCost, type DesignEstimate, type LayerEstimate, nothing } from '../../estimate/design-estimate.ts'
import { rangeBand, verilogBand } from '../../estimate/fitted.ts'
import { sketchSolver } from '../../estimate/sketch-product.ts'
import { intervalOf } from '../../fixed/interval.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { elementTypes, sizeOf } from '../../ir/tensor-type.ts'
import { isRefusal, type RtlForm } from '../../ops/definition.ts'
import { definitionOf, type OpNode } from '../../ops/index.ts'
import { type OpGraph, typedOpOfNode, typeOfNode } from '../../ops/typed-node.ts'
import type { DesignOptions } from './design.ts'
import { createTally, type Tally } from './estimate-tally.ts'
import { oneBeat } from './one-beat.ts'
import { sketchPart } from './sketch-part.ts'

/**
 * Layers that were estimated before, by their nodes: a graph that differs in one of them needs but that one again.
 * Good for one store of weights and one set of options.
 */
export type KnownLayers = WeakMap<
  OpNode,
  { readonly inputs: readonly OpNode[]; readonly layer: LayerEstimate }
>

/** Layers one behind another: latencies add up, the slowest gives the interval. */
export function estimateStreams(graph: OpGraph, options: DesignOptions, known: KnownLayers): DesignEstimate {
  const layers = graph.nodes.map(node =>
    node.kind === 'input'
      ? { name: node.name, kind: node.kind, ...nothing }
      : estimateOnce(graph, node, options, known),
  )
  const latency = layers.reduce((sum, layer) => sum + (layer.latency ?? 0), 0)
  return {
    layers,
    glue: nothing,
    total: layers.reduce(addCost, nothing),
    latency,
    interval: layers.reduce((slowest, { interval }) => Math.max(slowest, interval ?? 1), 1),
    coreLatency: latency,
    firstLatency: latency,
    // Steps that repeat may be a cycle off each, so nothing is said of how near.
    band: { ...verilogBand, exactTiming: rangeBand.exactTiming },
    builtBy: "Lutra's Verilog, each layer by itself (as one network they cannot be built yet)",
  }
}

function estimateOnce(
  graph: OpGraph,
  node: OpNode,
  options: DesignOptions,
  known: KnownLayers,
): LayerEstimate {
  // What comes in has the types of the nodes that it comes from.
  const inputs = node.inputs.map(name => nodeNamed(graph, name))
  const before = known.get(node)
  if (before?.inputs.every((input, k) => input === inputs[k])) return before.layer
  const layer = estimateAlone(graph, node, options)
  known.set(node, { inputs, layer })
  return layer
}

function estimateAlone(graph: OpGraph, node: OpNode, options: DesignOptions): LayerEstimate {
  const tally = createTally()
  const timing = buildAlone(graph, node, options, tally)
  return { name: node.name, kind: node.kind, ...tally.rounded(node.name), ...timing }
}

function buildAlone(
  graph: OpGraph,
  node: OpNode,
  { clockNs, family, grade, dsp }: DesignOptions,
  tally: Tally,
): { latency: number; interval: number } {
  const form = formOf(graph, node)
  const own = { clockNs, family, grade, name: 'layer', dsp: dsp ?? true }
  if (form.form === 'process') {
    const solver = sketchSolver(sketch => tally.product({ ...sketch, layer: node.name }, 1))
    const process = form.build({ ...own, solver })
    tally.module(process.module, node.name)
    return { latency: process.latency, interval: process.interval }
  }
  if (form.form === 'folded') {
    const inputs = elementTypes(typeOfNode(nodeNamed(graph, node.inputs[0]!))).map(intervalOf)
    const { module, latency, interval } = form.build({ ...own, inputs })
    tally.module(module, node.name)
    return { latency, interval }
  }
  const interval = beatsOf(node)
  const cut = oneBeat(graph, node)
  if (cut === 'nothing') return { latency: 0, interval }
  const part = { kind: 'datapath' as const, nodes: [cut.node], inputs: node.inputs, outputs: [node.name] }
  const forms = new Map([
    [node.name, cut.node === node ? form : (formOf(cut.graph, cut.node) as typeof form)],
  ])
  const whole = createTally()
  const lowered = sketchPart(whole)(cut.graph, forms, part, { ...own, enable: false })
  tally.share(whole, node.name, 1 / beatsOf(cut.node))
  return { latency: lowered.pipeline.latency, interval }
}

const beatsOf = ({ shape }: OpNode) => sizeOf(shape.slice(0, -1))

function formOf(graph: OpGraph, node: OpNode): RtlForm {
  const form = definitionOf(node.kind).rtl(typedOpOfNode(graph, node))
  if (!isRefusal(form)) return form
  throw new CompileError([
    error({ code: form.code, place: `layer '${node.name}' (${node.kind})`, problem: form.reason }),
  ])
}

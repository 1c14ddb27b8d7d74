// What a design will take, before synthesis. Everything is built as it would be but constant products, which are sketched:
// the optimiser is never run. Latency, interval and DSP blocks come from the same code as the hardware; flip-flops from
// registers placed in the sketch; LUTs from the kinds of logic in it.

import {
  addCost,
  type DesignEstimate,
  type ErrorBand,
  type LayerEstimate,
  nothing,
} from '../../estimate/design-estimate.ts'
import { rangeBand, sketchedBand, verilogBand } from '../../estimate/fitted.ts'
import { isRefusal } from '../../ops/definition.ts'
import { definitionOf, type OpNode } from '../../ops/index.ts'
import { type OpGraph, typedOpOfNode } from '../../ops/typed-node.ts'
import { buildDesign, coreLatency, coreLayers, type Design, type DesignOptions } from './design.ts'
import { notBuilt } from './estimate-folded.ts'
import { estimateStreams, type KnownLayers } from './estimate-streams.ts'
import { createTally, type Tally } from './estimate-tally.ts'
import { sketchPart } from './sketch-part.ts'

/**
 * The estimate of a graph's hardware. Fails as `buildDesign` where a layer has no hardware form. `known` spares streamed
 * layers that an earlier call estimated, of the same weights and under the same options.
 */
export function estimateDesign(
  graph: OpGraph,
  options: DesignOptions,
  known: KnownLayers = new WeakMap(),
): DesignEstimate {
  if (graph.nodes.some(node => isStream(graph, node))) return estimateStreams(graph, options, known)
  const { design, tally } = tallyDesign(graph, options)
  return assemble(graph, design, tally)
}

/** The design with what its layers are made of, for graphs without streamed layers; `registers` as `sketchPart` takes it. */
export function tallyDesign(
  graph: OpGraph,
  options: DesignOptions,
  registers?: number,
): { design: Design; tally: Tally } {
  const tally = createTally()
  const design = buildDesign(graph, options, sketchPart(tally, registers))
  for (const part of design.parts) {
    if (part.kind !== 'folded') continue
    tally.module(part.stage.module, part.layer)
    tally.without(part.layer, notBuilt(part.stage.module, options.family))
  }
  tally.around(design)
  return { design, tally }
}

function isStream(graph: OpGraph, node: OpNode): boolean {
  if (node.kind === 'input') return false
  const form = definitionOf(node.kind).rtl(typedOpOfNode(graph, node))
  return !isRefusal(form) && form.form === 'process'
}

function assemble(graph: OpGraph, design: Design, tally: Tally): DesignEstimate {
  const stages = new Map(coreLayers(design).map(own => [own.layer, own]))
  const layers = graph.nodes.map((node): LayerEstimate => {
    const own = stages.get(node.name)
    const folded = design.parts.find(part => part.kind === 'folded' && part.layer === node.name)
    return {
      name: node.name,
      kind: node.kind,
      ...tally.rounded(node.name),
      ...(own === undefined
        ? {}
        : {
            firstStage: own.firstStage,
            lastStage: own.lastStage,
            latency: own.lastStage - own.firstStage,
          }),
      ...(folded?.kind === 'folded' ? { interval: folded.stage.interval } : {}),
    }
  })
  const known = new Set(layers.map(({ name }) => name))
  const others = [...tally.layers.keys()].filter(name => !known.has(name)).map(tally.rounded)
  const glue = others.reduce(addCost, nothing)
  return {
    layers,
    glue,
    total: layers.reduce(addCost, glue),
    latency: design.top.latency,
    ...rangeOf(design.top.latency, tally),
    interval: design.top.interval,
    coreLatency: coreLatency(design),
    firstLatency: design.top.firstLatency,
    band: bandOf(tally),
    builtBy: "Lutra's Verilog",
  }
}

/** The range of a latency whose sketches leave one. */
function rangeOf(latency: number, { slack: [earlier, later] }: Tally): Pick<DesignEstimate, 'latencyRange'> {
  return earlier + later === 0 ? {} : { latencyRange: [latency - earlier, latency + later] }
}

function bandOf({ isSketched, slack: [earlier, later] }: Tally): ErrorBand {
  if (!isSketched) return verilogBand
  return earlier + later === 0 ? sketchedBand : rangeBand
}

// A typed graph as a hardware design: the pipelined core, the fixed top around it, and what both look like outside.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { FixedType } from '../../fixed/types.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { elementTypes } from '../../ir/tensor-type.ts'
import type { Family, SpeedGrade } from '../../netlist/delay.ts'
import type { LayerStages, PipelineStage } from '../../netlist/pipeline.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { RtlModule } from '../../rtl/module.ts'
import { buildTop, type Handshake, type Top } from '../../rtl/top.ts'
import { type BuiltPart, buildFoldedCore, type FoldedCore, latencyOf } from './folded-core.ts'
import { checkWidths, lowerPart, type PartLowering } from './lower-graph.ts'
import { type Forms, formsOf, partsOf } from './parts.ts'

export interface DesignOptions {
  /** Name of the project: the top module's name; the core's is `<project>_core`. */
  readonly project: string
  readonly clockNs: number
  readonly family: Family
  /** Speed grade; the slowest at nominal voltage unless given. */
  readonly grade?: SpeedGrade
  readonly handshake?: Handshake
  /** Elements of each beat; absent: whole tensors. */
  readonly elementsPerBeat?: number
  /** Whether folded layers may multiply in DSP blocks; by default they do. */
  readonly dsp?: boolean
  /** Work that goes into constant products: 1 by default, 0 for one pass, more for smaller circuits. */
  readonly effort?: number
}

/** A tensor at the design's boundary and the data port that carries it. */
export interface DesignPort {
  readonly name: string
  readonly shape: readonly number[]
  readonly types: readonly FixedType[]
  readonly dataPort: string
}

export interface Design {
  readonly options: DesignOptions
  /** What the core is made of, one part behind another; a single one where nothing is folded. */
  readonly parts: readonly BuiltPart[]
  readonly top: Top
  readonly core: RtlModule
  readonly inputs: readonly DesignPort[]
  readonly outputs: readonly DesignPort[]
  readonly findings: readonly Diagnostic[]
}

/**
 * Lowers a graph and wraps it. Fails with `rtl/…` errors where a layer has no hardware form. An estimate gives its own
 * `lower` for datapaths, and takes all that stands around them as it is.
 */
export function buildDesign(graph: OpGraph, options: DesignOptions, lower: PartLowering = lowerPart): Design {
  const core = coreOf(graph, options, lower)
  const inputs = graph.nodes.filter(node => node.kind === 'input').map(node => portOf(graph, node.name))
  const outputs = graph.outputs.map(name => portOf(graph, name))
  const top = buildTop({
    name: options.project,
    inputs,
    outputs,
    core: core.module,
    latency: core.latency,
    interval: core.interval,
    coreTakesBeats: core.takesBeats,
    ...(options.handshake === undefined ? {} : { handshake: options.handshake }),
    ...(options.elementsPerBeat === undefined ? {} : { elementsPerBeat: options.elementsPerBeat }),
  })
  return {
    options,
    parts: core.parts,
    top,
    core: core.module,
    inputs: bindPorts(inputs, top, 'in'),
    outputs: bindPorts(outputs, top, 'out'),
    findings: core.parts.flatMap(part =>
      part.kind === 'datapath' ? part.datapath.findings : part.stage.findings,
    ),
  }
}

function coreOf(
  graph: OpGraph,
  { project, clockNs, family, grade, dsp, effort = 1, elementsPerBeat }: DesignOptions,
  lower: PartLowering,
): FoldedCore & { takesBeats: boolean } {
  checkWidths(graph)
  const forms = formsOf(graph)
  const parts = partsOf(graph, forms)
  const options = { name: `${project}_core`, clockNs, family, grade, effort, dsp: dsp ?? true }
  const [only] = parts
  if (parts.length > 1 || only?.kind !== 'datapath') {
    const takesBeats = elementsPerBeat !== undefined && firstTakesBeats(parts, forms, elementsPerBeat)
    const beats = takesBeats ? { perBeat: elementsPerBeat } : {}
    return { ...buildFoldedCore(graph, forms, parts, { ...options, ...beats }, lower), takesBeats }
  }
  const datapath = lower(graph, forms, only, { ...options, dsp: false, enable: true })
  return {
    module: datapath.core,
    parts: [{ kind: 'datapath', start: 0, datapath }],
    latency: datapath.pipeline.latency,
    interval: 1,
    takesBeats: false,
  }
}

/** Whether the first layer can work while the only input comes. */
function firstTakesBeats(parts: ReturnType<typeof partsOf>, forms: Forms, elementsPerBeat: number): boolean {
  const [first] = parts
  if (first?.kind !== 'folded' || first.node.inputs.length !== 1) return false
  const form = forms.get(first.node.name)
  return form?.form === 'folded' && form.takesBeats(elementsPerBeat)
}

/** Cycles from the core's inputs to its outputs. */
export function coreLatency({ parts }: Pick<Design, 'parts'>): number {
  return parts.reduce((sum, part) => sum + latencyOf(part), 0)
}

/** Register ranks of the whole core in order, with what the delay model says of the logic before each. */
export function coreStages({ parts }: Pick<Design, 'parts'>): readonly PipelineStage[] {
  return parts.flatMap(part => (part.kind === 'datapath' ? part.datapath.pipeline.stages : part.stage.stages))
}

/** In which cycles of a frame each layer works. */
export function coreLayers({ parts }: Pick<Design, 'parts'>): readonly LayerStages[] {
  return parts.flatMap(part =>
    part.kind === 'folded'
      ? [{ layer: part.layer, firstStage: part.start, lastStage: part.start + part.stage.latency }]
      : part.datapath.pipeline.layers.map(({ layer, firstStage, lastStage }) => ({
          layer,
          firstStage: part.start + firstStage,
          lastStage: part.start + lastStage,
        })),
  )
}

function portOf(graph: OpGraph, name: string) {
  const node = nodeNamed(graph, name)
  return { name, shape: node.shape, types: elementTypes(typeOfNode(node)) }
}

/** Data ports stand in the top's port list in graph order. */
function bindPorts(
  ports: readonly ReturnType<typeof portOf>[],
  { top }: Top,
  direction: 'in' | 'out',
): DesignPort[] {
  const data = top.ports.filter(port => port.direction === direction && /^[sm]_(.+_)?data$/.test(port.name))
  return ports.map((port, k) => ({ ...port, dataPort: data[k]!.name }))
}

// A typed graph as a hardware design: the pipelined core, the fixed top around it, and what both look like outside.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { FixedType } from '../../fixed/types.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { elementTypes } from '../../ir/tensor-type.ts'
import type { Family } from '../../netlist/delay.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { RtlModule } from '../../rtl/module.ts'
import { buildTop, type Handshake, type Top } from '../../rtl/top.ts'
import { type Datapath, lowerDatapath } from './lower-graph.ts'

export interface DesignOptions {
  /** Name of the project: the top module's name; the core's is `<project>_core`. */
  readonly project: string
  readonly clockNs: number
  readonly family: Family
  readonly handshake?: Handshake
  /** Elements of each beat; absent: whole tensors. */
  readonly elementsPerBeat?: number
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
  readonly datapath: Datapath
  readonly top: Top
  readonly core: RtlModule
  readonly inputs: readonly DesignPort[]
  readonly outputs: readonly DesignPort[]
  readonly findings: readonly Diagnostic[]
}

/** Lowers a graph and wraps it. Fails with `rtl/…` errors where a layer has no hardware form. */
export function buildDesign(graph: OpGraph, options: DesignOptions): Design {
  const datapath = lowerDatapath(graph, {
    clockNs: options.clockNs,
    family: options.family,
    name: `${options.project}_core`,
  })
  const inputs = graph.nodes.filter(node => node.kind === 'input').map(node => portOf(graph, node.name))
  const outputs = graph.outputs.map(name => portOf(graph, name))
  const top = buildTop({
    name: options.project,
    inputs,
    outputs,
    core: datapath.core,
    latency: datapath.pipeline.latency,
    ...(options.handshake === undefined ? {} : { handshake: options.handshake }),
    ...(options.elementsPerBeat === undefined ? {} : { elementsPerBeat: options.elementsPerBeat }),
  })
  return {
    options,
    datapath,
    top,
    core: datapath.core,
    inputs: bindPorts(inputs, top, 'in'),
    outputs: bindPorts(outputs, top, 'out'),
    findings: datapath.pipeline.findings,
  }
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

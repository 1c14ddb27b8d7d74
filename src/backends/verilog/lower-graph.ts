// Graphs and parts of graphs as one pipelined datapath: every operator lowers itself into cells, intervals travel along,
// registers are inserted for the clock asked, and the result is cut into one module per layer.

import { bug, type Diagnostic, fail } from '../../diagnostics/diagnostic.ts'
import type { Interval } from '../../fixed/interval.ts'
import type { FixedType } from '../../fixed/types.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { elementTypes, sizeOf } from '../../ir/tensor-type.ts'
import { type BuilderOptions, createBuilder, type NetlistBuilder } from '../../netlist/builder.ts'
import { chooseCarryOperands } from '../../netlist/carry-operand.ts'
import type { Family, SpeedGrade } from '../../netlist/delay.ts'
import { orderLayers } from '../../netlist/layer-order.ts'
import type { Net, Netlist } from '../../netlist/netlist.ts'
import { type Pipeline, pipeline } from '../../netlist/pipeline.ts'
import { useUnsignedAdders } from '../../netlist/unsigned-adders.ts'
import type { OpNode } from '../../ops/index.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { RtlModule } from '../../rtl/module.ts'
import { bitType } from '../../rtl/module-builder.ts'
import { type PortSpec, partitionByLayer } from '../../rtl/partition.ts'
import { type DatapathPart, type Forms, formsOf, wholeGraph } from './parts.ts'

export interface DatapathOptions {
  readonly clockNs: number
  readonly family: Family
  /** Speed grade; the slowest at nominal voltage unless given. */
  readonly grade?: SpeedGrade | undefined
  /** Name of the module made. */
  readonly name: string
}

export interface Datapath {
  readonly core: RtlModule
  readonly pipeline: Pipeline
  /** The circuit before registers, as operators lower it: what estimates and proofs read. */
  readonly combinational: Netlist
  /** The same function, made smaller: what is pipelined. */
  readonly mapped: Netlist
  /** Layers whose results enter, in the order of the circuit's inputs. */
  readonly inputs: readonly string[]
  /** Nets of `combinational` that hold each layer's result, and the types they stand for. */
  readonly results: readonly {
    readonly layer: string
    readonly nets: readonly Net[]
    readonly types: readonly FixedType[]
  }[]
  /** What was noticed in building it: what does not fit the clock, and more. */
  readonly findings: readonly Diagnostic[]
}

/** Widest tensor that crosses a module whole; beyond, a stream is meant. */
const widestTensor = 65_536

/**
 * Lowers a graph of datapath operators. Fails with one `rtl/…` error per layer that has no such form.
 * Ports: `s_<input>` and `m_<output>`, packed; `ce` enables every register.
 */
export function lowerDatapath(graph: OpGraph, options: DatapathOptions): Datapath {
  checkWidths(graph)
  return lowerPart(graph, formsOf(graph), wholeGraph(graph), { ...options, enable: true })
}

export interface PartOptions extends DatapathOptions {
  /** Whether there is a port `ce` that enables every register. */
  readonly enable: boolean
  /** Work that goes into constant products; by default 1. */
  readonly effort?: number
  /** Whether products of two variables may become DSP blocks; by default they are additions. */
  readonly dsp?: boolean
  /** What is known of the elements of tensors that enter; absent: their types. */
  readonly known?: ReadonlyMap<string, readonly Interval[]>
}

/** What operators' cells depend on, the clock not among it; `solver` as a builder takes it. */
export type CellOptions = Pick<PartOptions, 'known' | 'dsp' | 'effort'> & Pick<BuilderOptions, 'solver'>

export type PartLowering = typeof lowerPart

/** Lowers a part of a graph; ports as `lowerDatapath`, named after the tensors that enter and leave. */
export function lowerPart(graph: OpGraph, forms: Forms, part: DatapathPart, options: PartOptions): Datapath {
  const { combinational, results, findings } = lowerCells(graph, forms, part, options)
  const small = chooseCarryOperands(useUnsignedAdders(combinational))
  const mapped = orderLayers(small, combinational.layers)
  const made = pipeline(mapped, {
    clockNs: options.clockNs,
    family: options.family,
    grade: options.grade,
    enable: options.enable ? 'ce' : undefined,
  })
  const ports = [...(options.enable ? [enablePort] : []), ...portsOf(graph, part)]
  const core = partitionByLayer(made.netlist, options.name, ports, {
    summary: `${options.name}: the datapath alone, ${made.latency} cycles from inputs to outputs, one frame a cycle`,
  })
  return {
    core,
    pipeline: made,
    combinational,
    mapped,
    inputs: part.inputs,
    results,
    findings: [...findings, ...made.findings],
  }
}

/** Refuses tensors that no module takes whole. */
export function checkWidths(graph: OpGraph): void {
  for (const node of graph.nodes) {
    const bits = elementTypes(typeOfNode(node)).reduce((sum, type) => sum + type.width, 0)
    if (bits <= widestTensor) continue
    fail({
      code: 'rtl/wide-tensor',
      place: `layer '${node.name}'`,
      problem: `its result of shape [${node.shape.join(', ')}] takes ${bits} bits at once`,
      expected: `at most ${widestTensor} in io_parallel`,
      remedy: 'Use io_stream, narrower types, or split the layer.',
    })
  }
}

/** A part's cells before registers: the circuit as operators lower it. */
export function lowerCells(
  graph: OpGraph,
  forms: Forms,
  part: DatapathPart,
  { known, dsp = false, effort = 1, solver }: CellOptions,
): Pick<Datapath, 'combinational' | 'results' | 'findings'> {
  const builder = createBuilder({ dsp, effort, solver })
  const nets = new Map<string, readonly Net[]>()
  for (const name of part.inputs) {
    builder.layer(name)
    nets.set(name, inputNets(builder, nodeNamed(graph, name), known?.get(name)))
  }
  for (const node of part.nodes) {
    builder.layer(node.name)
    const sources = node.inputs.map(name => nets.get(name) ?? bug(`${name} comes after ${node.name}`))
    const form = forms.get(node.name)
    if (form?.form !== 'datapath') bug(`${node.name} is no datapath`)
    const result = form.lower(builder, sources)
    if (result.length !== sizeOf(node.shape)) bug(`${node.name} gave ${result.length} nets`)
    nets.set(node.name, result)
  }
  for (const name of part.outputs) {
    const types = elementTypes(typeOfNode(nodeNamed(graph, name)))
    for (const [k, net] of nets.get(name)!.entries())
      builder.output(`${name}[${k}]`, alignTo(builder, net, types[k]!))
  }
  const results = [...nets].map(([layer, own]) => ({
    layer,
    nets: own,
    types: elementTypes(typeOfNode(nodeNamed(graph, layer))),
  }))
  return { combinational: builder.finish(), results, findings: builder.findings }
}

/** A net under its type's frac: ports carry the type's bits, also those known to be zero. */
function alignTo(builder: NetlistBuilder, net: Net, type: FixedType): Net {
  return builder.bits(net, builder.interval(net).frac - type.frac, type.width, type.signed, type.frac)
}

function inputNets(builder: NetlistBuilder, node: OpNode, known: readonly Interval[] | undefined): Net[] {
  return elementTypes(typeOfNode(node)).map((type, k) =>
    builder.input(`${node.name}[${k}]`, type, known === undefined ? undefined : known[k]),
  )
}

const enablePort: PortSpec = { name: 'ce', direction: 'in', elements: [bitType] }

/** Ports of a part with their element types: what enters, then what leaves. */
export function portsOf(graph: OpGraph, part: Pick<DatapathPart, 'inputs' | 'outputs'>): PortSpec[] {
  const port = (direction: 'in' | 'out', prefix: string) => (name: string) => ({
    name: `${prefix}_${name}`,
    direction,
    elements: elementTypes(typeOfNode(nodeNamed(graph, name))),
  })
  return [...part.inputs.map(port('in', 's')), ...part.outputs.map(port('out', 'm'))]
}

/** Input and output ports of a whole graph, in its order. */
export function corePorts(graph: OpGraph): PortSpec[] {
  return portsOf(graph, wholeGraph(graph))
}

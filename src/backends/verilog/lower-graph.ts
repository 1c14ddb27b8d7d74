// A typed graph as one pipelined datapath: every operator lowers itself into cells, intervals travel along, registers
// are inserted for the clock asked, and the result is cut into one module per layer.

import { bug, CompileError, type Diagnostic, error, fail } from '../../diagnostics/diagnostic.ts'
import type { FixedType } from '../../fixed/types.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { elementTypes, sizeOf } from '../../ir/tensor-type.ts'
import { createBuilder, type NetlistBuilder } from '../../netlist/builder.ts'
import type { Family } from '../../netlist/delay.ts'
import type { Net, Netlist } from '../../netlist/netlist.ts'
import { type Pipeline, pipeline } from '../../netlist/pipeline.ts'
import { isRefusal, type RtlForm } from '../../ops/definition.ts'
import { definitionOf, type OpNode } from '../../ops/index.ts'
import { type OpGraph, typedOpOfNode, typeOfNode } from '../../ops/typed-node.ts'
import type { RtlModule } from '../../rtl/module.ts'
import { type PortSpec, partitionByLayer } from '../../rtl/partition.ts'

export interface DatapathOptions {
  readonly clockNs: number
  readonly family: Family
  /** Name of the module made. */
  readonly name: string
}

export interface Datapath {
  readonly core: RtlModule
  readonly pipeline: Pipeline
  /** The circuit before registers: what estimates and proofs read. */
  readonly combinational: Netlist
  /** Nets of `combinational` that hold each layer's result, and the types they stand for. */
  readonly results: readonly {
    readonly layer: string
    readonly nets: readonly Net[]
    readonly types: readonly FixedType[]
  }[]
}

/** Widest tensor that crosses a module whole; beyond, a stream is meant. */
const widestTensor = 65_536

/**
 * Lowers a graph of datapath operators. Fails with one `rtl/…` error per layer that has no such form.
 * Ports: `s_<input>` and `m_<output>`, packed; `ce` enables every register.
 */
export function lowerDatapath(graph: OpGraph, options: DatapathOptions): Datapath {
  const forms = formsOf(graph)
  checkWidths(graph)
  const { combinational, results } = lowerCells(graph, forms)
  const made = pipeline(combinational, { clockNs: options.clockNs, family: options.family, enable: 'ce' })
  const core = partitionByLayer(made.netlist, options.name, [enablePort, ...corePorts(graph)], {
    summary: `${options.name}: the datapath alone, ${made.latency} cycles from inputs to outputs, one frame a cycle`,
  })
  return { core, pipeline: made, combinational, results }
}

type Forms = ReadonlyMap<string, Extract<RtlForm, { form: 'datapath' }>>

function formsOf(graph: OpGraph): Forms {
  const refusals: Diagnostic[] = []
  const forms = new Map<string, Extract<RtlForm, { form: 'datapath' }>>()
  for (const node of graph.nodes) {
    if (node.kind === 'input') continue
    const form = definitionOf(node.kind).rtl(typedOpOfNode(graph, node))
    if (isRefusal(form)) refusals.push(refusal(node, form.code, form.reason))
    else if (form.form === 'datapath') forms.set(node.name, form)
    else
      refusals.push(
        refusal(
          node,
          'rtl/stream-in-graph',
          'a layer that streams pixel by pixel cannot yet be built among others',
        ),
      )
  }
  if (refusals.length > 0) throw new CompileError(refusals)
  return forms
}

function refusal(node: OpNode, code: string, reason: string): Diagnostic {
  return error({ code, place: `layer '${node.name}' (${node.kind})`, problem: reason })
}

function checkWidths(graph: OpGraph): void {
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

function lowerCells(graph: OpGraph, forms: Forms): Pick<Datapath, 'combinational' | 'results'> {
  const builder = createBuilder()
  const nets = new Map<string, readonly Net[]>()
  builder.layer('input')
  for (const node of graph.nodes) if (node.kind === 'input') nets.set(node.name, inputNets(builder, node))
  for (const node of graph.nodes) {
    if (node.kind === 'input') continue
    builder.layer(node.name)
    const sources = node.inputs.map(name => nets.get(name) ?? bug(`${name} comes after ${node.name}`))
    const result = forms.get(node.name)!.lower(builder, sources)
    if (result.length !== sizeOf(node.shape)) bug(`${node.name} gave ${result.length} nets`)
    nets.set(node.name, result)
  }
  for (const name of graph.outputs) {
    const types = elementTypes(typeOfNode(nodeNamed(graph, name)))
    for (const [k, net] of nets.get(name)!.entries())
      builder.output(`${name}[${k}]`, alignTo(builder, net, types[k]!))
  }
  const results = graph.nodes.map(node => ({
    layer: node.name,
    nets: nets.get(node.name)!,
    types: elementTypes(typeOfNode(node)),
  }))
  return { combinational: builder.finish(), results }
}

/** A net under its type's frac: ports carry the type's bits, also those known to be zero. */
function alignTo(builder: NetlistBuilder, net: Net, type: FixedType): Net {
  return builder.bits(net, builder.interval(net).frac - type.frac, type.width, type.signed, type.frac)
}

function inputNets(builder: NetlistBuilder, node: OpNode): Net[] {
  return elementTypes(typeOfNode(node)).map((type, k) => builder.input(`${node.name}[${k}]`, type))
}

const enablePort: PortSpec = { name: 'ce', direction: 'in', elements: [{ signed: false, width: 1, frac: 0 }] }

/** Input and output ports with their element types, in graph order. */
export function corePorts(graph: OpGraph): PortSpec[] {
  const inputs = graph.nodes.filter(node => node.kind === 'input')
  const port = (direction: 'in' | 'out', prefix: string, node: OpNode): PortSpec => ({
    name: `${prefix}_${node.name}`,
    direction,
    elements: elementTypes(typeOfNode(node)),
  })
  return [
    ...inputs.map(node => port('in', 's', node)),
    ...graph.outputs.map(name => port('out', 'm', nodeNamed(graph, name))),
  ]
}

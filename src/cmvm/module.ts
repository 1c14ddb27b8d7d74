// An adder graph as one combinational module: packed inputs on port `x`, packed outputs on port `y`, element 0 in the
// lowest bits, each element at its own width.

import { bug } from '../diagnostics/diagnostic.ts'
import type { FixedType } from '../fixed/types.ts'
import type { AdderGraph } from '../netlist/adder-graph.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Net } from '../netlist/netlist.ts'
import type { RtlModule } from '../rtl/module.ts'
import { createModule, portTypes } from '../rtl/module-builder.ts'

/** The module of a graph whose first inputs have the given types. Node k of the graph is signal `n<k>`. */
export function matrixModule(
  graph: AdderGraph,
  inputs: readonly FixedType[],
  name: string,
  summary: string,
): RtlModule {
  const module = createModule(name, summary)
  const nets = lowerNodes(module.netlist, graph, module.input('x', inputs))
  const outputs = graph.outputs.map(output => {
    if (output === null) return module.netlist.constant(0n, 0)
    const net = module.netlist.scale(nets[output.node]!, output.shift)
    return output.neg ? module.netlist.negate(net) : net
  })
  module.output(
    'y',
    outputs,
    outputs.map(net => module.netlist.type(net)),
  )
  return module.finish()
}

function lowerNodes(builder: NetlistBuilder, graph: AdderGraph, inputs: readonly Net[]): Net[] {
  const nets = graph.inputs.map(({ min, max, frac }, k) => {
    if (inputs[k] !== undefined) return inputs[k]
    return min === max ? builder.constant(min, frac) : bug(`adder graph: input ${k} has no port`)
  })
  for (const { a, b, shift, sub } of graph.ops) {
    const net = sub ? builder.sub(nets[a]!, nets[b]!, shift) : builder.add(nets[a]!, nets[b]!, shift)
    nets.push(builder.name(net, `n${nets.length}`))
  }
  return nets
}

/** The types of the module's outputs. */
export function outputTypes(module: RtlModule): readonly FixedType[] {
  return portTypes(module, 'y')
}

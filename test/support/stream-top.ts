// A stream top around modules with ports `x` and `y`: every beat is one cycle's inputs and outputs of all of them.
// Each module's input 0 comes from the module before it, so that values also pass from instance to instance.

import { fixedType, maxRaw, minRaw } from '../../src/fixed/types.ts'
import { createBuilder, type NetlistBuilder } from '../../src/netlist/builder.ts'
import type { Net } from '../../src/netlist/netlist.ts'
import type { Instance, Port, PortElement, RtlModule } from '../../src/rtl/module.ts'

const bit = fixedType(false, 1, 0)

function portOf(module: RtlModule, name: string): Port {
  return module.ports.find(port => port.name === name)!
}

function addInstance(
  builder: NetlistBuilder,
  module: RtlModule,
  k: number,
  valid: Net,
  data: PortElement[],
  before: Net | undefined,
): Instance {
  const inputs = portOf(module, 'x').elements.map(({ type }, index, all) => {
    if (index === all.length - 1) return valid
    if (index === 0 && before !== undefined)
      return builder.bits(before, 0, type.width, type.signed, type.frac)
    const net = builder.input(`s_data_${k}_${index}`, type)
    data.push({ net, type })
    return net
  })
  const outputs = portOf(module, 'y').elements.map(({ type }) =>
    builder.instanceOutput({ min: minRaw(type), max: maxRaw(type), frac: type.frac }),
  )
  return { name: `u${k}`, module, inputs: { x: inputs }, outputs: { y: outputs } }
}

/** The top; `s_ready` is `m_ready` and `m_valid` is `s_valid`, so a beat passes in the cycle it is offered. */
export function streamTop(modules: readonly RtlModule[], name = 'random_top'): RtlModule {
  const builder = createBuilder()
  const valid = builder.input('s_valid', bit)
  const ready = builder.input('m_ready', bit)
  const data: PortElement[] = []
  const out: PortElement[] = []
  let before: Net | undefined
  const instances = modules.map((module, k) => {
    const instance = addInstance(builder, module, k, valid, data, before)
    instance.outputs.y!.forEach((net, index) => {
      out.push({ net, type: portOf(module, 'y').elements[index]!.type })
    })
    before = instance.outputs.y![0]
    return instance
  })
  const port = (name: string, direction: 'in' | 'out', elements: PortElement[]): Port => ({
    name,
    direction,
    elements,
  })
  for (const [k, { net }] of out.entries()) builder.output(`m_data_${k}`, net)
  return {
    name,
    summary: 'Random modules, side by side.',
    ports: [
      port('s_valid', 'in', [{ net: valid, type: bit }]),
      port('s_ready', 'out', [{ net: ready, type: bit }]),
      port('s_data', 'in', data),
      port('m_valid', 'out', [{ net: valid, type: bit }]),
      port('m_ready', 'in', [{ net: ready, type: bit }]),
      port('m_data', 'out', out),
    ],
    netlist: builder.finish(),
    instances,
    alwaysClocked: true,
  }
}

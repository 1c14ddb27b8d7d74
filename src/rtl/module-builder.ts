// Puts a module together: a netlist builder plus ports and instances. Instance outputs exist as nets as soon as the
// instance is placed and its inputs may come later, so that modules can be wired in rings (valid one way, ready back).

import { bug } from '../diagnostics/diagnostic.ts'
import type { Interval } from '../fixed/interval.ts'
import { type FixedType, fixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { createBuilder, type NetlistBuilder } from '../netlist/builder.ts'
import type { Net } from '../netlist/netlist.ts'
import type { Instance, Port, RtlModule } from './module.ts'

export const bitType: FixedType = fixedType(false, 1, 0)

/** An instance whose inputs are connected later, all at once. */
export interface PlacedInstance {
  /** The parent's nets for an output port, element by element. */
  out(port: string): readonly Net[]
  /** The only element of an output port. */
  bit(port: string): Net
  connect(inputs: Readonly<Record<string, readonly Net[]>>): void
}

export interface ModuleBuilder {
  readonly netlist: NetlistBuilder
  input(name: string, types: readonly FixedType[]): readonly Net[]
  inputBit(name: string): Net
  output(name: string, nets: readonly Net[], types: readonly FixedType[]): void
  outputBit(name: string, net: Net): void
  place(name: string, module: RtlModule): PlacedInstance
  finish(options?: { readonly alwaysClocked?: boolean }): RtlModule
}

export function createModule(name: string, summary: string): ModuleBuilder {
  const netlist = createBuilder()
  const ports: Port[] = []
  const instances: Instance[] = []
  const elementName = (port: string, k: number, all: readonly unknown[]) =>
    all.length === 1 ? port : `${port}_${k}`
  const input = (port: string, types: readonly FixedType[]) => {
    const elements = types.map((type, k) => ({
      net: netlist.input(elementName(port, k, types), type),
      type,
    }))
    ports.push({ name: port, direction: 'in', elements })
    return elements.map(({ net }) => net)
  }
  const output = (port: string, nets: readonly Net[], types: readonly FixedType[]) => {
    ports.push({ name: port, direction: 'out', elements: nets.map((net, k) => ({ net, type: types[k]! })) })
    for (const [k, net] of nets.entries()) netlist.output(elementName(port, k, nets), net)
  }
  return {
    netlist,
    input,
    inputBit: port => input(port, [bitType])[0]!,
    output,
    outputBit: (port, net) => output(port, [net], [bitType]),
    place: (instanceName, module) => place(netlist, instances, instanceName, module),
    finish: (options = {}) => ({ name, summary, ports, netlist: netlist.finish(), instances, ...options }),
  }
}

function place(
  netlist: NetlistBuilder,
  instances: Instance[],
  name: string,
  module: RtlModule,
): PlacedInstance {
  const outputs: Record<string, readonly Net[]> = {}
  for (const port of module.ports) {
    if (port.direction === 'in') continue
    outputs[port.name] = port.elements.map(({ net, type }) =>
      netlist.instanceOutput(intervalOnPort(module, net, type)),
    )
  }
  const out = (port: string) => outputs[port] ?? bug(`${module.name} has no output ${port}`)
  return {
    out,
    bit: port => out(port)[0]!,
    connect: inputs => instances.push({ name, module, inputs, outputs }),
  }
}

/** What a port element of this type shows of the net behind it. */
function intervalOnPort({ name, netlist }: RtlModule, net: Net, type: FixedType): Interval {
  const { min, max, frac } = { min: netlist.min[net]!, max: netlist.max[net]!, frac: netlist.frac[net]! }
  if (min === 0n && max === 0n) return { min, max, frac: type.frac }
  const shift = BigInt(type.frac - frac)
  const shown = { min: min << shift, max: max << shift, frac: type.frac }
  if (shown.min < minRaw(type) || shown.max > maxRaw(type)) bug(`a port of ${name} is too narrow`)
  return shown
}

/** The elements' types of a port; a bug if there is no such port. */
export function portTypes(module: RtlModule, name: string): readonly FixedType[] {
  const port = module.ports.find(candidate => candidate.name === name)
  return (port ?? bug(`${module.name} has no port ${name}`)).elements.map(({ type }) => type)
}

/** A conjunction of bits; 1 for none. */
export function allOf(builder: NetlistBuilder, bits: readonly Net[]): Net {
  return bits.reduce((a, b) => builder.and(a, b), builder.constant(1n, 0))
}

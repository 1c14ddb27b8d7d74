// Cuts a pipelined netlist into one module per layer under a parent that wires them: what is synthesised piece by
// piece. A net that crosses the cut becomes an element of a port; ports group nets by where and in which stage they
// are made, `out_s3` on the producer being `in_fc1_s3` on its readers. Constants are repeated, never wired.

import { bug } from '../diagnostics/diagnostic.ts'
import { type FixedType, fixedType } from '../fixed/types.ts'
import { cellKinds, kindOf, type NamedNet, type Net, type Netlist, netType } from '../netlist/netlist.ts'
import { createWriter, readCell } from '../netlist/writer.ts'
import { type Cut, cutNetlist, isCopied, type Part } from './cut-layers.ts'
import type { Instance, Port, PortElement, RtlModule } from './module.ts'

/** A port of the whole: its elements take the netlist's inputs (or outputs) in order. */
export interface PortSpec {
  readonly name: string
  readonly direction: 'in' | 'out'
  readonly elements: readonly FixedType[]
}

export interface PartitionOptions {
  /** Result bits of logic above which a layer is cut into several modules; default 20,000. */
  readonly moduleBits?: number
  readonly summary?: string
}

const defaultModuleBits = 20_000

/**
 * A module of the netlist's function: `<name>` with one instance per layer, in the netlist's order. Layers larger than
 * `moduleBits` become `<layer>_0`, `<layer>_1`, … of neighbouring cells. A register enable keeps the name of its port.
 */
export function partitionByLayer(
  netlist: Netlist,
  name: string,
  ports: readonly PortSpec[],
  options: PartitionOptions = {},
): RtlModule {
  const cut = cutNetlist(netlist, inputPorts(netlist, ports), options.moduleBits ?? defaultModuleBits)
  const parent = startParent(cut, ports)
  const instances = cut.parts.map(part => instantiate(cut, parent, part, name))
  return {
    name,
    summary: options.summary ?? `${name}: ${cut.parts.length} parts, one per layer or more`,
    ports: parentPorts(cut, parent, ports),
    netlist: finishParent(cut, parent),
    instances,
  }
}

function inputPorts(netlist: Netlist, ports: readonly PortSpec[]): string[] {
  const names = ports
    .filter(port => port.direction === 'in')
    .flatMap(port => port.elements.map(() => port.name))
  if (names.length !== netlist.inputs.length)
    bug(`ports carry ${names.length} inputs of ${netlist.inputs.length}`)
  return names
}

/** Nets of a port, in the netlist's order. */
type Bundles = readonly (readonly [port: string, nets: readonly Net[]])[]

function bundle(nets: Iterable<Net>, nameOf: (net: Net) => string): Bundles {
  const ports = new Map<string, Net[]>()
  for (const net of [...nets].sort((a, b) => a - b)) {
    const name = nameOf(net)
    const members = ports.get(name) ?? []
    members.push(net)
    ports.set(name, members)
  }
  return [...ports]
}

function importName(cut: Cut, net: Net): string {
  const port = cut.portOf.get(net)
  if (port !== undefined) return cut.enables.has(net) ? port : `in_${port}`
  return `in_${cut.home[net]!.name}_s${cut.stage[net]}`
}

/** The parent's nets: its own inputs and one `instance` cell per exported net. */
interface Parent {
  readonly writer: ReturnType<typeof createWriter>
  readonly netOf: Map<Net, Net>
  readonly inputs: NamedNet[]
  readonly outputs: NamedNet[]
  instanceOutputs: number
}

function startParent(cut: Cut, ports: readonly PortSpec[]): Parent {
  const { netlist, parts } = cut
  const parent: Parent = {
    writer: createWriter(),
    netOf: new Map(),
    inputs: [],
    outputs: [],
    instanceOutputs: 0,
  }
  const names = elementNames(ports, 'in')
  netlist.inputs.forEach(({ net }, k) => {
    const made = parent.writer.add({ ...readCell(netlist, net), layer: 0, param: k }) as Net
    parent.netOf.set(net, made)
    parent.inputs.push({ name: names[k]!, net: made })
  })
  for (const part of parts)
    for (const net of sortedNets(part.exports)) parent.netOf.set(net, addInstanceCell(cut, parent, net))
  const outputNames = elementNames(ports, 'out')
  netlist.outputs.forEach(({ net }, k) => {
    parent.outputs.push({
      name: outputNames[k] ?? bug('more outputs than port elements'),
      net: parentNet(cut, parent, net),
    })
  })
  return parent
}

function addInstanceCell(cut: Cut, parent: Parent, net: Net): Net {
  const { min, max, frac } = readCell(cut.netlist, net)
  const kind = cellKinds.indexOf('instance')
  const param = parent.instanceOutputs++
  return parent.writer.add({ kind, a: -1, b: -1, c: -1, param, min, max, frac, layer: 0 }) as Net
}

/** The parent's net for one of the netlist's; constants are made on demand. */
function parentNet(cut: Cut, parent: Parent, net: Net): Net {
  const known = parent.netOf.get(net)
  if (known !== undefined) return known
  if (!isCopied(cut.netlist, net)) bug(`net ${net} crosses the cut without a port`)
  const made = parent.writer.add(constantCell(cut.netlist, net)) as Net
  parent.netOf.set(net, made)
  return made
}

function constantCell(netlist: Netlist, net: Net) {
  const { min, max, frac } = readCell(netlist, net)
  return { kind: cellKinds.indexOf('constant'), a: -1, b: -1, c: -1, param: 0, min, max, frac, layer: 0 }
}

function sortedNets(nets: Iterable<Net>): Net[] {
  return [...nets].sort((a, b) => a - b)
}

function elementNames(ports: readonly PortSpec[], direction: 'in' | 'out'): string[] {
  return ports
    .filter(port => port.direction === direction)
    .flatMap(port =>
      port.elements.map((_, k) => (port.elements.length === 1 ? port.name : `${port.name}_${k}`)),
    )
}

function parentPorts(cut: Cut, parent: Parent, ports: readonly PortSpec[]): Port[] {
  const nets = {
    in: cut.netlist.inputs.map(({ net }) => parent.netOf.get(net)!),
    out: parent.outputs.map(({ net }) => net),
  }
  const taken = { in: 0, out: 0 }
  const made = ports.map(({ name, direction, elements }): Port => {
    const next = () => nets[direction][taken[direction]++] ?? bug(`port ${name} has too many elements`)
    return { name, direction, elements: elements.map((type): PortElement => ({ net: next(), type })) }
  })
  if (taken.out < nets.out.length) bug(`${nets.out.length - taken.out} outputs are in no port`)
  return made
}

function finishParent({ netlist }: Cut, parent: Parent): Netlist {
  return parent.writer.finish({
    layers: [''],
    inputs: parent.inputs,
    outputs: parent.outputs,
    tables: [],
    memories: [],
    resets: new Map(),
    names: new Map([...netlist.names].flatMap(([net, name]) => named(parent.netOf.get(net), name))),
  })
}

function named(net: Net | undefined, name: string): [Net, string][] {
  return net === undefined ? [] : [[net, name]]
}

function instantiate(cut: Cut, parent: Parent, part: Part, name: string): Instance {
  const imports = bundle(part.imports, net => importName(cut, net))
  const exports = bundle(part.exports, net => `out_s${cut.stage[net]}`)
  const wired = (bundles: Bundles) =>
    Object.fromEntries(bundles.map(([port, nets]) => [port, nets.map(net => parentNet(cut, parent, net))]))
  return {
    name: `u_${part.name}`,
    module: partModule(cut, part, `${name}_${part.name}`, imports, exports),
    inputs: wired(imports),
    outputs: wired(exports),
  }
}

/** A part as a module: its imports as inputs, then its cells as they were. */
function partModule(cut: Cut, part: Part, name: string, imports: Bundles, exports: Bundles): RtlModule {
  const copy: PartCopy = {
    netlist: cut.netlist,
    writer: createWriter(),
    netOf: new Map(),
    inputs: [],
    tables: [],
  }
  for (const [port, nets] of imports)
    nets.forEach((net, k) => {
      copyImport(copy, net, nets.length === 1 ? port : `${port}_${k}`)
    })
  for (const net of part.cells) copyPartCell(copy, net)
  const elements = (nets: readonly Net[]) =>
    nets.map((net): PortElement => ({ net: copy.netOf.get(net)!, type: crossingType(cut, net) }))
  const asPort =
    (direction: 'in' | 'out') =>
    ([port, nets]: Bundles[number]): Port => ({ name: port, direction, elements: elements(nets) })
  const outputs = exports.flatMap(([port, nets]) =>
    nets.map((net, k) => ({ name: nets.length === 1 ? port : `${port}_${k}`, net: copy.netOf.get(net)! })),
  )
  return {
    name,
    summary: `layer ${part.layer === '' ? '(none)' : part.layer}: ${part.cells.length} cells`,
    ports: [...imports.map(asPort('in')), ...exports.map(asPort('out'))],
    netlist: finishPart(copy, part.layer, outputs),
    instances: [],
  }
}

function crossingType({ netlist, enables }: Cut, net: Net): FixedType {
  return enables.has(net) ? fixedType(false, 1, 0) : netType(netlist, net)
}

interface PartCopy {
  readonly netlist: Netlist
  readonly writer: ReturnType<typeof createWriter>
  readonly netOf: Map<Net, Net>
  readonly inputs: NamedNet[]
  readonly tables: number[]
}

function copyImport(copy: PartCopy, net: Net, name: string): void {
  const { min, max, frac } = readCell(copy.netlist, net)
  const kind = cellKinds.indexOf('input')
  const param = copy.inputs.length
  const made = copy.writer.add({ kind, a: -1, b: -1, c: -1, param, min, max, frac, layer: 0 }) as Net
  copy.netOf.set(net, made)
  copy.inputs.push({ name, net: made })
}

function copyPartCell(copy: PartCopy, net: Net): void {
  const cell = readCell(copy.netlist, net)
  const table = kindOf(copy.netlist, net) === 'table'
  const operand = (from: number) => (from < 0 ? -1 : localNet(copy, from as Net))
  const [a, b, c] = [operand(cell.a), operand(cell.b), operand(cell.c)]
  const param = table ? localTable(copy, cell.param) : cell.param
  copy.netOf.set(net, copy.writer.add({ ...cell, a, b, c, param, layer: 0 }) as Net)
}

function localNet(copy: PartCopy, net: Net): Net {
  const known = copy.netOf.get(net)
  if (known !== undefined) return known
  if (!isCopied(copy.netlist, net)) bug(`net ${net} is read in a part that does not have it`)
  const made = copy.writer.add(constantCell(copy.netlist, net)) as Net
  copy.netOf.set(net, made)
  return made
}

function localTable({ tables }: PartCopy, table: number): number {
  const known = tables.indexOf(table)
  return known >= 0 ? known : tables.push(table) - 1
}

function finishPart(copy: PartCopy, layer: string, outputs: readonly NamedNet[]): Netlist {
  const { netlist, netOf } = copy
  return copy.writer.finish({
    layers: [layer],
    inputs: copy.inputs,
    outputs,
    tables: copy.tables.map(table => netlist.tables[table]!),
    memories: [],
    resets: new Map(
      [...netlist.resets].flatMap(([net, raw]): [Net, bigint][] =>
        netOf.has(net) ? [[netOf.get(net)!, raw]] : [],
      ),
    ),
    names: new Map([...netlist.names].flatMap(([net, name]) => named(netOf.get(net), name))),
  })
}

// Takes a module's hierarchy away: one netlist that computes, cycle by cycle, what the module and its instances
// compute together. This is what the built-in simulator runs.
//
// All cells are first laid end to end, those that only pass a value across a module's border being *wires* to their
// driver; then they are put in topological order, since an instance may make a later cell feed an earlier one.

import { bug } from '../diagnostics/diagnostic.ts'
import { type FixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { operandCounts } from '../netlist/live.ts'
import {
  cellKinds,
  kindOf,
  type Memory,
  type NamedNet,
  type Net,
  type Netlist,
  type Table,
} from '../netlist/netlist.ts'
import type { Instance, RtlModule } from './module.ts'

const code = (kind: (typeof cellKinds)[number]) => cellKinds.indexOf(kind)
const instanceCode = code('instance')
const aliasCode = code('alias')
const bitsCode = code('bits')
const statefulCodes = new Set([code('register'), code('read'), code('input'), code('constant')])

/** Cells laid end to end. `wire[net]` names the net that drives a net of no cell of its own, or is −1. */
interface Plane {
  readonly kind: number[]
  readonly a: number[]
  readonly b: number[]
  readonly c: number[]
  readonly param: number[]
  readonly min: bigint[]
  readonly max: bigint[]
  readonly frac: number[]
  readonly layer: number[]
  readonly wire: number[]
  readonly layers: string[]
  readonly tables: Table[]
  readonly memories: Memory[]
  readonly resets: Map<number, bigint>
  readonly names: Map<number, string>
}

/**
 * One netlist for the module with all its instances. Inputs and outputs follow the ports and their elements, named
 * `<port>[k]`; each output has its element's frac. Names are prefixed by the instances' path (`fc1.acc_3`).
 * A combinational loop, and an instance fed with values its port cannot carry, is a fault of the caller.
 */
export function flatten(module: RtlModule): Netlist {
  const plane = emptyPlane()
  const start = place(plane, module, '')
  const inputs = topInputs(plane, module, start)
  const outputs = topOutputs(plane, module, start)
  return sorted(plane, inputs, outputs, module.name)
}

function emptyPlane(): Plane {
  return {
    kind: [],
    a: [],
    b: [],
    c: [],
    param: [],
    min: [],
    max: [],
    frac: [],
    layer: [],
    wire: [],
    layers: [''],
    tables: [],
    memories: [],
    resets: new Map(),
    names: new Map(),
  }
}

/** Appends a module's cells and those of its instances; returns where its own begin. */
function place(plane: Plane, module: RtlModule, path: string): number {
  const start = plane.kind.length
  copyCells(plane, module.netlist, path)
  for (const instance of module.instances) {
    const childStart = place(plane, instance.module, `${path}${instance.name}.`)
    connectInputs(plane, instance, start, childStart)
    connectOutputs(plane, instance, start, childStart)
  }
  return start
}

function copyCells(plane: Plane, netlist: Netlist, path: string): void {
  const start = plane.kind.length
  const layers = netlist.layers.map(name => indexOf(plane.layers, name === '' ? path.slice(0, -1) : name))
  const tables = netlist.tables.map(table => indexOf(plane.tables, table))
  const memories = plane.memories.length
  const moved = (net: number) => (net < 0 ? -1 : net + start)
  for (let net = 0; net < netlist.kind.length; net++) {
    const kind = kindOf(netlist, net as Net)
    const own = netlist.param[net]!
    plane.kind.push(netlist.kind[net]!)
    plane.a.push(moved(netlist.a[net]!))
    plane.b.push(moved(netlist.b[net]!))
    plane.c.push(moved(netlist.c[net]!))
    plane.param.push(kind === 'table' ? tables[own]! : kind === 'read' ? own + memories : own)
    plane.min.push(netlist.min[net]!)
    plane.max.push(netlist.max[net]!)
    plane.frac.push(netlist.frac[net]!)
    plane.layer.push(layers[netlist.layer[net]!]!)
    plane.wire.push(-1)
  }
  for (const memory of netlist.memories) plane.memories.push(movedMemory(memory, start, path))
  for (const [net, raw] of netlist.resets) plane.resets.set(net + start, raw)
  for (const [net, name] of netlist.names) plane.names.set(net + start, path + name)
}

function movedMemory(memory: Memory, start: number, path: string): Memory {
  const { write } = memory
  const moved = (net: Net) => (net + start) as Net
  return {
    ...memory,
    name: path + memory.name,
    write: write && {
      address: moved(write.address),
      data: moved(write.data),
      enable: moved(write.enable),
    },
  }
}

function indexOf<T>(list: T[], item: T): number {
  const known = list.indexOf(item)
  return known >= 0 ? known : list.push(item) - 1
}

function connectInputs(plane: Plane, instance: Instance, start: number, childStart: number): void {
  for (const port of instance.module.ports) {
    if (port.direction !== 'in') continue
    const drivers = instance.inputs[port.name] ?? []
    if (drivers.length !== port.elements.length)
      bug(`${instance.name}.${port.name} has ${port.elements.length} elements, ${drivers.length} connected`)
    port.elements.forEach((element, k) => {
      const label = `${instance.name}.${port.name}[${k}]`
      const target = element.net + childStart
      if (cellKinds[plane.kind[target]!] !== 'input' || plane.wire[target] !== -1)
        bug(`${label} is not an input of its own`)
      plane.wire[target] = carry(plane, drivers[k]! + start, element.type, target, label)
    })
  }
}

function connectOutputs(plane: Plane, instance: Instance, start: number, childStart: number): void {
  for (const port of instance.module.ports) {
    if (port.direction !== 'out') continue
    const targets = instance.outputs[port.name] ?? []
    if (targets.length !== port.elements.length)
      bug(`${instance.name}.${port.name} has ${port.elements.length} elements, ${targets.length} connected`)
    port.elements.forEach((element, k) => {
      const label = `${instance.name}.${port.name}[${k}]`
      const target = targets[k]! + start
      if (plane.kind[target] !== instanceCode || plane.wire[target] !== -1)
        bug(`${label} does not drive an instance cell of its own`)
      plane.wire[target] = carry(plane, element.net + childStart, element.type, target, label)
    })
  }
}

/** The net that brings `source` to `target` through a port element: the source itself where nothing changes. */
function carry(plane: Plane, source: number, type: FixedType, target: number, label: string): number {
  const carried = carriedInterval(plane, source, type, label)
  const { min, max, frac } = {
    min: plane.min[target]!,
    max: plane.max[target]!,
    frac: plane.frac[target]!,
  }
  if (min === max) return appendBits(plane, source, 0, { min, max, frac }, plane.layer[target]!)
  if (frac !== type.frac) bug(`${label} has frac ${type.frac} on the port and ${frac} inside`)
  const within = carried.min >= min && carried.max <= max
  if (within && carried.shift === 0) return source
  return appendBits(plane, source, -carried.shift, { min, max, frac }, plane.layer[target]!)
}

function carriedInterval(plane: Plane, source: number, type: FixedType, label: string) {
  const min = plane.min[source]!
  const max = plane.max[source]!
  const zero = min === 0n && max === 0n
  const shift = zero ? 0 : type.frac - plane.frac[source]!
  if (shift < 0) bug(`${label} would lose ${-shift} bits below its port's lowest`)
  const carried = { min: min << BigInt(shift), max: max << BigInt(shift), shift }
  if (carried.min < minRaw(type) || carried.max > maxRaw(type))
    bug(`${label} takes [${carried.min}, ${carried.max}], more than its port of ${type.width} bits carries`)
  return carried
}

function appendBits(
  plane: Plane,
  source: number,
  low: number,
  interval: { min: bigint; max: bigint; frac: number },
  layer: number,
): number {
  const fixed = interval.min === interval.max
  const net = plane.kind.push(fixed ? code('constant') : bitsCode) - 1
  plane.a.push(fixed ? -1 : source)
  plane.b.push(-1)
  plane.c.push(-1)
  plane.param.push(fixed ? 0 : low)
  plane.min.push(interval.min)
  plane.max.push(interval.max)
  plane.frac.push(interval.frac)
  plane.layer.push(layer)
  plane.wire.push(-1)
  return net
}

function topInputs(plane: Plane, module: RtlModule, start: number): NamedNet[] {
  const inputs: NamedNet[] = []
  for (const port of module.ports) {
    if (port.direction !== 'in') continue
    port.elements.forEach((element, k) => {
      const net = (element.net + start) as Net
      if (cellKinds[plane.kind[net]!] !== 'input')
        bug(`${port.name}[${k}] of ${module.name} is no input cell`)
      plane.param[net] = inputs.push({ name: `${port.name}[${k}]`, net }) - 1
    })
  }
  const known = new Set<number>(inputs.map(input => input.net))
  plane.kind.forEach((kind, net) => {
    if (cellKinds[kind] === 'input' && plane.wire[net] === -1 && !known.has(net))
      bug(`input ${describe(plane, net)} under ${module.name} is in no port`)
  })
  return inputs
}

function topOutputs(plane: Plane, module: RtlModule, start: number): NamedNet[] {
  const outputs: NamedNet[] = []
  for (const port of module.ports) {
    if (port.direction !== 'out') continue
    port.elements.forEach((element, k) => {
      const name = `${port.name}[${k}]`
      const source = element.net + start
      const { min, max, shift } = carriedInterval(plane, source, element.type, `${module.name}.${name}`)
      const interval = { min, max, frac: element.type.frac }
      const same = plane.frac[source] === element.type.frac
      const net = same ? source : appendBits(plane, source, -shift, interval, plane.layer[source]!)
      outputs.push({ name, net: net as Net })
    })
  }
  return outputs
}

/** Puts the plane's cells in topological order, as near to the order of placing as that allows. */
function sorted(plane: Plane, inputs: NamedNet[], outputs: NamedNet[], moduleName: string): Netlist {
  const root = (net: number) => throughWires(plane, net, moduleName)
  const order = topologicalOrder(plane, root, moduleName)
  narrowAliases(plane, order, root)
  const position = new Int32Array(plane.kind.length).fill(-1)
  order.forEach((net, k) => {
    position[net] = k
  })
  const at = (net: number) => (net < 0 ? -1 : position[root(net)]!) as Net
  const column = (values: readonly number[]) => Int32Array.from(order, net => values[net]!)
  const operands = (values: readonly number[]) => Int32Array.from(order, net => at(values[net]!))
  return {
    kind: Uint8Array.from(order, net => plane.kind[net]!),
    a: operands(plane.a),
    b: operands(plane.b),
    c: operands(plane.c),
    param: column(plane.param),
    min: order.map(net => plane.min[net]!),
    max: order.map(net => plane.max[net]!),
    frac: column(plane.frac),
    layer: column(plane.layer),
    layers: plane.layers,
    inputs: inputs.map(input => ({ name: input.name, net: at(input.net) })),
    outputs: outputs.map(output => ({ name: output.name, net: at(output.net) })),
    tables: plane.tables,
    memories: plane.memories.map(memory => ({
      ...memory,
      write: memory.write && {
        address: at(memory.write.address),
        data: at(memory.write.data),
        enable: at(memory.write.enable),
      },
    })),
    resets: new Map([...plane.resets].map(([net, raw]) => [at(net), raw])),
    names: movedNames(plane, at),
  }
}

/** An alias has its source's raw interval, and a source met across a border may have a narrower one than inside. */
function narrowAliases(plane: Plane, order: readonly number[], root: (net: number) => number): void {
  for (const net of order) {
    if (plane.kind[net] !== aliasCode) continue
    const source = root(plane.a[net]!)
    plane.min[net] = plane.min[source]!
    plane.max[net] = plane.max[source]!
  }
}

function movedNames(plane: Plane, at: (net: number) => Net): Map<Net, string> {
  const names = new Map<Net, string>()
  // A net named on both sides of a border keeps the name of the outer side.
  for (const [net, name] of plane.names) if (!names.has(at(net))) names.set(at(net), name)
  return names
}

function throughWires(plane: Plane, net: number, moduleName: string): number {
  let at = net
  for (let steps = 0; plane.wire[at] !== -1; steps++) {
    if (steps > plane.wire.length) bug(`instances of ${moduleName} are wired in a ring`)
    at = plane.wire[at]!
  }
  if (plane.kind[at] === instanceCode) bug(`an instance cell of ${moduleName} belongs to no instance`)
  return at
}

function topologicalOrder(plane: Plane, root: (net: number) => number, moduleName: string): number[] {
  const order: number[] = []
  // 0 not met, 1 waiting for its operands, 2 placed.
  const state = new Uint8Array(plane.kind.length)
  const stack: number[] = []
  for (let first = 0; first < plane.kind.length; first++) {
    if (plane.wire[first] !== -1) continue
    stack.push(first)
    while (stack.length > 0) {
      const net = stack[stack.length - 1]!
      if (state[net] !== 0) {
        stack.pop()
        if (state[net] === 1) order.push(net)
        state[net] = 2
        continue
      }
      state[net] = 1
      for (const operand of combinationalOperands(plane, net, root)) {
        if (state[operand] === 1)
          bug(`combinational loop in ${moduleName} through ${describeLoop(plane, stack, state, operand)}`)
        if (state[operand] === 0) stack.push(operand)
      }
    }
  }
  return order
}

/** Operands a cell needs in the same cycle, the last one first so that the first is placed first. */
function combinationalOperands(plane: Plane, net: number, root: (net: number) => number): number[] {
  const kind = plane.kind[net]!
  if (statefulCodes.has(kind)) return []
  const count = operandCounts[cellKinds[kind]!]
  return [plane.a[net]!, plane.b[net]!, plane.c[net]!]
    .slice(0, count)
    .filter(operand => operand >= 0)
    .map(root)
    .reverse()
}

function describe(plane: Plane, net: number): string {
  return `${plane.names.get(net) ?? `net ${net}`} (${cellKinds[plane.kind[net]!]})`
}

/** The loop's cells that people named, or else the one it was met at; cells on the way are those waiting. */
function describeLoop(plane: Plane, stack: readonly number[], state: Uint8Array, met: number): string {
  const waiting = stack.filter(net => state[net] === 1)
  const loop = waiting.slice(waiting.indexOf(met))
  const named = loop.filter(net => plane.names.has(net))
  return (named.length > 0 ? named : [met]).map(net => describe(plane, net)).join(', ')
}

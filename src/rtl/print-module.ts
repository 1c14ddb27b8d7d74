// A module and all it uses as Verilog-2005, one module per file. Ports pack their elements, element 0 lowest; ports
// and elements of width 0 are not there. Equal modules print equal text: names depend on the module alone.

import { bug } from '../diagnostics/diagnostic.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { conversion, type FixedType, sameType } from '../fixed/types.ts'
import { isFixedNet } from '../netlist/live.ts'
import type { Net } from '../netlist/netlist.ts'
import { netType } from '../netlist/netlist.ts'
import { clockNeeds, printVerilogBody, range, type VerilogBody, wrapList } from '../netlist/print-verilog.ts'
import { bitsOf, fieldParts, type Signals } from '../netlist/verilog-expression.ts'
import { createNameScope, type NameScope } from '../netlist/verilog-names.ts'
import { pathParameter } from '../netlist/verilog-tables.ts'
import { type Instance, type Port, type PortElement, portWidth, type RtlModule } from './module.ts'

/** What a printed module looks like from outside. */
export interface PrintedModule {
  /** The module's name in Verilog; the file is `<name>.v`. */
  readonly name: string
  /** Signal names of ports by their names in the module; ports of width 0 are missing. */
  readonly ports: ReadonlyMap<string, string>
  readonly clk: boolean
  readonly rst: boolean
  /** True when it takes the folder of memory images as parameter. */
  readonly tablePath: boolean
}

export interface PrintedVerilog {
  /** Text by file name, sorted: `.v` files, and `.mem` files with memory images. */
  readonly files: Readonly<Record<string, string>>
  readonly top: PrintedModule
  /** Verilog files in an order in which each module comes after those it uses. */
  readonly order: readonly string[]
}

interface Project {
  readonly files: Map<string, string>
  readonly order: string[]
  readonly names: NameScope
  readonly printed: Map<RtlModule, PrintedModule>
}

/** Files of a module and its instances' modules. */
export function printVerilog(module: RtlModule): Record<string, string> {
  return { ...printVerilogProject(module).files }
}

/** The same, with what a tool needs to know besides. */
export function printVerilogProject(module: RtlModule): PrintedVerilog {
  // Some file systems take names that differ in case only for one.
  const names = createNameScope(name => name.toLowerCase())
  const project: Project = { files: new Map(), order: [], names, printed: new Map() }
  names.take(module.name)
  const top = printModule(project, module, module.name)
  const sorted = [...project.files].sort(([a], [b]) => (a < b ? -1 : 1))
  return { files: Object.fromEntries(sorted), top, order: project.order }
}

function printModule(project: Project, module: RtlModule, reserved?: string): PrintedModule {
  const known = project.printed.get(module)
  if (known !== undefined) return known
  const children = module.instances.map(instance => printModule(project, instance.module))
  const name = reserved ?? project.names.take(module.name)
  const printed = printFile(project, module, name, children)
  project.printed.set(module, printed)
  return printed
}

function printFile(
  project: Project,
  module: RtlModule,
  name: string,
  children: readonly PrintedModule[],
): PrintedModule {
  const scope = createNameScope()
  for (const fixed of ['clk', 'rst', pathParameter, name]) scope.take(fixed)
  const clocks = clocksOf(module, children)
  const ports = new Map<string, string>()
  for (const port of module.ports) if (portWidth(port) > 0) ports.set(port.name, scope.take(port.name))
  const wiring = wireUp(module, ports, children, scope)
  const body = printVerilogBody(module.netlist, {
    scope,
    moduleName: name,
    roots: rootsOf(module),
    ...wiring,
  })
  const tablePath = children.some(child => child.tablePath) || body.files.size > 0
  const printed = { name, ports, ...clocks, tablePath }
  const text = moduleText(module, printed, body, [
    ...wiring.declarations,
    ...instancesText(module, children, wiring, body.signals),
  ])
  project.files.set(`${name}.v`, text)
  project.order.push(`${name}.v`)
  for (const [file, image] of body.files) project.files.set(file, image)
  return printed
}

function clocksOf(module: RtlModule, children: readonly PrintedModule[]): { clk: boolean; rst: boolean } {
  const own = clockNeeds(module.netlist, rootsOf(module))
  const always = module.alwaysClocked === true
  return {
    clk: always || own.clk || children.some(child => child.clk),
    rst: always || own.rst || children.some(child => child.rst),
  }
}

/** Nets that leave the module's own netlist: to its outputs and into its instances. */
function rootsOf(module: RtlModule): Net[] {
  const outputs = module.ports.flatMap(port =>
    port.direction === 'out' ? port.elements.map(element => element.net) : [],
  )
  return [...outputs, ...module.instances.flatMap(instance => Object.values(instance.inputs).flat())]
}

interface Wiring {
  readonly given: Map<Net, string>
  readonly driven: Map<Net, string>
  readonly declarations: string[]
  /** Signals of instances' output ports, by instance and port. */
  readonly buses: Map<string, string>
  readonly instanceNames: readonly string[]
}

/** Finds where input and instance cells get their values: the bus itself, or a part of it. */
function wireUp(
  module: RtlModule,
  ports: ReadonlyMap<string, string>,
  children: readonly PrintedModule[],
  scope: NameScope,
): Wiring {
  const instanceNames = module.instances.map(instance => scope.take(instance.name))
  const wiring: Wiring = {
    given: new Map(),
    driven: new Map(),
    declarations: [],
    buses: new Map(),
    instanceNames,
  }
  for (const port of module.ports) {
    const bus = ports.get(port.name)
    if (port.direction === 'in' && bus !== undefined)
      connectBus(
        module,
        wiring,
        bus,
        port,
        port.elements.map(element => element.net),
      )
  }
  module.instances.forEach((instance, k) => {
    for (const port of instance.module.ports) {
      if (port.direction !== 'out' || !children[k]!.ports.has(port.name)) continue
      const bus = scope.take(`${instanceNames[k]}_${port.name}`)
      wiring.buses.set(`${k}.${port.name}`, bus)
      wiring.declarations.push(`wire ${range(portWidth(port))}${bus};`)
      connectBus(module, wiring, bus, port, instance.outputs[port.name] ?? [])
    }
  })
  return wiring
}

function connectBus(
  { name, netlist }: RtlModule,
  wiring: Wiring,
  bus: string,
  port: Port,
  nets: readonly Net[],
): void {
  const busWidth = portWidth(port)
  let low = 0
  port.elements.forEach(({ type }, k) => {
    const net = nets[k] ?? bug(`${name} leaves element ${k} of ${port.name} open`)
    const at = low
    low += type.width
    if (isFixedNet(netlist, net)) return
    const { width } = netType(netlist, net)
    if (netlist.frac[net] !== type.frac) bug(`${name}: element ${k} of ${port.name} changes its frac`)
    if (width > type.width) bug(`${name}: element ${k} of ${port.name} is narrower than its net`)
    if (width === busWidth) wiring.given.set(net, bus)
    else wiring.driven.set(net, bitsOf(bus, busWidth, at, width))
  })
}

/** The elements' bits as parts of one concatenation, highest first. */
function packed(signals: Signals, elements: readonly PortElement[]): string[] {
  return elements
    .flatMap(({ net, type }) => {
      const { netlist } = signals
      const zero = isFixedNet(netlist, net) && netlist.min[net] === 0n
      const low = zero ? 0 : netlist.frac[net]! - type.frac
      if (low > 0) bug(`an output of frac ${netlist.frac[net]} on a port of frac ${type.frac}`)
      return fieldParts(signals, net, low, type.width).reverse()
    })
    .reverse()
}

function concatLines(head: string, parts: readonly string[], tail: string): string[] {
  if (parts.length === 1) return [`${head}${parts[0]}${tail}`]
  return wrapList(`${head}{`, parts, `}${tail}`).map((line, k) => (k === 0 ? line.replace('{ ', '{') : line))
}

function instancesText(
  module: RtlModule,
  children: readonly PrintedModule[],
  wiring: Wiring,
  signals: Signals,
): string[] {
  return module.instances.flatMap((instance, k) => {
    const child = children[k]!
    const parameter = child.tablePath ? ` #(.${pathParameter}(${pathParameter}))` : ''
    const pins = [
      ...(['clk', 'rst'] as const).filter(name => child[name]).map(name => [`.${name}(${name})`]),
      ...instance.module.ports.flatMap(port => {
        const pin = child.ports.get(port.name)
        return pin === undefined
          ? []
          : [connection(instance, port, pin, wiring.buses.get(`${k}.${port.name}`), signals)]
      }),
    ]
    const lines = pins.flatMap((pin, at) =>
      pin.map((line, row) => `  ${line}${row === pin.length - 1 && at < pins.length - 1 ? ',' : ''}`),
    )
    return ['', `${child.name}${parameter} ${wiring.instanceNames[k]} (`, ...lines, ');']
  })
}

function connection(
  instance: Instance,
  port: Port,
  pin: string,
  bus: string | undefined,
  signals: Signals,
): string[] {
  if (port.direction === 'out') return [`.${pin}(${bus})`]
  const nets = instance.inputs[port.name] ?? []
  const elements = port.elements.map(({ type }, k) => ({
    net: nets[k] ?? bug(`${instance.name} leaves element ${k} of ${port.name} open`),
    type,
  }))
  return concatLines(`.${pin}(`, packed(signals, elements), ')')
}

function moduleText(
  module: RtlModule,
  printed: PrintedModule,
  body: VerilogBody,
  instances: readonly string[],
): string {
  const outputs = module.ports.flatMap(port => {
    const bus = printed.ports.get(port.name)
    if (port.direction !== 'out' || bus === undefined) return []
    return concatLines(`assign ${bus} = `, packed(body.signals, port.elements), ';')
  })
  const parameters = printed.tablePath ? [`  parameter ${pathParameter} = "./"`] : []
  const blocks = [body.declarations, instances, body.statements, outputs].filter(block => block.length > 0)
  const lines = [
    ...header(module, printed),
    '`default_nettype none',
    '',
    `module ${printed.name}${parameters.length > 0 ? ' #(' : ' ('}`,
    ...(parameters.length > 0 ? [...parameters, ') ('] : []),
    ...portList(module, printed),
    ');',
    ...blocks.flatMap(block => ['', ...block.map(line => (line === '' ? '' : `  ${line}`))]),
    '',
    'endmodule',
    '',
    '`default_nettype wire',
  ]
  // Blocks may begin with an empty line of their own.
  return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`
}

function portList(module: RtlModule, printed: PrintedModule): string[] {
  const lines = (['clk', 'rst'] as const).filter(name => printed[name]).map(name => `input wire ${name}`)
  for (const port of module.ports) {
    const bus = printed.ports.get(port.name)
    if (bus !== undefined) lines.push(`${port.direction}put wire ${range(portWidth(port))}${bus}`)
  }
  return lines.map((line, k) => `  ${line}${k < lines.length - 1 ? ',' : ''}`)
}

function header(module: RtlModule, printed: PrintedModule): string[] {
  const summary = module.summary.replace(/\s+/g, ' ').trim()
  const ports = module.ports.map(port => {
    const name = printed.ports.get(port.name) ?? `${port.name} (no bits, left out)`
    return `//   ${port.direction === 'in' ? 'in ' : 'out'} ${name}: ${describeElements(port.elements)}`
  })
  return [
    `// ${printed.name}${summary === '' ? '' : `: ${summary}`}`,
    '//',
    '// Ports, element 0 in the lowest bits:',
    ...ports,
    ...(printed.tablePath
      ? ['//', `// ${pathParameter} is put before the names of the .mem files: a folder with its slash.`]
      : []),
    '',
  ]
}

/** Elements in runs of equal type: `16 x fixed<8,3>, 1 x ufixed<4,4>`. */
function describeElements(elements: readonly PortElement[]): string {
  const runs: { type: FixedType; count: number }[] = []
  for (const { type } of elements) {
    const last = runs.at(-1)
    if (last !== undefined && sameType(last.type, type)) last.count++
    else runs.push({ type, count: 1 })
  }
  const shown = runs.slice(0, 12).map(({ type, count }) => `${count} x ${describeType(type)}`)
  const more = runs.length > 12 ? [`and ${runs.length - 12} more runs of other types`] : []
  return [...shown, ...more].join(', ') || 'empty'
}

function describeType(type: FixedType): string {
  return type.width === 0 ? 'constant 0' : printPrecision(fixedPrecision(conversion(type)), 'short')
}

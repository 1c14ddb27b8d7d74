// A design as the pieces that are synthesised one by one: each part of the core alone, then everything around them
// with those parts as black boxes.

import { kindOf, type Net } from '../../netlist/netlist.ts'
import type { RtlModule } from '../../rtl/module.ts'
import { createModule } from '../../rtl/module-builder.ts'
import { printVerilogProject } from '../../rtl/print-module.ts'
import { adderBits } from './adder-bits.ts'
import type { Design } from './design.ts'
import type { BuiltPart } from './folded-core.ts'

export interface SynthesisPiece {
  /** Layer that the piece belongs to; `glue` for what stands around the layers. */
  readonly layer: string
  readonly module: string
  readonly files: Readonly<Record<string, string>>
  readonly blackBoxes: readonly string[]
  /** Bits of two-operand additions: what bounds how large a run is. */
  readonly adderBits: number
  /** Whether products of two variables may become DSP blocks. */
  readonly dsp: boolean
}

export const glueLayer = 'glue'

/** A module of the core that is synthesised by itself. */
interface CorePart {
  readonly layer: string
  readonly module: RtlModule
  readonly dsp: boolean
}

/** Pieces in the core's order, the glue last. */
export function synthesisPieces(design: Design): SynthesisPiece[] {
  const parts = design.parts.flatMap(part => corePartsOf(part, design.options.dsp ?? true))
  const free = runsFree(design)
  const layers = parts.map(({ layer, module, dsp }) => {
    const alone = free ? freeRunning(module) : module
    return {
      layer,
      module: alone.name,
      files: { ...printVerilogProject(alone).files },
      blackBoxes: [],
      adderBits: moduleAdderBits(module),
      dsp,
    }
  })
  const whole = printVerilogProject(design.top.top)
  const glue = {
    layer: glueLayer,
    module: design.top.top.name,
    files: { ...whole.files },
    blackBoxes: parts.map(({ module }) => module.name),
    adderBits: 0,
    dsp: false,
  }
  return [...layers, glue]
}

function corePartsOf(part: BuiltPart, dsp: boolean): CorePart[] {
  return part.kind === 'folded'
    ? [{ layer: part.layer, module: part.stage.module, dsp }]
    : part.datapath.core.instances.map(({ module }) => ({
        layer: layerOf(module),
        module,
        dsp: hasProducts(module),
      }))
}

/** Whether a module multiplies variables; where DSP blocks are not wanted, such products are additions already. */
function hasProducts({ netlist }: RtlModule): boolean {
  const varies = (net: number) => netlist.min[net] !== netlist.max[net]
  return netlist.kind.some(
    (_, net) => kindOf(netlist, net as Net) === 'mul' && varies(netlist.a[net]!) && varies(netlist.b[net]!),
  )
}

/** The whole design as one piece, counted as glue. */
export function wholeDesign(design: Design): SynthesisPiece {
  return {
    layer: glueLayer,
    module: design.top.top.name,
    files: { ...printVerilogProject(design.top.top).files },
    blackBoxes: [],
    adderBits: moduleAdderBits(design.core),
    dsp: (design.options.dsp ?? true) && design.parts.some(({ kind }) => kind === 'folded'),
  }
}

/** Adder bits of a module and all it contains. */
function moduleAdderBits({ netlist, instances }: RtlModule): number {
  return instances.reduce((sum, { module }) => sum + moduleAdderBits(module), adderBits(netlist))
}

/** Whether the top ties the core's enable high: then no register of a part needs one. */
function runsFree(design: Design): boolean {
  const enable = enableOf(design.top.top, design.core)
  return (
    enable !== undefined && enable.netlist.min[enable.net] === 1n && enable.netlist.max[enable.net] === 1n
  )
}

function enableOf(
  module: RtlModule,
  core: RtlModule,
): { net: Net; netlist: RtlModule['netlist'] } | undefined {
  for (const instance of module.instances) {
    const net = instance.inputs.ce?.[0]
    if (instance.module === core && net !== undefined) return { net, netlist: module.netlist }
    const inner = enableOf(instance.module, core)
    if (inner !== undefined) return inner
  }
  return undefined
}

/** The module with its enable tied high, as the design uses it. */
function freeRunning(module: RtlModule): RtlModule {
  if (!module.ports.some(({ name }) => name === 'ce')) return module
  const free = createModule(`${module.name}_free`, `${module.name} with its enable tied high`)
  const inner = free.place('u_part', module)
  const types = (name: string) =>
    module.ports.find(port => port.name === name)!.elements.map(({ type }) => type)
  const names = (direction: 'in' | 'out') =>
    module.ports.filter(port => port.direction === direction && port.name !== 'ce').map(({ name }) => name)
  const inputs = names('in').map(name => [name, free.input(name, types(name))] as const)
  inner.connect({ ce: [free.netlist.constant(1n, 0)], ...Object.fromEntries(inputs) })
  for (const name of names('out')) free.output(name, inner.out(name), types(name))
  return free.finish()
}

/** The layer that most of a module's cells belong to. */
function layerOf(module: RtlModule): string {
  const { netlist } = module
  const counts = new Map<string, number>()
  for (let net = 0; net < netlist.kind.length; net++) {
    const kind = kindOf(netlist, net as Net)
    if (kind === 'input' || kind === 'constant') continue
    const layer = netlist.layers[netlist.layer[net]!]!
    counts.set(layer, (counts.get(layer) ?? 0) + 1)
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1])
  return most?.[0] || 'common'
}

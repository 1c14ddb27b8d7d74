// What a design will take, before synthesis and without the optimiser. Everything is built as it would be but constant
// products, which are sketched: latency, interval and DSP blocks so come from the same code as the hardware; flip-flops
// from registers placed in the sketch; LUTs from the kinds of logic in it.

import { countLogic, type LogicCount } from '../../estimate/cell-features.ts'
import {
  addCost,
  type Cost,
  type DesignEstimate,
  type LayerEstimate,
  nothing,
} from '../../estimate/design-estimate.ts'
import { sharedRegisters, verilogBand } from '../../estimate/fitted.ts'
import { lutsOf, productLuts, sharedShare } from '../../estimate/logic-costs.ts'
import { layerOfSketch, type ProductSketch, plainLayer, sketchSolver } from '../../estimate/sketch-product.ts'
import { chooseCarryOperands } from '../../netlist/carry-operand.ts'
import { delayModelOf, stageOverheadNs } from '../../netlist/delay.ts'
import { liveCells } from '../../netlist/live.ts'
import type { Net, Netlist } from '../../netlist/netlist.ts'
import type { LayerStages } from '../../netlist/pipeline.ts'
import { retime } from '../../netlist/retime.ts'
import {
  lastUses,
  operandsOfCell,
  type Schedule,
  scheduleEarly,
  scheduleTask,
  type Task,
} from '../../netlist/schedule.ts'
import { useUnsignedAdders } from '../../netlist/unsigned-adders.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import type { RtlModule } from '../../rtl/module.ts'
import { bitType, createModule } from '../../rtl/module-builder.ts'
import type { PortSpec } from '../../rtl/partition.ts'
import { buildDesign, coreLatency, coreLayers, type Design, type DesignOptions } from './design.ts'
import { lowerCells, type PartLowering, portsOf } from './lower-graph.ts'

/** The estimate of a graph's hardware. Fails as `buildDesign` where a layer has no hardware form. */
export function estimateDesign(graph: OpGraph, options: DesignOptions): DesignEstimate {
  const tally = createTally()
  const design = buildDesign(graph, options, sketchPart(tally))
  for (const part of design.parts) if (part.kind === 'folded') tally.module(part.stage.module, part.layer)
  tally.around(design)
  return assemble(graph, design, tally)
}

/** Sums by layer; '' for what stands around them. */
interface Tally {
  readonly layers: ReadonlyMap<string, Cost>
  logic(netlist: Netlist, layer: string | undefined): void
  /** `used`: the share of its columns that reach an output. */
  product(sketch: ProductSketch, used: number): void
  flipFlops(layer: string, bits: number): void
  /** A module and all it contains, but those given. */
  module(module: RtlModule, layer: string, except?: ReadonlySet<RtlModule>): void
  around(design: Design): void
}

type Sum = { -readonly [K in keyof Cost]: Cost[K] }

function createTally(): Tally {
  const layers = new Map<string, Sum>()
  const of = (layer: string) => {
    const known = layers.get(layer) ?? { lut: 0, ff: 0, dsp: 0, bram18: 0 }
    layers.set(layer, known)
    return known
  }
  const tally: Tally = {
    layers,
    logic: (netlist, layer) => {
      for (const [name, count] of countLogic(netlist)) {
        const { layer: own, isProduct, copies } = layerOfSketch(name)
        if (!isProduct) addLogic(of(layer ?? own), count, copies)
      }
    },
    product: (sketch, used) => {
      of(sketch.layer).lut += used * productLuts(sketch)
    },
    flipFlops: (layer, bits) => {
      of(layer).ff += bits
    },
    module: (module, layer, except) => {
      if (except?.has(module)) return
      tally.logic(module.netlist, layer)
      for (const instance of module.instances) tally.module(instance.module, layer, except)
    },
    around: design => {
      const parts = design.parts.map(part =>
        part.kind === 'folded' ? part.stage.module : part.datapath.core,
      )
      tally.module(design.top.top, '', new Set(parts))
    },
  }
  return tally
}

function addLogic(to: Sum, { bits, ff, dsp, bram18, lutram }: LogicCount, copies: number): void {
  to.lut += copies * lutsOf(bits) + lutram
  to.ff += copies * ff
  to.dsp += copies * dsp
  to.bram18 += copies * bram18
}

/** In place of the datapath a module with its ports alone, and registers that are placed and counted, not inserted. */
function sketchPart(tally: Tally): PartLowering {
  return (graph, forms, part, options) => {
    const products: { sketch: ProductSketch; columns: readonly Net[] }[] = []
    const solver = sketchSolver((sketch, columns) => products.push({ sketch, columns }))
    const { combinational, results, findings } = lowerCells(graph, forms, part, { ...options, solver })
    const live = liveCells(combinational)
    for (const { sketch, columns } of products) {
      const used = columns.filter(net => live[net] === 1).length / Math.max(1, columns.length)
      tally.product(sketch, used)
    }
    const mapped = chooseCarryOperands(useUnsignedAdders(combinational))
    const shares = registerShares(products.map(({ sketch }) => sketch))
    const task = weighted(scheduleTask(mapped, delayModelOf(options.family, options.grade)), shares)
    const budget = Math.max(0, options.clockNs - stageOverheadNs(options.family, options.grade))
    const schedule = retime(task, scheduleEarly(task, budget), budget)
    tally.logic(mapped, undefined)
    for (const [layer, bits] of registersByLayer(task, schedule)) tally.flipFlops(layer, bits)
    return {
      core: portsAlone(mapped, options.name, portsOf(graph, part), options.enable),
      pipeline: {
        netlist: mapped,
        latency: schedule.latency,
        stages: [],
        layers: stagesByLayer(task, schedule),
        registerBits: 0,
        findings: [],
      },
      combinational,
      mapped,
      inputs: part.inputs,
      results,
      findings,
    }
  }
}

/** By layer, how many registers there are within shared trees for each within plain ones. */
function registerShares(sketches: readonly ProductSketch[]): Map<string, number> {
  const sums = new Map<string, { bits: number; shared: number }>()
  for (const sketch of sketches) {
    const { bits, shared } = sums.get(sketch.layer) ?? { bits: 0, shared: 0 }
    const own = sketch.plainBits * sharedShare(sketch) ** sharedRegisters
    sums.set(sketch.layer, { bits: bits + sketch.plainBits, shared: shared + own })
  }
  return new Map([...sums].map(([layer, { bits, shared }]) => [layer, bits === 0 ? 1 : shared / bits]))
}

/** Registers of a cell that stands for several are as many; those within trees are fewer once sums are shared. */
function weighted(task: Task, shares: ReadonlyMap<string, number>): Task {
  const { netlist, cells } = task
  const layers = netlist.layers.map(layerOfSketch)
  const inner = new Uint8Array(task.width.length)
  for (const net of cells) if (layers[netlist.layer[net]!]!.isProduct) inner[net] = 1
  for (const net of cells)
    if (!layers[netlist.layer[net]!]!.isProduct)
      for (const operand of operandsOfCell(task, net)) inner[operand] = 0
  for (const net of task.outputs) inner[net] = 0
  const width = task.width.map((bits, net) => {
    const { layer, copies } = layers[netlist.layer[net]!]!
    return Math.round(bits * copies * (inner[net] === 1 ? (shares.get(layer) ?? 1) : 1))
  })
  return { ...task, width }
}

function registersByLayer(task: Task, schedule: Schedule): Map<string, number> {
  const last = lastUses(task, schedule.stage, schedule.latency)
  const bits = new Map<string, number>()
  for (const net of task.cells) {
    const held = task.width[net]! * (last[net]! - schedule.stage[net]!)
    const layer = plainLayer(task.netlist.layers[task.netlist.layer[net]!]!)
    if (held > 0) bits.set(layer, (bits.get(layer) ?? 0) + held)
  }
  return bits
}

function stagesByLayer({ netlist, cells, firstUse }: Task, { stage }: Schedule): LayerStages[] {
  const found = new Map<string, LayerStages>()
  for (const net of cells) {
    if (firstUse[net] === firstUse[net + 1]) continue
    const layer = plainLayer(netlist.layers[netlist.layer[net]!]!)
    const known = found.get(layer)
    const own = stage[net]!
    found.set(layer, {
      layer,
      firstStage: Math.min(own, known?.firstStage ?? own),
      lastStage: Math.max(own, known?.lastStage ?? own),
    })
  }
  return [...found.values()]
}

/** A module of the part's ports, its outputs of the ranges that the sketch has. */
function portsAlone(netlist: Netlist, name: string, ports: readonly PortSpec[], enable: boolean): RtlModule {
  const module = createModule(name, `${name}: ports alone`)
  const given = netlist.outputs.map(({ net }) =>
    module.netlist.instanceOutput({
      min: netlist.min[net]!,
      max: netlist.max[net]!,
      frac: netlist.frac[net]!,
    }),
  )
  if (enable) module.input('ce', [bitType])
  let next = 0
  for (const port of ports) {
    if (port.direction === 'in') module.input(port.name, port.elements)
    else
      module.output(
        port.name,
        port.elements.map(() => given[next++]!),
        port.elements,
      )
  }
  return module.finish()
}

function assemble(graph: OpGraph, design: Design, tally: Tally): DesignEstimate {
  const stages = new Map(coreLayers(design).map(own => [own.layer, own]))
  const counted = (layer: string) => {
    const { lut, ff, dsp, bram18 } = tally.layers.get(layer) ?? nothing
    return { lut: Math.round(lut), ff: Math.round(ff), dsp: Math.round(dsp), bram18: Math.round(bram18) }
  }
  const layers = graph.nodes
    .filter(({ kind }) => kind !== 'input')
    .map((node): LayerEstimate => {
      const own = stages.get(node.name)
      const folded = design.parts.find(part => part.kind === 'folded' && part.layer === node.name)
      return {
        name: node.name,
        kind: node.kind,
        ...counted(node.name),
        ...(own === undefined
          ? {}
          : {
              firstStage: own.firstStage,
              lastStage: own.lastStage,
              latency: own.lastStage - own.firstStage,
            }),
        ...(folded?.kind === 'folded' ? { interval: folded.stage.interval } : {}),
      }
    })
  const known = new Set(layers.map(({ name }) => name))
  const others = [...tally.layers.keys()].filter(name => !known.has(name)).map(counted)
  const glue = others.reduce(addCost, nothing)
  return {
    layers,
    glue,
    total: layers.reduce(addCost, glue),
    latency: design.top.latency,
    interval: design.top.interval,
    coreLatency: coreLatency(design),
    firstLatency: design.top.firstLatency,
    band: verilogBand,
    builtBy: "Lutra's Verilog",
  }
}

// A datapath for estimates: its cells, with constant products sketched unless solving them is quick; registers placed and
// counted, not inserted.

import { readShares } from '../../estimate/cell-features.ts'
import { sharedRegisters } from '../../estimate/fitted.ts'
import { sharedShare } from '../../estimate/logic-costs.ts'
import {
  layerOfSketch,
  type ProductSketch,
  plainLayer,
  sketchSolver,
  solvedSolver,
} from '../../estimate/sketch-product.ts'
import { chooseCarryOperands } from '../../netlist/carry-operand.ts'
import { searchWork } from '../../netlist/constant-matrix.ts'
import { delayModelOf, stageOverheadNs } from '../../netlist/delay.ts'
import { liveCells } from '../../netlist/live.ts'
import { kindOf, type Net, type Netlist } from '../../netlist/netlist.ts'
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
import type { Tally } from './estimate-tally.ts'
import { lowerCells, type PartLowering, type PartOptions, portsOf } from './lower-graph.ts'
import type { DatapathPart, Forms } from './parts.ts'

/** Rounds of register placement where products are sketched: later ones save a hundredth or nothing. */
const sketchedRounds = 2

/** Work that a part's products may take the optimiser, as `searchWork` counts it: a quarter of a second or so. */
const solvedWork = 2_500_000

/**
 * In place of the datapath a module with its ports alone, and registers that are placed and counted, not inserted.
 * `registers`: the ratio of bits to this power is what sharing leaves of those within trees.
 */
export function sketchPart(tally: Tally, registers: number = sharedRegisters): PartLowering {
  return (graph, forms, part, options) => {
    const { cells, products } = cellsOf(graph, forms, part, options)
    const { combinational, results, findings } = cells
    countProducts(tally, combinational, products)
    if (products.length > 0) tally.sketched()
    const mapped = chooseCarryOperands(useUnsignedAdders(combinational))
    const shares = registerShares(
      products.map(({ sketch }) => sketch),
      registers,
    )
    const task = weighted(scheduleTask(mapped, delayModelOf(options.family, options.grade)), shares)
    const budget = Math.max(0, options.clockNs - stageOverheadNs(options.family, options.grade))
    const early = scheduleEarly(task, budget)
    const schedule = retime(task, early, budget, products.length > 0 ? sketchedRounds : undefined)
    tally.logic(mapped, undefined, registeredNets(task, schedule))
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

interface SketchedProduct {
  readonly sketch: ProductSketch
  readonly columns: readonly Net[]
}

/** The part's cells: as they are built where the optimiser is quick, with products sketched otherwise. */
function cellsOf(
  graph: OpGraph,
  forms: Forms,
  part: DatapathPart,
  options: PartOptions,
): { readonly cells: ReturnType<typeof lowerCells>; readonly products: readonly SketchedProduct[] } {
  const products: SketchedProduct[] = []
  const solver = sketchSolver((sketch, columns) => products.push({ sketch, columns }))
  const cells = lowerCells(graph, forms, part, { ...options, solver })
  const sketches = products.map(({ sketch }) => sketch)
  if (!isQuicklySolved(sketches, options.effort)) return { cells, products }
  const solved = solvedSolver(options.effort ?? 1)
  return { cells: lowerCells(graph, forms, part, { ...options, solver: solved }), products: [] }
}

/** Whether the optimiser may solve all these products for an estimate. */
export function isQuicklySolved(sketches: readonly ProductSketch[], effort?: number): boolean {
  return sketches.reduce((sum, { digits }) => sum + searchWork(digits, effort), 0) <= solvedWork
}

function countProducts(tally: Tally, netlist: Netlist, products: readonly SketchedProduct[]): void {
  if (products.length === 0) return
  const live = liveCells(netlist)
  const read = readShares(netlist)
  for (const { sketch, columns } of products) {
    const used = columns.filter(net => isUsed(netlist, live, net)).length / Math.max(1, columns.length)
    tally.product(sketch, used * (read.get(sketch.layer) ?? 1))
  }
}

/** Whether a net reaches an output, under its own name or another. */
function isUsed(netlist: Netlist, live: Uint8Array, net: Net): boolean {
  if (live[net] === 1) return true
  return kindOf(netlist, net) === 'alias' && isUsed(netlist, live, netlist.a[net]! as Net)
}

/** 1 for cells whose readers all work in later stages, or are wires to such. */
function registeredNets(task: Task, { stage }: Schedule): Uint8Array {
  const registered = new Uint8Array(stage.length).fill(1)
  for (let k = task.cells.length - 1; k >= 0; k--) {
    const net = task.cells[k]!
    const isWire = kindOf(task.netlist, net as Net) === 'bits' && registered[net] === 1
    for (const operand of operandsOfCell(task, net))
      if (stage[operand] === stage[net] && !isWire) registered[operand] = 0
  }
  return registered
}

/** By layer, how many registers there are within shared trees for each within plain ones. */
function registerShares(sketches: readonly ProductSketch[], registers: number): Map<string, number> {
  const sums = new Map<string, { bits: number; shared: number }>()
  for (const sketch of sketches) {
    const { bits, shared } = sums.get(sketch.layer) ?? { bits: 0, shared: 0 }
    const own = sketch.plainBits * sharedShare(sketch) ** registers
    sums.set(sketch.layer, { bits: bits + sketch.plainBits, shared: shared + own })
  }
  return new Map([...sums].map(([layer, { bits, shared }]) => [layer, bits === 0 ? 1 : shared / bits]))
}

/** Registers of a cell that stands for several are as many; those within trees are fewer once sums are shared. */
function weighted(task: Task, shares: ReadonlyMap<string, number>): Task {
  const { netlist, cells } = task
  const layers = netlist.layers.map(layerOfSketch)
  const inner = new Uint8Array(task.width.length)
  for (const net of cells) if (layers[netlist.layer[net]!]!.part === 'product') inner[net] = 1
  for (const net of cells)
    if (layers[netlist.layer[net]!]!.part !== 'product')
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

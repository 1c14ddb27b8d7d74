// A datapath for estimates: its cells, with constant products sketched; registers placed and counted, not inserted; and
// between which latencies it will be once the products are optimised.

import { readShares } from '../../estimate/cell-features.ts'
import { sharedRegisters } from '../../estimate/fitted.ts'
import { sharedShare } from '../../estimate/logic-costs.ts'
import { layerOfSketch, type ProductSketch, plainLayer, sketchSolver } from '../../estimate/sketch-product.ts'
import { chooseCarryOperands } from '../../netlist/carry-operand.ts'
import { carryRate, type DelayModel, delayModelOf, stageOverheadNs } from '../../netlist/delay.ts'
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
import { lowerCells, type PartLowering, portsOf } from './lower-graph.ts'
import type { DatapathPart, Forms } from './parts.ts'

/** Rounds of register placement where products are sketched: later ones save a hundredth or nothing. */
const sketchedRounds = 2

/** Digits of all products up to which they are sketched a second time, with deep trees: a tenth of a second or so. */
const deepDigits = 8000

/** Bits by which a sum may come out narrower or wider than in the sketch, as latencies are told. */
const bitsApart = 2

/**
 * In place of the datapath a module with its ports alone, and registers that are placed and counted, not inserted.
 * `registers`: the ratio of bits to this power is what sharing leaves of those within trees.
 */
export function sketchPart(tally: Tally, registers: number = sharedRegisters): PartLowering {
  return (graph, forms, part, options) => {
    const products: SketchedProduct[] = []
    const solver = sketchSolver((sketch, columns) => products.push({ sketch, columns }))
    const { combinational, results, findings } = lowerCells(graph, forms, part, { ...options, solver })
    countProducts(tally, combinational, products)
    const mapped = chooseCarryOperands(useUnsignedAdders(combinational))
    const shares = registerShares(
      products.map(({ sketch }) => sketch),
      registers,
    )
    const model = delayModelOf(options.family, options.grade)
    const plain = scheduleTask(mapped, model)
    const task = weighted(plain, shares)
    const budget = Math.max(0, options.clockNs - stageOverheadNs(options.family, options.grade))
    const early = scheduleEarly(task, budget)
    if (products.length > 0) {
      const digits = products.reduce((sum, { sketch }) => sum + sketch.digits, 0)
      const deep = digits > deepDigits ? [] : [scheduleTask(deepCells(graph, forms, part, options), model)]
      const [least, most] = latencyBounds([plain, ...deep], budget, model)
      tally.sketched(Math.max(0, early.latency - least), Math.max(0, most - early.latency))
    }
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

/** The part's cells as they are mapped, products with trees as deep as the optimiser may make them. */
export function deepCells(
  graph: OpGraph,
  forms: Forms,
  part: DatapathPart,
  options: Parameters<typeof lowerCells>[3],
): Netlist {
  const solver = sketchSolver(() => {}, 'deep')
  const { combinational } = lowerCells(graph, forms, part, { ...options, solver })
  return chooseCarryOperands(useUnsignedAdders(combinational))
}

/**
 * The least and the greatest latency that optimised products may lead to: of the sketch and the one with deep trees, as
 * they are and with sums some bits narrower and wider.
 */
export function latencyBounds(
  tasks: readonly Task[],
  budget: number,
  model: DelayModel,
): readonly [least: number, most: number] {
  const ns = bitsApart * carryRate(model)
  const all = tasks.flatMap(task =>
    [-ns, 0, ns].map(longer => scheduleEarly(withSums(task, longer), budget).latency),
  )
  return [Math.min(...all), Math.max(...all)]
}

/** The task with carries of products' sums that run so much longer. */
function withSums(task: Task, longer: number): Task {
  if (longer === 0) return task
  const isSum = task.netlist.layers.map(name => layerOfSketch(name).part === 'product')
  const moved = (column: Float64Array) =>
    column.map((ns, net) =>
      task.ripple[net]! > 0 && isSum[task.netlist.layer[net]!]! ? Math.max(0, ns + longer) : ns,
    )
  return { ...task, ripple: moved(task.ripple), span: moved(task.span) }
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

// Turns a combinational netlist into a pipeline: registers are inserted so that every stage fits the clock, all outputs
// leave behind the same rank, one new set of inputs can enter every cycle.

import { bug, type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import { describeStages, type PipelineStage } from './critical-path.ts'
import { delayModelOf, type Family, type SpeedGrade, stageOverheadNs } from './delay.ts'
import { isFixedNet } from './live.ts'
import { type CellKind, cellKinds, type Net, type Netlist } from './netlist.ts'
import { retime } from './retime.ts'
import {
  aloneNs,
  balancedBudgetNs,
  registerBits,
  type Schedule,
  scheduleEarly,
  scheduleTask,
  type Task,
} from './schedule.ts'
import { type CellWriter, createWriter, readCell } from './writer.ts'

export type { PipelineStage } from './critical-path.ts'

export interface PipelineOptions {
  readonly clockNs: number
  readonly family: Family
  /** The slowest at nominal voltage unless given. */
  readonly grade?: SpeedGrade | undefined
  /** 'ce': a one-bit input of that name comes first and enables every register. */
  readonly enable?: 'ce' | undefined
  /** Fewest register ranks; at least 1, which is the default. */
  readonly minimumLatency?: number
}

/** Where a layer's cells work; the layer's own latency is lastStage − firstStage, plus one when it ends in a register. */
export interface LayerStages {
  readonly layer: string
  readonly firstStage: number
  readonly lastStage: number
}

export interface Pipeline {
  readonly netlist: Netlist
  /** Register ranks between any input and any output. */
  readonly latency: number
  readonly stages: readonly PipelineStage[]
  readonly layers: readonly LayerStages[]
  readonly registerBits: number
  /** What does not fit the clock however many registers are inserted. */
  readonly findings: readonly Diagnostic[]
}

/**
 * Pipelines a combinational netlist. The same function, `latency` cycles later; cells keep their layer and interval,
 * registers belong to the layer of what they hold. Tables of more than 256 words are registered directly, each by a
 * register that nothing else drives, so that a block RAM can be inferred.
 */
export function pipeline(netlist: Netlist, options: PipelineOptions): Pipeline {
  const overhead = stageOverheadNs(options.family, options.grade)
  const budget = Math.max(0, options.clockNs - overhead)
  const task = scheduleTask(netlist, delayModelOf(options.family, options.grade))
  const schedule = plan(task, budget, Math.max(1, options.minimumLatency ?? 1))
  return {
    netlist: insertRegisters(task, schedule, options.enable !== undefined),
    latency: schedule.latency,
    stages: describeStages(task, schedule, overhead),
    layers: layerStages(task, schedule),
    registerBits: registerBits(task, schedule),
    findings: slowCells(task, schedule, options, overhead),
  }
}

/**
 * The fewest stages, then the fewest register bits, then the work as even over the stages as hardly more bits allow: the
 * slack of the slowest stage is the slack of the design.
 */
function plan(task: Task, budget: number, minimumLatency: number): Schedule {
  const latency = Math.max(minimumLatency, scheduleEarly(task, budget).latency)
  const within = (budgetNs: number) => retime(task, { ...scheduleEarly(task, budgetNs), latency }, budgetNs)
  let best = within(budget)
  const enough = registerBits(task, best) * tolerableBits
  let low = balancedBudgetNs(task, budget, latency)
  const steps = task.cells.length > largeTask ? 0 : 3
  for (let step = 0; step < steps && slowestNs(task, best) - low > evenEnoughNs; step++) {
    const tighter = (low + slowestNs(task, best)) / 2
    const tried = within(tighter)
    if (registerBits(task, tried) <= enough) best = tried
    else low = tighter
  }
  return best
}

/** What evenness may cost in register bits, and from where on it does not matter. */
const tolerableBits = 1.02
const evenEnoughNs = 0.1
/** Cells above which the time for it is not taken. */
const largeTask = 2000

function slowestNs(task: Task, { cap }: Schedule): number {
  return task.cells.reduce((slowest, net) => Math.max(slowest, cap[net]!), 0)
}

function layerStages(task: Task, { stage }: Schedule): LayerStages[] {
  const { layer, layers, kind } = task.netlist
  const first = new Int32Array(layers.length).fill(-1)
  const last = new Int32Array(layers.length)
  for (const net of task.cells) {
    if (kind[net] === codes.input) continue
    const own = layer[net]!
    first[own] = first[own]! < 0 ? stage[net]! : Math.min(first[own]!, stage[net]!)
    last[own] = Math.max(last[own]!, stage[net]!)
  }
  return layers.flatMap((name, k) =>
    first[k]! < 0 ? [] : [{ layer: name, firstStage: first[k]!, lastStage: last[k]! }],
  )
}

/** One finding per layer and kind of cell that is slower than the clock, naming its worst and the nearest clock. */
function slowCells(
  task: Task,
  { stage, latency }: Schedule,
  options: PipelineOptions,
  overhead: number,
): Diagnostic[] {
  const alone = aloneNs(task)
  const worst = new Map<string, { layer: string; kind: CellKind; ns: number; count: number }>()
  let nearest = 0
  for (const net of task.cells) {
    if (stage[net]! >= latency) bug(`cell ${net} is scheduled behind the last register`)
    // A block RAM is as slow as the slower of its address and its output.
    const ns = overhead + (task.lag[net]! > 0 ? Math.max(alone[net]!, task.lateNs) : alone[net]!)
    if (ns <= options.clockNs + 1e-6) continue
    nearest = Math.max(nearest, ns)
    const kind = cellKinds[task.netlist.kind[net]!]!
    const layer = task.netlist.layers[task.netlist.layer[net]!]!
    const known = worst.get(`${kind} ${layer}`)
    worst.set(`${kind} ${layer}`, {
      layer,
      kind,
      ns: Math.max(ns, known?.ns ?? 0),
      count: (known?.count ?? 0) + 1,
    })
  }
  return [...worst.values()].map(({ layer, kind, ns, count }) =>
    finding({
      code: 'rtl/cell-slower-than-clock',
      place: `layer '${layer}'`,
      problem: `${count} '${kind}' ${count === 1 ? 'cell takes' : 'cells take'} up to ${ns.toFixed(2)} ns with their registers, by the model of ${options.family}${options.grade ?? ''}`,
      expected: `at most ${options.clockNs} ns`,
      remedy: `The nearest clock that every stage can meet is ${roundedUp(nearest)} ns; or make the operands narrower.`,
    }),
  )
}

/** To a hundredth. */
function roundedUp(ns: number): string {
  return `${Math.ceil(ns * 100 - 1e-6) / 100}`
}

const code = (kind: CellKind) => cellKinds.indexOf(kind)
const codes = {
  input: code('input'),
  constant: code('constant'),
  alias: code('alias'),
  register: code('register'),
}

const columnCells: ReadonlySet<number> = new Set([code('parity'), code('majority')])

/** A netlist being copied stage by stage. */
interface Copy {
  readonly task: Task
  readonly schedule: Schedule
  readonly writer: CellWriter
  /** The enable of every register, or −1. */
  readonly enable: number
  /** Per source net: its copy in its own stage, then behind one register, two, … */
  readonly chains: (number[] | undefined)[]
  readonly constants: Map<number, number>
  /** Aliases, and cells inside their readers' LUTs, by net and stage. */
  readonly local: Map<string, number>
}

function insertRegisters(task: Task, schedule: Schedule, enabled: boolean): Netlist {
  const { netlist } = task
  const writer = createWriter()
  const enable = enabled
    ? writer.add({ kind: codes.input, a: -1, b: -1, c: -1, param: 0, min: 0n, max: 1n, frac: 0, layer: 0 })
    : -1
  const copy: Copy = { task, schedule, writer, enable, chains: [], constants: new Map(), local: new Map() }
  const inputs = netlist.inputs.map(({ name, net }) => ({ name, net: copyInput(copy, net) as Net }))
  for (const net of task.cells) if (netlist.kind[net] !== codes.input) copyCell(copy, net)
  const outputs = netlist.outputs.map(({ name, net }) => ({
    name,
    net: valueAt(copy, net, schedule.latency) as Net,
  }))
  return writer.finish({
    layers: netlist.layers,
    inputs: enabled ? [{ name: 'ce', net: enable as Net }, ...inputs] : inputs,
    outputs,
    tables: netlist.tables,
    memories: [],
    resets: new Map(),
    names: copiedNames(copy),
  })
}

/** Inputs keep their order, used or not. */
function copyInput(copy: Copy, net: number): number {
  const cell = readCell(copy.task.netlist, net)
  const made = copy.writer.add({ ...cell, param: cell.param + (copy.enable < 0 ? 0 : 1) })
  copy.chains[net] = [made]
  return made
}

function copyCell(copy: Copy, net: number): void {
  copy.chains[net] = [copyAt(copy, net, copy.schedule.stage[net]!)]
}

function copyAt(copy: Copy, net: number, stage: number): number {
  const cell = readCell(copy.task.netlist, net)
  const operand = (from: number) => (from < 0 ? -1 : valueAt(copy, from, stage))
  const [a, b, c] = [operand(cell.a), operand(cell.b), operand(cell.c)]
  return copy.writer.add({ ...cell, a, b, c })
}

/** The copy that holds the value of `net` in `stage`, behind as many registers as that takes. */
function valueAt(copy: Copy, net: number, stage: number): number {
  const { netlist } = copy.task
  if (isFixedNet(netlist, net as Net)) return constantOf(copy, net)
  if (netlist.kind[net] === codes.alias || copy.task.inside[net] === 1) return localAt(copy, net, stage)
  const ranks = stage - copy.schedule.stage[net]!
  // A column of a sum stands in the LUTs of those of its readers that have room, and by itself for the others, maybe later.
  if (ranks < 0 && columnCells.has(netlist.kind[net]!)) return localAt(copy, net, stage)
  const chain = copy.chains[net] ?? bug(`net ${net} is used before it is made`)
  if (ranks < copy.task.lag[net]!) bug(`net ${net} is used in stage ${stage}, before it exists`)
  while (chain.length <= ranks) chain.push(addRegister(copy, net, chain[chain.length - 1]!))
  return chain[ranks]!
}

/** A net of a single value, as a constant: it needs no registers, whatever cell it was. */
function constantOf(copy: Copy, net: number): number {
  const known = copy.constants.get(net)
  if (known !== undefined) return known
  const { min, max, frac, layer } = readCell(copy.task.netlist, net)
  const made = copy.writer.add({ kind: codes.constant, a: -1, b: -1, c: -1, param: 0, min, max, frac, layer })
  copy.constants.set(net, made)
  return made
}

function addRegister(copy: Copy, net: number, data: number): number {
  const { min, max, frac, layer } = readCell(copy.task.netlist, net)
  return copy.writer.add({
    kind: codes.register,
    a: data,
    b: copy.enable,
    c: -1,
    param: 0,
    min,
    max,
    frac,
    layer,
  })
}

/** What is made anew in every stage that reads it. */
function localAt(copy: Copy, net: number, stage: number): number {
  const key = `${net},${stage}`
  const made = copy.local.get(key) ?? copyAt(copy, net, stage)
  copy.local.set(key, made)
  return made
}

/** Names stay with the cell; its registers carry them with their rank. */
function copiedNames(copy: Copy): Map<Net, string> {
  const names = new Map<Net, string>()
  for (const [net, name] of copy.task.netlist.names) {
    copy.chains[net]?.forEach((made, rank) => {
      names.set(made as Net, rank === 0 ? name : `${name}_r${rank}`)
    })
  }
  return names
}

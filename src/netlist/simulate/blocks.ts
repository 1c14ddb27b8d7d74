// A netlist compiled for blocks of cycles: memory laid out, regions of vectors as WebAssembly functions, regions that
// feed back as linked simulators of their own. Each net that crosses functions or regions has a lane: its values of
// all cycles of a block, one after the other.

import type { WasmExports } from '../../wasm/assemble.ts'
import { instantiateBytes } from '../../wasm/binary.ts'
import { moduleBytes, type WasmFunction } from '../../wasm/writer.ts'
import { isFixedNet } from '../live.ts'
import { kindOf, type Net, type Netlist } from '../netlist.ts'
import { extractCells } from './extract-cells.ts'
import { emitFunction } from './function.ts'
import { type BlockStore, fillStates, firstValue, layOut } from './lanes.ts'
import { chunks } from './layout.ts'
import { createLinkedSimulator, type Lane, type LinkedSimulator, type Links } from './linked.ts'
import { planRegions, type Region, type RegionPlan } from './regions.ts'

/** Cycles that are run at a time: enough to keep code in the cache, few enough to keep values there. */
const cycles = 32
const cellsPerFunction = 150

/** A compiled netlist and the lanes of its block. */
export interface Blocks {
  readonly cycles: number
  /** What leads to the prompt outputs, cycle by cycle; `push` leaves in lanes what others need of it. */
  readonly control: LinkedSimulator
  readonly inputs: InputLanes
  /** An output's value in cycle t, once the block has run. */
  readonly outputs: readonly ((t: number) => bigint)[]
  resets(t: number, reset: boolean): void
  /** Runs so many cycles of the block. */
  run(count: number): void
  restart(): void
}

export interface InputLanes {
  set(input: number, raw: bigint | number): void
  /** Leaves the present values as those of cycle t. */
  write(t: number): void
}

export function compileBlocks(netlist: Netlist, prompt: readonly number[]): Blocks {
  const plan = planRegions(netlist, prompt)
  const pieces: Region[] = plan.regions.flatMap(({ serial, cells }): Region[] =>
    serial ? [{ serial, cells }] : chunks(cells, cellsPerFunction).map(part => ({ serial, cells: part })),
  )
  const store = layOut(netlist, plan, pieces, cycles)
  const control = controlOf(netlist, plan, store, prompt)
  const functions = pieces.flatMap(({ serial, cells }, k) =>
    serial ? [] : [emitFunction(netlist, plan, store, `f${k}`, cells)],
  )
  const compiled = instantiateAll(functions, store)
  const steps = pieces.map(({ serial, cells }, k) =>
    serial ? serialStep(netlist, plan, store, cells) : vectorStep(compiled[`f${k}`]!),
  )
  const restart = () => {
    control.restart()
    for (const step of steps) step.restart()
    fillStates(netlist, plan.words, store)
    inputs.restart()
  }
  const inputs = inputLanes(netlist, plan, store, control)
  restart()
  return {
    cycles,
    control,
    inputs,
    outputs: netlist.outputs.map(({ net }) => outputReader(netlist, plan, store, net)),
    resets: (t, reset) => {
      store.words32[store.resetAt / 4 + t] = reset ? -1 : 0
    },
    run: count => {
      for (const step of steps) step.run(count)
    },
    restart,
  }
}

/** Browsers refuse to compile large modules at once. */
const longestModule = 2_000_000

function instantiateAll(functions: readonly WasmFunction[], { memory }: BlockStore): WasmExports {
  const modules: WasmFunction[][] = []
  let length = longestModule
  for (const each of functions) {
    if (length + each.body.length > longestModule) {
      modules.push([])
      length = 0
    }
    length += each.body.length
    modules.at(-1)!.push(each)
  }
  return Object.assign({}, ...modules.map(module => instantiateBytes(moduleBytes(module), memory)))
}

interface Step {
  run(count: number): void
  restart(): void
}

function vectorStep(run: (blocks: number) => number): Step {
  return { run: count => void run(Math.ceil(count / 4)), restart: () => {} }
}

/** Cells that feed back: a netlist of their own, whose inputs come from lanes. */
function serialStep(netlist: Netlist, plan: RegionPlan, store: BlockStore, cells: readonly Net[]): Step {
  const shared = cells.filter(net => store.lanes.has(net))
  const own = extractCells(netlist, plan.root, cells, shared)
  const laneOf = (net: Net): Lane => ({ ...store.lanes.get(net)!, net: own.netOf.get(net)! })
  const links = { from: own.outside.map(laneOf), to: shared.map(laneOf), resets: resetLane(store) }
  return createLinkedSimulator(own.netlist, links)
}

function resetLane({ words32, resetAt }: BlockStore): Links['resets'] {
  return { array: words32, base: resetAt / 4 }
}

function controlOf(
  netlist: Netlist,
  plan: RegionPlan,
  store: BlockStore,
  prompt: readonly number[],
): LinkedSimulator {
  const to = [...store.lanes.values()].filter(
    ({ net }) => plan.prompt[net] === 1 && kindOf(netlist, net) !== 'input',
  )
  const outputs = prompt.map(k => netlist.outputs[k]!)
  return createLinkedSimulator({ ...netlist, outputs }, { from: [], to, resets: resetLane(store) })
}

function outputReader(
  netlist: Netlist,
  plan: RegionPlan,
  { lanes }: BlockStore,
  net: Net,
): (t: number) => bigint {
  if (isFixedNet(netlist, net)) return () => netlist.min[net]!
  const lane = lanes.get(plan.root[net]!)
  if (lane === undefined) return () => 0n
  const { array, base } = lane
  return t => BigInt(array[base + t]!)
}

function inputLanes(
  netlist: Netlist,
  plan: RegionPlan,
  { lanes, words32 }: BlockStore,
  control: LinkedSimulator,
): InputLanes & { restart(): void } {
  const own = netlist.inputs.map(({ net }) => lanes.get(net))
  const narrow = own.flatMap((lane, k) => (lane?.array === words32 ? [k] : []))
  const other = own.flatMap((lane, k) => (lane !== undefined && lane.array !== words32 ? [k] : []))
  const early = netlist.inputs.map(({ net }) => plan.prompt[net] === 1)
  const bases = Int32Array.from(narrow, k => own[k]!.base)
  const place = new Int32Array(own.length).fill(-1)
  for (const [at, k] of narrow.entries()) place[k] = at
  const values = new Int32Array(narrow.length)
  const wide: bigint[] = []
  const set = (input: number, raw: bigint | number) => {
    if (early[input] === true) control.setters[input]!(raw)
    if (place[input]! >= 0) values[place[input]!] = Number(raw)
    else if (own[input] !== undefined) wide[input] = BigInt(raw)
  }
  return {
    set,
    write: t => {
      for (let k = 0; k < bases.length; k++) words32[bases[k]! + t] = values[k]!
      for (const k of other) (own[k]!.array as bigint[])[own[k]!.base + t] = wide[k]!
    },
    restart: () => {
      for (const [k, { net }] of netlist.inputs.entries()) set(k, firstValue(netlist, net))
    },
  }
}

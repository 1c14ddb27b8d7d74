// The memory of a block of cycles: tables, registers' states, and a lane for every net that crosses functions.

import type { WasmMemory } from '../../wasm/assemble.ts'
import { createMemory } from '../../wasm/binary.ts'
import { isFixedNet } from '../live.ts'
import { kindOf, type Net, type Netlist } from '../netlist.ts'
import { operandsOfAll } from './extract-cells.ts'
import type { FunctionLayout } from './function.ts'
import type { Lane } from './linked.ts'
import type { Region, RegionPlan } from './regions.ts'
import { tableWords } from './vector.ts'

export interface BlockStore extends FunctionLayout {
  readonly memory: WasmMemory
  readonly words32: Int32Array
  readonly words64: BigInt64Array
}

/** What a register or input holds before anything has come: its reset value, or the value nearest 0. */
export function firstValue(netlist: Netlist, net: Net): bigint {
  const [min, max] = [netlist.min[net]!, netlist.max[net]!]
  return netlist.resets.get(net) ?? (min > 0n ? min : max < 0n ? max : 0n)
}

/** Lays out memory for blocks of so many cycles and fills in what never changes. */
export function layOut(
  netlist: Netlist,
  plan: RegionPlan,
  pieces: readonly Region[],
  cycles: number,
): BlockStore {
  let end = 256
  const take = (bytes: number) => {
    const at = end
    end += Math.ceil(bytes / 16) * 16
    return at
  }
  const resetAt = take(4 * cycles)
  const tables = usedTables(netlist, pieces)
  const tableAt = netlist.tables.map((table, id) => {
    const bytes = 4 * tableWords(netlist, id)
    return { address: tables.has(id) ? take(bytes * table.values.length) : 0, bytes }
  })
  const stateAt = new Map<number, number>()
  for (const { serial, cells } of pieces)
    for (const net of cells) if (!serial && kindOf(netlist, net) === 'register') stateAt.set(net, take(16))
  const shared = sharedNets(netlist, plan, pieces)
  const places = [...shared].map(net => ({ net, address: take(4 * cycles * plan.words[net]!) }))
  const memory = createMemory(end)
  const words32 = new Int32Array(memory.buffer)
  const words64 = new BigInt64Array(memory.buffer)
  const lanes = new Map(
    places.map(({ net, address }): [number, Lane] => {
      const words = plan.words[net]!
      if (words === 0) return [net, { net, array: new Array<bigint>(cycles).fill(0n), base: 0 }]
      return [net, { net, array: words === 1 ? words32 : words64, base: address / (4 * words) }]
    }),
  )
  const store = { memory, words32, words64, lanes, stateAt, tableAt, resetAt, choicesAt: 0 }
  fillChoices(memory)
  for (const id of tables) fillTable(netlist, store, id)
  return store
}

/** Puts every register of the vectors at its first value. */
export function fillStates(netlist: Netlist, words: Uint8Array, store: BlockStore): void {
  for (const [net, address] of store.stateAt) {
    const raw = firstValue(netlist, net as Net)
    // The last lane of a vector is what comes before the next one.
    if (words[net] === 1) store.words32[address / 4 + 3] = Number(raw)
    else store.words64[address / 8 + 1] = raw
  }
}

function usedTables(netlist: Netlist, pieces: readonly Region[]): Set<number> {
  const found = new Set<number>()
  for (const { serial, cells } of pieces)
    for (const net of cells) if (!serial && kindOf(netlist, net) === 'table') found.add(netlist.param[net]!)
  return found
}

function fillTable(netlist: Netlist, store: BlockStore, id: number): void {
  const { address, bytes } = store.tableAt[id]!
  netlist.tables[id]!.values.forEach((value, k) => {
    if (bytes === 4) store.words32[address / 4 + k] = Number(value)
    else store.words64[address / 8 + k] = value
  })
}

/** Lane k of a register that may hold: the source of the last enabled cycle before k, or what was held before. */
function fillChoices({ buffer }: WasmMemory): void {
  const bytes = new Uint8Array(buffer)
  for (let enabled = 0; enabled < 16; enabled++)
    for (let lane = 0, from = 0; lane < 4; lane++) {
      if (lane > 0 && ((enabled >> (lane - 1)) & 1) === 1) from = lane
      for (let k = 0; k < 4; k++) bytes[16 * enabled + 4 * lane + k] = 4 * from + k
    }
}

/** Nets that are read elsewhere than in the function or region that makes them, and outputs. */
function sharedNets(netlist: Netlist, plan: RegionPlan, pieces: readonly Region[]): Set<Net> {
  const piece = new Map<number, number>()
  pieces.forEach(({ cells }, k) => {
    for (const net of cells) piece.set(net, k)
  })
  const shared = new Set<Net>()
  const mark = (net: Net, reader: number) => {
    if (isFixedNet(netlist, net)) return
    const root = plan.root[net]! as Net
    if (piece.get(root) !== reader) shared.add(root)
  }
  pieces.forEach(({ cells }, k) => {
    for (const net of operandsOfAll(netlist, cells)) mark(net, k)
  })
  for (const { net } of netlist.outputs) mark(net, -1)
  return shared
}

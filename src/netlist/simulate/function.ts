// One WebAssembly function of a few hundred cells: a loop over blocks of four cycles. Values stay in locals, which
// are used again once their last reader is past; only what others need goes to its lane.

import { bug } from '../../diagnostics/diagnostic.ts'
import { type Code, createCode, type WasmFunction } from '../../wasm/writer.ts'
import { isFixedNet, operandsOf } from '../live.ts'
import type { Net, Netlist } from '../netlist.ts'
import type { Lane } from './linked.ts'
import { emitCell } from './vector.ts'
import { operand, type VectorContext } from './vector-operands.ts'

/** Where things stand in memory, in bytes. */
export interface FunctionLayout {
  readonly lanes: ReadonlyMap<number, Lane>
  /** Last vectors of registers' sources. */
  readonly stateAt: ReadonlyMap<number, number>
  readonly tableAt: readonly { readonly address: number; readonly bytes: number }[]
  /** All ones in cycles of reset. */
  readonly resetAt: number
  /** For each of 16 patterns of enabled lanes, which byte of the shifted vector each byte comes from. */
  readonly choicesAt: number
}

export interface FunctionNets {
  readonly root: Int32Array
  readonly words: Uint8Array
}

// Locals: the parameter (blocks left), addresses of the block in lanes of 32 and 64 bits, vectors.
const left = 0
const at32 = 1
const at64 = 2
const firstVector = 3
const scratchCount = 4
const op = { get: 0x20, set: 0x21, tee: 0x22, i32: 0x41, add: 0x6a, shl: 0x74 } as const
const vector = { load: 0, store: 11, neg: 161, bitmask: 164, or: 80 } as const

export function emitFunction(
  netlist: Netlist,
  nets: FunctionNets,
  layout: FunctionLayout,
  name: string,
  cells: readonly Net[],
): WasmFunction {
  const code = createCode()
  const locals = createLocals(netlist, nets, cells)
  const context = contextOf(netlist, nets, layout, code, locals)
  code.byte(0x03, 0x40)
  cells.forEach((net, k) => {
    locals.begin(k)
    for (let part = 0; part < nets.words[net]!; part++) {
      emitCell(context, net, part)
      keep(context, layout, locals, net, part)
    }
  })
  for (const [local, step] of [
    [at32, 16],
    [at64, 32],
    [left, -1],
  ] as const) {
    code.byte(op.get, local, op.i32)
    code.signed(step)
    code.byte(op.add, local === left ? op.tee : op.set, local)
  }
  code.byte(0x0d, 0, 0x0b, 0x0b)
  const types = [
    { count: firstVector - 1, type: 'i32' },
    { count: locals.count() - firstVector, type: 'v128' },
  ] as const
  return { name, parameters: 1, locals: types, body: code.bytes() }
}

interface Locals {
  /** Starts a cell: what no cell from here on reads is free again. */
  begin(cell: number): void
  /** The local that holds a net's part, if one does. */
  find(net: number, part: number): number | undefined
  /** A local for a net's part; undefined when no cell reads it again. */
  make(net: number, part: number): number | undefined
  /** A local that is never free again, by a name. */
  named(key: string): { readonly local: number; readonly isNew: boolean }
  scratch(k: number): number
  count(): number
}

function createLocals(netlist: Netlist, { root }: FunctionNets, cells: readonly Net[]): Locals {
  const lastUse = new Map<number, number>()
  cells.forEach((net, k) => {
    for (const operandNet of operandsOf(netlist, net))
      if (!isFixedNet(netlist, operandNet)) lastUse.set(root[operandNet]!, k)
  })
  const ending: number[][] = cells.map(() => [])
  for (const [net, k] of lastUse) ending[k]!.push(net)
  const held = new Map<number, number>()
  const named = new Map<string, number>()
  const free: number[] = []
  let next = firstVector + scratchCount
  let present = 0
  const take = () => free.pop() ?? next++
  return {
    begin: cell => {
      present = cell
      for (const net of cell === 0 ? [] : ending[cell - 1]!)
        for (const part of [0, 1]) {
          const local = held.get(2 * net + part)
          if (local !== undefined) free.push(local)
          held.delete(2 * net + part)
        }
    },
    find: (net, part) => held.get(2 * net + part),
    make: (net, part) => {
      if ((lastUse.get(net) ?? -1) <= present) return undefined
      const local = take()
      held.set(2 * net + part, local)
      return local
    },
    named: key => {
      const known = named.get(key)
      if (known !== undefined) return { local: known, isNew: false }
      named.set(key, next)
      return { local: next++, isNew: true }
    },
    scratch: k => firstVector + k,
    count: () => next,
  }
}

/** Instructions by what they do. */
function instructions(code: Code) {
  return {
    read: (local: number) => {
      code.byte(op.get)
      code.unsigned(local)
    },
    write: (local: number, how: number) => {
      code.byte(how)
      code.unsigned(local)
    },
    /** A load or store of a vector at the address on the stack and an offset. */
    memory: (what: number, offset: number) => {
      code.vector(what)
      code.byte(4)
      code.unsigned(offset)
    },
  }
}

function contextOf(
  netlist: Netlist,
  nets: FunctionNets,
  layout: FunctionLayout,
  code: Code,
  locals: Locals,
): VectorContext {
  const { read, write, memory } = instructions(code)
  const state = (net: number) => layout.stateAt.get(net) ?? bug(`register ${net} has no state`)
  const context: VectorContext = {
    netlist,
    ...nets,
    code,
    push: (net, part) => {
      const known = locals.find(net, part)
      if (known !== undefined) {
        read(known)
        return
      }
      const lane = layout.lanes.get(net) ?? bug(`net ${net} has no lane`)
      read(nets.words[net] === 1 ? at32 : at64)
      memory(vector.load, laneAddress(nets, lane) + 16 * part)
      const local = locals.make(net, part)
      if (local !== undefined) write(local, op.tee)
    },
    pushState: net => {
      code.byte(op.i32, 0)
      memory(vector.load, state(net))
    },
    storeState: (net, value) => {
      code.byte(op.i32, 0)
      value()
      memory(vector.store, state(net))
    },
    ...enables(layout, code, locals, () => context),
    scratch: locals.scratch,
    table: id => layout.tableAt[id]!,
  }
  return context
}

/** Masks and choices of lanes, which many registers share: made once in a function. */
function enables(layout: FunctionLayout, code: Code, locals: Locals, context: () => VectorContext) {
  const { read, write, memory } = instructions(code)
  const once = (key: string, make: () => void) => {
    const { local, isNew } = locals.named(key)
    if (isNew) make()
    write(local, isNew ? op.tee : op.get)
  }
  const pushReset = () => {
    read(at32)
    memory(vector.load, layout.resetAt)
  }
  const pushMask = (enable: Net, reset: boolean) =>
    once(`mask ${enable} ${reset}`, () => {
      operand(context(), enable, 0, 1, 0)
      code.vector(vector.neg)
      if (!reset) return
      pushReset()
      code.vector(vector.or)
    })
  const pushChoice = (enable: Net, reset: boolean) =>
    once(`choice ${enable} ${reset}`, () => {
      pushMask(enable, reset)
      code.vector(vector.bitmask)
      code.byte(op.i32, 4, op.shl)
      memory(vector.load, layout.choicesAt)
    })
  return { pushReset, pushMask, pushChoice }
}

/** Puts the stack's top where the net's later readers find it. */
function keep(
  { words, code }: VectorContext,
  layout: FunctionLayout,
  locals: Locals,
  net: Net,
  part: number,
): void {
  const lane = layout.lanes.get(net)
  const local = locals.make(net, part)
  const held = local ?? locals.scratch(0)
  if (lane === undefined && local === undefined) {
    code.byte(0x1a)
    return
  }
  code.byte(op.set)
  code.unsigned(held)
  if (lane === undefined) return
  code.byte(op.get, words[net] === 1 ? at32 : at64, op.get)
  code.unsigned(held)
  code.vector(vector.store)
  code.byte(4)
  code.unsigned(laneAddress({ words }, lane) + 16 * part)
}

/** The byte at which a lane begins. */
function laneAddress({ words }: Pick<FunctionNets, 'words'>, { net, base }: Lane): number {
  return base * 4 * words[net]!
}

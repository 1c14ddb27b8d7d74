// A flat netlist as JavaScript that runs it, exactly, a cycle at a time. Each net is a slot in one of three arrays, by
// what its interval needs: 32-bit integers, doubles holding integers below 2^53, or bigints. The form comes from
// intervals alone, never from data, and every intermediate of an expression is held to it too.
//
// The text is cut into functions of a few hundred cells, which the engine compiles well; values that are used only
// within one stay local. A clock edge computes all next states first and then copies them over the old ones.

import { liveCells } from '../live.ts'
import type { Net, Netlist } from '../netlist.ts'
import { cellExpression, literal, type NameNet, textAt } from './cell.ts'
import { chunks, createLayout, type Form, formOf, type Layout } from './layout.ts'

export interface MachineOptions {
  /** Nets whose values are stored, besides outputs. */
  readonly keep?: readonly Net[]
  readonly cellsPerFunction?: number
}

type Words = Int32Array | Float64Array | bigint[]

/** The arrays the generated text works on, by the names it calls them. */
export interface Storage {
  /** Values of each form: int, double, big. */
  readonly I: Int32Array
  readonly D: Float64Array
  readonly B: bigint[]
  /** Next values of the state slots, which come first in the arrays above. */
  readonly NI: Int32Array
  readonly ND: Float64Array
  readonly NB: bigint[]
  /** Tables and memories. */
  readonly T: readonly Words[]
  readonly M: readonly Words[]
}

export interface Machine {
  readonly netlist: Netlist
  readonly layout: Layout
  readonly storage: Storage
  readonly tableForms: readonly Form[]
  readonly size: number
}

type Step = () => void

/** What a cycle consists of. */
export interface CycleSteps {
  /** Brings combinational nets up to date. */
  settle(): void
  /** One clock edge after `settle`; with `reset`, registers that have a reset value take it. */
  tick(reset: boolean): void
  /** Back to the state of power-up. */
  restart(): void
}

/** Compiles a machine's steps and puts it in its power-up state. */
export function compileSteps(machine: Machine): CycleSteps {
  const settle = inTurn(compileSettle(machine))
  const next = inTurn(compileNext(machine))
  const resetAll = inTurn(compileResets(machine))
  const commit = compileCommit(machine)
  restart(machine)
  return {
    settle,
    tick: reset => {
      next()
      if (reset) resetAll()
      commit()
    },
    restart: () => restart(machine),
  }
}

function inTurn(steps: readonly Step[]): Step {
  if (steps.length === 1) return steps[0]!
  return () => {
    for (const step of steps) step()
  }
}

export function createMachine(netlist: Netlist, options: MachineOptions): Machine {
  const keep = options.keep ?? []
  const size = options.cellsPerFunction ?? 300
  const layout = createLayout(netlist, liveCells(netlist, keep), size, keep)
  const tableForms = netlist.tables.map(table => formOfValues(table.values))
  return { netlist, layout, storage: allocate(netlist, layout, tableForms), tableForms, size }
}

export const arrayOf = { int: 'I', double: 'D', big: 'B' } as const
const nextOf = { int: 'NI', double: 'ND', big: 'NB' } as const

function allocate(netlist: Netlist, layout: Layout, tableForms: readonly Form[]): Storage {
  const { sizes, states } = layout
  return {
    I: new Int32Array(sizes.int),
    D: new Float64Array(sizes.double),
    B: new Array<bigint>(sizes.big).fill(0n),
    NI: new Int32Array(states.int),
    ND: new Float64Array(states.double),
    NB: new Array<bigint>(states.big).fill(0n),
    T: netlist.tables.map((table, k) => fill(emptyWords(table.values.length, tableForms[k]!), table.values)),
    M: netlist.memories.map((memory, k) => emptyWords(memory.depth, layout.memoryForms[k]!)),
  }
}

function formOfValues(values: readonly bigint[]): Form {
  let min = 0n
  let max = 0n
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return formOf(min, max)
}

function emptyWords(length: number, form: Form): Words {
  if (form === 'int') return new Int32Array(length)
  return form === 'double' ? new Float64Array(length) : new Array<bigint>(length).fill(0n)
}

/** Writes the values from word 0 on, and zeros after them. */
function fill(words: Words, values: readonly bigint[]): Words {
  const big = Array.isArray(words)
  for (let k = 0; k < words.length; k++) words[k] = big ? (values[k] ?? 0n) : Number(values[k] ?? 0n)
  return words
}

function restart({ netlist, layout, storage }: Machine): void {
  const nearestZero = (net: Net) => {
    const { min, max } = { min: netlist.min[net]!, max: netlist.max[net]! }
    return min > 0n ? min : max < 0n ? max : 0n
  }
  for (const net of layout.stateNets) store(layout, storage, net, netlist.resets.get(net) ?? nearestZero(net))
  for (const { net } of netlist.inputs)
    if (layout.slot[net]! >= 0) store(layout, storage, net, nearestZero(net))
  for (const [k, memory] of netlist.memories.entries()) fill(storage.M[k]!, memory.initial ?? [])
}

export function store(layout: Layout, storage: Storage, net: Net, raw: bigint | number): void {
  const slot = layout.slot[net]!
  const form = layout.form[net]!
  if (form === 'int') storage.I[slot] = Number(raw)
  else if (form === 'double') storage.D[slot] = Number(raw)
  else storage.B[slot] = BigInt(raw)
}

/** States that are copied one by one sooner than all at once. */
const fewStates = 100

function compileCommit(machine: Machine): Step {
  const { layout, storage } = machine
  const { int, double, big } = layout.states
  if (int + double + big <= fewStates) return compileStep(storage, commitLines(machine))
  return () => {
    storage.I.set(storage.NI)
    storage.D.set(storage.ND)
    for (let k = 0; k < big; k++) storage.B[k] = storage.NB[k]!
  }
}

export function commitLines({ layout }: Machine): string[] {
  return (['int', 'double', 'big'] as const).flatMap(form =>
    Array.from({ length: layout.states[form] }, (_, k) => `${arrayOf[form]}[${k}] = ${nextOf[form]}[${k}]`),
  )
}

function compileStep(storage: Storage, lines: readonly string[]): Step {
  // The arrays are constants of the closure, so that the engine knows their lengths and drops bounds checks.
  const make = new Function(
    ...Object.keys(storage),
    `'use strict'\nreturn function () {\n${lines.join('\n')}\n}`,
  )
  return make(...Object.values(storage)) as Step
}

function compileSettle(machine: Machine): Step[] {
  return machine.layout.parts.map(part => compileStep(machine.storage, settleLines(machine, part)))
}

export function settleLines(machine: Machine, part: readonly Net[]): string[] {
  const { layout } = machine
  const local = new Set<number>()
  const lines: string[] = []
  const name: NameNet = net => {
    if (!local.has(net)) lines.push(`const n${net} = ${slotText(layout, net)}`)
    local.add(net)
    return `n${net}`
  }
  for (const net of part) {
    const text = cellExpression({ ...machine, name }, net)
    local.add(net)
    lines.push(`const n${net} = ${text}`)
    if (layout.slot[net]! >= 0) lines.push(`${slotText(layout, net)} = n${net}`)
  }
  return lines
}

export function slotText(layout: Layout, net: number): string {
  return `${arrayOf[layout.form[net]!]}[${layout.slot[net]!}]`
}

function compileNext(machine: Machine): Step[] {
  return chunks(nextLines(machine), machine.size).map(lines => compileStep(machine.storage, lines))
}

export function nextLines(machine: Machine): string[] {
  const { netlist, layout } = machine
  const states = layout.stateNets.map(net => nextLine(machine, net))
  // Writes come after all reads, so that a read at the same edge sees what was there before.
  const writes = netlist.memories.flatMap((_, k) => (layout.memoryLive[k] ? writeLines(machine, k) : []))
  return [...states, ...writes]
}

function nextLine(machine: Machine, net: Net): string {
  const { netlist, layout } = machine
  const context = { ...machine, name: (root: number) => slotText(layout, root) }
  const target = `${nextOf[layout.form[net]!]}[${layout.slot[net]!}]`
  const enable = netlist.b[net]! as Net
  const next = cellExpression(context, net)
  if (enable < 0) return `${target} = ${next}`
  return `${target} = ${textAt(context, enable, 0, 'int')} ? ${next} : ${slotText(layout, net)}`
}

function writeLines(machine: Machine, memory: number): string[] {
  const { netlist, layout } = machine
  const { write, depth, element } = netlist.memories[memory]!
  if (write === undefined) return []
  const context = { ...machine, name: (root: number) => slotText(layout, root) }
  const data = textAt(context, write.data, element.frac, layout.memoryForms[memory]!)
  const address = textAt(context, write.address, 0, 'int')
  const enable = textAt(context, write.enable, 0, 'int')
  return [`{ const at = ${address}; if (${enable} && at >= 0 && at < ${depth}) M[${memory}][at] = ${data} }`]
}

function compileResets(machine: Machine): Step[] {
  return chunks(resetLines(machine), machine.size).map(lines => compileStep(machine.storage, lines))
}

export function resetLines({ netlist, layout }: Machine): string[] {
  const lines: string[] = []
  for (const net of layout.stateNets) {
    const raw = netlist.resets.get(net)
    const form = layout.form[net]!
    if (raw !== undefined) lines.push(`${nextOf[form]}[${layout.slot[net]!}] = ${literal(raw, form)}`)
  }
  return lines
}

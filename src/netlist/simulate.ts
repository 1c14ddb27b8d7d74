// Runs a flat netlist cycle by cycle, exactly. The cells become JavaScript: each net is a slot in one of three
// arrays, by what its interval needs: 32-bit integers, doubles holding integers below 2^53, or bigints. The form
// comes from intervals alone, never from data, and every intermediate of an expression is held to it too.
//
// The text is cut into functions of a few hundred cells, which the engine compiles well; values that are used only
// within one stay local. A clock edge computes all next states first and then copies them over the old ones.

import { bug } from '../diagnostics/diagnostic.ts'
import { isFixedNet, liveCells } from './live.ts'
import type { Net, Netlist } from './netlist.ts'
import { cellExpression, literal, type NameNet, textAt } from './simulate-cell.ts'
import { chunks, createLayout, type Form, formOf, type Layout } from './simulate-layout.ts'

/** A running netlist. Values are raw integers under their nets' own fracs. */
export interface Simulator {
  readonly netlist: Netlist
  /** Sets an input, by index into `netlist.inputs` or by name; the value must lie in the input's interval. */
  set(input: number | string, raw: bigint | number): void
  /** An output's value for the present inputs and state, by index into `netlist.outputs` or by name. */
  get(output: number | string): bigint
  /** Like `get`, for outputs known to fit a number: valid bits and counters. */
  getNumber(output: number | string): number
  /** Any live net's value, when `keep` names it. */
  peek(net: Net): bigint
  /** Brings combinational nets up to date; `get` and `tick` do so themselves. */
  settle(): void
  /** One clock edge; with `reset`, registers that have a reset value take it. */
  tick(reset?: boolean): void
  /** Back to the state of power-up: reset values, or the value nearest 0 where there is none, and memories as given. */
  restart(): void
}

export interface SimulatorOptions {
  /** Nets that `peek` may ask for, besides outputs. */
  readonly keep?: readonly Net[]
  readonly cellsPerFunction?: number
}

type Words = Int32Array | Float64Array | bigint[]

/** The arrays the generated text works on, by the names it calls them. */
interface Storage {
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

interface Machine {
  readonly netlist: Netlist
  readonly layout: Layout
  readonly storage: Storage
  readonly tableForms: readonly Form[]
  readonly size: number
}

type Step = () => void

/** Where a net's values of many cycles stand: that of cycle t at `base + t`. */
export interface Lane {
  readonly net: Net
  readonly array: Int32Array | BigInt64Array | bigint[]
  readonly base: number
}

/** A running netlist driven step by step, which takes inputs from lanes and leaves values in them. */
export interface LinkedSimulator {
  /** Takes the inputs of cycle t. */
  pull(t: number): void
  /** Brings combinational nets up to date. */
  settle(): void
  /** Leaves this cycle's values, which must be up to date, as those of cycle t. */
  push(t: number): void
  /** One clock edge after `settle`. */
  tick(reset: boolean): void
  /** All of these for cycles 0 to `count` − 1, with reset where it is marked. */
  run(count: number): void
  restart(): void
  /** Sets an input by its index, without a check. */
  readonly setters: readonly ((raw: bigint | number) => void)[]
  /** An output, which must fit a number, as of the last `settle`. */
  readonly getters: readonly (() => number)[]
}

/** Compiles a netlist without instances into a simulator in its power-up state. */
export function createSimulator(netlist: Netlist, options: SimulatorOptions = {}): Simulator {
  return simulatorOf(createMachine(netlist, options))
}

/** Lanes that a linked simulator takes inputs from and leaves nets in, and where cycles of reset are marked. */
export interface Links {
  readonly from: readonly Lane[]
  readonly to: readonly Lane[]
  readonly resets: Omit<Lane, 'net'>
}

/** As `createSimulator`; inputs come from lanes, and nets go to theirs. */
export function createLinkedSimulator(netlist: Netlist, links: Links): LinkedSimulator {
  const machine = createMachine(netlist, { keep: links.to.map(({ net }) => net) })
  const steps = compileSteps(machine)
  const arrays = [...new Set([...links.from, ...links.to, links.resets].map(({ array }) => array))]
  const [pulls, pushes] = [pullLines(machine, links.from, arrays), pushLines(machine, links.to, arrays)]
  const [pull, push] = [pulls, pushes].map(lines => compileLanes(machine, arrays, lines)) as [
    LaneStep,
    LaneStep,
  ]
  const { array, base } = links.resets
  const single = (count: number) => {
    for (let t = 0; t < count; t++) {
      pull(t)
      steps.settle()
      push(t)
      steps.tick(Boolean(array[base + t]))
    }
  }
  let run: ((count: number) => void) | undefined
  const setters = netlist.inputs.map(({ net }) => setterOf(machine, net))
  const getters = netlist.outputs.map(({ net }) => getterOf(machine, net))
  return {
    ...steps,
    pull,
    push,
    setters,
    getters,
    run: count => {
      run ??= compileLoop(machine, links.resets, arrays, pulls, pushes) ?? single
      run(count)
    },
  }
}

type LaneStep = (t: number) => void

function pullLines({ layout }: Machine, from: readonly Lane[], arrays: readonly unknown[]): string[] {
  return from.flatMap(lane => {
    if (layout.slot[lane.net]! < 0) return []
    const text = laneText(lane, arrays)
    const value = layout.form[lane.net] === 'double' ? `Number(${text})` : text
    return [`${slotText(layout, lane.net)} = ${value}`]
  })
}

function pushLines({ layout }: Machine, to: readonly Lane[], arrays: readonly unknown[]): string[] {
  return to.map(lane => {
    const text = slotText(layout, layout.root[lane.net]!)
    // Before anything has come a table may have been read outside of it.
    const value = layout.form[lane.net] === 'double' ? `BigInt(${text} || 0)` : text
    return `${laneText(lane, arrays)} = ${value}`
  })
}

function laneText({ array, base }: Omit<Lane, 'net'>, arrays: readonly unknown[]): string {
  return `A${arrays.indexOf(array)}[${base} + t]`
}

/** Lines up to which all of a cycle goes into one function. */
const longestLoop = 1000

/** All cycles of a small netlist as one loop; undefined for a large one. */
function compileLoop(
  machine: Machine,
  resets: Links['resets'],
  arrays: readonly unknown[],
  pulls: readonly string[],
  pushes: readonly string[],
): ((count: number) => void) | undefined {
  const settle = machine.layout.parts.map(part => `{ ${settleLines(machine, part).join('\n')} }`)
  const next = nextLines(machine)
  const cells = machine.layout.parts.reduce((sum, part) => sum + part.length, 0)
  if (cells + pulls.length + pushes.length + next.length > longestLoop) return undefined
  const reset = `if (${laneText(resets, arrays)}) { ${resetLines(machine).join('\n')} }`
  const lines = [...pulls, ...settle, ...pushes, ...next, reset, ...commitLines(machine)]
  return compileText(machine, arrays, `count`, `for (let t = 0; t < count; t++) {\n${lines.join('\n')}\n}`)
}

function compileLanes(machine: Machine, arrays: readonly unknown[], lines: readonly string[]): LaneStep {
  const steps = chunks(lines, 500).map(part => compileText(machine, arrays, 't', part.join('\n')))
  return t => {
    for (const step of steps) step(t)
  }
}

function compileText(
  { storage }: Machine,
  arrays: readonly unknown[],
  parameter: string,
  text: string,
): (value: number) => void {
  const names = [...Object.keys(storage), ...arrays.map((_, k) => `A${k}`)]
  const make = new Function(...names, `'use strict'\nreturn function (${parameter}) {\n${text}\n}`)
  return make(...Object.values(storage), ...arrays) as (value: number) => void
}

function setterOf({ layout, storage }: Machine, net: Net): (raw: bigint | number) => void {
  const slot = layout.slot[net]!
  if (slot < 0) return () => {}
  if (layout.form[net] !== 'int') return raw => store(layout, storage, net, raw)
  const { I } = storage
  return raw => {
    I[slot] = Number(raw)
  }
}

function getterOf({ netlist, layout, storage }: Machine, net: Net): () => number {
  const fixed = Number(netlist.min[net])
  if (isFixedNet(netlist, net)) return () => fixed
  const root = layout.root[net]!
  const slot = layout.slot[root]!
  if (layout.form[root] === 'big') return () => Number(storage.B[slot])
  const words = storage[layout.form[root] === 'int' ? 'I' : 'D']
  return () => words[slot]!
}

/** What a cycle consists of. */
function compileSteps(machine: Machine): Pick<LinkedSimulator, 'settle' | 'tick' | 'restart'> {
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

function simulatorOf(machine: Machine): Simulator {
  const { netlist } = machine
  const steps = compileSteps(machine)
  let stale = true
  const settle = () => {
    if (!stale) return
    steps.settle()
    stale = false
  }
  const read = (net: Net) => {
    settle()
    return currentValue(machine, net)
  }
  const inputIndex = nameIndex(netlist.inputs, 'input')
  const outputIndex = nameIndex(netlist.outputs, 'output')
  return {
    netlist,
    settle,
    set: (input, raw) => {
      setInput(machine, netlist.inputs[inputIndex(input)]!.net, raw)
      stale = true
    },
    get: output => BigInt(read(netlist.outputs[outputIndex(output)]!.net)),
    getNumber: output => Number(read(netlist.outputs[outputIndex(output)]!.net)),
    peek: net => BigInt(read(net)),
    tick: (reset = false) => {
      settle()
      steps.tick(reset)
      stale = true
    },
    restart: () => {
      steps.restart()
      stale = true
    },
  }
}

function createMachine(netlist: Netlist, options: SimulatorOptions): Machine {
  const keep = options.keep ?? []
  const size = options.cellsPerFunction ?? 300
  const layout = createLayout(netlist, liveCells(netlist, keep), size, keep)
  const tableForms = netlist.tables.map(table => formOfValues(table.values))
  return { netlist, layout, storage: allocate(netlist, layout, tableForms), tableForms, size }
}

function nameIndex(list: readonly { readonly name: string }[], what: string) {
  const known = new Map(list.map((item, index) => [item.name, index]))
  return (key: number | string): number => {
    const index = typeof key === 'number' ? key : known.get(key)
    if (index === undefined || list[index] === undefined) bug(`the netlist has no ${what} ${key}`)
    return index
  }
}

const arrayOf = { int: 'I', double: 'D', big: 'B' } as const
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

function store(layout: Layout, storage: Storage, net: Net, raw: bigint | number): void {
  const slot = layout.slot[net]!
  const form = layout.form[net]!
  if (form === 'int') storage.I[slot] = Number(raw)
  else if (form === 'double') storage.D[slot] = Number(raw)
  else storage.B[slot] = BigInt(raw)
}

function setInput({ netlist, layout, storage }: Machine, net: Net, raw: bigint | number): void {
  if (raw < netlist.min[net]! || raw > netlist.max[net]!)
    bug(`input value ${raw} is outside [${netlist.min[net]}, ${netlist.max[net]}]`)
  if (layout.slot[net]! >= 0) store(layout, storage, net, raw)
}

function currentValue({ netlist, layout, storage }: Machine, net: Net): bigint | number {
  if (isFixedNet(netlist, net)) return netlist.min[net]!
  const root = layout.root[net]!
  const slot = layout.slot[root]!
  if (slot < 0) bug(`net ${net} is not kept in simulation`)
  return storage[arrayOf[layout.form[root]!]][slot]!
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

function commitLines({ layout }: Machine): string[] {
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

function settleLines(machine: Machine, part: readonly Net[]): string[] {
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

function slotText(layout: Layout, net: number): string {
  return `${arrayOf[layout.form[net]!]}[${layout.slot[net]!}]`
}

function compileNext(machine: Machine): Step[] {
  return chunks(nextLines(machine), machine.size).map(lines => compileStep(machine.storage, lines))
}

function nextLines(machine: Machine): string[] {
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

function resetLines({ netlist, layout }: Machine): string[] {
  const lines: string[] = []
  for (const net of layout.stateNets) {
    const raw = netlist.resets.get(net)
    const form = layout.form[net]!
    if (raw !== undefined) lines.push(`${nextOf[form]}[${layout.slot[net]!}] = ${literal(raw, form)}`)
  }
  return lines
}

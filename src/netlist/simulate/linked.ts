// A netlist that runs beside others, cycle by cycle: it takes its inputs from lanes, which hold values of many cycles,
// and leaves values in them.

import { isFixedNet } from '../live.ts'
import type { Net, Netlist } from '../netlist.ts'
import { chunks } from './layout.ts'
import {
  type CycleSteps,
  commitLines,
  compileSteps,
  createMachine,
  type Machine,
  nextLines,
  resetLines,
  settleLines,
  slotText,
  store,
} from './machine.ts'

/** Where a net's values of many cycles stand: that of cycle t at `base + t`. */
export interface Lane {
  readonly net: Net
  readonly array: Int32Array | BigInt64Array | bigint[]
  readonly base: number
}

/** A running netlist driven step by step, which takes inputs from lanes and leaves values in them. */
export interface LinkedSimulator extends CycleSteps {
  /** Takes the inputs of cycle t. */
  pull(t: number): void
  /** Leaves this cycle's values, which must be up to date, as those of cycle t. */
  push(t: number): void
  /** Pull, settle, push and tick for cycles 0 to `count` − 1, with reset where it is marked. */
  run(count: number): void
  /** Sets an input by its index, without a check. */
  readonly setters: readonly ((raw: bigint | number) => void)[]
  /** An output, which must fit a number, as of the last `settle`. */
  readonly getters: readonly (() => number)[]
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

// Runs a flat netlist cycle by cycle, exactly, with its outputs known at once.

import { bug } from '../diagnostics/diagnostic.ts'
import { isFixedNet } from './live.ts'
import type { Net, Netlist } from './netlist.ts'
import {
  arrayOf,
  compileSteps,
  createMachine,
  type Machine,
  type MachineOptions,
  store,
} from './simulate/machine.ts'

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

/** `keep` names the nets that `peek` may ask for. */
export type SimulatorOptions = MachineOptions

/** Compiles a netlist without instances into a simulator in its power-up state. */
export function createSimulator(netlist: Netlist, options: SimulatorOptions = {}): Simulator {
  return simulatorOf(createMachine(netlist, options))
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

function nameIndex(list: readonly { readonly name: string }[], what: string) {
  const known = new Map(list.map((item, index) => [item.name, index]))
  return (key: number | string): number => {
    const index = typeof key === 'number' ? key : known.get(key)
    if (index === undefined || list[index] === undefined) bug(`the netlist has no ${what} ${key}`)
    return index
  }
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

// Runs a flat netlist many cycles at a time. What a test bench must know in every cycle (whether a stream is ready or
// valid) is simulated cycle by cycle; everything else is left until a few dozen cycles have gone by and is then
// computed cell by cell for all of them, as vectors of WebAssembly where nothing feeds back. Values are those of
// `createSimulator`, only later.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Netlist } from '../netlist.ts'
import { createSimulator } from '../simulate.ts'
import { compileBlocks } from './blocks.ts'

/** A running netlist whose outputs, all but a few, are known some cycles later. */
export interface AheadSimulator {
  readonly netlist: Netlist
  /** Sets an input by its index; the value must lie in the input's interval. */
  set(input: number, raw: bigint | number): void
  settle(): void
  /** One of the prompt outputs in the present cycle. */
  getNumber(output: number): number
  /** Notes the present cycle's values of `count` outputs from the given one on; they are in the array after `finish`. */
  capture(first: number, count: number): bigint[]
  /** One clock edge; with `reset`, registers that have a reset value take it. */
  tick(reset?: boolean): void
  /** Brings all captured values up to date; only `restart` may follow. */
  finish(): void
  restart(): void
}

interface Capture {
  readonly t: number
  readonly first: number
  readonly into: bigint[]
}

/** The same in single cycles, for short runs. */
export function createPlainSimulator(netlist: Netlist): AheadSimulator {
  const simulator = createSimulator(netlist)
  return {
    ...simulator,
    capture: (first, count) => Array.from({ length: count }, (_, k) => simulator.get(first + k)),
    finish: () => {},
  }
}

/** Compiles a netlist for long runs; outputs in `prompt`, by index, can be read in every cycle. */
export function createAheadSimulator(netlist: Netlist, prompt: readonly number[]): AheadSimulator {
  const { control, inputs, outputs, resets, run, restart, cycles } = compileBlocks(netlist, prompt)
  const getters = netlist.outputs.map((_, output) => control.getters[prompt.indexOf(output)])
  let now = 0
  let stale = true
  let captures: Capture[] = []
  const settle = () => {
    if (stale) control.settle()
    stale = false
  }
  const flush = () => {
    if (now > 0) run(now)
    for (const { t, first, into } of captures)
      for (let k = 0; k < into.length; k++) into[k] = outputs[first + k]!(t)
    captures = []
    now = 0
  }
  return {
    netlist,
    set: (input, raw) => {
      inputs.set(input, raw)
      stale = true
    },
    settle,
    getNumber: output => {
      settle()
      return (getters[output] ?? bug(`output ${output} is not prompt`))()
    },
    capture: (first, count) => {
      const into = new Array<bigint>(count).fill(0n)
      captures.push({ t: now, first, into })
      return into
    },
    tick: (reset = false) => {
      settle()
      control.push(now)
      inputs.write(now)
      resets(now, reset)
      control.tick(reset)
      stale = true
      if (++now === cycles) flush()
    },
    finish: flush,
    restart: () => {
      restart()
      captures = []
      now = 0
      stale = true
    },
  }
}

// A ComBlock before a simulated accelerator, as its register port shows it: words, FIFOs of a depth, counts, sticky flags.
// The FIFOs' pointers are kept as the core keeps them: a clear from the processor takes back one side alone.

import { createSimulator } from '../../../netlist/simulate.ts'
import { registerMap } from '../../../rtl/axi/register-map.ts'
import { flatPort, flatRegisters } from '../../../rtl/axi/registers.ts'
import { flatten } from '../../../rtl/flatten.ts'
import type { RtlModule } from '../../../rtl/module.ts'
import { comblockWords } from '../fifos.ts'

export interface ComblockModel {
  read(word: number): number
  write(word: number, value: number): void
  /** Lets time pass: so many cycles. */
  run(cycles: number): void
  /** What goes wrong: the accelerator is held, or its results stay. */
  readonly faults: { held: boolean; stuck: boolean }
  /** Words lost because a FIFO was full. */
  readonly lost: () => number
}

export interface ModelOptions {
  readonly outDepth?: number
  readonly inDepth?: number
  /** Cycles from one access to the next, as a processor takes them. */
  readonly cyclesOfAccess?: number
}

/** `module` is a design on streams and flat registers. */
export function createComblockModel(module: RtlModule, options: ModelOptions = {}): ComblockModel {
  const { outDepth = 1024, inDepth = 1024, cyclesOfAccess = 20 } = options
  const simulator = createSimulator(flatten(module))
  const set = (port: string, value: number) => simulator.set(`${port}[0]`, value)
  const get = (port: string) => simulator.getNumber(`${port}[0]`)
  const out = createFifo(outDepth)
  const back = createFifo(inDepth)
  const faults = { held: false, stuck: false }
  let control = 0
  const cycle = () => {
    set('control', faults.held ? control & ~1 : control)
    set('s_valid', out.count() > 0 ? 1 : 0)
    set('s_data', out.count() > 0 ? out.peek() : 0)
    set('s_last', 0)
    const takes = !faults.stuck && back.count() < inDepth - 4
    set('m_ready', takes ? 1 : 0)
    if (out.count() > 0 && get('s_ready') === 1) out.pop()
    if (takes && get('m_valid') === 1) back.push(get('m_data'))
    simulator.tick()
  }
  const run = (cycles: number) => {
    for (let k = 0; k < cycles; k++) cycle()
  }
  simulator.tick(true)
  const inputs = new Map<number, () => number>([
    [0, () => control],
    ...flatRegisters.map(name => [registerMap[name].address / 4, () => get(flatPort(name))] as const),
  ])
  return {
    faults,
    run,
    lost: () => out.lost() + back.lost(),
    read(word) {
      run(cyclesOfAccess)
      if (word === comblockWords.IFIFO_VALUE) return back.pop()
      if (word === comblockWords.IFIFO_STATUS) return back.status(back.count() === 0)
      if (word === comblockWords.OFIFO_STATUS) return out.status(out.count() === outDepth)
      if (word === comblockWords.OREG0) return control
      return (inputs.get(word)?.() ?? 0) >>> 0
    },
    write(word, value) {
      run(cyclesOfAccess)
      if (word === comblockWords.OREG0) control = value >>> 0
      if (word === comblockWords.OFIFO_VALUE) out.push(value >>> 0)
      if (word === comblockWords.OFIFO_CONTROL) out.clearWriter()
      if (word === comblockWords.IFIFO_CONTROL) back.clearReader()
    },
  }
}

/** Pointers run to twice the depth, as the core's do; the flag stays until it is read. */
function createFifo(depth: number) {
  const memory = new Uint32Array(depth)
  let [writer, reader, flag, lost] = [0, 0, false, 0]
  const count = () => (writer - reader + 2 * depth) % (2 * depth)
  const next = (pointer: number) => (pointer + 1) % (2 * depth)
  return {
    count,
    lost: () => lost,
    peek: () => memory[reader % depth]!,
    push(word: number): void {
      if (count() >= depth) {
        flag = true
        lost++
        return
      }
      memory[writer % depth] = word
      writer = next(writer)
    },
    pop(): number {
      const word = memory[reader % depth]!
      if (count() === 0) flag = true
      else reader = next(reader)
      return word
    },
    clearWriter(): void {
      writer = 0
    },
    clearReader(): void {
      reader = 0
    },
    status(full: boolean): number {
      const word = ((Math.min(count(), 0xffff) << 16) | (flag ? 4 : 0) | (full ? 1 : 0)) >>> 0
      flag = false
      return word
    },
  }
}

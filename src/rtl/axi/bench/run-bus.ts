// Runs a script against an accelerator in the built-in simulator.

import {
  type AheadSimulator,
  createAheadSimulator,
  createPlainSimulator,
} from '../../../netlist/simulate/ahead.ts'
import { flatten } from '../../flatten.ts'
import type { RtlModule } from '../../module.ts'
import { goesAhead, nextStall, sinkSpell, sourceSpell, stallSeed } from '../../stream-ports.ts'
import { createMaster } from './master.ts'
import { createMemory } from './memory.ts'
import {
  type BenchChannelName,
  type BusOptions,
  type BusRun,
  type BusScript,
  type BusSubject,
  benchChannels,
  busSettings,
  offering,
  refuseVerdict,
} from './script.ts'
import { createStreams, noStreams } from './streams.ts'

export interface BusSimulation {
  run(script: BusScript, options?: BusOptions): BusRun
}

/** Compiles an accelerator for any number of scripts. */
export function createBusSimulation(module: RtlModule, subject: BusSubject): BusSimulation {
  const netlist = flatten(module)
  const ports = portsOf(module)
  const prompt = promptOutputs(module, subject)
  // Blocks of cycles take some time to compile; results in windows are read in the cycles they are asked for.
  const blocks = subject.ports !== 'axi_lite'
  const enough = 100 + 1_200_000 / netlist.kind.length
  let plain: AheadSimulator | undefined
  let ahead: AheadSimulator | undefined
  return {
    run: (script, options = {}) => {
      const long = (script.sent?.lasts.length ?? 0) + (script.memory?.input.words.length ?? 0) > enough
      if (blocks && (long || ahead !== undefined)) ahead ??= createAheadSimulator(netlist, prompt)
      else plain ??= createPlainSimulator(netlist)
      const simulator = ahead ?? plain!
      return runScript({ name: module.name, simulator, ports, subject, script, options })
    },
  }
}

/** Where a port's elements stand among the inputs or outputs. */
function portsOf(module: RtlModule): ReadonlyMap<string, number> {
  const first = new Map<string, number>()
  const next = { in: 0, out: 0 }
  for (const { name, direction, elements } of module.ports) {
    first.set(name, next[direction])
    next[direction] += elements.length
  }
  return first
}

/** Outputs that the bench has to see in every cycle: all but words. */
function promptOutputs(module: RtlModule, { ports }: BusSubject): number[] {
  const late = new Set(['m_data', 'm_last', 'm_axi_wdata', ...(ports === 'axi_lite' ? ['s_axi_rdata'] : [])])
  const first = portsOf(module)
  return module.ports
    .filter(({ direction, name }) => direction === 'out' && !late.has(name))
    .map(({ name }) => first.get(name)!)
}

interface Running {
  readonly name: string
  readonly simulator: AheadSimulator
  readonly ports: ReadonlyMap<string, number>
  readonly subject: BusSubject
  readonly script: BusScript
  readonly options: BusOptions
}

function runScript(running: Running): BusRun {
  const { simulator, options } = running
  simulator.restart()
  resetAll(running)
  if (options.resetAt !== undefined) {
    const early = runSession(running, options.resetAt)
    if (early !== undefined) return early
    resetAll(running)
  }
  return runSession(running, Number.POSITIVE_INFINITY)!
}

/** Everything that the bench drives, at rest. */
function resetAll({ simulator, options }: Running): void {
  simulator.netlist.inputs.forEach((_, k) => {
    simulator.set(k, 0)
  })
  for (let k = 0; k < busSettings(options).resetCycles; k++) simulator.tick(true)
}

/** A run up to the given cycle; undefined if it came to that. */
function runSession(running: Running, until: number): BusRun | undefined {
  const { simulator, script, subject, options, name } = running
  const { hangAfter, maxCycles, drainCycles } = busSettings(options)
  const pins = createPins(running)
  const streams = script.sent === undefined ? noStreams : createStreams(pins, script, subject)
  const memory = script.memory === undefined ? undefined : createMemory(pins, script.memory, subject)
  const master = createMaster(pins, script.accesses, subject, streams.isDone)
  const progress = () => `${master.progress()}; ${streams.progress()}`
  for (let finished: number | undefined; ; pins.cycle++) {
    const { cycle } = pins
    if (cycle >= until) return undefined
    if (cycle >= maxCycles) refuseVerdict(name, 'too-long', progress())
    pins.step()
    streams.drive()
    memory?.drive()
    master.drive()
    simulator.settle()
    const fault = streams.observe() ?? memory?.observe()
    master.observe()
    if (fault !== undefined) refuseVerdict(name, fault, progress())
    simulator.tick()
    if (finished === undefined && master.isDone() && streams.isDone()) finished = cycle
    if (finished !== undefined && cycle - finished >= drainCycles) break
    if (finished === undefined && cycle - pins.lastMove >= hangAfter) refuseVerdict(name, 'hang', progress())
  }
  simulator.finish()
  return { accesses: master.results, ...streams.result(), memory: memory?.written() ?? new Uint32Array(0) }
}

function createPins({ simulator, ports, options: { stall } }: Running) {
  const states = benchChannels.map((_, k) => (stall === undefined ? 1 : stallSeed(stall.seed, k)))
  const goes = benchChannels.map(() => true)
  const index = Object.fromEntries(benchChannels.map((name, k) => [name, k])) as Record<
    BenchChannelName,
    number
  >
  const shown = new Map<number, number | bigint>()
  const at = (port: string) => ports.get(port)!
  const pins = {
    cycle: 0,
    lastMove: 0,
    stalls: stall !== undefined,
    step(): void {
      if (stall === undefined) return
      benchChannels.forEach((name, k) => {
        states[k] = nextStall(states[k]!)
        goes[k] = goesAhead(stall, states[k]!, pins.cycle, offering.has(name) ? sourceSpell : sinkSpell)
      })
    },
    goes: (channel: BenchChannelName) => goes[index[channel]]!,
    random: () => (stall === undefined ? 0 : states[index.latency]! >>> 16),
    set(port: string, value: number | bigint, lane = 0): void {
      const input = at(port) + lane
      if (shown.get(input) === value) return
      shown.set(input, value)
      simulator.set(input, value)
    },
    get: (port: string) => simulator.getNumber(at(port)),
    capture: (port: string, lanes: number) => simulator.capture(at(port), lanes),
    moved(): void {
      pins.lastMove = pins.cycle
    },
  }
  return pins
}

// Runs a script against an accelerator in the built-in simulator.

import {
  type AheadSimulator,
  createAheadSimulator,
  createPlainSimulator,
} from '../../../netlist/simulate/ahead.ts'
import { flatten } from '../../flatten.ts'
import type { RtlModule } from '../../module.ts'
import { goesAhead, nextStall, sinkSpell, sourceSpell, stallSeed } from '../../stream-ports.ts'
import { type RegisterName, registerMap } from '../register-map.ts'
import { flatPort } from '../registers.ts'
import { createMemory } from './memory.ts'
import {
  type AccessResult,
  type BenchChannelName,
  type BusAccess,
  type BusOptions,
  type BusRun,
  type BusScript,
  type BusSubject,
  benchChannels,
  busSettings,
  offering,
  refuseVerdict,
} from './script.ts'

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

/** What the bench's parts see of the accelerator in a cycle. */
export interface Pins {
  /** Whether a channel goes ahead in this cycle. */
  goes(channel: BenchChannelName): boolean
  /** Random bits for latencies; 0 without stalls. */
  random(): number
  readonly stalls: boolean
  set(port: string, value: number | bigint, lane?: number): void
  get(port: string): number
  capture(port: string, lanes: number): bigint[]
  readonly cycle: number
  /** Told whenever something moves that brings the run on. */
  moved(): void
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

interface Streams {
  drive(): void
  observe(): string | undefined
  isDone(): boolean
  progress(): string
  result(): Pick<BusRun, 'taken' | 'received' | 'offered'>
}

const noStreams: Streams = {
  drive: () => {},
  observe: () => undefined,
  isDone: () => true,
  progress: () => 'no streams',
  result: () => ({
    taken: [],
    offered: [],
    received: { words: new Uint32Array(0), lasts: new Uint8Array(0) },
  }),
}

function createStreams(pins: Pins, script: BusScript, { wordsPerBeat }: BusSubject): Streams {
  const { words, lasts } = script.sent!
  const expected = script.expected ?? 0
  const taken: number[] = []
  const offered: number[] = []
  const data: bigint[][] = []
  const marks: bigint[][] = []
  let presenting = false
  return {
    drive() {
      const own = taken.length
      if (!presenting) {
        presenting = own < lasts.length && pins.goes('source')
        pins.set('s_valid', presenting ? 1 : 0)
        pins.set('s_last', presenting ? lasts[own]! : 0)
        for (let lane = 0; lane < wordsPerBeat; lane++)
          pins.set('s_data', presenting ? words[own * wordsPerBeat + lane]! : 0, lane)
      }
      pins.set('m_ready', pins.goes('sink') ? 1 : 0)
    },
    observe() {
      if (presenting && pins.get('s_ready') === 1) {
        taken.push(pins.cycle)
        presenting = false
        pins.moved()
      }
      if (pins.get('m_valid') === 0) return undefined
      if (data.length === expected) return 'extra'
      if (offered.length === data.length) offered.push(pins.cycle)
      if (!pins.goes('sink')) return undefined
      data.push(pins.capture('m_data', wordsPerBeat))
      marks.push(pins.capture('m_last', 1))
      pins.moved()
      return undefined
    },
    isDone: () => taken.length === lasts.length && data.length === expected,
    progress: () => `${taken.length} of ${lasts.length} beats taken, ${data.length} of ${expected} have come`,
    result: () => ({
      taken,
      offered,
      received: {
        words: Uint32Array.from(data.flat(), Number),
        lasts: Uint8Array.from(marks, ([mark]) => Number(mark)),
      },
    }),
  }
}

interface Master {
  drive(): void
  observe(): void
  isDone(): boolean
  progress(): string
  readonly results: AccessResult[]
}

/** The processor: an access at a time, over the port or on flat registers. */
function createMaster(
  pins: Pins,
  accesses: readonly BusAccess[],
  { ports }: BusSubject,
  streamsDone: () => boolean,
): Master {
  const results: AccessResult[] = []
  const port = ports === 'comblock' ? createFlatPort(pins) : createLitePort(pins)
  const start = () => {
    began = pins.cycle
    port.begin(accesses[results.length]!)
  }
  const end = (value: number) => {
    results.push({ start: began, end: pins.cycle, value })
    pins.moved()
    started = false
  }
  let started = false
  let began = 0
  let line = 0
  const waits = (access: BusAccess | undefined): boolean => {
    switch (access?.op) {
      case 'wait':
        return pins.cycle - began < access.cycles
      case 'streams':
        return !streamsDone()
      case 'interrupt':
        return line !== access.level
      default:
        return false
    }
  }
  const onPort = (access: BusAccess | undefined) =>
    access?.op === 'write' || access?.op === 'read' || access?.op === 'poll'
  return {
    results,
    drive() {
      for (let access = accesses[results.length]; access !== undefined; access = accesses[results.length]) {
        if (!started) start()
        started = true
        if (onPort(access) || waits(access)) break
        end(0)
      }
      port.drive()
    },
    observe() {
      if (ports === 'axi_master') line = pins.get('irq')
      const access = accesses[results.length]
      const value = port.observe()
      if (value === undefined || access === undefined) return
      if (access.op === 'poll' && ((value ^ access.value) & access.mask) !== 0) port.begin(access)
      else end(value)
    },
    isDone: () => results.length === accesses.length,
    progress: () =>
      `access ${results.length} of ${accesses.length} (${accesses[results.length]?.op ?? 'none'})`,
  }
}

/** A port to registers; `observe` gives an access's value, 0 for a write, in the cycle in which it is over. */
interface RegisterPort {
  begin(access: BusAccess): void
  drive(): void
  observe(): number | undefined
}

function createLitePort(pins: Pins): RegisterPort {
  const left = { aw: false, w: false, ar: false }
  const offers = { aw: false, w: false, ar: false }
  let waitsFor: 'b' | 'r' | undefined
  const offer = (channel: 'aw' | 'w' | 'ar') => {
    if (left[channel] && !offers[channel]) offers[channel] = pins.goes(channel)
    pins.set(`s_axi_${channel}valid`, offers[channel] ? 1 : 0)
  }
  const take = (channel: 'aw' | 'w' | 'ar') => {
    if (!offers[channel] || pins.get(`s_axi_${channel}ready`) === 0) return
    left[channel] = false
    offers[channel] = false
  }
  return {
    begin(access) {
      if (access.op === 'write') {
        Object.assign(left, { aw: true, w: true })
        pins.set('s_axi_awaddr', access.address)
        pins.set('s_axi_wdata', access.data)
        pins.set('s_axi_wstrb', access.strobes ?? 15)
        waitsFor = 'b'
      } else if (access.op === 'read' || access.op === 'poll') {
        left.ar = true
        pins.set('s_axi_araddr', access.address)
        waitsFor = 'r'
      }
    },
    drive() {
      offer('aw')
      offer('w')
      offer('ar')
      pins.set('s_axi_bready', pins.goes('b') ? 1 : 0)
      pins.set('s_axi_rready', pins.goes('r') ? 1 : 0)
    },
    observe() {
      take('aw')
      take('w')
      take('ar')
      if (waitsFor === undefined || !pins.goes(waitsFor) || pins.get(`s_axi_${waitsFor}valid`) === 0)
        return undefined
      const value = waitsFor === 'r' ? pins.get('s_axi_rdata') : 0
      waitsFor = undefined
      return value
    },
  }
}

const namesByAddress = new Map(
  Object.entries(registerMap).map(([name, { address }]) => [address as number, name as RegisterName]),
)

/** Registers that are ports: what is written stays, what is read is there. */
function createFlatPort(pins: Pins): RegisterPort {
  let access: BusAccess | undefined
  let control = 0
  return {
    begin(next) {
      access = next
    },
    drive() {
      if (access?.op === 'write') control = access.data
      pins.set('control', control)
    },
    observe() {
      const now = access
      access = undefined
      if (now?.op === 'write') return 0
      if (now?.op !== 'read' && now?.op !== 'poll') return undefined
      const name = namesByAddress.get(now.address)!
      return name === 'CONTROL' ? control : pins.get(flatPort(name))
    },
  }
}

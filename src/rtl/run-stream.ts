// Runs frames through a top module in the built-in simulator, as a test bench would: beats are offered until they
// are taken, outputs are taken when ready, both held back at random if asked for.

import type { Netlist } from '../netlist/netlist.ts'
import { type AheadSimulator, createAheadSimulator, createPlainSimulator } from '../netlist/simulate/ahead.ts'
import { flatten } from './flatten.ts'
import type { Port, RtlModule } from './module.ts'
import {
  type Beat,
  goesAhead,
  nextStall,
  type StallPattern,
  type StreamChannel,
  type StreamChannels,
  type StreamFrames,
  sinkSpell,
  sourceSpell,
  stallSeed,
  streamChannels,
} from './stream-ports.ts'
import {
  beatsOf,
  checkFrames,
  refuseExtra,
  refuseHang,
  refuseLength,
  type StreamOptions,
  type StreamRun,
  streamRun,
  streamSettings,
} from './stream-result.ts'

/** A compiled top module; `run` starts from power-up each time. */
export interface StreamSimulation {
  run(frames: StreamFrames, options?: StreamOptions): StreamRun
}

/** How frames are simulated: `plain` in single cycles, `ahead` in blocks of them; by default what takes less time. */
export type SimulationWay = 'plain' | 'ahead'

/** Flattens a top module once, for any number of runs; each way of simulating is compiled when first taken. */
export function createStreamSimulation(module: RtlModule, way?: SimulationWay): StreamSimulation {
  const channels = streamChannels(module)
  const netlist = flatten(module)
  const first = firstIndices(module)
  const most = way === undefined ? cyclesForBlocks(netlist) : Number.POSITIVE_INFINITY
  let plain: AheadSimulator | undefined
  let ahead: AheadSimulator | undefined
  let spent = 0
  return {
    run: (frames, options = {}) => {
      if (
        way === 'plain' ||
        (way === undefined && ahead === undefined && longestInput(channels, frames) < most)
      ) {
        plain ??= createPlainSimulator(netlist)
        const { run, cycles } = runFrames(module, plain, frames, options, most - spent)
        spent += cycles
        if (run !== undefined) return run
      }
      ahead ??= createAheadSimulator(netlist, handshakes(channels, first))
      return runFrames(module, ahead, frames, options, Number.POSITIVE_INFINITY).run!
    },
  }
}

/**
 * Cycles from which blocks of them repay their compilation, as measured. Compiling takes 30 ms and 12 µs a cell longer
 * than for single cycles, which take 25 ns a cell until the engine has compiled them: 500 cycles of a large design. But
 * a simulation is seldom made for one run, and the later ones, with streams that stall, are several times as long.
 */
function cyclesForBlocks({ kind }: Netlist): number {
  return 100 + 1_200_000 / kind.length
}

/** Beats of the longest input: a run has at least as many cycles. */
function longestInput({ inputs }: StreamChannels, frames: StreamFrames): number {
  const beats = inputs.map(({ data }) => {
    const own = frames[data.name] ?? []
    return own.length * (own[0]?.length ?? 0)
  })
  return Math.max(...beats)
}

/** Outputs that a bench has to see in every cycle. */
function handshakes({ inputs, outputs }: StreamChannels, first: ReadonlyMap<string, number>): number[] {
  const names = [...inputs.map(({ ready }) => ready), ...outputs.map(({ valid }) => valid)]
  return names.flatMap(name => (name === undefined ? [] : [first.get(name)!]))
}

/**
 * Runs frames through a top module: raw values in and out, with cycle stamps. Fails with `rtl/hang` when nothing
 * moves any more, `rtl/extra-output` when more comes out than belongs to the frames.
 */
export function runStream(module: RtlModule, frames: StreamFrames, options: StreamOptions = {}): StreamRun {
  return createStreamSimulation(module).run(frames, options)
}

/** Where a channel's signals stand among the flat netlist's inputs and outputs. */
interface ChannelIndices {
  readonly data: number
  readonly valid: number
  readonly ready: number | undefined
  readonly last: number | undefined
}

interface Source {
  readonly channel: StreamChannel
  readonly at: ChannelIndices
  readonly beats: readonly Beat[]
  readonly lasts: ReadonlySet<number>
  readonly stamps: number[]
  sent: number
  presenting: boolean
  /** True while the bus rests at idle values. */
  resting: boolean
  state: number
}

interface Sink {
  readonly channel: StreamChannel
  readonly at: ChannelIndices
  readonly total: number
  /** Filled in once the run has finished. */
  readonly beats: Beat[]
  readonly offered: number[]
  readonly delivered: number[]
  ready: boolean
  state: number
}

interface Bench {
  readonly module: RtlModule
  /** Where each port's elements begin among the flat netlist's inputs or outputs. */
  readonly first: ReadonlyMap<string, number>
  readonly simulator: AheadSimulator
  readonly channels: StreamChannels
  readonly frames: StreamFrames
  readonly options: StreamOptions
  readonly settings: ReturnType<typeof streamSettings>
  readonly count: number
  /** Cycles after which the run is given up, for another way to be taken. */
  readonly patience: number
}

interface Session {
  readonly sources: readonly Source[]
  readonly sinks: readonly Sink[]
}

/** The run, undefined when it was given up, and the cycles it took. */
function runFrames(
  module: RtlModule,
  simulator: AheadSimulator,
  frames: StreamFrames,
  options: StreamOptions,
  patience: number,
): { run: StreamRun | undefined; cycles: number } {
  const channels = streamChannels(module)
  const count = checkFrames(module, frames)
  const first = firstIndices(module)
  const settings = streamSettings(options)
  const bench = { module, first, simulator, channels, frames, options, settings, count, patience }
  simulator.restart()
  reset(bench)
  let cycles = 0
  if (options.resetAt !== undefined && options.resetAt < patience) {
    const early = runSession(bench, options.resetAt)
    cycles = early.cycles
    if (early.session !== undefined) return finish(bench, early.session, cycles)
    reset(bench)
  }
  const { session, cycles: more } = runSession(
    { ...bench, patience: patience - cycles },
    Number.POSITIVE_INFINITY,
  )
  return finish(bench, session, cycles + more)
}

function finish(bench: Bench, session: Session | undefined, cycles: number) {
  if (session === undefined) return { run: undefined, cycles }
  bench.simulator.finish()
  return { run: collect(bench, session), cycles }
}

function collect({ module, frames, options }: Bench, { sources, sinks }: Session): StreamRun {
  const bySource = (what: (source: Source) => number[]) =>
    Object.fromEntries(sources.map(source => [source.channel.data.name, what(source)]))
  const bySink = <T>(what: (sink: Sink) => T) =>
    Object.fromEntries(sinks.map(sink => [sink.channel.data.name, what(sink)]))
  const stamps = {
    accepted: bySource(source => source.stamps),
    offered: bySink(sink => sink.offered),
    delivered: bySink(sink => sink.delivered),
  }
  return streamRun(
    module,
    frames,
    bySink(sink => sink.beats),
    stamps,
    options,
  )
}

function firstIndices(module: RtlModule): Map<string, number> {
  const first = new Map<string, number>()
  const next = { in: 0, out: 0 }
  for (const { name, direction, elements } of module.ports) {
    first.set(name, next[direction])
    next[direction] += elements.length
  }
  return first
}

function reset({ simulator, first, channels, settings }: Bench): void {
  for (const port of channels.idle) rest(simulator, port, first.get(port.name)!)
  for (const { data, valid, last } of channels.inputs) {
    rest(simulator, data, first.get(data.name)!)
    simulator.set(first.get(valid)!, 0)
    if (last !== undefined) simulator.set(first.get(last)!, 0)
  }
  for (const { ready } of channels.outputs) if (ready !== undefined) simulator.set(first.get(ready)!, 0)
  for (let k = 0; k < settings.resetCycles; k++) simulator.tick(true)
}

/** Puts a bus at 0, or as near to it as its elements can be. */
function rest({ netlist, set }: AheadSimulator, port: Port, first: number): void {
  port.elements.forEach((_, k) => {
    const { net } = netlist.inputs[first + k]!
    const { min, max } = { min: netlist.min[net]!, max: netlist.max[net]! }
    set(first + k, min > 0n ? min : max < 0n ? max : 0n)
  })
}

function indicesOf(
  first: ReadonlyMap<string, number>,
  { data, valid, ready, last }: StreamChannel,
): ChannelIndices {
  const index = (name: string | undefined) => (name === undefined ? undefined : first.get(name)!)
  return { data: first.get(data.name)!, valid: first.get(valid)!, ready: index(ready), last: index(last) }
}

function startSession({ channels, first, frames, options, count }: Bench): Session {
  const seed = (index: number) => (options.stall === undefined ? 1 : stallSeed(options.stall.seed, index))
  const sources = channels.inputs.map((channel, index) => {
    const own = frames[channel.data.name]!
    let end = -1
    const lasts = new Set(own.map(frame => (end += frame.length)))
    return {
      channel,
      at: indicesOf(first, channel),
      beats: own.flat(),
      lasts,
      stamps: [],
      sent: 0,
      presenting: false,
      resting: true,
      state: seed(index),
    }
  })
  const sinks = channels.outputs.map((channel, index) => ({
    channel,
    at: indicesOf(first, channel),
    total: count * beatsOf(options, channel),
    beats: [],
    offered: [],
    delivered: [],
    ready: false,
    state: seed(sources.length + index),
  }))
  return { sources, sinks }
}

/** Runs all frames, or up to the given cycle or the end of patience: then there is no session. */
function runSession(bench: Bench, until: number): { session: Session | undefined; cycles: number } {
  const { simulator, settings, module, patience } = bench
  const session = startSession(bench)
  let moved = 0
  let finished: number | undefined
  for (let cycle = 0; ; cycle++) {
    if (cycle >= until || cycle >= patience) return { session: undefined, cycles: cycle }
    if (cycle >= settings.maxCycles) refuseLength(module, settings.maxCycles)
    drive(bench, session, cycle)
    simulator.settle()
    if (observe(bench, session, cycle)) moved = cycle
    simulator.tick()
    if (finished === undefined && isDone(session)) finished = cycle
    if (finished !== undefined && cycle - finished >= settings.drainCycles) return { session, cycles: cycle }
    if (finished === undefined && cycle - moved >= settings.hangAfter) hang(bench, session)
  }
}

function isDone({ sources, sinks }: Session): boolean {
  return (
    sources.every(source => source.sent === source.beats.length) &&
    sinks.every(sink => sink.beats.length >= sink.total)
  )
}

function drive(bench: Bench, { sources, sinks }: Session, cycle: number): void {
  const { stall } = bench.options
  for (const source of sources) {
    const go = stall === undefined || steps(stall, source, cycle, sourceSpell)
    if (!source.presenting) present(bench, source, go && source.sent < source.beats.length)
  }
  for (const sink of sinks) {
    const go = stall === undefined || steps(stall, sink, cycle, sinkSpell)
    const { ready } = sink.at
    if (ready !== undefined && go !== sink.ready) bench.simulator.set(ready, go ? 1 : 0)
    sink.ready = go || ready === undefined
  }
}

/** Draws a channel's next number: whether it goes ahead in this cycle. */
function steps(stall: StallPattern, of: Source | Sink, cycle: number, spell: number): boolean {
  of.state = nextStall(of.state)
  return goesAhead(stall, of.state, cycle, spell)
}

function present({ simulator }: Bench, source: Source, valid: boolean): void {
  source.presenting = valid
  if (!valid && source.resting) return
  const { at, channel } = source
  if (valid === source.resting) simulator.set(at.valid, valid ? 1 : 0)
  source.resting = !valid
  if (at.last !== undefined) simulator.set(at.last, valid && source.lasts.has(source.sent) ? 1 : 0)
  if (!valid) {
    rest(simulator, channel.data, at.data)
    return
  }
  const beat = source.beats[source.sent]!
  for (let k = 0; k < beat.length; k++) simulator.set(at.data + k, beat[k]!)
}

/** Notes what moves at the end of this cycle; true when anything does. */
function observe({ simulator, module }: Bench, { sources, sinks }: Session, cycle: number): boolean {
  let moved = false
  for (const source of sources) {
    const { ready } = source.at
    if (!source.presenting || (ready !== undefined && simulator.getNumber(ready) === 0)) continue
    source.stamps.push(cycle)
    source.sent++
    source.presenting = false
    moved = true
  }
  for (const sink of sinks) {
    if (simulator.getNumber(sink.at.valid) === 0) continue
    const { data } = sink.channel
    if (sink.beats.length === sink.total) refuseExtra(module, data.name, sink.total)
    if (sink.offered.length === sink.beats.length) sink.offered.push(cycle)
    if (!sink.ready) continue
    sink.delivered.push(cycle)
    sink.beats.push(simulator.capture(sink.at.data, data.elements.length))
    moved = true
  }
  return moved
}

function hang({ module, settings }: Bench, { sources, sinks }: Session): never {
  refuseHang(module, settings.hangAfter, [
    ...sources.map(({ channel, sent, beats }) => ({ channel, moved: sent, total: beats.length })),
    ...sinks.map(({ channel, beats, total }) => ({ channel, moved: beats.length, total })),
  ])
}

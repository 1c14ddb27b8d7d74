// Gives a pipelined core, which knows nothing but a constant latency, valid/ready streams around it.
//
// - up to three ranks, core with `ce`: all ranks stop together while the last one holds a result nobody takes, and a
//   skid buffer behind it keeps the reader's `ready` from reaching the writer in the same cycle;
// - deeper: the core never stops. A credit counter per output lets in only what its FIFO has room for; the FIFO holds
//   latency + 2 words, which is as long as a credit stays out, so that a beat can enter every cycle;
// - cores with `start` and `done` carry the valid bit themselves and take a frame every `interval` cycles: credits, and
//   a counter that keeps frames that far apart.
//
// A valid bit travels beside each rank. Reset clears valid bits, counters and pointers.

import { bug } from '../diagnostics/diagnostic.ts'
import type { FixedType } from '../fixed/types.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Net } from '../netlist/netlist.ts'
import { buildFifo, countType, type Fifo, ringCounter } from './fifo.ts'
import type { Port, RtlModule } from './module.ts'
import { allOf, bitType, createModule, type ModuleBuilder, type PlacedInstance } from './module-builder.ts'
import { buildSkidBuffer } from './skid-buffer.ts'

/** Ranks up to which stopping the whole core costs less than buffering behind it. */
const deepestEnabledCore = 3

export interface StreamPipelineOptions {
  readonly name: string
  readonly summary?: string
  /** Ports: optionally `ce` or `start` and `done`, then one per input, and one per output. */
  readonly core: RtlModule
  /** Register ranks of the core, or cycles from `start` to `done`. */
  readonly latency: number
  /** Fewest cycles between beats, by default 1; more only with `start` and `done`. */
  readonly interval?: number
  /** Beats that the core takes for one result, by default 1; more only with `start` and `done`, one stream in. */
  readonly beats?: number
  /** Stream names by core port, e.g. `s_x` for ports `s_x_valid` and so on; by default `s`, `m`, or with the port's name. */
  readonly streams?: Readonly<Record<string, string>>
  readonly alwaysClocked?: boolean
}

export interface StreamPipeline {
  readonly module: RtlModule
  /** Cycles from taking a beat to offering its result, outputs ready. One beat enters a cycle. */
  readonly latency: number
}

/** Wraps a core into a module of streams: a beat enters when every input has one; outputs are offered independently. */
export function buildStreamPipeline(options: StreamPipelineOptions): StreamPipeline {
  const { core, latency } = options
  const has = (name: string) => core.ports.some(port => port.name === name)
  const enabled = has('ce') && latency <= deepestEnabledCore
  const module = createModule(
    options.name,
    options.summary ?? `streams around ${core.name}, ${latency} register ranks`,
  )
  const inputs = takeInputs(module, options)
  const outputs = placeOutputs(module, options, enabled)
  const instance = module.place('core', core)
  const done = has('done') ? instance.bit('done') : undefined
  const enter = enabled
    ? enabledFlow(module, inputs, outputs, latency)
    : creditFlow(module, inputs, outputs, options, done)
  for (const input of inputs) input.accept(enter.ready)
  instance.connect({
    ...Object.fromEntries(inputs.map(({ port, data }) => [port, data])),
    ...(has('ce') ? { ce: [enter.ce] } : {}),
    ...(has('start') ? { start: [enter.enters] } : {}),
  })
  for (const output of outputs) output.give(enter.push, instance.out(output.port))
  const buffered = inputs.length > 1 ? 1 : 0
  return {
    module: module.finish(
      options.alwaysClocked === undefined ? {} : { alwaysClocked: options.alwaysClocked },
    ),
    latency: buffered + latency + outputs[0]!.fifo.latency,
  }
}

/** A stream at the core's door. */
interface Input {
  readonly port: string
  readonly data: readonly Net[]
  readonly valid: Net
  /** Says when a beat enters the core if all inputs have one. */
  accept(ready: Net): void
}

interface Output {
  readonly port: string
  readonly fifo: Fifo
  /** Room in the FIFO, and a word leaving it. */
  readonly ready: Net
  readonly pop: Net
  give(push: Net, data: readonly Net[]): void
}

/** Ports of a core that steer it; all others carry data. */
const controlPorts: ReadonlySet<string> = new Set(['ce', 'start', 'done'])

interface Flow {
  /** The core takes a beat in this cycle if all inputs have one. */
  readonly ready: Net
  /** It takes one. */
  readonly enters: Net
  readonly ce: Net
  /** The core's outputs are results to be kept in this cycle. */
  readonly push: Net
}

function takeInputs(module: ModuleBuilder, options: StreamPipelineOptions): Input[] {
  const ports = dataPorts(options.core, 'in')
  if (ports.length === 0) bug(`${options.core.name} has no input`)
  const types = ports.map(port => port.elements.map(({ type }) => type))
  if (ports.length === 1)
    return [directInput(module, ports[0]!.name, stem(options, ports[0]!.name, 's', 1), types[0]!)]
  const buffers = ports.map((port, k) =>
    bufferedInput(module, options.name, port.name, stem(options, port.name, 's', ports.length), types[k]!),
  )
  const b = module.netlist
  // Each leaves its buffer only together with all others.
  return buffers.map(({ input, instance, feed }, k) => ({
    ...input,
    accept: ready => {
      const others = buffers.filter((_, other) => other !== k).map(other => other.instance.bit('m_valid'))
      instance.connect({ ...feed, m_ready: [b.and(ready, allOf(b, others))] })
    },
  }))
}

/** Ports of a core that carry data. */
export function dataPorts(core: RtlModule, direction: 'in' | 'out'): Port[] {
  return core.ports.filter(port => port.direction === direction && !controlPorts.has(port.name))
}

function stem(options: StreamPipelineOptions, port: string, side: 's' | 'm', count: number): string {
  return options.streams?.[port] ?? (count === 1 ? side : `${side}_${port}`)
}

function directInput(module: ModuleBuilder, port: string, name: string, types: readonly FixedType[]): Input {
  const valid = module.inputBit(`${name}_valid`)
  const data = module.input(`${name}_data`, types)
  return { port, data, valid, accept: ready => module.outputBit(`${name}_ready`, ready) }
}

function bufferedInput(
  module: ModuleBuilder,
  owner: string,
  port: string,
  name: string,
  types: readonly FixedType[],
) {
  const valid = module.inputBit(`${name}_valid`)
  const data = module.input(`${name}_data`, types)
  const instance = module.place(`${port}_skid`, buildSkidBuffer(`${owner}_${port}_skid`, types).module)
  module.outputBit(`${name}_ready`, instance.bit('s_ready'))
  const input = { port, data: instance.out('m_data'), valid: instance.bit('m_valid') }
  return { input, instance, feed: { s_valid: [valid], s_data: data } }
}

function placeOutputs(module: ModuleBuilder, options: StreamPipelineOptions, enabled: boolean): Output[] {
  const ports = dataPorts(options.core, 'out')
  return ports.map(port => {
    const types = port.elements.map(({ type }) => type)
    const name = `${options.name}_${port.name}_fifo`
    const fifo = enabled
      ? buildSkidBuffer(name, types)
      : buildFifo({ name, types, depth: Math.ceil(options.latency / (options.interval ?? 1)) + 2 })
    return placeOutput(module, port.name, stem(options, port.name, 'm', ports.length), fifo, types)
  })
}

function placeOutput(
  module: ModuleBuilder,
  port: string,
  name: string,
  fifo: Fifo,
  types: readonly FixedType[],
): Output {
  const b = module.netlist
  const instance: PlacedInstance = module.place(`${port}_fifo`, fifo.module)
  const wanted = module.inputBit(`${name}_ready`)
  module.outputBit(`${name}_valid`, instance.bit('m_valid'))
  module.output(`${name}_data`, instance.out('m_data'), types)
  return {
    port,
    fifo,
    ready: instance.bit('s_ready'),
    pop: b.and(instance.bit('m_valid'), wanted),
    give: (push, data) => instance.connect({ s_valid: [push], s_data: data, m_ready: [wanted] }),
  }
}

/** Valid bits beside the ranks; each moves on in cycles where `step` is 1. Returns the last. */
function validChain(b: NetlistBuilder, enters: Net, latency: number, step?: Net): Net {
  let valid = enters
  for (let rank = 1; rank <= latency; rank++) {
    const options = step === undefined ? { reset: 0n } : { reset: 0n, enable: step }
    valid = b.name(b.register(valid, options), `valid_${rank}`)
  }
  return valid
}

function enabledFlow(
  module: ModuleBuilder,
  inputs: readonly Input[],
  outputs: readonly Output[],
  latency: number,
): Flow {
  const b = module.netlist
  const room = allOf(
    b,
    outputs.map(output => output.ready),
  )
  const offered = allOf(
    b,
    inputs.map(input => input.valid),
  )
  const enters = b.and(room, offered)
  if (latency === 0) return { ready: room, enters, ce: room, push: enters }
  // The last rank's valid bit decides whether the ranks may move, so it must exist before them.
  const last = b.name(b.registerLoop(bitType, { reset: 0n }), `valid_${latency}`)
  const step = b.or(room, b.not(last))
  b.connect(last, validChain(b, offered, latency - 1, step), step)
  return { ready: step, enters: b.and(step, offered), ce: step, push: b.and(last, room) }
}

function creditFlow(
  module: ModuleBuilder,
  inputs: readonly Input[],
  outputs: readonly Output[],
  { latency, interval = 1, beats = 1 }: StreamPipelineOptions,
  done: Net | undefined,
): Flow {
  const b = module.netlist
  const counters = outputs.map(output => creditCounter(b, output))
  const spacing = frameSpacing(b, interval)
  const frame = frameCount(b, beats)
  const mayStart = allOf(b, [...counters.map(counter => counter.some), spacing.free])
  const ready = b.or(frame.inside, mayStart)
  const enters = allOf(b, [ready, ...inputs.map(input => input.valid)])
  frame.take(enters)
  const starts = b.and(enters, b.not(frame.inside))
  for (const counter of counters) counter.spend(starts)
  spacing.take(starts)
  return { ready, enters, ce: b.constant(1n, 0), push: done ?? validChain(b, enters, latency) }
}

/** Whether the next beat belongs to a frame that has begun, kept in a register. */
function frameCount(b: NetlistBuilder, beats: number): { inside: Net; take(enters: Net): void } {
  if (beats === 1) return { inside: b.constant(0n, 0), take: () => {} }
  const inside = b.name(b.registerLoop(bitType, { reset: 0n }), 'inside_frame')
  return {
    inside,
    take: enters => {
      const beat = b.name(ringCounter(b, beats, enters), 'beat')
      const last = b.eq(beat, b.constant(BigInt(beats - 1), 0))
      b.connect(inside, b.mux(enters, b.not(last), inside))
    },
  }
}

/** Keeps beats `interval` cycles apart; whether the next may come is kept in a register. */
function frameSpacing(b: NetlistBuilder, interval: number): { free: Net; take(enters: Net): void } {
  if (interval === 1) return { free: b.constant(1n, 0), take: () => {} }
  const most = BigInt(interval - 1)
  const left = b.name(b.registerLoop(countType(interval - 1), { reset: 0n }), 'cycles_left')
  const free = b.name(b.registerLoop(bitType, { reset: 1n }), 'may_start')
  return {
    free,
    take: enters => {
      const fewer = b.mux(free, left, b.within(b.sub(left, b.constant(1n, 0)), 0n, most))
      const next = b.mux(enters, b.constant(most, 0), fewer)
      b.connect(left, next)
      b.connect(free, b.eq(next, b.constant(0n, 0)))
    },
  }
}

/** Room in an output's FIFO that no beat inside the core has claimed; whether there is any is kept in a register. */
function creditCounter(b: NetlistBuilder, { fifo, port, pop }: Output) {
  const most = BigInt(fifo.capacity)
  const credits = b.name(b.registerLoop(countType(fifo.capacity), { reset: most }), `${port}_credits`)
  const some = b.name(b.registerLoop(bitType, { reset: 1n }), `${port}_has_credit`)
  return {
    some,
    spend: (enters: Net) => {
      const left = b.within(b.sub(b.add(credits, pop), enters), 0n, most)
      b.connect(credits, left)
      b.connect(some, b.not(b.eq(left, b.constant(0n, 0))))
    },
  }
}

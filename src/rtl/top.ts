// The top module of a fully pipelined design, the same for every project so that anyone can write a test bench:
// `clk`, `rst`, streams `s` and `m` (several: `s_<name>`, `m_<name>`) of packed beats, and inside it the core, the
// datapath alone.

import { bug, fail } from '../diagnostics/diagnostic.ts'
import { type FixedType, sameType } from '../fixed/types.ts'
import type { Net } from '../netlist/netlist.ts'
import { createNameScope } from '../netlist/verilog-names.ts'
import type { RtlModule } from './module.ts'
import { createModule, type ModuleBuilder, type PlacedInstance } from './module-builder.ts'
import { buildStreamPipeline, dataPorts } from './stream-pipeline.ts'
import { beatCount, buildGather, buildSpread, laneTypes } from './width-adapter.ts'

/**
 * `stream`: valid and ready; `valid`: results follow their inputs by the latency, nothing waits; `none`: data only, a
 * set of inputs every cycle. Several inputs under `valid` belong together: a set counts in cycles where all are valid.
 */
export type Handshake = 'stream' | 'valid' | 'none'

export interface TopPort {
  readonly name: string
  /** Types of the elements, in row-major order. */
  readonly types: readonly FixedType[]
}

export interface TopOptions {
  /** The project's name, of which the module's is made. */
  readonly name: string
  readonly inputs: readonly TopPort[]
  readonly outputs: readonly TopPort[]
  /** Ports: optionally `ce` or `start` and `done`, one per input and one per output in this order, under any names. */
  readonly core: RtlModule
  /** Register ranks of the core, or cycles from `start` to `done`. */
  readonly latency: number
  /** Fewest cycles between frames, by default 1; more only with `start` and `done`. */
  readonly interval?: number
  readonly handshake?: Handshake
  /** Elements of each beat, for `stream`; absent: whole tensors. */
  readonly elementsPerBeat?: number
  /** Whether the core takes its only input in such beats itself. */
  readonly coreTakesBeats?: boolean
}

export interface Top {
  readonly top: RtlModule
  /** Cycles from taking a frame's first beat to offering its last output beat, outputs ready. */
  readonly latency: number
  /** The same to its first output beat. */
  readonly firstLatency: number
  /** Cycles between first beats of consecutive frames. */
  readonly interval: number
  /** Beats of a frame by data port, for test benches. */
  readonly beatsPerFrame: Readonly<Record<string, number>>
}

/** Builds the top module around a pipelined core. */
export function buildTop(options: TopOptions): Top {
  const ports = matchPorts(options)
  const handshake = options.handshake ?? 'stream'
  if (handshake !== 'stream') return openTop(options, ports, handshake)
  const perBeat = options.elementsPerBeat ?? Number.POSITIVE_INFINITY
  const beats = options.coreTakesBeats === true ? beatCount(options.inputs[0]!.types, perBeat) : 1
  const most = Math.max(...[...options.inputs, ...options.outputs].map(({ types }) => types.length))
  if (perBeat < 1 || (options.elementsPerBeat ?? 1) > most) refuseBeat(options, perBeat, most)
  return ports.some(port => port.types.length > perBeat)
    ? adaptedTop(options, ports, perBeat, beats)
    : plainTop(options, ports, beats)
}

/** A stream of the top and the core's port behind it. */
interface Bound {
  readonly direction: 'in' | 'out'
  readonly corePort: string
  /** `s`, `m`, `s_<name>`, `m_<name>`. */
  readonly stream: string
  readonly types: readonly FixedType[]
}

/** What the core's port carries of a tensor. */
function coreTypes({ elementsPerBeat, coreTakesBeats }: TopOptions, types: readonly FixedType[]) {
  return coreTakesBeats === true ? laneTypes(types, elementsPerBeat!) : types
}

function matchPorts(options: TopOptions): Bound[] {
  const { inputs, outputs, core } = options
  const bind = (given: readonly TopPort[], direction: 'in' | 'out', letter: string): Bound[] => {
    const ports = dataPorts(core, direction)
    if (ports.length !== given.length) bug(`${core.name} has ${ports.length} data ports for ${given.length}`)
    const scope = createNameScope()
    const names = given.map(port => scope.take(port.name))
    return ports.map((port, k) => {
      const { types: whole } = given[k]!
      const types = direction === 'in' ? coreTypes(options, whole) : whole
      const same = port.elements.every(({ type }, e) => types[e] !== undefined && sameType(type, types[e]))
      if (!same || port.elements.length !== types.length) bug(`${core.name}.${port.name} has other elements`)
      return {
        direction,
        corePort: port.name,
        stream: given.length === 1 ? letter : `${letter}_${names[k]}`,
        types,
      }
    })
  }
  return [...bind(inputs, 'in', 's'), ...bind(outputs, 'out', 'm')]
}

function refuseBeat({ name }: TopOptions, perBeat: number, most: number): never {
  return fail({
    code: 'rtl/elements-per-beat',
    place: name,
    problem: `${perBeat} elements per beat`,
    expected: `at least 1 and at most ${most}, the elements of the longest vector`,
    remedy: 'Leave it out to pass whole vectors.',
  })
}

function topName({ name, core }: TopOptions): string {
  const scope = createNameScope()
  scope.take(core.name)
  return scope.take(name)
}

function plainTop(options: TopOptions, ports: readonly Bound[], beats: number): Top {
  const { core, latency, interval = 1 } = options
  const flow = buildStreamPipeline({
    name: topName(options),
    summary: `${options.name}: streams around the core of ${latency} register ranks`,
    core,
    latency,
    interval,
    beats,
    streams: Object.fromEntries(ports.map(port => [port.corePort, port.stream])),
    alwaysClocked: true,
  })
  const beatsPerFrame = Object.fromEntries(
    ports.map(port => [`${port.stream}_data`, port.direction === 'in' ? beats : 1]),
  )
  return { top: flow.module, latency: flow.latency, firstLatency: flow.latency, interval, beatsPerFrame }
}

function adaptedTop(options: TopOptions, ports: readonly Bound[], perBeat: number, coreBeats: number): Top {
  const { core, latency, interval = 1 } = options
  const name = topName(options)
  const streams = Object.fromEntries(ports.map(port => [port.corePort, port.stream]))
  const flow = buildStreamPipeline({
    name: `${name}_flow`,
    core,
    latency,
    interval,
    beats: coreBeats,
    streams,
  })
  const module = createModule(name, `${options.name}: vectors of at most ${perBeat} elements a beat`)
  const flowInstance = module.place('flow', flow.module)
  const links = ports.map(port =>
    port.direction === 'in'
      ? inputLink(module, name, port, perBeat, flowInstance)
      : outputLink(module, name, port, perBeat, flowInstance),
  )
  flowInstance.connect(Object.assign({}, ...links))
  const beats = (direction: 'in' | 'out') =>
    Math.max(...ports.flatMap(port => (port.direction === direction ? [beatCount(port.types, perBeat)] : [])))
  const [taken, given] = [beats('in'), beats('out')]
  const vector = (taken > 1 ? taken : 0) + flow.latency
  return {
    top: module.finish({ alwaysClocked: true }),
    latency: vector + (given > 1 ? given : 0),
    firstLatency:
      vector + (ports.every(port => port.direction === 'in' || port.types.length > perBeat) ? 1 : 0),
    interval: Math.max(taken, given, interval),
    beatsPerFrame: Object.fromEntries(
      ports.map(port => [
        `${port.stream}_data`,
        port.direction === 'in' && coreBeats > 1 ? coreBeats : beatCount(port.types, perBeat),
      ]),
    ),
  }
}

/** The flow's inputs for a stream of the top, through a gathering adapter where the vector takes several beats. */
function inputLink(
  module: ModuleBuilder,
  name: string,
  { stream, types }: Bound,
  perBeat: number,
  flow: PlacedInstance,
): Record<string, readonly Net[]> {
  const valid = module.inputBit(`${stream}_valid`)
  const data = module.input(`${stream}_data`, laneTypes(types, perBeat))
  if (types.length <= perBeat) {
    module.outputBit(`${stream}_ready`, flow.bit(`${stream}_ready`))
    return { [`${stream}_valid`]: [valid], [`${stream}_data`]: data }
  }
  const adapter = buildGather({ name: `${name}_${stream}_gather`, types, elementsPerBeat: perBeat })
  const gather = module.place(`${stream}_gather`, adapter)
  gather.connect({ s_valid: [valid], s_data: data, m_ready: [flow.bit(`${stream}_ready`)] })
  module.outputBit(`${stream}_ready`, gather.bit('s_ready'))
  return { [`${stream}_valid`]: [gather.bit('m_valid')], [`${stream}_data`]: gather.out('m_data') }
}

function outputLink(
  module: ModuleBuilder,
  name: string,
  { stream, types }: Bound,
  perBeat: number,
  flow: PlacedInstance,
): Record<string, readonly Net[]> {
  const wanted = module.inputBit(`${stream}_ready`)
  if (types.length <= perBeat) {
    module.outputBit(`${stream}_valid`, flow.bit(`${stream}_valid`))
    module.output(`${stream}_data`, flow.out(`${stream}_data`), types)
    return { [`${stream}_ready`]: [wanted] }
  }
  const adapter = buildSpread({ name: `${name}_${stream}_spread`, types, elementsPerBeat: perBeat })
  const spread = module.place(`${stream}_spread`, adapter)
  spread.connect({
    s_valid: [flow.bit(`${stream}_valid`)],
    s_data: flow.out(`${stream}_data`),
    m_ready: [wanted],
  })
  module.outputBit(`${stream}_valid`, spread.bit('m_valid'))
  module.output(`${stream}_data`, spread.out('m_data'), laneTypes(types, perBeat))
  return { [`${stream}_ready`]: [spread.bit('s_ready')] }
}

/** The core with at most valid bits beside it: nothing ever waits. */
function openTop(options: TopOptions, ports: readonly Bound[], handshake: 'valid' | 'none'): Top {
  const { core, latency } = options
  if (core.ports.some(port => port.name === 'start')) {
    fail({
      code: 'rtl/folded-handshake',
      place: options.name,
      problem: `the handshake '${handshake}' around layers that take several cycles a frame`,
      expected: "the handshake 'stream', or a reuse factor of 1 in every layer",
    })
  }
  if (options.elementsPerBeat !== undefined) {
    fail({
      code: 'rtl/elements-per-beat',
      place: options.name,
      problem: `elements per beat with the handshake '${handshake}'`,
      expected: "the handshake 'stream'",
    })
  }
  const module = createModule(topName(options), `${options.name}: the core, handshake '${handshake}'`)
  const b = module.netlist
  const instance = module.place('core', core)
  const feed: Record<string, readonly Net[]> = {}
  const valids: Net[] = []
  for (const port of ports.filter(({ direction }) => direction === 'in')) {
    if (handshake === 'valid') valids.push(module.inputBit(`${port.stream}_valid`))
    feed[port.corePort] = module.input(`${port.stream}_data`, port.types)
  }
  if (core.ports.some(port => port.name === 'ce')) feed.ce = [b.constant(1n, 0)]
  instance.connect(feed)
  let valid = valids.reduce((x, y) => b.and(x, y), b.constant(1n, 0))
  if (handshake === 'valid')
    for (let rank = 1; rank <= latency; rank++)
      valid = b.name(b.register(valid, { reset: 0n }), `valid_${rank}`)
  for (const port of ports.filter(({ direction }) => direction === 'out')) {
    if (handshake === 'valid') module.outputBit(`${port.stream}_valid`, valid)
    module.output(`${port.stream}_data`, instance.out(port.corePort), port.types)
  }
  const beatsPerFrame = Object.fromEntries(ports.map(port => [`${port.stream}_data`, 1]))
  const top = module.finish({ alwaysClocked: true })
  return { top, latency, firstLatency: latency, interval: 1, beatsPerFrame }
}

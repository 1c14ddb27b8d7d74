// Frames read from memory and results written to it in bursts of an AXI4 port `m_axi`.
//
// A burst has at most 64 beats, does not cross a multiple of 4 KiB and may hold the end of one frame and the beginning
// of the next. It is asked for when all its beats have a place (read) or are there (write), so that no channel of
// the port waits for the design: a bus that others share is never held up.

import { bitLength } from '../../fixed/bit-length.ts'
import { type FixedType, fixedType } from '../../fixed/types.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import { buildFifo, countType } from '../fifo.ts'
import type { RtlModule } from '../module.ts'
import { bitType, createModule, type ModuleBuilder } from '../module-builder.ts'
import { wordType } from './float-words.ts'
import { placeCounter } from './windows.ts'

const longestBurst = 64
const addressType = fixedType(false, 64, 0)
const lengthType = fixedType(false, 8, 0)
const responseType = fixedType(false, 2, 0)
/** Beats that may be asked for and not yet taken by the design: so many cycles may the memory take to answer. */
const readBeats = 4 * longestBurst
const writeBeats = 2 * longestBurst
/** Bursts written whose response has not come. */
const mostWrites = 15

export interface BurstOptions {
  readonly name: string
  readonly wordsPerBeat: number
  /** Beats of a frame. */
  readonly beats: number
}

/** What a run is about, given in the cycle where `begin` is 1. */
interface RunPorts {
  readonly begin: Net
  readonly address: Net
  readonly frames: Net
  /** 1 ends the run: bursts that were asked for are finished, and there are no more. */
  readonly flush: Net
}

function takeRun(module: ModuleBuilder): RunPorts {
  return {
    begin: module.inputBit('begin'),
    address: module.input('address', [addressType])[0]!,
    frames: module.input('frames', [wordType])[0]!,
    flush: module.inputBit('flush'),
  }
}

/**
 * Reads frames: address and data channels of `m_axi`, the beats on stream `m`, each frame's last one marked. `idle` is 1
 * when nothing of a run is left, `error` in cycles in which memory answers with one.
 */
export function buildBurstReader(options: BurstOptions): RtlModule {
  const { name, wordsPerBeat, beats } = options
  const module = createModule(name, `frames of ${beats} beats out of memory`)
  const b = module.netlist
  const run = takeRun(module)
  const lanes = Array.from({ length: wordsPerBeat }, () => wordType)
  const given = module.inputBit('m_axi_rvalid')
  const data = module.input('m_axi_rdata', lanes)
  const [response] = module.input('m_axi_rresp', [responseType])
  const wanted = module.inputBit('m_ready')
  const queue = module.place(
    'beats',
    buildFifo({ name: `${name}_beats`, types: lanes, depth: readBeats, form: 'memory' }).module,
  )
  const leaves = b.and(queue.bit('m_valid'), wanted)
  const room = b.name(b.registerLoop(countType(readBeats), { reset: BigInt(readBeats) }), 'room')
  const plan = planBursts(b, options, run, length => b.le(length, room))
  const spent = b.mux(plan.issued, plan.length, b.constant(0n, 0))
  b.connect(room, b.within(b.sub(b.add(room, leaves), spent), 0n, BigInt(readBeats)))
  giveAddress(module, 'ar', plan)
  const { isLast } = placeCounter(b, beats, leaves, run.begin)
  queue.connect({ s_valid: [given], s_data: data, m_ready: [wanted] })
  module.outputBit('m_axi_rready', queue.bit('s_ready'))
  module.outputBit('m_valid', queue.bit('m_valid'))
  module.output('m_data', queue.out('m_data'), lanes)
  module.outputBit('m_last', isLast)
  module.outputBit('idle', b.and(plan.idle, b.eq(room, b.constant(BigInt(readBeats), 0))))
  module.outputBit('error', b.and(b.and(given, queue.bit('s_ready')), b.bits(response!, 1, 1, false, 0)))
  return module.finish()
}

/** Writes what comes on stream `s`: address, data and response channels of `m_axi`; `idle` and `error` as for reading. */
export function buildBurstWriter(options: BurstOptions): RtlModule {
  const { name, wordsPerBeat, beats } = options
  const module = createModule(name, `results of ${beats} beats into memory`)
  const b = module.netlist
  const run = takeRun(module)
  const lanes = Array.from({ length: wordsPerBeat }, () => wordType)
  const offered = module.inputBit('s_valid')
  const data = module.input('s_data', lanes)
  const taken = module.inputBit('m_axi_wready')
  const queue = module.place(
    'beats',
    buildFifo({ name: `${name}_beats`, types: lanes, depth: writeBeats, form: 'memory' }).module,
  )
  const stored = b.name(b.registerLoop(countType(writeBeats + 1), { reset: 0n }), 'stored')
  const sending = b.name(b.registerLoop(bitType, { reset: 0n }), 'sending')
  const responses = takeResponses(module)
  const may = (length: Net) => b.and(b.and(b.le(length, stored), b.not(sending)), responses.haveRoom)
  const plan = planBursts(b, options, run, may)
  const left = b.name(b.registerLoop(countType(longestBurst - 1)), 'left')
  const valid = b.and(sending, queue.bit('m_valid'))
  const goes = b.and(valid, taken)
  const isLast = b.eq(left, b.constant(0n, 0))
  const none = b.constant(0n, 0)
  const lowered = b.mux(isLast, none, b.within(b.sub(left, b.constant(1n, 0)), 0n, BigInt(longestBurst - 1)))
  b.connect(left, b.mux(plan.issued, plan.lengthLessOne, b.mux(goes, lowered, left)))
  b.connect(sending, b.or(plan.issued, b.and(sending, b.not(b.and(goes, isLast)))))
  // What a run that was ended leaves behind goes nowhere.
  const drained = b.and(b.and(run.flush, b.not(sending)), queue.bit('m_valid'))
  const leaves = b.or(goes, drained)
  const comes = b.and(offered, queue.bit('s_ready'))
  b.connect(stored, b.within(b.sub(b.add(stored, comes), leaves), 0n, BigInt(writeBeats + 1)))
  queue.connect({ s_valid: [offered], s_data: data, m_ready: [leaves] })
  responses.expect(plan.issued)
  giveAddress(module, 'aw', plan)
  module.outputBit('s_ready', queue.bit('s_ready'))
  module.outputBit('m_axi_wvalid', valid)
  module.output('m_axi_wdata', queue.out('m_data'), lanes)
  module.outputBit('m_axi_wlast', isLast)
  const empty = b.eq(stored, none)
  module.outputBit('idle', b.and(b.and(plan.idle, b.not(sending)), b.and(empty, responses.none)))
  return module.finish()
}

/** The channel of responses: always ready, and those to come counted. */
function takeResponses(module: ModuleBuilder) {
  const b = module.netlist
  const given = module.inputBit('m_axi_bvalid')
  const [response] = module.input('m_axi_bresp', [responseType])
  const pending = b.name(b.registerLoop(countType(mostWrites), { reset: 0n }), 'pending')
  const none = b.eq(pending, b.constant(0n, 0))
  const comes = b.and(given, b.not(none))
  module.outputBit('m_axi_bready', b.constant(1n, 0))
  module.outputBit('error', b.and(given, b.bits(response!, 1, 1, false, 0)))
  return {
    none,
    haveRoom: b.not(b.eq(pending, b.constant(BigInt(mostWrites), 0))),
    expect: (issued: Net) =>
      b.connect(pending, b.within(b.sub(b.add(pending, issued), comes), 0n, BigInt(mostWrites))),
  }
}

interface Plan {
  /** 1 for the cycle in which a burst is decided on. */
  readonly issued: Net
  readonly length: Net
  readonly lengthLessOne: Net
  /** The address channel, from registers. */
  readonly valid: Net
  readonly address: Net
  readonly shownLength: Net
  taken(ready: Net): void
  /** Nothing is left to be asked for, and the address channel is at rest. */
  readonly idle: Net
}

/**
 * Bursts of a run, one after another: frames' beats are gathered until they fill a burst or the run has no more, its
 * length is chosen, and it is issued once `may` says so and the one before is taken.
 */
function planBursts(
  b: NetlistBuilder,
  { beats, wordsPerBeat }: BurstOptions,
  { begin, address, frames, flush }: RunPorts,
  may: (length: Net) => Net,
): Plan {
  const none = b.constant(0n, 0)
  const full = b.constant(BigInt(longestBurst), 0)
  const shift = 2 + Math.log2(wordsPerBeat)
  const most = BigInt(longestBurst - 1 + beats)
  const { at, frameCount, gathered, chosen, length, valid } = burstRegisters(b, shift, most)
  const someFrames = b.not(b.eq(frameCount, none))
  const grows = b.and(someFrames, b.lt(gathered, full))
  const someBeats = b.not(b.eq(gathered, none))
  const chooses = b.and(b.and(someBeats, b.not(grows)), b.not(chosen))
  const issued = b.and(b.and(b.and(chosen, may(length)), b.not(valid)), b.not(flush))
  const stops = b.or(flush, begin)
  const fewer = b.bits(b.sub(frameCount, b.constant(1n, 0)), 0, 32, false, 0)
  const kept = b.mux(flush, none, b.mux(grows, fewer, frameCount))
  b.connect(frameCount, b.mux(begin, frames, kept))
  const after = b.bits(b.sub(gathered, length), 0, b.type(gathered).width, false, 0)
  const more = b.within(b.add(gathered, b.constant(BigInt(beats), 0)), 0n, most)
  const changed = b.mux(issued, b.within(after, 0n, most), b.mux(grows, more, gathered))
  b.connect(gathered, b.mux(stops, none, changed))
  b.connect(chosen, b.and(b.or(chooses, b.and(chosen, b.not(issued))), b.not(stops)))
  b.connect(length, b.within(burstLength(b, gathered, at, wordsPerBeat), 0n, BigInt(longestBurst)), chooses)
  const start = b.bits(address, shift, 64 - shift, false, 0)
  const moved = b.bits(b.add(at, length), 0, 64 - shift, false, 0)
  b.connect(at, b.mux(begin, start, moved), b.or(begin, issued))
  const bits = bitLength(BigInt(longestBurst - 1))
  const lengthLessOne = b.bits(b.sub(length, b.constant(1n, 0)), 0, bits, false, 0)
  return {
    issued,
    length,
    lengthLessOne,
    valid,
    address: b.scale(b.register(at, { enable: issued }), shift),
    shownLength: b.register(lengthLessOne, { enable: issued }),
    taken: ready => b.connect(valid, b.or(issued, b.and(valid, b.not(ready)))),
    idle: b.and(b.and(b.not(someFrames), b.not(someBeats)), b.not(valid)),
  }
}

/** Where the next burst begins, frames not gathered yet, beats that are, and the burst that is chosen or on offer. */
function burstRegisters(b: NetlistBuilder, shift: number, most: bigint) {
  const loop = (name: string, type: FixedType, reset?: bigint) =>
    b.name(b.registerLoop(type, reset === undefined ? {} : { reset }), name)
  return {
    at: loop('at', fixedType(false, 64 - shift, 0)),
    frameCount: loop('frames_left', wordType, 0n),
    gathered: loop('gathered', countType(Number(most)), 0n),
    chosen: loop('chosen', bitType, 0n),
    length: loop('length', countType(longestBurst)),
    valid: loop('offered', bitType, 0n),
  }
}

/** At most what is gathered, a full burst, and the beats up to the next multiple of 4 KiB. */
function burstLength(b: NetlistBuilder, gathered: Net, at: Net, wordsPerBeat: number): Net {
  const page = 1024 / wordsPerBeat
  const inPage = b.bits(at, 0, Math.log2(page), false, 0)
  const toEnd = b.sub(b.constant(BigInt(page), 0), inPage)
  const full = b.constant(BigInt(longestBurst), 0)
  return b.min(b.min(gathered, full), toEnd)
}

function giveAddress(module: ModuleBuilder, channel: 'ar' | 'aw', plan: Plan): void {
  plan.taken(module.inputBit(`m_axi_${channel}ready`))
  module.outputBit(`m_axi_${channel}valid`, plan.valid)
  module.output(`m_axi_${channel}addr`, [plan.address], [addressType])
  module.output(`m_axi_${channel}len`, [plan.shownLength], [lengthType])
}

// What every packaged design tells of itself: counters, flags and the build hash, as register-map.ts lists them,
// whatever they are read through.

import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import { bitType, type ModuleBuilder } from '../module-builder.ts'
import { wordType } from './float-words.ts'
import type { LiteWrites } from './lite-port.ts'
import { idWord, type RegisterName, registerMap } from './register-map.ts'

/** What the registers say of the design itself. */
export interface Identity {
  /** 64 bits. */
  readonly buildHash: bigint
  readonly wordsIn: number
  readonly wordsOut: number
}

/** What the streams tell: bits that are 1 for a cycle; `beat_in` opens a frame that `frame_in` closes. */
export const eventPorts = ['beat_in', 'frame_in', 'frame_out', 'short', 'long', 'not_finite'] as const

/** What the registers tell the streams, a bit each. */
export const modePorts = ['hold', 'framed', 'flush'] as const

export type Events = Readonly<Record<(typeof eventPorts)[number], Net>>

/** The bits of CONTROL. */
export type Control = Readonly<Record<keyof typeof registerMap.CONTROL.bits, Net>>

/** The inputs of a registers' module that streams drive. */
export function takeEvents(module: ModuleBuilder): Events {
  return Object.fromEntries(eventPorts.map(name => [name, module.inputBit(name)])) as Events
}

/** The outputs of a registers' module that streams read: `hold` is 1 while `start` is 0. */
export function giveModes(module: ModuleBuilder, { start, framed, flush }: Control): void {
  module.outputBit('hold', module.netlist.not(start))
  module.outputBit('framed', framed)
  module.outputBit('flush', flush)
}

/** CONTROL as a register that is written; `start` is 1 after reset. */
export function keepControl(b: NetlistBuilder, writes: LiteWrites, base: number): Control {
  const written = b.and(writes.at(base + registerMap.CONTROL.address), writes.strobes[0]!)
  const { bits } = registerMap.CONTROL
  const given = (bit: number) => b.bits(writes.data, bit, 1, false, 0)
  const kept = (name: string, bit: number, reset: bigint) => {
    const own = b.name(b.registerLoop(bitType, { reset }), name)
    b.connect(own, given(bit), written)
    return own
  }
  return {
    start: kept('start_bit', bits.start[0], 1n),
    framed: kept('framed_bit', bits.framed[0], 0n),
    flush: kept('flush_bit', bits.flush[0], 0n),
    clear: b.and(written, given(bits.clear[0])),
  }
}

/** Bits of which each has its place, as one word. */
export function packBits(b: NetlistBuilder, bits: readonly (readonly [net: Net, place: number])[]): Net {
  return bits.reduce<Net>((sum, [net, place]) => b.add(sum, b.scale(net, place)), b.constant(0n, 0))
}

/** Every register's word; `busError` is 1 in cycles in which memory answers with an error. */
export function commonRegisters(
  b: NetlistBuilder,
  { buildHash, wordsIn, wordsOut }: Identity,
  events: Events,
  control: Control,
  busError?: Net,
): ReadonlyMap<RegisterName, Net> {
  const { clear } = control
  const counter = (name: string, step: Net) => countOf(b, name, step, clear)
  const open = openFrames(b, events)
  const some = b.not(b.eq(open, b.constant(0n, 0)))
  const moving = movingOf(b, events, some)
  const low = 0xffff_ffffn
  return new Map<RegisterName, Net>([
    ['CONTROL', controlWord(b, control)],
    ['STATUS', statusWord(b, events, moving, clear, busError)],
    ['HASH_LOW', b.constant(buildHash & low, 0)],
    ['HASH_HIGH', b.constant((buildHash >> 32n) & low, 0)],
    ['FRAMES_IN', counter('frames_in', events.frame_in)],
    ['FRAMES_OUT', counter('frames_out', events.frame_out)],
    ['SHORT_FRAMES', counter('short_frames', events.short)],
    ['LONG_FRAMES', counter('long_frames', events.long)],
    ['BUSY_CYCLES', counter('busy_cycles', moving)],
    ['LAST_CYCLES', lastCycles(b, moving)],
    ['WORDS', b.constant(BigInt(wordsIn) + (BigInt(wordsOut) << 16n), 0)],
    ['ID', b.constant(BigInt(idWord), 0)],
  ])
}

function controlWord(b: NetlistBuilder, { start, framed, flush }: Control): Net {
  const { bits } = registerMap.CONTROL
  return packBits(b, [
    [start, bits.start[0]],
    [framed, bits.framed[0]],
    [flush, bits.flush[0]],
  ])
}

function statusWord(b: NetlistBuilder, events: Events, moving: Net, clear: Net, busError?: Net): Net {
  const flag = (name: string, event: Net) => flagOf(b, name, event, clear)
  const { bits } = registerMap.STATUS
  return packBits(b, [
    [moving, bits.busy[0]],
    [flag('short_seen', events.short), bits.short[0]],
    [flag('long_seen', events.long), bits.long[0]],
    [flag('not_finite_seen', events.not_finite), bits.not_finite[0]],
    ...(busError === undefined ? [] : [[flag('bus_error_seen', busError), bits.bus_error[0]] as const]),
  ])
}

/** Counts on in cycles where `step` is 1, and begins anew beyond 32 bits. */
function countOf(b: NetlistBuilder, name: string, step: Net, clear: Net): Net {
  const count = b.name(b.registerLoop(wordType, { reset: 0n }), name)
  const next = b.bits(b.add(count, step), 0, 32, false, 0)
  b.connect(count, b.mux(clear, b.constant(0n, 0), next))
  return count
}

function flagOf(b: NetlistBuilder, name: string, event: Net, clear: Net): Net {
  const flag = b.name(b.registerLoop(bitType, { reset: 0n }), name)
  b.connect(flag, b.or(event, b.and(flag, b.not(clear))))
  return flag
}

/** Frames that have come whole and whose results have not gone: never more than fit the streams between. */
function openFrames(b: NetlistBuilder, events: Events): Net {
  const open = b.name(b.registerLoop(wordType, { reset: 0n }), 'open_frames')
  b.connect(open, b.bits(b.sub(b.add(open, events.frame_in), events.frame_out), 0, 32, false, 0))
  return open
}

/** From the first word of a frame until nothing is left of any. */
function movingOf(b: NetlistBuilder, events: Events, open: Net): Net {
  const inside = b.name(b.registerLoop(bitType, { reset: 0n }), 'inside_frame')
  b.connect(inside, b.and(b.or(inside, events.beat_in), b.not(events.frame_in)))
  return b.or(b.or(inside, events.beat_in), open)
}

/** Cycles of the present or the last stretch in which something moved. */
function lastCycles(b: NetlistBuilder, moving: Net): Net {
  const before = b.name(b.register(moving, { reset: 0n }), 'moved')
  const count = b.name(b.registerLoop(wordType, { reset: 0n }), 'last_cycles')
  const risen = b.bits(b.add(count, b.constant(1n, 0)), 0, 32, false, 0)
  b.connect(count, b.mux(before, risen, b.constant(1n, 0)), moving)
  return count
}

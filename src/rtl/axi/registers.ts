// The AXI4-Lite port of a packaged design: counters, flags and the build hash, as register-map.ts lists them.
//
// A write is taken when its address and its data have both come; a read is answered a cycle later. Both wait for the
// response before to be taken, so that valid and data stay while nobody takes them.

import { fixedType } from '../../fixed/types.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import type { RtlModule } from '../module.ts'
import { bitType, createModule, type ModuleBuilder } from '../module-builder.ts'
import { wordType } from './float-words.ts'
import { addressBits, idWord, type RegisterName, registerMap } from './register-map.ts'

export interface RegistersOptions {
  readonly name: string
  /** 64 bits. */
  readonly buildHash: bigint
  readonly wordsIn: number
  readonly wordsOut: number
}

/** What the streams tell: bits that are 1 for a cycle, and `moving` while words of a frame are on their way. */
export const eventPorts = ['beat_in', 'frame_in', 'frame_out', 'short', 'long', 'not_finite'] as const

/** What the registers tell the streams, a bit each. */
export const modePorts = ['hold', 'framed', 'flush'] as const

type Event = (typeof eventPorts)[number]

/** Ports `s_axi_*`, an input per event, `hold`, which is 1 while `start` is 0, `framed` and `flush`. */
export function buildRegisters(options: RegistersOptions): RtlModule {
  const module = createModule(options.name, 'registers: counters, flags, build hash')
  const b = module.netlist
  const events = Object.fromEntries(eventPorts.map(name => [name, module.inputBit(name)])) as Record<
    Event,
    Net
  >
  const write = takeWrites(module)
  const addressed = b.and(
    write.taken,
    b.eq(write.address, b.constant(BigInt(registerMap.CONTROL.address >> 2), 0)),
  )
  const written = b.and(addressed, write.lowByte)
  const bits = registerMap.CONTROL.bits
  const given = (bit: number) => b.bits(write.data, bit, 1, false, 0)
  const kept = (name: string, bit: number, reset: bigint) => {
    const own = b.name(b.registerLoop(bitType, { reset }), name)
    b.connect(own, given(bit), written)
    return own
  }
  const start = kept('start_bit', bits.start[0], 1n)
  const framed = kept('framed_bit', bits.framed[0], 0n)
  const flush = kept('flush_bit', bits.flush[0], 0n)
  const clear = b.and(written, given(bits.clear[0]))
  module.outputBit('hold', b.not(start))
  module.outputBit('framed', framed)
  module.outputBit('flush', flush)
  const modes = [
    [start, bits.start],
    [framed, bits.framed],
    [flush, bits.flush],
  ] as const
  const control = modes.reduce((sum, [own, [bit]]) => b.add(sum, b.scale(own, bit)), b.constant(0n, 0))
  giveReads(module, valuesOf(b, options, events, clear, control))
  return module.finish({ alwaysClocked: true })
}

function takeWrites(module: ModuleBuilder) {
  const b = module.netlist
  const addressed = module.inputBit('s_axi_awvalid')
  const [address] = module.input('s_axi_awaddr', [fixedType(false, addressBits, 0)])
  const given = module.inputBit('s_axi_wvalid')
  const [data] = module.input('s_axi_wdata', [wordType])
  const [strobes] = module.input('s_axi_wstrb', [fixedType(false, 4, 0)])
  const wanted = module.inputBit('s_axi_bready')
  const answered = b.name(b.registerLoop(bitType, { reset: 0n }), 'answered')
  const free = b.or(b.not(answered), wanted)
  const taken = b.and(b.and(addressed, given), free)
  b.connect(answered, b.or(taken, b.and(answered, b.not(wanted))))
  module.outputBit('s_axi_awready', taken)
  module.outputBit('s_axi_wready', taken)
  module.outputBit('s_axi_bvalid', answered)
  module.output('s_axi_bresp', [b.constant(0n, 0)], [fixedType(false, 2, 0)])
  return {
    taken,
    data: data!,
    address: b.bits(address!, 2, addressBits - 2, false, 0),
    lowByte: b.bits(strobes!, 0, 1, false, 0),
  }
}

function giveReads(module: ModuleBuilder, values: ReadonlyMap<RegisterName, Net>): void {
  const b = module.netlist
  const asked = module.inputBit('s_axi_arvalid')
  const [address] = module.input('s_axi_araddr', [fixedType(false, addressBits, 0)])
  const wanted = module.inputBit('s_axi_rready')
  const answered = b.name(b.registerLoop(bitType, { reset: 0n }), 'read_answered')
  const free = b.or(b.not(answered), wanted)
  const taken = b.and(asked, free)
  b.connect(answered, b.or(taken, b.and(answered, b.not(wanted))))
  const index = b.bits(address!, 2, addressBits - 2, false, 0)
  const data = [...values].reduce<Net>(
    (others, [name, value]) => {
      const here = b.eq(index, b.constant(BigInt(registerMap[name].address >> 2), 0))
      return b.mux(here, value, others)
    },
    b.constant(0n, 0),
  )
  const held = b.register(b.bits(data, 0, 32, false, 0), { enable: taken })
  module.outputBit('s_axi_arready', free)
  module.outputBit('s_axi_rvalid', answered)
  module.output('s_axi_rdata', [held], [wordType])
  module.output('s_axi_rresp', [b.constant(0n, 0)], [fixedType(false, 2, 0)])
}

function valuesOf(
  b: NetlistBuilder,
  { buildHash, wordsIn, wordsOut }: RegistersOptions,
  events: Readonly<Record<Event, Net>>,
  clear: Net,
  control: Net,
): ReadonlyMap<RegisterName, Net> {
  const counter = (name: string, step: Net) => countOf(b, name, step, clear)
  const flag = (name: string, event: Net) => flagOf(b, name, event, clear)
  const open = openFrames(b, events)
  const some = b.not(b.eq(open, b.constant(0n, 0)))
  const moving = movingOf(b, events, some)
  const low = 0xffff_ffffn
  const flags = [
    moving,
    flag('short_seen', events.short),
    flag('long_seen', events.long),
    flag('not_finite_seen', events.not_finite),
  ]
  const status = flags.reduce<Net>((sum, bit, k) => b.add(sum, b.scale(bit, k)), b.constant(0n, 0))
  return new Map<RegisterName, Net>([
    ['CONTROL', control],
    ['STATUS', status],
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
function openFrames(b: NetlistBuilder, events: Readonly<Record<Event, Net>>): Net {
  const open = b.name(b.registerLoop(wordType, { reset: 0n }), 'open_frames')
  b.connect(open, b.bits(b.sub(b.add(open, events.frame_in), events.frame_out), 0, 32, false, 0))
  return open
}

/** From the first word of a frame until nothing is left of any. */
function movingOf(b: NetlistBuilder, events: Readonly<Record<Event, Net>>, open: Net): Net {
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

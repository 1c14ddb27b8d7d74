// Frames through the register port alone: a processor writes a frame's words into one window, says GO, and reads the
// result's from another.
//
//   s_axi ─► input window ─► words of the design ─► output window ─► s_axi
//                  ▲ GO

import { bitLength } from '../../fixed/bit-length.ts'
import { fixedType } from '../../fixed/types.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import { countType } from '../fifo.ts'
import type { RtlModule } from '../module.ts'
import { bitType, createModule } from '../module-builder.ts'
import { commonRegisters, giveModes, type Identity, keepControl, takeEvents } from './common-registers.ts'
import { wordType } from './float-words.ts'
import { takeReads, takeWrites } from './lite-port.ts'
import { addressBits, windowMap, windows, windowWords } from './register-map.ts'
import { byAddress } from './registers.ts'

const byte = fixedType(false, 8, 0)
const placeBits = bitLength(BigInt(windowWords - 1))
/** A word's number within a window. */
const placeType = fixedType(false, placeBits, 0)

/**
 * Ports `s_axi_*`, events and modes, and of the windows: `put` (a bit per byte), `put_place` and `put_data` for the
 * input's; `read`, `read_place` and `read_data` for the output's; `go`, 1 for the cycle that sends a frame, and `done`.
 */
export function buildWindowRegisters(options: Identity & { readonly name: string }): RtlModule {
  const module = createModule(options.name, 'registers, and the way to the windows')
  const b = module.netlist
  const events = takeEvents(module)
  const writes = takeWrites(module, addressBits.axi_lite)
  const control = keepControl(b, writes, 0)
  giveModes(module, control)
  const done = module.inputBit('done')
  const asked = b.and(
    b.and(writes.at(windowMap.GO.address), writes.strobes[0]!),
    b.bits(writes.data, 0, 1, false, 0),
  )
  const going = b.name(b.registerLoop(bitType, { reset: 0n }), 'going')
  const go = b.and(b.and(asked, b.not(going)), b.not(control.flush))
  // Where words are dropped there will be no result.
  b.connect(going, b.and(b.or(go, b.and(going, b.not(done))), b.not(control.flush)))
  module.outputBit('go', go)
  const isPut = b.and(writes.taken, inWindow(b, writes.word, windows.input))
  module.output(
    'put',
    writes.strobes.map(strobe => b.and(isPut, strobe)),
    writes.strobes.map(() => bitType),
  )
  module.output('put_place', [b.bits(writes.word, 0, placeBits, false, 0)], [placeType])
  module.output('put_data', [writes.data], [wordType])
  const reads = takeReads(module, addressBits.axi_lite)
  const here = inWindow(b, reads.word, windows.output)
  module.outputBit('read', b.and(reads.taken, here))
  module.output('read_place', [b.bits(reads.word, 0, placeBits, false, 0)], [placeType])
  const [data] = module.input('read_data', [wordType])
  const values = byAddress(commonRegisters(b, options, events, control), 0)
  values.set(windowMap.GO.address, going)
  reads.answer(values, { here, data: data! })
  return module.finish({ alwaysClocked: true })
}

/** Whether a word of the port lies in the window that begins at an address. */
function inWindow(b: NetlistBuilder, word: Net, begin: number): Net {
  const above = b.bits(word, placeBits, addressBits.axi_lite - 2 - placeBits, false, 0)
  return b.eq(above, b.constant(BigInt(begin / 4 / windowWords), 0))
}

/** A memory's place for a word, and whether the window has the word at all. */
function placeIn(b: NetlistBuilder, place: Net, words: number): { at: Net; exists: Net } {
  const depth = depthFor(words)
  const bits = Math.max(1, bitLength(BigInt(depth - 1)))
  return { at: b.bits(place, 0, bits, false, 0), exists: b.lt(place, b.constant(BigInt(words), 0)) }
}

function depthFor(words: number): number {
  return 2 ** Math.max(1, Math.ceil(Math.log2(words)))
}

export interface WindowOptions {
  readonly name: string
  /** Of a frame. */
  readonly words: number
}

/** Keeps a frame as it is written and, at `go`, offers it on stream `m`, its last word marked; `flush` ends that. */
export function buildInputWindow({ name, words }: WindowOptions): RtlModule {
  const module = createModule(name, `a frame of ${words} words to be sent`)
  const b = module.netlist
  const put = module.input('put', [bitType, bitType, bitType, bitType])
  const [place] = module.input('put_place', [placeType])
  const [data] = module.input('put_data', [wordType])
  const go = module.inputBit('go')
  const flush = module.inputBit('flush')
  const wanted = module.inputBit('m_ready')
  const sending = b.name(b.registerLoop(bitType, { reset: 0n }), 'sending')
  const shown = b.name(b.registerLoop(bitType, { reset: 0n }), 'shown')
  const load = b.and(sending, b.or(b.not(shown), wanted))
  const { count, isLast } = placeCounter(b, words, load, flush)
  const goesOn = b.or(go, b.and(sending, b.not(b.and(load, isLast))))
  b.connect(sending, b.and(goesOn, b.not(flush)))
  b.connect(shown, b.and(b.or(load, b.and(shown, b.not(wanted))), b.not(flush)))
  const { at, exists } = placeIn(b, place!, words)
  const lanes = put.map((strobe, k) => {
    const memory = b.memory({ name: `bytes_${k}`, depth: depthFor(words), element: byte, initial: undefined })
    b.write(memory, at, b.bits(data!, 8 * k, 8, false, 0), b.and(strobe, exists))
    return b.read(memory, count, load)
  })
  module.outputBit('m_valid', shown)
  module.output('m_data', [joinBytes(b, lanes)], [wordType])
  module.outputBit('m_last', b.register(isLast, { enable: load }))
  return module.finish()
}

/** Takes a result of so many words from stream `s`, whose last word makes `done` 1, and shows it to the port. */
export function buildOutputWindow({ name, words }: WindowOptions): RtlModule {
  const module = createModule(name, `a result of ${words} words to be read`)
  const b = module.netlist
  const offered = module.inputBit('s_valid')
  const [data] = module.input('s_data', [wordType])
  const read = module.inputBit('read')
  const [place] = module.input('read_place', [placeType])
  const flush = module.inputBit('flush')
  const { count, isLast } = placeCounter(b, words, offered, flush)
  const memory = b.memory({ name: 'words', depth: depthFor(words), element: wordType, initial: undefined })
  b.write(memory, count, data!, offered)
  const { at, exists } = placeIn(b, place!, words)
  const word = b.read(memory, at, read)
  const none = b.constant(0n, 0)
  module.outputBit('s_ready', b.constant(1n, 0))
  module.outputBit('done', b.and(offered, isLast))
  module.output('read_data', [b.mux(b.register(exists, { enable: read }), word, none)], [wordType])
  return module.finish()
}

/** Counts a frame's words in cycles where `step` is 1, from 0 again behind the last and at `restart`. */
export function placeCounter(
  b: NetlistBuilder,
  words: number,
  step: Net,
  restart: Net,
): { count: Net; isLast: Net } {
  if (words === 1) return { count: b.constant(0n, 0), isLast: b.constant(1n, 0) }
  const count = b.name(b.registerLoop(countType(words - 1), { reset: 0n }), 'place')
  const isLast = b.eq(count, b.constant(BigInt(words - 1), 0))
  const none = b.constant(0n, 0)
  const risen = b.within(b.add(count, b.constant(1n, 0)), 0n, BigInt(words - 1))
  const next = b.mux(step, b.mux(isLast, none, risen), count)
  b.connect(count, b.mux(restart, none, next))
  return { count, isLast }
}

/** Four bytes, the lowest first, as a word. */
export function joinBytes(b: NetlistBuilder, bytes: readonly Net[]): Net {
  const none = b.constant(0n, 0)
  const word = bytes.reduce((sum, own, k) => b.parity(sum, b.scale(own, 8 * k), none), none)
  return b.bits(word, 0, 32, false, 0)
}

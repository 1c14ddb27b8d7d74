// First-in first-out buffers between streams. Every output, `s_ready` included, is a register or an inverter on one:
// what the reader does with `m_ready` never passes through to the writer in the same cycle.
//
// - registers: words move up to the output as it empties; a word shows one cycle after it was taken.
// - memory: words wait in a memory (LUT RAM or block RAM) and are read into an output register ahead of need, so
//   that there is room for depth + 1; a word shows two cycles after it was taken.
//
// Only valid bits, counters and pointers are reset.

import { bug } from '../diagnostics/diagnostic.ts'
import { bitLength } from '../fixed/bit-length.ts'
import { type FixedType, fixedType } from '../fixed/types.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Net } from '../netlist/netlist.ts'
import type { RtlModule } from './module.ts'
import { createModule } from './module-builder.ts'

export interface Fifo {
  /** Ports `s_valid`, `s_ready`, `s_data`, `m_valid`, `m_ready`, `m_data`. */
  readonly module: RtlModule
  /** Words it holds when the reader stands still. */
  readonly capacity: number
  /** Cycles from taking a word to showing it. */
  readonly latency: number
}

export interface FifoOptions {
  readonly name: string
  /** Elements of a word. */
  readonly types: readonly FixedType[]
  readonly depth: number
  /** Where words wait; by default registers up to a depth of 4. */
  readonly form?: 'registers' | 'memory'
}

const deepestRegisters = 4

/** A FIFO that takes and gives a word every cycle, from a depth of 2 on. */
export function buildFifo(options: FifoOptions): Fifo {
  if (options.depth < 1) bug(`${options.name} has a depth of ${options.depth}`)
  const form = options.form ?? (options.depth <= deepestRegisters ? 'registers' : 'memory')
  return form === 'registers'
    ? { module: registerFifo(options), capacity: options.depth, latency: 1 }
    : { module: memoryFifo(options), capacity: options.depth + 1, latency: 2 }
}

function registerFifo({ name, types, depth }: FifoOptions): RtlModule {
  const module = createModule(name, `FIFO of ${depth} words in registers`)
  const b = module.netlist
  const offered = module.inputBit('s_valid')
  const words = module.input('s_data', types)
  const wanted = module.inputBit('m_ready')
  const filled = Array.from({ length: depth }, (_, k) =>
    b.name(b.registerLoop(fixedType(false, 1, 0), { reset: 0n }), `filled_${k}`),
  )
  const never = b.constant(0n, 0)
  const always = b.constant(1n, 0)
  const ready = b.not(filled[depth - 1]!)
  const push = b.and(offered, ready)
  const pop = b.and(wanted, filled[0]!)
  const kept = filled.map((own, k) => b.mux(pop, filled[k + 1] ?? never, own))
  const enters = kept.map((own, k) => b.and(push, b.and(b.not(own), kept[k - 1] ?? always)))
  filled.forEach((own, k) => {
    b.connect(own, b.or(kept[k]!, enters[k]!))
  })
  const slots = filled.map(() => types.map(type => b.registerLoop(type)))
  slots.forEach((slot, k) => {
    const above = slots[k + 1]
    const load = above === undefined ? enters[k]! : b.or(enters[k]!, pop)
    slot.forEach((own, e) => {
      b.connect(own, above === undefined ? words[e]! : b.mux(enters[k]!, words[e]!, above[e]!), load)
    })
  })
  module.outputBit('s_ready', ready)
  module.outputBit('m_valid', filled[0]!)
  module.output('m_data', slots[0]!, types)
  return module.finish()
}

function memoryFifo({ name, types, depth }: FifoOptions): RtlModule {
  const module = createModule(name, `FIFO of ${depth} words in memory and one in its output register`)
  const b = module.netlist
  const offered = module.inputBit('s_valid')
  const words = module.input('s_data', types)
  const wanted = module.inputBit('m_ready')
  const flag = (label: string, reset: bigint) =>
    b.name(b.registerLoop(fixedType(false, 1, 0), { reset }), label)
  const ready = flag('ready', 1n)
  const stored = flag('stored', 0n)
  const shown = flag('shown', 0n)
  const push = b.and(offered, ready)
  const load = b.and(stored, b.or(wanted, b.not(shown)))
  const next = countWords(b, depth, push, load)
  b.connect(ready, b.not(b.eq(next, b.constant(BigInt(depth), 0))))
  b.connect(stored, b.not(b.eq(next, b.constant(0n, 0))))
  b.connect(shown, b.or(load, b.and(shown, b.not(wanted))))
  const writeAt = b.name(ringCounter(b, depth, push), 'write_at')
  const readAt = b.name(ringCounter(b, depth, load), 'read_at')
  const data = types.map((element, e) => {
    if (element.width === 0) return b.constant(0n, 0)
    const memory = b.memory({ name: `words_${e}`, depth, element, initial: undefined })
    b.write(memory, writeAt, words[e]!, push)
    return b.read(memory, readAt, load)
  })
  module.outputBit('s_ready', ready)
  module.outputBit('m_valid', shown)
  module.output('m_data', data, types)
  return module.finish()
}

/** Words in the memory after this cycle. */
function countWords(b: NetlistBuilder, depth: number, push: Net, load: Net): Net {
  const count = b.name(b.registerLoop(countType(depth), { reset: 0n }), 'count')
  const next = b.within(b.sub(b.add(count, push), load), 0n, BigInt(depth))
  b.connect(count, next)
  return next
}

/** The type of a counter from 0 to `most`. */
export function countType(most: number): FixedType {
  return fixedType(false, bitLength(BigInt(most)), 0)
}

/** A counter 0, 1, … length − 1, 0, … that moves on in cycles where `step` is 1; reset to 0. */
export function ringCounter(b: NetlistBuilder, length: number, step: Net): Net {
  if (length === 1) return b.constant(0n, 0)
  const count = b.registerLoop(countType(length - 1), { reset: 0n })
  const risen = b.add(count, b.constant(1n, 0))
  if ((length & (length - 1)) === 0) {
    b.connect(count, b.bits(risen, 0, b.type(count).width, false, 0), step)
    return count
  }
  const atEnd = b.eq(count, b.constant(BigInt(length - 1), 0))
  b.connect(count, b.mux(atEnd, b.constant(0n, 0), b.within(risen, 0n, BigInt(length - 1))), step)
  return count
}

// Makes whole frames of what comes on an AXI4-Stream. A frame is `beats` long. A transfer is any number of frames, the
// last beat of all marked, as one DMA transfer sends them; where `framed` is 1, every frame ends with a mark of its own.
//
// A frame that is marked too early is filled up with zeros; where each is to be marked, one that is not is cut. So there
// is a transfer out for each mark in, a DMA transfer ends, and the fault is told.

import { bitLength } from '../../fixed/bit-length.ts'
import { type FixedType, fixedType } from '../../fixed/types.ts'
import { ringCounter } from '../fifo.ts'
import type { RtlModule } from '../module.ts'
import { bitType, createModule } from '../module-builder.ts'

export interface FrameGuardOptions {
  readonly name: string
  /** What a beat carries. */
  readonly lanes: readonly FixedType[]
  /** Beats of a frame. */
  readonly beats: number
}

/**
 * Streams `s` (with `s_last`) and `m`; `m_data` is 0 in beats filled up, `beat` its number in the frame. `short` and
 * `long` are 1 in the cycle in which such a frame is found, `frame` in that of a frame's last beat out, `moves` in that
 * of any; `ends` says with `frame` whether the transfer ends there too. While `hold` is 1 no frame begins; while
 * `flush` is 1 what comes is dropped, and a frame that has begun filled up. `s_ready` follows `m_ready` in the same cycle.
 */
export function buildFrameGuard({ name, lanes, beats }: FrameGuardOptions): RtlModule {
  const module = createModule(name, `frames of ${beats} beats, whatever the last marks say`)
  const b = module.netlist
  const offered = module.inputBit('s_valid')
  const data = module.input('s_data', lanes)
  const last = module.inputBit('s_last')
  const wanted = module.inputBit('m_ready')
  const hold = module.inputBit('hold')
  const framed = module.inputBit('framed')
  const flush = module.inputBit('flush')
  const filling = b.name(b.registerLoop(bitType, { reset: 0n }), 'filling')
  const skipping = b.name(b.registerLoop(bitType, { reset: 0n }), 'skipping')
  const isFirst = b.name(b.registerLoop(bitType, { reset: 1n }), 'is_first')
  const waits = b.and(hold, isFirst)
  const passes = b.and(offered, b.not(b.or(b.or(skipping, waits), flush)))
  const valid = b.or(filling, passes)
  const moves = b.and(valid, wanted)
  const beat = b.name(ringCounter(b, beats, moves), 'beat')
  const isEnd = b.eq(beat, b.constant(BigInt(beats - 1), 0))
  const taken = b.and(moves, b.not(filling))
  const short = b.and(taken, b.and(last, b.not(isEnd)))
  const long = b.and(b.and(taken, framed), b.and(isEnd, b.not(last)))
  const filled = b.and(moves, isEnd)
  b.connect(isFirst, isEnd, moves)
  const inside = b.mux(moves, b.not(isEnd), b.not(isFirst))
  b.connect(filling, b.or(b.or(short, b.and(flush, inside)), b.and(filling, b.not(filled))))
  b.connect(skipping, b.or(long, b.and(skipping, b.not(b.or(flush, b.and(offered, last))))))
  module.outputBit('s_ready', b.or(b.or(skipping, flush), b.and(wanted, b.not(b.or(filling, waits)))))
  module.outputBit('m_valid', valid)
  module.output(
    'm_data',
    data.map((net, k) => b.mux(filling, b.constant(0n, lanes[k]!.frac), net)),
    lanes,
  )
  module.output('beat', [beat], [beatType(beats)])
  module.outputBit('short', short)
  module.outputBit('long', long)
  module.outputBit('frame', filled)
  module.outputBit('ends', b.or(b.or(filling, framed), last))
  module.outputBit('moves', moves)
  return module.finish()
}

/** The type of a beat's number within a frame. */
export function beatType(beats: number): FixedType {
  return fixedType(false, bitLength(BigInt(Math.max(1, beats - 1))), 0)
}

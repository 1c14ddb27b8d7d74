// A design between streams of 32-bit words, as an AXI4-Stream carries them: float32, or raw integers with the sign
// extended. A beat carries one or more words, earliest lowest.
//
//   s ─► frame guard ─► words to elements ─► gather ─► design ─► spread ─► elements to words ─► m
//
// A vector that fills its last beat in part leaves the upper words at 0. A transfer is one or more frames, its last beat
// marked; `m_last` marks the last beat of the same transfer's results. Which frames end one waits in a FIFO meanwhile:
//
//   frame guard ─► ends ─► m_last

import type { FixedType } from '../../fixed/types.ts'
import type { Net } from '../../netlist/netlist.ts'
import { buildFifo, ringCounter } from '../fifo.ts'
import type { RtlModule } from '../module.ts'
import { bitType, createModule, type ModuleBuilder } from '../module-builder.ts'
import { buildSkidBuffer } from '../skid-buffer.ts'
import type { modePorts } from './common-registers.ts'
import { toWords } from './elements-to-words.ts'
import { wordType } from './float-words.ts'
import { buildFrameGuard } from './frame-guard.ts'
import { beatsOfWords, checkForms, type Link, type WordStreamOptions } from './word-options.ts'
import { toVectors } from './words-to-elements.ts'

export { beatsOfWords, type WordForm, type WordStreamOptions } from './word-options.ts'

/** Beside the words in the output's register: whether the beat ends a frame, and a transfer. */
const marks = [bitType, bitType]

/**
 * Frames that may be under way at once: enough for 512 cycles of latency even of frames that come in every cycle, so
 * that they wait for one another in none but deeper designs.
 */
function framesUnderWay(beats: number): number {
  return Math.max(64, 2 ** Math.ceil(Math.log2(512 / beats)))
}

/**
 * The words' streams around a design. Beside streams `s` and `m` with `last`, bits that are 1 for a cycle: `beat_in` (a
 * beat has passed the guard), `frame_in` and `frame_out` (a frame's last beat has passed it, or gone), `short` and
 * `long` (a misplaced last), `not_finite` (a NaN or infinite word, taken as 0). While the input `hold` is 1, no frame
 * begins; while `framed` is 1, each frame is a transfer of its own; while `flush` is 1, words and results are dropped.
 */
export function buildWordStream(options: WordStreamOptions): RtlModule {
  checkForms(options)
  const module = createModule(options.name, `${options.form} words around ${options.design.name}`)
  const modes = {
    hold: module.inputBit('hold'),
    framed: module.inputBit('framed'),
    flush: module.inputBit('flush'),
  }
  const guarded = guardFrames(module, options, modes)
  const vectors = toVectors(module, options, guarded)
  const design = module.place('design', options.design)
  const skid = module.place('words_out', buildSkidBuffer(`${options.name}_out`, outLanes(options)).module)
  const words = toWords(module, options, {
    valid: design.bit('m_valid'),
    data: design.out('m_data'),
    ready: net => design.connect({ s_valid: [vectors.valid], s_data: vectors.data, m_ready: [net] }),
  })
  vectors.ready(design.bit('s_ready'))
  giveWords(module, options, words, guarded.ends, modes.flush, skid)
  return module.finish({ alwaysClocked: true })
}

function outLanes({ wordsPerBeat }: WordStreamOptions): FixedType[] {
  return [...Array.from({ length: wordsPerBeat }, () => wordType), ...marks]
}

/** What the registers say about the streams as a whole. */
type Modes = Readonly<Record<(typeof modePorts)[number], Net>>

/** The input through its guard: beats of words, and which beat of the frame each is. */
interface Guarded extends Link {
  readonly beat: Net
  /** For each frame whether its transfer ends with it; its reader is connected when the output is made. */
  readonly ends: Link
}

function guardFrames(module: ModuleBuilder, options: WordStreamOptions, modes: Modes): Guarded {
  const { name, inputs, wordsPerBeat } = options
  const b = module.netlist
  const beats = beatsOfWords(inputs.length, wordsPerBeat)
  const lanes = Array.from({ length: wordsPerBeat }, () => wordType)
  const offered = module.inputBit('s_valid')
  const data = module.input('s_data', lanes)
  const last = module.inputBit('s_last')
  const skid = module.place('words_in', buildSkidBuffer(`${name}_in`, [...lanes, bitType]).module)
  const guard = module.place('guard', buildFrameGuard({ name: `${name}_guard`, lanes, beats }))
  const ends = module.place('ends', endsQueue(name, beats))
  const room = ends.bit('s_ready')
  module.outputBit('s_ready', skid.bit('s_ready'))
  skid.connect({ s_valid: [offered], s_data: [...data, last], m_ready: [guard.bit('s_ready')] })
  for (const [port, event] of [
    ['beat_in', 'moves'],
    ['frame_in', 'frame'],
    ['short', 'short'],
    ['long', 'long'],
  ] as const)
    module.outputBit(port, guard.bit(event))
  return {
    valid: b.and(guard.bit('m_valid'), room),
    data: guard.out('m_data'),
    beat: guard.bit('beat'),
    ends: {
      valid: ends.bit('m_valid'),
      data: ends.out('m_data'),
      ready: net =>
        ends.connect({ s_valid: [guard.bit('frame')], s_data: [guard.bit('ends')], m_ready: [net] }),
    },
    ready: net => {
      guard.connect({
        s_valid: [skid.bit('m_valid')],
        s_data: skid.out('m_data').slice(0, wordsPerBeat),
        s_last: [skid.out('m_data')[wordsPerBeat]!],
        hold: [modes.hold],
        framed: [modes.framed],
        flush: [modes.flush],
        m_ready: [b.and(net, room)],
      })
    },
  }
}

/** Whether the transfer ends with a frame, for every frame that is under way. */
const endsQueue = (name: string, beats: number) =>
  buildFifo({ name: `${name}_ends`, types: [bitType], depth: framesUnderWay(beats), form: 'memory' }).module

/** The last register before the bus; beats are counted to know a frame's last. */
function giveWords(
  module: ModuleBuilder,
  options: WordStreamOptions,
  link: Link,
  ends: Link,
  flush: Net,
  skid: ReturnType<ModuleBuilder['place']>,
): void {
  const { outputs, wordsPerBeat } = options
  const b = module.netlist
  const beats = beatsOfWords(outputs.length, wordsPerBeat)
  const valid = b.and(link.valid, ends.valid)
  const moves = b.and(valid, skid.bit('s_ready'))
  const beat = b.name(ringCounter(b, beats, moves), 'beat_out')
  const isLast = b.eq(beat, b.constant(BigInt(beats - 1), 0))
  const zero = b.constant(0n, 0)
  const filled = outputs.length - (beats - 1) * wordsPerBeat
  const words = Array.from({ length: wordsPerBeat }, (_, k) => {
    const word = link.data[k] ?? zero
    return k < filled ? word : b.mux(isLast, zero, word)
  })
  const wanted = module.inputBit('m_ready')
  link.ready(b.and(skid.bit('s_ready'), ends.valid))
  ends.ready(b.and(moves, isLast))
  const last = b.and(isLast, ends.data[0]!)
  skid.connect({ s_valid: [valid], s_data: [...words, isLast, last], m_ready: [b.or(wanted, flush)] })
  const [frame, transfer] = skid.out('m_data').slice(wordsPerBeat)
  module.outputBit('m_valid', b.and(skid.bit('m_valid'), b.not(flush)))
  module.output(
    'm_data',
    skid.out('m_data').slice(0, wordsPerBeat),
    words.map(() => wordType),
  )
  module.outputBit('m_last', transfer!)
  module.outputBit('frame_out', b.and(b.and(skid.bit('m_valid'), b.or(wanted, flush)), frame!))
}

// A design between streams of 32-bit words, as an AXI4-Stream carries them: float32, or raw integers with the sign
// extended. A beat carries one or more words, earliest lowest.
//
//   s ─► frame guard ─► words to elements ─► gather ─► design ─► spread ─► elements to words ─► m
//
// A vector that fills its last beat in part leaves the upper words at 0. A transfer is one or more frames, its last beat
// marked; `m_last` marks the last beat of the same transfer's results. Which frames end one waits in a FIFO meanwhile:
//
//   frame guard ─► ends ─► m_last

import { fail } from '../../diagnostics/diagnostic.ts'
import { type Conversion, type FixedType, fixedType, joinTypes, sameType } from '../../fixed/types.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Family, SpeedGrade } from '../../netlist/delay.ts'
import type { Net } from '../../netlist/netlist.ts'
import { buildCore } from '../core.ts'
import { buildFifo, ringCounter } from '../fifo.ts'
import type { RtlModule } from '../module.ts'
import { bitType, createModule, type ModuleBuilder } from '../module-builder.ts'
import { buildSkidBuffer } from '../skid-buffer.ts'
import { buildStreamPipeline } from '../stream-pipeline.ts'
import { buildGather, buildSpread, laneTypes } from '../width-adapter.ts'
import type { modePorts } from './common-registers.ts'
import { hasFloatForm, lowerFromFloat, lowerToFloat, wordType } from './float-words.ts'
import { beatType, buildFrameGuard } from './frame-guard.ts'

export type WordForm = 'float' | 'raw'

export interface WordStreamOptions {
  readonly name: string
  /** The design: streams `s` and `m` of whole vectors. */
  readonly design: RtlModule
  /** How a number becomes each element of the input. */
  readonly inputs: readonly Conversion[]
  readonly outputs: readonly FixedType[]
  readonly form: WordForm
  /** Words of a beat. */
  readonly wordsPerBeat: number
  readonly clockNs: number
  readonly family: Family
  readonly grade?: SpeedGrade | undefined
}

/** Beats of a frame of so many elements. */
export function beatsOfWords(elements: number, wordsPerBeat: number): number {
  return Math.ceil(elements / wordsPerBeat)
}

/** Beside the words in the output's register: whether the beat ends a frame, and a transfer. */
const marks = [bitType, bitType]

/**
 * Frames that may be under way at once: enough for 512 cycles of latency even of frames that come in every cycle, so
 * that they wait for one another in none but deeper designs.
 */
export function framesUnderWay(beats: number): number {
  return Math.max(64, 2 ** Math.ceil(Math.log2(512 / beats)))
}

/** A stream on its way: what is offered, and how the next one says that it is ready. */
interface Link {
  readonly valid: Net
  readonly data: readonly Net[]
  ready(net: Net): void
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
  const elements =
    options.form === 'float' ? fromFloat(module, options, guarded) : fromRaw(module, options, guarded)
  const vectors = gather(module, options, elements)
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
  const queue = {
    name: `${name}_ends`,
    types: [bitType],
    depth: framesUnderWay(beats),
    form: 'memory',
  } as const
  const ends = module.place('ends', buildFifo(queue).module)
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

/** Raw words: an element is the lowest bits of its word. */
function fromRaw(module: ModuleBuilder, options: WordStreamOptions, link: Link): Link {
  const b = module.netlist
  const lanes = elementLanes(options)
  module.outputBit('not_finite', b.constant(0n, 0))
  return {
    ...link,
    data: lanes.map((type, k) => b.bits(link.data[k]!, 0, type.width, type.signed, type.frac)),
  }
}

function elementLanes({ inputs, wordsPerBeat }: WordStreamOptions): FixedType[] {
  return laneTypes(
    inputs.map(({ to }) => to),
    wordsPerBeat,
  )
}

/** Float words, each converted as the elements of its lane want it: by all their conversions, the beat's chosen. */
function fromFloat(
  module: ModuleBuilder,
  options: WordStreamOptions,
  link: Link & { readonly beat: Net },
): Link {
  const { name, wordsPerBeat, inputs, clockNs, family, grade } = options
  const b = module.netlist
  const lanes = elementLanes(options)
  const words = lanes.map(() => wordType)
  const core = buildCore({
    name: `${name}_convert_core`,
    layer: 'words',
    clockNs,
    family,
    grade,
    inputs: [{ name: 'x', types: [...words, beatType(beatsOfWords(inputs.length, wordsPerBeat))] }],
    outputs: [{ name: 'y', types: [...lanes, bitType] }],
    lower: (builder, [x]) => {
      const beat = x![lanes.length]!
      const made = lanes.map((type, lane) => {
        const own = inputs.filter((_, k) => k % wordsPerBeat === lane)
        return convertedLane(builder, x![lane]!, beat, own, type)
      })
      const finite = made.reduce<Net>((all, lane) => builder.and(all, lane.finite), builder.constant(1n, 0))
      return [[...made.map(({ value }) => value), builder.not(finite)]]
    },
  })
  const flow = buildStreamPipeline({ name: `${name}_convert`, core: core.module, latency: core.latency })
  const convert = module.place('convert', flow.module)
  link.ready(convert.bit('s_ready'))
  const valid = convert.bit('m_valid')
  return {
    valid,
    data: convert.out('m_data').slice(0, lanes.length),
    ready: net => {
      convert.connect({
        s_valid: [link.valid],
        s_data: [...link.data.slice(0, lanes.length), link.beat],
        m_ready: [net],
      })
      module.outputBit('not_finite', b.and(b.and(valid, net), convert.out('m_data')[lanes.length]!))
    },
  }
}

/** The word by each different conversion of the lane's elements; the beat says whose. */
function convertedLane(
  b: NetlistBuilder,
  word: Net,
  beat: Net,
  own: readonly Conversion[],
  lane: FixedType,
): { value: Net; finite: Net } {
  const different = own.filter((one, k) => own.findIndex(other => sameConversion(one, other)) === k)
  const made = different.map(to => {
    const { value, finite } = lowerFromFloat(b, word, to)
    const bits = b.bits(value, b.interval(value).frac - to.to.frac, to.to.width, to.to.signed, to.to.frac)
    return { bits: sameType(to.to, lane) ? bits : b.bits(bits, 0, to.to.width, false, 0), finite }
  })
  const chosen = (k: number) => made[different.findIndex(other => sameConversion(other, own[k]!))]!.bits
  const value = own.reduceRight<Net>(
    (later, _, k) =>
      chosen(k) === later ? later : b.mux(b.eq(beat, b.constant(BigInt(k), 0)), chosen(k), later),
    chosen(own.length - 1),
  )
  return { value, finite: made[0]!.finite }
}

function sameConversion(a: Conversion, b: Conversion): boolean {
  return (
    sameType(a.to, b.to) &&
    a.rounding === b.rounding &&
    a.overflow === b.overflow &&
    a.saturationBits === b.saturationBits
  )
}

/** Beats of elements become vectors; where a beat holds them all, it is one. */
function gather(module: ModuleBuilder, { name, inputs, wordsPerBeat }: WordStreamOptions, link: Link): Link {
  const types = inputs.map(({ to }) => to)
  if (types.length <= wordsPerBeat) return link
  const placed = module.place(
    'gather',
    buildGather({ name: `${name}_gather`, types, elementsPerBeat: wordsPerBeat }),
  )
  link.ready(placed.bit('s_ready'))
  return {
    valid: placed.bit('m_valid'),
    data: placed.out('m_data'),
    ready: net => placed.connect({ s_valid: [link.valid], s_data: link.data, m_ready: [net] }),
  }
}

/** Vectors become beats of words: raw ones with their sign extended, or float32 made of one type for all. */
function toWords(module: ModuleBuilder, options: WordStreamOptions, link: Link): Link {
  const { name, outputs, wordsPerBeat, form } = options
  const b = module.netlist
  const common = form === 'raw' ? fixedType(true, 32, 0) : unionOf(outputs)
  const aligned = link.data.map((net, k) => asType(b, net, outputs[k]!, common, form))
  const types = outputs.map(() => common)
  const beats = spread(module, name, { ...link, data: aligned }, types, wordsPerBeat)
  if (form === 'raw') return { ...beats, data: beats.data.map(net => b.bits(net, 0, 32, false, 0)) }
  return floats(module, options, beats, common)
}

/** A raw word is the element's integer; among floats its value counts, under the common frac. */
function asType(b: NetlistBuilder, net: Net, own: FixedType, common: FixedType, form: WordForm): Net {
  if (form === 'raw') return b.bits(net, b.interval(net).frac - own.frac, 32, true, 0)
  return b.bits(net, b.interval(net).frac - common.frac, common.width, common.signed, common.frac)
}

/** The narrowest type that holds all. */
function unionOf(types: readonly FixedType[]): FixedType {
  const { signed, width, frac } = types.reduce(joinTypes)
  return fixedType(signed, Math.max(1, width), frac)
}

function spread(
  module: ModuleBuilder,
  name: string,
  link: Link,
  types: readonly FixedType[],
  wordsPerBeat: number,
): Link {
  if (types.length <= wordsPerBeat) return link
  const placed = module.place(
    'spread',
    buildSpread({ name: `${name}_spread`, types, elementsPerBeat: wordsPerBeat }),
  )
  link.ready(placed.bit('s_ready'))
  return {
    valid: placed.bit('m_valid'),
    data: placed.out('m_data'),
    ready: net => placed.connect({ s_valid: [link.valid], s_data: link.data, m_ready: [net] }),
  }
}

function floats(module: ModuleBuilder, options: WordStreamOptions, link: Link, type: FixedType): Link {
  const { name, clockNs, family, grade } = options
  const lanes = link.data.map(() => type)
  const core = buildCore({
    name: `${name}_floats_core`,
    layer: 'words',
    clockNs,
    family,
    grade,
    inputs: [{ name: 'x', types: lanes }],
    outputs: [{ name: 'y', types: lanes.map(() => wordType) }],
    lower: (builder, [x]) => [x!.map(net => lowerToFloat(builder, net, type))],
  })
  const flow = buildStreamPipeline({ name: `${name}_floats`, core: core.module, latency: core.latency })
  const placed = module.place('floats', flow.module)
  link.ready(placed.bit('s_ready'))
  return {
    valid: placed.bit('m_valid'),
    data: placed.out('m_data'),
    ready: net => placed.connect({ s_valid: [link.valid], s_data: link.data, m_ready: [net] }),
  }
}

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

function checkForms({ name, inputs, outputs, form }: WordStreamOptions): void {
  const widest = Math.max(...[...inputs.map(({ to }) => to), ...outputs].map(type => type.width))
  if (form === 'raw' && widest > 32)
    fail({
      code: 'package/wide-words',
      place: name,
      problem: `an element has ${widest} bits`,
      expected: 'at most 32, a word of the bus',
      remedy: 'Pass float words, or give the input and output layers narrower types.',
    })
  const unfit = outputs.find(type => !hasFloatForm(type))
  const strange = inputs.find(({ overflow }) => overflow === 'WRAP_SM')
  if (form === 'float' && (unfit !== undefined || strange !== undefined))
    fail({
      code: 'package/no-float-words',
      place: name,
      problem:
        unfit === undefined
          ? 'an input overflows by WRAP_SM'
          : `an output of ${unfit.width} bits, ${unfit.frac} of them below the point, goes beyond float32`,
      expected: 'types that float32 words can carry',
      remedy: 'Pass raw words.',
    })
}

// Beats of words become vectors of a design's input: raw words cut to their elements, float32 converted.

import { type Conversion, type FixedType, sameType } from '../../fixed/types.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import { buildCore } from '../core.ts'
import { bitType, type ModuleBuilder } from '../module-builder.ts'
import { buildStreamPipeline } from '../stream-pipeline.ts'
import { buildGather, laneTypes } from '../width-adapter.ts'
import { lowerFromFloat, wordType } from './float-words.ts'
import { beatType } from './frame-guard.ts'
import { beatsOfWords, type Link, type WordStreamOptions } from './word-options.ts'

/** Words on their way, and which beat of its frame each is. */
type WordLink = Link & { readonly beat: Net }

/** Vectors out of beats of words; the module gets the output `not_finite`. */
export function toVectors(module: ModuleBuilder, options: WordStreamOptions, words: WordLink): Link {
  const elements =
    options.form === 'float' ? fromFloat(module, options, words) : fromRaw(module, options, words)
  return gather(module, options, elements)
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
function fromFloat(module: ModuleBuilder, options: WordStreamOptions, link: WordLink): Link {
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

// Vectors of a design's output become beats of words: raw ones with their sign extended, or float32.

import { type FixedType, fixedType, joinTypes } from '../../fixed/types.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import { buildCore } from '../core.ts'
import type { ModuleBuilder } from '../module-builder.ts'
import { buildStreamPipeline } from '../stream-pipeline.ts'
import { buildSpread } from '../width-adapter.ts'
import { lowerToFloat, wordType } from './float-words.ts'
import type { Link, WordForm, WordStreamOptions } from './word-options.ts'

/** Beats of words out of vectors; floats are made of one type for all. */
export function toWords(module: ModuleBuilder, options: WordStreamOptions, link: Link): Link {
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

// A vector over several beats and back: `elementsPerBeat` lanes, earliest element lowest. In the last beat of a vector
// that does not fill it, the upper lanes mean nothing. A lane carries its elements' type where all of them share one,
// else their raw bits without sign.

import { type FixedType, fixedType, sameType } from '../fixed/types.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Net } from '../netlist/netlist.ts'
import { ringCounter } from './fifo.ts'
import type { RtlModule } from './module.ts'
import { bitType, createModule } from './module-builder.ts'
import { buildSkidBuffer } from './skid-buffer.ts'

export interface AdapterOptions {
  readonly name: string
  /** Elements of the vector. */
  readonly types: readonly FixedType[]
  readonly elementsPerBeat: number
}

/** Beats that a vector takes. */
export function beatCount(types: readonly FixedType[], elementsPerBeat: number): number {
  return Math.ceil(types.length / elementsPerBeat)
}

/** What the lanes of a beat carry. */
export function laneTypes(types: readonly FixedType[], elementsPerBeat: number): FixedType[] {
  return Array.from({ length: Math.min(elementsPerBeat, types.length) }, (_, lane) => {
    const own = types.filter((_, k) => k % elementsPerBeat === lane)
    if (own.every(type => sameType(type, own[0]!))) return own[0]!
    return fixedType(false, Math.max(...own.map(type => type.width)), 0)
  })
}

/**
 * Gathers beats into vectors: streams `s` of lanes, `m` of vectors, one cycle behind the last beat. Its `s_ready`
 * follows `m_ready` in the same cycle, so it stands before modules whose own ready is a register.
 */
export function buildGather({ name, types, elementsPerBeat }: AdapterOptions): RtlModule {
  const beats = beatCount(types, elementsPerBeat)
  const module = createModule(name, `gathers ${types.length} elements from ${beats} beats`)
  const b = module.netlist
  const offered = module.inputBit('s_valid')
  const lanes = module.input('s_data', laneTypes(types, elementsPerBeat))
  const wanted = module.inputBit('m_ready')
  const full = b.name(b.registerLoop(bitType, { reset: 0n }), 'full')
  const ready = b.or(b.not(full), wanted)
  const accept = b.and(offered, ready)
  const beat = b.name(ringCounter(b, beats, accept), 'beat')
  const isBeat = Array.from({ length: beats }, (_, k) => b.eq(beat, b.constant(BigInt(k), 0)))
  b.connect(full, b.or(b.and(accept, isBeat[beats - 1]!), b.and(full, b.not(wanted))))
  const elements = types.map((type, k) => {
    const enable = b.and(accept, isBeat[Math.floor(k / elementsPerBeat)]!)
    return b.register(fromLane(b, lanes[k % elementsPerBeat]!, type), { enable })
  })
  module.outputBit('s_ready', ready)
  module.outputBit('m_valid', full)
  module.output('m_data', elements, types)
  return module.finish()
}

/**
 * Spreads vectors over beats: streams `s` of vectors, `m` of lanes; the first beat one cycle behind its vector, a beat
 * a cycle. The vector stays with its writer until the last beat has left.
 */
export function buildSpread({ name, types, elementsPerBeat }: AdapterOptions): RtlModule {
  const beats = beatCount(types, elementsPerBeat)
  const lanes = laneTypes(types, elementsPerBeat)
  const module = createModule(name, `spreads ${types.length} elements over ${beats} beats`)
  const b = module.netlist
  const offered = module.inputBit('s_valid')
  const vector = module.input('s_data', types)
  const wanted = module.inputBit('m_ready')
  const skid = module.place('skid', buildSkidBuffer(`${name}_skid`, lanes).module)
  const moves = b.and(offered, skid.bit('s_ready'))
  const beat = b.name(ringCounter(b, beats, moves), 'beat')
  const data = lanes.map((lane, k) => selectElement(b, beat, vector, types, k, elementsPerBeat, lane))
  skid.connect({ s_valid: [offered], s_data: data, m_ready: [wanted] })
  module.outputBit('s_ready', b.and(skid.bit('s_ready'), b.eq(beat, b.constant(BigInt(beats - 1), 0))))
  module.outputBit('m_valid', skid.bit('m_valid'))
  module.output('m_data', skid.out('m_data'), lanes)
  return module.finish()
}

/** The lane's element in this beat; in beats that have none, its last one. */
function selectElement(
  b: NetlistBuilder,
  beat: Net,
  vector: readonly Net[],
  types: readonly FixedType[],
  lane: number,
  elementsPerBeat: number,
  laneType: FixedType,
): Net {
  const own = vector.flatMap((net, k) =>
    k % elementsPerBeat === lane ? [toLane(b, net, types[k]!, laneType)] : [],
  )
  return own.reduceRight((later, element, k) => b.mux(b.eq(beat, b.constant(BigInt(k), 0)), element, later))
}

function toLane(b: NetlistBuilder, net: Net, type: FixedType, lane: FixedType): Net {
  return sameType(type, lane) ? net : b.bits(net, 0, type.width, false, 0)
}

function fromLane(b: NetlistBuilder, lane: Net, type: FixedType): Net {
  return b.bits(lane, 0, type.width, type.signed, type.frac)
}

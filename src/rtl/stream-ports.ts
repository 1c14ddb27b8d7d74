// The stream protocol of a top module: which ports belong together, how a beat is packed on its bus, and when test
// benches hold valid or ready back. The built-in simulator and the emitted test benches follow this page alike, so
// that the same vectors and seed give the same cycle stamps on every road.

import { fail } from '../diagnostics/diagnostic.ts'
import type { FixedType } from '../fixed/types.ts'
import { type Port, portWidth, type RtlModule } from './module.ts'

/** Raw values of a beat's elements, those of width 0 included. */
export type Beat = readonly bigint[]
export type Frame = readonly Beat[]
/** Frames by the name of their data port (`s_data`, `m_probabilities_data`). */
export type StreamFrames = Readonly<Record<string, readonly Frame[]>>

/** What running frames through a top needs to know of it; with the netlist, inputs are held to its intervals. */
export type StreamTop = Pick<RtlModule, 'name' | 'ports'> & Partial<Pick<RtlModule, 'netlist'>>

export interface StreamChannel {
  readonly direction: 'in' | 'out'
  readonly data: Port
  readonly valid: string
  /** Absent where the module never waits, or is never held back. */
  readonly ready: string | undefined
  readonly last: string | undefined
}

export interface StreamChannels {
  readonly inputs: readonly StreamChannel[]
  readonly outputs: readonly StreamChannel[]
  /** Inputs that belong to no stream (`w_valid`); test benches hold them at 0. */
  readonly idle: readonly Port[]
}

/** The streams of a top module, by its ports' names; fails when it has no input or no output stream. */
export function streamChannels(module: StreamTop): StreamChannels {
  const byName = new Map(module.ports.map(port => [port.name, port]))
  const channels = module.ports.flatMap(data => {
    const match = /^([sm]_(?:.+_)?)data$/.exec(data.name)
    const stem = match?.[1]
    if (stem === undefined || !byName.has(`${stem}valid`)) return []
    const optional = (part: string) => (byName.has(stem + part) ? stem + part : undefined)
    return [
      {
        direction: data.direction,
        data,
        valid: `${stem}valid`,
        ready: optional('ready'),
        last: optional('last'),
      },
    ]
  })
  const inputs = channels.filter(channel => channel.direction === 'in')
  const outputs = channels.filter(channel => channel.direction === 'out')
  if (inputs.length === 0 || outputs.length === 0) noStreams(module)
  const used = new Set([
    ...inputs.flatMap(({ data, valid, last }) => [data.name, valid, last]),
    ...outputs.map(({ ready }) => ready),
  ])
  const idle = module.ports.filter(port => port.direction === 'in' && !used.has(port.name))
  return { inputs, outputs, idle }
}

function noStreams(module: StreamTop): never {
  return fail({
    code: 'rtl/no-stream-ports',
    place: module.name,
    problem: `its ports are ${module.ports.map(port => port.name).join(', ') || 'none'}`,
    expected: 'at least s_valid, s_data, m_valid and m_data',
    remedy: 'Simulate the top module of the project.',
  })
}

/** A beat's bits, element 0 lowest, as an unsigned integer. */
export function packBeat(port: Port, beat: Beat): bigint {
  const digits = port.elements.map(({ type }, k) => elementBits(type, beat[k] ?? 0n))
  return BigInt(`0b0${digits.reverse().join('')}`)
}

function elementBits(type: FixedType, raw: bigint): string {
  return type.width === 0 ? '' : BigInt.asUintN(type.width, raw).toString(2).padStart(type.width, '0')
}

/** The elements' raw values of a packed beat. */
export function unpackBeat(port: Port, packed: bigint): Beat {
  const digits = packed.toString(2).padStart(portWidth(port), '0')
  let end = digits.length
  return port.elements.map(({ type }) => {
    if (type.width === 0) return 0n
    const text = digits.slice(end - type.width, end)
    end -= type.width
    const raw = BigInt(`0b${text}`)
    return type.signed ? BigInt.asIntN(type.width, raw) : raw
  })
}

/** When a test bench holds back: each channel draws one number per cycle, alternating between light and heavy spells. */
export interface StallPattern {
  readonly seed: number
  /** Out of 256: how often a channel holds back in its light spells (96) and in its heavy ones (224). */
  readonly light: number
  readonly heavy: number
}

export function stallPattern(seed: number, light = 96, heavy = 224): StallPattern {
  return { seed, light, heavy }
}

/** Cycles of a spell; sources are in a heavy spell when the bit is set in the cycle's number. */
export const sourceSpell = 64
export const sinkSpell = 128

/** First state of a channel's generator; channels count inputs first. */
export function stallSeed(seed: number, channel: number): number {
  const mixed = Math.imul((seed + 1) ^ 0x5bd1e995, 0x9e3779b1) + Math.imul(channel + 1, 0x85ebca6b)
  // A xorshift generator must not start at 0.
  return mixed >>> 0 || 1
}

/** The generator's next state (xorshift, 32 bits). */
export function nextStall(state: number): number {
  let x = state
  x ^= x << 13
  x ^= x >>> 17
  x ^= x << 5
  return x >>> 0
}

/** Whether a channel whose generator is in `state` goes ahead in the cycle; `spell` is its kind's spell. */
export function goesAhead(pattern: StallPattern, state: number, cycle: number, spell: number): boolean {
  const level = (cycle & spell) !== 0 ? pattern.heavy : pattern.light
  return ((state >>> 8) & 255) >= level
}

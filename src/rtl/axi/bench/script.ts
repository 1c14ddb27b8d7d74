// What a test bench does around an accelerator, whatever its ports: accesses to its registers one after another, beats
// on its streams, a memory behind its bursts. The built-in simulator and the bench for Verilator follow this page alike,
// so that the same script and seed give the same cycle stamps.

import { fail } from '../../../diagnostics/diagnostic.ts'
import type { StallPattern } from '../../stream-ports.ts'
import { streamSettings } from '../../stream-result.ts'
import type { BusPorts } from '../bus-interface.ts'

/** One thing after another; flat registers are accessed by the addresses of the map too. */
export type BusAccess =
  | { readonly op: 'write'; readonly address: number; readonly data: number; readonly strobes?: number }
  | { readonly op: 'read'; readonly address: number }
  /** Reads until the bits of the mask are the value's. */
  | { readonly op: 'poll'; readonly address: number; readonly mask: number; readonly value: number }
  | { readonly op: 'wait'; readonly cycles: number }
  /** Waits until every beat has been taken, and every one expected has come. */
  | { readonly op: 'streams' }
  /** Waits for the interrupt line. */
  | { readonly op: 'interrupt'; readonly level: 0 | 1 }

/** Beats of one or more words each, lane 0 first; `lasts` has a 1 for each beat that is marked. */
export interface StreamBeats {
  readonly words: Uint32Array
  readonly lasts: Uint8Array
}

export interface BusMemory {
  /** What can be read, from a byte address on. */
  readonly input: { readonly address: bigint; readonly words: Uint32Array }
  /** What can be written. */
  readonly output: { readonly address: bigint; readonly words: number }
  /** Beats, counted in each region, that are answered with an error. */
  readonly readErrors?: readonly number[]
  readonly writeErrors?: readonly number[]
}

export interface BusScript {
  readonly accesses: readonly BusAccess[]
  /** Offered from the first cycle on. */
  readonly sent?: StreamBeats
  /** Beats that come in return. */
  readonly expected?: number
  readonly memory?: BusMemory
}

export interface BusOptions {
  /** Holds every valid and ready back at random, and lets memory take its time. */
  readonly stall?: StallPattern
  /** Resets in this cycle; then all begins again. */
  readonly resetAt?: number
  /** Cycles a reset lasts; 2 by default. */
  readonly resetCycles?: number
  readonly hangAfter?: number
  readonly maxCycles?: number
}

/** What an access gave: the cycle in which it began, the one at whose end it was over, and what was read. */
export interface AccessResult {
  readonly start: number
  readonly end: number
  readonly value: number
}

export interface BusRun {
  readonly accesses: readonly AccessResult[]
  /** Cycles at whose end beats were taken. */
  readonly taken: readonly number[]
  readonly received: StreamBeats
  /** Cycles in which beats received were first offered. */
  readonly offered: readonly number[]
  /** The output region; words never written are 0. */
  readonly memory: Uint32Array
}

/** What a bench has to know of an accelerator. */
export interface BusSubject {
  readonly ports: BusPorts
  readonly wordsPerBeat: number
}

/** The bench's channels, in the order of their random numbers. */
export const benchChannels = [
  ...['source', 'sink', 'aw', 'w', 'b', 'ar', 'r'],
  ...['memory_aw', 'memory_w', 'memory_b', 'memory_ar', 'memory_r', 'latency'],
] as const
export type BenchChannelName = (typeof benchChannels)[number]

/** Channels of the bench that offer: they rest in other spells than those that take. */
export const offering: ReadonlySet<BenchChannelName> = new Set([
  'source',
  'aw',
  'w',
  'ar',
  'memory_b',
  'memory_r',
])

/** Cycles that memory takes to answer; with stalls 1 to 64. */
export const memoryLatency = 16
/** Bursts that memory takes before it has answered, and beats it takes before their address. */
export const memoryReads = 8
export const memoryWrites = 4
export const memoryBeats = 16

export function busSettings(options: BusOptions) {
  return streamSettings(options)
}

/** Fails as a run of streams does that hangs, takes too long or gives too much; `stray` for what no bus allows. */
export function refuseVerdict(name: string, verdict: string, progress: string): never {
  const codes: Readonly<Record<string, string>> = {
    hang: 'rtl/hang',
    'too-long': 'rtl/too-long',
    extra: 'rtl/extra-output',
  }
  const said: Readonly<Record<string, string>> = {
    hang: `nothing moves any more: ${progress}`,
    'too-long': `the script did not end: ${progress}`,
    extra: `a beat was offered after the last that the frames make: ${progress}`,
  }
  return fail({
    code: codes[verdict] ?? 'rtl/bus-protocol',
    place: name,
    problem: said[verdict] ?? `${verdict}: ${progress}`,
    remedy: 'This is a fault in Lutra; please report it with the model and config.',
  })
}

// The memory behind an accelerator's bursts: it takes addresses and data in any order a bus allows, answers after some
// time, and says when it is asked for what is not there.

import type { Pins } from './pins.ts'
import {
  type BusMemory,
  type BusSubject,
  memoryBeats,
  memoryLatency,
  memoryReads,
  memoryWrites,
} from './script.ts'

export interface BenchMemory {
  drive(): void
  /** What was wrong in the cycle. */
  observe(): string | undefined
  written(): Uint32Array
}

interface Burst {
  /** Number of the next beat in its region. */
  beat: number
  left: number
  at: number
  error: boolean
}

export function createMemory(pins: Pins, memory: BusMemory, { wordsPerBeat }: BusSubject): BenchMemory {
  const reads = createReads(pins, memory, wordsPerBeat)
  const writes = createWrites(pins, memory, wordsPerBeat)
  return {
    drive() {
      reads.drive()
      writes.drive()
    },
    observe: () => reads.observe() ?? writes.observe(),
    written: writes.written,
  }
}

/** A burst's first beat, counted in its region; or what is wrong with the burst. */
function beatOf(
  address: bigint,
  beats: number,
  { address: base, words }: { readonly address: bigint; readonly words: number },
  wordsPerBeat: number,
): number | string {
  const bytes = BigInt(4 * wordsPerBeat)
  const offset = address - base
  if (offset < 0n || offset % bytes !== 0n) return 'a burst begins elsewhere than at a beat'
  if ((address & 0xfffn) + BigInt(beats) * bytes > 0x1000n) return 'a burst goes beyond 4 KiB'
  const beat = Number(offset / bytes)
  return (beat + beats) * wordsPerBeat <= words ? beat : 'a burst leaves its region'
}

/** The cycle in which memory answers. */
function answersAt(pins: Pins): number {
  return pins.cycle + (pins.stalls ? 1 + (pins.random() & 63) : memoryLatency)
}

function createReads(pins: Pins, { input, readErrors = [] }: BusMemory, wordsPerBeat: number) {
  const errors = new Set(readErrors)
  const bursts: Burst[] = []
  let takes = false
  let presenting = false
  const present = (burst: Burst | undefined) => {
    presenting = burst !== undefined && pins.cycle >= burst.at && pins.goes('memory_r')
    pins.set('m_axi_rvalid', presenting ? 1 : 0)
    pins.set('m_axi_rresp', presenting && errors.has(burst!.beat) ? 2 : 0)
    for (let lane = 0; lane < wordsPerBeat; lane++)
      pins.set('m_axi_rdata', presenting ? input.words[burst!.beat * wordsPerBeat + lane]! : 0, lane)
  }
  return {
    drive() {
      takes = pins.goes('memory_ar') && bursts.length < memoryReads
      pins.set('m_axi_arready', takes ? 1 : 0)
      if (!presenting) present(bursts[0])
    },
    observe(): string | undefined {
      if (presenting && pins.get('m_axi_rready') === 1) {
        const [head] = bursts
        head!.beat++
        if (--head!.left === 0) bursts.shift()
        presenting = false
        pins.moved()
      }
      if (!takes || pins.get('m_axi_arvalid') === 0) return undefined
      const left = pins.get('m_axi_arlen') + 1
      const region = { address: input.address, words: input.words.length }
      const beat = beatOf(BigInt(pins.get('m_axi_araddr')), left, region, wordsPerBeat)
      if (typeof beat === 'string') return beat
      bursts.push({ beat, left, at: answersAt(pins), error: false })
      return undefined
    },
  }
}

function createWrites(pins: Pins, { output, writeErrors = [] }: BusMemory, wordsPerBeat: number) {
  const errors = new Set(writeErrors)
  const bursts: Burst[] = []
  const responses = createResponses(pins)
  const beats: { data: bigint[]; last: number }[] = []
  const stored: { beat: number; data: bigint[] }[] = []
  const takes = { aw: false, w: false }
  const match = (): string | undefined => {
    for (let [burst] = bursts; burst !== undefined && beats.length > 0; [burst] = bursts) {
      const { data, last } = beats.shift()!
      stored.push({ beat: burst.beat, data })
      burst.error ||= errors.has(burst.beat)
      burst.beat++
      if ((--burst.left === 0) !== (last === 1)) return 'WLAST is not on the last beat'
      if (burst.left > 0) continue
      bursts.shift()
      responses.add(burst.error)
    }
    return undefined
  }
  return {
    drive() {
      takes.aw = pins.goes('memory_aw') && bursts.length < memoryWrites
      takes.w = pins.goes('memory_w') && beats.length < memoryBeats
      pins.set('m_axi_awready', takes.aw ? 1 : 0)
      pins.set('m_axi_wready', takes.w ? 1 : 0)
      responses.drive()
    },
    observe(): string | undefined {
      responses.observe()
      if (takes.w && pins.get('m_axi_wvalid') === 1) {
        beats.push({ data: pins.capture('m_axi_wdata', wordsPerBeat), last: pins.get('m_axi_wlast') })
        pins.moved()
      }
      if (takes.aw && pins.get('m_axi_awvalid') === 1) {
        const left = pins.get('m_axi_awlen') + 1
        const beat = beatOf(BigInt(pins.get('m_axi_awaddr')), left, output, wordsPerBeat)
        if (typeof beat === 'string') return beat
        bursts.push({ beat, left, at: 0, error: false })
      }
      return match()
    },
    written(): Uint32Array {
      const words = new Uint32Array(output.words)
      for (const { beat, data } of stored) words.set(data.map(Number), beat * wordsPerBeat)
      return words
    },
  }
}

/** Answers to bursts that were written, in their order. */
function createResponses(pins: Pins) {
  const waiting: { at: number; error: boolean }[] = []
  let presenting = false
  return {
    add: (error: boolean) => void waiting.push({ at: answersAt(pins), error }),
    drive() {
      if (presenting) return
      const [head] = waiting
      presenting = head !== undefined && pins.cycle >= head.at && pins.goes('memory_b')
      pins.set('m_axi_bvalid', presenting ? 1 : 0)
      pins.set('m_axi_bresp', presenting && head!.error ? 2 : 0)
    },
    observe() {
      if (!presenting || pins.get('m_axi_bready') !== 1) return
      waiting.shift()
      presenting = false
      pins.moved()
    },
  }
}

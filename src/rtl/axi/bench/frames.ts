// Frames through an accelerator as a driver sends them: the script that does it, and what its run gave.

import { kernelMap, registerBase, registerMap, windowMap, windows } from '../register-map.ts'
import type {
  AccessResult,
  BusAccess,
  BusMemory,
  BusRun,
  BusScript,
  BusSubject,
  StreamBeats,
} from './script.ts'

/** How frames go over streams: each with its mark, or all in one transfer, as a DMA sends them. */
export type Transfers = 'each' | 'one'

export interface FramePlan {
  readonly script: BusScript
  read(run: BusRun): FrameResult
}

export interface FrameResult {
  /** Each frame's words, those that fill up its last beat included. */
  readonly frames: readonly (readonly bigint[])[]
  /**
   * Cycles of a frame, nothing else under way: over streams from its first word taken to its result's last offered, else
   * from the write that starts it to the end of the read that tells it is over.
   */
  readonly latency: number
  /** Cycles between frames, one behind another; undefined for too few of them. */
  readonly interval: number | undefined
  /** What else was wrong: marks, counters or flags. */
  readonly fault: string | undefined
}

/** Words of all frames in beats, each frame's last one filled up with 0. */
export function beatWords(frames: readonly (readonly bigint[])[], wordsPerBeat: number): Uint32Array {
  return Uint32Array.from(
    frames.flatMap(frame => filledUp(frame, wordsPerBeat)),
    Number,
  )
}

/** A frame's words in whole beats. */
export function filledUp(frame: readonly bigint[], wordsPerBeat: number): bigint[] {
  const beats = Math.ceil(frame.length / wordsPerBeat)
  return Array.from({ length: beats * wordsPerBeat }, (_, k) => frame[k] ?? 0n)
}

/** A script that sends frames of words and reads their results of `wordsOut` words. */
export function planFrames(
  subject: BusSubject,
  sent: readonly (readonly bigint[])[],
  wordsOut: number,
  transfers: Transfers = 'each',
): FramePlan {
  switch (subject.ports) {
    case 'axi_stream':
    case 'comblock':
      return planStreams(subject, sent, wordsOut, transfers)
    case 'axi_lite':
      return planWindows(sent, wordsOut)
    case 'axi_master':
      return planBursts(subject, sent, wordsOut)
    default:
      return subject.ports satisfies never
  }
}

const write = (address: number, data: number): BusAccess => ({ op: 'write', address, data })
const readOf = (address: number): BusAccess => ({ op: 'read', address })

/** Reads that tell whether all went well. */
const closing = (base: number): BusAccess[] => [
  { op: 'poll', address: base + registerMap.STATUS.address, mask: 1, value: 0 },
  readOf(base + registerMap.FRAMES_OUT.address),
]

function faultOf(accesses: readonly AccessResult[], frames: number): string | undefined {
  const [status, out] = accesses.slice(-2).map(({ value }) => value)
  // Words that are no numbers are the data's own.
  const notFinite = 1 << registerMap.STATUS.bits.not_finite[0]
  if ((status! & ~notFinite) !== 0) return `STATUS reads ${status}`
  return out === frames ? undefined : `FRAMES_OUT reads ${out} after ${frames} frames`
}

function cut(words: Uint32Array, size: number): bigint[][] {
  return Array.from({ length: words.length / size }, (_, k) =>
    Array.from(words.subarray(k * size, (k + 1) * size), BigInt),
  )
}

/** Mean spacing over the later half: buffers let the first frames run ahead. */
function spacing(starts: readonly number[]): number | undefined {
  if (starts.length < 3) return undefined
  const from = Math.floor((starts.length - 1) / 2)
  return (starts.at(-1)! - starts[from]!) / (starts.length - 1 - from)
}

function planStreams(
  { ports, wordsPerBeat }: BusSubject,
  sent: readonly (readonly bigint[])[],
  wordsOut: number,
  transfers: Transfers,
): FramePlan {
  const beatsIn = Math.ceil(sent[0]!.length / wordsPerBeat)
  const beatsOut = Math.ceil(wordsOut / wordsPerBeat)
  const words = beatWords(sent, wordsPerBeat)
  const isMarked = ports === 'comblock' ? () => false : markOf(transfers)
  const lasts = marksOf(sent.length, beatsIn, isMarked)
  const begin = ports === 'comblock' ? [write(registerMap.CONTROL.address, 1)] : []
  const accesses: BusAccess[] = [...begin, { op: 'streams' }, ...closing(0)]
  return {
    script: { accesses, sent: { words, lasts }, expected: sent.length * beatsOut },
    read: ({ accesses: done, taken, offered, received }) => {
      const intervals = [
        spacing(taken.filter((_, k) => k % beatsIn === 0)),
        spacing(offered.filter((_, k) => k % beatsOut === 0)),
      ].filter(value => value !== undefined)
      return {
        frames: cut(received.words, beatsOut * wordsPerBeat),
        latency: offered[beatsOut - 1]! - taken[0]!,
        interval: intervals.length === 0 ? undefined : Math.max(...intervals),
        fault: faultOf(done, sent.length) ?? markFault(received, marksOf(sent.length, beatsOut, isMarked)),
      }
    },
  }
}

const markOf = (transfers: Transfers) => (frame: number, frames: number) =>
  transfers === 'each' || frame === frames - 1

function marksOf(
  frames: number,
  beats: number,
  isMarked: (frame: number, frames: number) => boolean,
): Uint8Array {
  const lasts = new Uint8Array(frames * beats)
  for (let frame = 0; frame < frames; frame++) if (isMarked(frame, frames)) lasts[(frame + 1) * beats - 1] = 1
  return lasts
}

function markFault({ lasts }: StreamBeats, wanted: Uint8Array): string | undefined {
  const beat = wanted.findIndex((mark, k) => mark !== lasts[k])
  return beat < 0 ? undefined : `TLAST is ${lasts[beat]} on beat ${beat}`
}

function planWindows(sent: readonly (readonly bigint[])[], wordsOut: number): FramePlan {
  const wordsIn = sent[0]!.length
  const perFrame = wordsIn + 2 + wordsOut
  const accesses = sent.flatMap(frame => [
    ...frame.map((word, k) => write(windows.input + 4 * k, Number(word))),
    write(windowMap.GO.address, 1),
    { op: 'poll', address: windowMap.GO.address, mask: 1, value: 0 } as const,
    ...Array.from({ length: wordsOut }, (_, k) => readOf(windows.output + 4 * k)),
  ])
  return {
    script: { accesses: [...accesses, ...closing(0)] },
    read: ({ accesses: done }) => {
      const at = (frame: number, k: number) => done[frame * perFrame + k]!
      return {
        frames: sent.map((_, frame) =>
          Array.from({ length: wordsOut }, (_, k) => BigInt(at(frame, wordsIn + 2 + k).value)),
        ),
        latency: at(0, wordsIn + 1).end - at(0, wordsIn).start,
        interval: spacing(sent.map((_, frame) => at(frame, 0).start)),
        fault: faultOf(done, sent.length),
      }
    },
  }
}

/** Far apart, above 4 GiB, and not far before the next 4 KiB. */
const inputAddress = 0x1_2345_6f00n
const outputAddress = 0x2_0000_0fc0n

/** Memory that holds frames and has room for their results. */
export function memoryOf(
  { wordsPerBeat }: BusSubject,
  sent: readonly (readonly bigint[])[],
  wordsOut: number,
): BusMemory {
  const beatsOut = Math.ceil(wordsOut / wordsPerBeat)
  return {
    input: { address: inputAddress, words: beatWords(sent, wordsPerBeat) },
    output: { address: outputAddress, words: sent.length * beatsOut * wordsPerBeat },
  }
}

/** Accesses that run so many frames of a memory, and wait until they are through. */
export function runKernel({ input, output }: BusMemory, frames: number): BusAccess[] {
  const { AP_CTRL, INPUT_LOW, INPUT_HIGH, OUTPUT_LOW, OUTPUT_HIGH, FRAMES } = kernelMap
  const half = (address: bigint, shift: bigint) => Number((address >> shift) & 0xffff_ffffn)
  return [
    write(INPUT_LOW.address, half(input.address, 0n)),
    write(INPUT_HIGH.address, half(input.address, 32n)),
    write(OUTPUT_LOW.address, half(output.address, 0n)),
    write(OUTPUT_HIGH.address, half(output.address, 32n)),
    write(FRAMES.address, frames),
    write(AP_CTRL.address, 1),
    { op: 'poll', address: AP_CTRL.address, mask: 2, value: 2 },
  ]
}

/** One frame by itself, then all of them. */
function planBursts(subject: BusSubject, sent: readonly (readonly bigint[])[], wordsOut: number): FramePlan {
  const memory = memoryOf(subject, sent, wordsOut)
  const one = runKernel(memory, 1)
  const all = runKernel(memory, sent.length)
  const base = registerBase({ interface: 'axi_master' })
  const size = filledUp(
    Array.from({ length: wordsOut }, () => 0n),
    subject.wordsPerBeat,
  ).length
  return {
    script: { accesses: [...one, ...all, ...closing(base)], memory },
    read: ({ accesses, memory: written }) => {
      const cycles = (from: number) =>
        accesses[from + one.length - 1]!.end - accesses[from + one.length - 2]!.start
      const [single, whole] = [cycles(0), cycles(one.length)]
      return {
        frames: cut(written, size),
        latency: single,
        interval: sent.length < 3 ? undefined : (whole - single) / (sent.length - 1),
        fault: faultOf(accesses, sent.length + 1),
      }
    },
  }
}

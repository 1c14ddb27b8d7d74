// Runs an accelerator's words, frame after frame, on every road there is and compares them with the emulator's: what a
// driver on the board will see.

import type { Accelerator } from '../backends/verilog/accelerator.ts'
import { type RawBatch, rawRow } from '../engines/engine.ts'
import { rawToNumber } from '../fixed/convert.ts'
import type { WordForm } from '../rtl/axi/word-stream.ts'
import { printVerilogProject } from '../rtl/print-module.ts'
import { createStreamSimulation } from '../rtl/run-stream.ts'
import { stallPattern } from '../rtl/stream-ports.ts'
import type { StreamOptions, StreamRun } from '../rtl/stream-result.ts'
import { findTool } from '../tools/process.ts'
import { runVerilator } from '../tools/verilog-sim.ts'
import { checkpoint } from './checkpoint.ts'

export interface WordFrames {
  /** Words of each row, and what they should become. */
  readonly sent: readonly (readonly bigint[])[]
  readonly expected: readonly (readonly bigint[])[]
}

export interface WordVerification {
  readonly frames: number
  readonly roads: readonly WordRoad[]
  readonly equal: boolean
  /** Undisturbed: from a frame's first word taken to its last word offered, and between frames. */
  readonly latency: number
  readonly interval: number
}

export interface WordRoad {
  readonly road: 'netlist' | 'verilator'
  readonly equal: boolean
  /** The first frame and word that differ. */
  readonly divergence?: {
    readonly frame: number
    readonly word: number
    readonly expected: bigint
    readonly got: bigint
  }
  /** Words that came out, by frame, of the first run that differs. */
  readonly got?: readonly (readonly bigint[])[]
  readonly skipped?: string
}

const scratch = new DataView(new ArrayBuffer(4))

/** The float32 word of a number. */
export function floatWord(value: number): bigint {
  scratch.setFloat32(0, value)
  return BigInt(scratch.getUint32(0))
}

/** The words of a tensor's rows: the elements' integers, or the nearest float32 of their values. */
export function wordsOfRaw(batch: RawBatch, fracs: readonly number[], form: WordForm): bigint[][] {
  return Array.from({ length: batch.rows }, (_, row) =>
    rawRow(batch, row).map((raw, k) =>
      form === 'raw' ? BigInt.asUintN(32, raw) : floatWord(rawToNumber(raw, fracs[k]!)),
    ),
  )
}

export interface WordOptions {
  readonly roads?: readonly WordRoad['road'][] | undefined
  readonly signal?: AbortSignal | undefined
  /** Verilog by file name that stands for the module's own in simulators that read Verilog. */
  readonly files?: Readonly<Record<string, string>> | undefined
}

/** Runs all frames undisturbed and with random stalls. */
export async function verifyWords(
  { module, beatsPerFrame }: Accelerator,
  { sent, expected }: WordFrames,
  wordsPerBeat: number,
  { signal, files, roads: asked = ['netlist', 'verilator'] }: WordOptions = {},
): Promise<WordVerification> {
  const frames = { s_data: sent.map(words => inBeats(words, wordsPerBeat)) }
  const wanted = expected.map(words => inBeats(words, wordsPerBeat))
  const simulation = createStreamSimulation(module)
  const runs: Record<WordRoad['road'], (options: StreamOptions) => Promise<StreamRun>> = {
    netlist: async options => simulation.run(frames, options),
    verilator: options =>
      runVerilator({
        top: module,
        files: files ?? printVerilogProject(module).files,
        frames,
        options,
        ...(signal === undefined ? {} : { signal }),
      }),
  }
  const roads: WordRoad[] = []
  let first: StreamRun | undefined
  for (const road of asked) {
    if (road === 'verilator' && (findTool('verilator') === undefined || findTool('g++') === undefined)) {
      roads.push({ road, equal: false, skipped: 'verilator or g++ is not on PATH' })
      continue
    }
    let divergence: WordRoad['divergence']
    let got: WordRoad['got']
    for (const stall of [undefined, stallPattern(1)]) {
      await checkpoint(signal)
      const run = await runs[road]({ beatsPerFrame, ...(stall === undefined ? {} : { stall }) })
      first ??= run
      if (divergence !== undefined) continue
      divergence = firstDifference(run.outputs.m_data ?? [], wanted)
      got = run.outputs.m_data?.map(beats => beats.flat())
    }
    roads.push({
      road,
      equal: divergence === undefined,
      ...(divergence === undefined ? {} : { divergence, got: got ?? [] }),
    })
  }
  return {
    frames: sent.length,
    roads,
    equal: roads.every(({ equal, skipped }) => equal || skipped !== undefined),
    latency: first!.latency,
    interval: first!.ii ?? first!.latency,
  }
}

/** Words in beats, the last one filled up with 0. */
function inBeats(words: readonly bigint[], perBeat: number): bigint[][] {
  return Array.from({ length: Math.ceil(words.length / perBeat) }, (_, beat) =>
    Array.from({ length: perBeat }, (_, k) => words[beat * perBeat + k] ?? 0n),
  )
}

function firstDifference(
  got: readonly (readonly (readonly bigint[])[])[],
  wanted: readonly (readonly (readonly bigint[])[])[],
): WordRoad['divergence'] {
  for (const [frame, beats] of wanted.entries()) {
    const [a, b] = [beats.flat(), got[frame]?.flat() ?? []]
    const word = a.findIndex((value, k) => value !== b[k])
    if (word >= 0) return { frame, word, expected: a[word]!, got: b[word] ?? -1n }
  }
  return undefined
}

// Runs an accelerator's words, frame after frame, through its interface on every road there is and compares them with
// the emulator's: what a driver on the board will see.

import type { Accelerator } from '../backends/verilog/accelerator.ts'
import { printShell } from '../boards/shell.ts'
import { type RawBatch, rawRow } from '../engines/engine.ts'
import { rawToNumber } from '../fixed/convert.ts'
import { type FramePlan, type FrameResult, filledUp, planFrames } from '../rtl/axi/bench/frames.ts'
import { createBusSimulation } from '../rtl/axi/bench/run-bus.ts'
import type { BusOptions, BusRun, BusScript, BusSubject } from '../rtl/axi/bench/script.ts'
import type { WordForm } from '../rtl/axi/word-stream.ts'
import { printVerilogProject } from '../rtl/print-module.ts'
import { stallPattern } from '../rtl/stream-ports.ts'
import { runBusVerilator } from '../tools/bus-sim.ts'
import { findTool } from '../tools/process.ts'
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
  /**
   * Cycles, undisturbed. Over streams from a frame's first word taken to its result's last offered; over `axi_lite` from
   * GO to the read that finds the result there; over `axi_master` from `ap_start` to the read of `ap_done` for a run of
   * one frame, memory answering after 16 cycles.
   */
  readonly latency: number
  /** Between frames, all sent one behind another. */
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
  /** What else was wrong: marks, counters or flags. */
  readonly fault?: string
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
  /** Verilog by file name that stands for the design's own in simulators that read Verilog; with its shell or without. */
  readonly files?: Readonly<Record<string, string>> | undefined
}

/** Runs all frames undisturbed and with random stalls; over streams each by itself and in one transfer. */
export async function verifyWords(
  accelerator: Accelerator,
  { sent, expected }: WordFrames,
  wordsPerBeat: number,
  options: WordOptions = {},
): Promise<WordVerification> {
  const { subject } = accelerator
  const { signal, roads: asked = ['netlist', 'verilator'] } = options
  const plans = planAll(subject, sent, expected[0]!.length)
  const wanted = expected.map(words => filledUp(words, wordsPerBeat))
  const runners = runnersOf(accelerator, options)
  const roads: WordRoad[] = []
  let first: FrameResult | undefined
  for (const road of asked) {
    if (road === 'verilator' && (findTool('verilator') === undefined || findTool('g++') === undefined)) {
      roads.push({ road, equal: false, skipped: 'verilator or g++ is not on PATH' })
      continue
    }
    let judged: WordRoad = { road, equal: true }
    for (const [plan, way] of plans) {
      await checkpoint(signal)
      const result = plan.read(await runners[road](plan.script, way))
      first ??= result
      if (judged.equal) judged = judge(road, result, wanted)
    }
    roads.push(judged)
  }
  return {
    frames: sent.length,
    roads,
    equal: roads.every(({ equal, skipped }) => equal || skipped !== undefined),
    latency: first!.latency,
    interval: first!.interval ?? first!.latency,
  }
}

function planAll(
  subject: BusSubject,
  sent: WordFrames['sent'],
  wordsOut: number,
): (readonly [FramePlan, BusOptions])[] {
  const stalled: BusOptions = { stall: stallPattern(1) }
  const each = planFrames(subject, sent, wordsOut, 'each')
  if (subject.ports !== 'axi_stream')
    return [
      [each, {}],
      [each, stalled],
    ]
  const one = planFrames(subject, sent, wordsOut, 'one')
  return [
    [each, {}],
    [one, {}],
    [each, stalled],
    [one, stalled],
  ]
}

type Runner = (script: BusScript, options: BusOptions) => Promise<BusRun>

function runnersOf(
  { module, subject, shell }: Accelerator,
  { signal, files }: WordOptions,
): Record<WordRoad['road'], Runner> {
  const simulation = createBusSimulation(module, subject)
  const top = `${shell.project}_accel`
  const verilog = () => ({
    [`${top}.v`]: printShell({ ...shell, board: { title: 'a test bench' } }),
    ...(files ?? printVerilogProject(module).files),
  })
  return {
    netlist: async (script, options) => simulation.run(script, options),
    verilator: (script, options) =>
      runBusVerilator({
        top,
        files: verilog(),
        subject,
        script,
        options,
        ...(signal === undefined ? {} : { signal }),
      }),
  }
}

function judge(
  road: WordRoad['road'],
  { frames, fault }: FrameResult,
  wanted: readonly (readonly bigint[])[],
): WordRoad {
  const divergence = firstDifference(frames, wanted)
  return {
    road,
    equal: divergence === undefined && fault === undefined,
    ...(divergence === undefined ? {} : { divergence, got: frames }),
    ...(fault === undefined ? {} : { fault }),
  }
}

function firstDifference(
  got: readonly (readonly bigint[])[],
  wanted: readonly (readonly bigint[])[],
): WordRoad['divergence'] {
  for (const [frame, words] of wanted.entries()) {
    const given = got[frame] ?? []
    const word = words.findIndex((value, k) => value !== given[k])
    if (word >= 0) return { frame, word, expected: words[word]!, got: given[word] ?? -1n }
  }
  return undefined
}

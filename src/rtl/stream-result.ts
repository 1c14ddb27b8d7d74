// What a run of a stream top showed, whichever simulator ran it: output frames, cycle stamps, and from these latency
// and initiation interval as they are defined for every design.

import { fail } from '../diagnostics/diagnostic.ts'
import { maxRaw, minRaw } from '../fixed/types.ts'
import {
  type Beat,
  type Frame,
  type StallPattern,
  type StreamChannel,
  type StreamFrames,
  type StreamTop,
  streamChannels,
} from './stream-ports.ts'

export interface StreamOptions {
  /** Beats of an output frame by data port; 1 where absent. */
  readonly beatsPerFrame?: Readonly<Record<string, number>>
  /** Holds valid and ready back at random; without it every channel goes ahead in every cycle. */
  readonly stall?: StallPattern
  /** Resets in the middle: in this cycle; then all begins again with the first frame. */
  readonly resetAt?: number
  /** Cycles a reset lasts; 2 by default. */
  readonly resetCycles?: number
  /** Cycles without any beat moving after which a run counts as hung; 20,000 by default. */
  readonly hangAfter?: number
  /** Longest run; 100 million cycles by default. */
  readonly maxCycles?: number
}

/** Cycle stamps count from the first cycle after the (last) reset. A beat is offered when its valid first stands. */
export interface StreamStamps {
  /** Cycle at whose end each input beat was taken, by data port. */
  readonly accepted: Readonly<Record<string, readonly number[]>>
  readonly offered: Readonly<Record<string, readonly number[]>>
  readonly delivered: Readonly<Record<string, readonly number[]>>
}

export interface StreamRun {
  readonly outputs: StreamFrames
  readonly stamps: StreamStamps
  /** Cycles from the edge that takes the first frame's first beat to the edge that offers its last output beat. */
  readonly latency: number
  /** The same to its first output beat. */
  readonly firstLatency: number
  /** Cycles between first beats of consecutive frames in steady state; undefined for fewer than three frames. */
  readonly ii: number | undefined
}

/** Defaults filled in; the benches print these numbers. */
export function streamSettings(options: StreamOptions) {
  return {
    resetCycles: options.resetCycles ?? 2,
    hangAfter: options.hangAfter ?? 20_000,
    maxCycles: options.maxCycles ?? 100_000_000,
    drainCycles: 16,
  }
}

export function beatsOf(options: StreamOptions, channel: StreamChannel): number {
  return options.beatsPerFrame?.[channel.data.name] ?? 1
}

/** Number of frames of a run; fails when inputs differ in it, lack frames, or hold values their ports cannot carry. */
export function checkFrames(module: StreamTop, frames: StreamFrames): number {
  const { inputs } = streamChannels(module)
  const counts = inputs.map(({ data }) => frames[data.name]?.length ?? 0)
  const count = counts[0]!
  if (count === 0 || counts.some(other => other !== count))
    fail({
      code: 'rtl/frame-count',
      place: module.name,
      problem: `input frames: ${inputs.map(({ data }, k) => `${data.name} ${counts[k]}`).join(', ')}`,
      expected: 'the same number of frames, at least one, for every input',
    })
  for (const { data } of inputs) {
    const ranges = data.elements.map(({ net, type }) => ({
      min: module.netlist?.min[net] ?? minRaw(type),
      max: module.netlist?.max[net] ?? maxRaw(type),
    }))
    const size = frames[data.name]![0]!.length
    frames[data.name]!.forEach((frame, f) => {
      if (frame.length !== size || size === 0) refuseFrame(`${data.name}, frame ${f}`, frame.length, size)
      for (const beat of frame) checkBeat(`${data.name}, frame ${f}`, beat, ranges)
    })
  }
  return count
}

function refuseFrame(place: string, length: number, size: number): never {
  return fail({
    code: 'rtl/frame-size',
    place,
    problem: `the frame has ${length} beats`,
    expected: size === 0 ? 'at least one' : `${size}, as the first frame has`,
  })
}

function checkBeat(place: string, beat: Beat, ranges: readonly { min: bigint; max: bigint }[]): void {
  if (beat.length !== ranges.length)
    fail({
      code: 'rtl/beat-size',
      place,
      problem: `a beat has ${beat.length} elements`,
      expected: `${ranges.length}`,
    })
  beat.forEach((raw, k) => {
    const { min, max } = ranges[k]!
    if (raw < min || raw > max)
      fail({
        code: 'rtl/input-range',
        place,
        problem: `element ${k} is ${raw}`,
        expected: `a raw value in [${min}, ${max}]`,
      })
  })
}

/** Cuts beats into frames and works out latency and initiation interval. */
export function streamRun(
  module: StreamTop,
  frames: StreamFrames,
  beats: Readonly<Record<string, readonly Beat[]>>,
  stamps: StreamStamps,
  options: StreamOptions,
): StreamRun {
  const { inputs, outputs } = streamChannels(module)
  const cut: Record<string, Frame[]> = {}
  for (const channel of outputs) {
    const size = beatsOf(options, channel)
    const all = beats[channel.data.name]!
    cut[channel.data.name] = Array.from({ length: all.length / size }, (_, f) =>
      all.slice(f * size, (f + 1) * size),
    )
  }
  const starts = inputs.map(({ data }) => firstBeats(stamps.accepted[data.name]!, frames[data.name]!))
  const first = Math.min(...starts.map(list => list[0]!))
  const offers = outputs.map(channel => ({
    size: beatsOf(options, channel),
    at: stamps.offered[channel.data.name]!,
  }))
  return {
    outputs: cut,
    stamps,
    latency: Math.max(...offers.map(({ size, at }) => at[size - 1]!)) - first,
    firstLatency: Math.min(...offers.map(({ at }) => at[0]!)) - first,
    ii: steadyInterval([
      ...starts,
      ...offers.map(({ size, at }) => at.filter((_, beat) => beat % size === 0)),
    ]),
  }
}

function firstBeats(accepted: readonly number[], frames: readonly Frame[]): number[] {
  const found: number[] = []
  let at = 0
  for (const frame of frames) {
    found.push(accepted[at]!)
    at += frame.length
  }
  return found
}

/** Mean spacing over the later half of the frames, of the slowest channel: buffers let the others run ahead. */
function steadyInterval(channels: readonly (readonly number[])[]): number | undefined {
  const spacings = channels.map(stamps => {
    const from = Math.floor((stamps.length - 1) / 2)
    return (stamps.at(-1)! - stamps[from]!) / (stamps.length - 1 - from)
  })
  return channels.every(stamps => stamps.length >= 3) ? Math.max(...spacings) : undefined
}

/** How far a run had come when it hung or ran too long. */
export interface WaitingChannel {
  readonly channel: StreamChannel
  readonly moved: number
  readonly total: number
}

/** Fails with `rtl/hang`, naming the ports that wait. */
export function refuseHang(module: StreamTop, cycles: number, waiting: readonly WaitingChannel[]): never {
  const ports = waiting
    .filter(({ moved, total }) => moved < total)
    .map(({ channel, moved, total }) => {
      const missing = channel.direction === 'in' ? (channel.ready ?? channel.valid) : channel.valid
      return `${channel.data.name} waits for ${missing} at beat ${moved} of ${total}`
    })
  return fail({
    code: 'rtl/hang',
    place: module.name,
    problem: `no beat has moved for ${cycles} cycles: ${ports.join('; ')}`,
    remedy: 'Check the beats per frame; if they are right, the module stops for ever.',
  })
}

/** Fails with `rtl/too-long`. */
export function refuseLength(module: StreamTop, maxCycles: number): never {
  return fail({
    code: 'rtl/too-long',
    place: module.name,
    problem: `the frames did not pass within ${maxCycles} cycles`,
    remedy: 'Simulate fewer frames, or allow more cycles.',
  })
}

/** Fails with `rtl/extra-output`. */
export function refuseExtra(module: StreamTop, port: string, total: number): never {
  return fail({
    code: 'rtl/extra-output',
    place: `${module.name}.${port}`,
    problem: `a beat was offered after the last of ${total} that the frames make`,
    remedy: 'Check the beats per frame; if they are right, the module invents data.',
  })
}

// What both emitted test benches need: the channels with their counts, vectors as hexadecimal files, and the log that
// a bench writes: one line per beat moved.
//
//   in s_data 12               taken at the end of cycle 12
//   out m_data 20 23 0f3a      offered in cycle 20, delivered at the end of cycle 23
//   hang | extra m_data | unknown m_valid | too-long | done

import { bug, fail } from '../diagnostics/diagnostic.ts'
import { portWidth } from './module.ts'
import {
  type Beat,
  packBeat,
  type StreamChannel,
  type StreamFrames,
  type StreamTop,
  stallSeed,
  streamChannels,
  unpackBeat,
} from './stream-ports.ts'
import {
  beatsOf,
  checkFrames,
  refuseExtra,
  refuseHang,
  refuseLength,
  type StreamOptions,
  type StreamRun,
  streamRun,
  streamSettings,
} from './stream-result.ts'

export interface BenchChannel extends StreamChannel {
  /** Name of the data port, and of all that belongs to the channel. */
  readonly name: string
  readonly width: number
  readonly beatsPerFrame: number
  readonly beats: number
  /** First state of its stall generator. */
  readonly seed: number
}

export interface BenchSetup {
  readonly top: StreamTop
  readonly frames: number
  readonly inputs: readonly BenchChannel[]
  readonly outputs: readonly BenchChannel[]
  readonly idle: readonly { readonly name: string; readonly width: number }[]
  readonly options: StreamOptions
  readonly settings: ReturnType<typeof streamSettings>
}

/** Counts and seeds of a run; fails as `checkFrames` does. */
export function benchSetup(top: StreamTop, frames: StreamFrames, options: StreamOptions): BenchSetup {
  const channels = streamChannels(top)
  const count = checkFrames(top, frames)
  const describe = (channel: StreamChannel, index: number, beatsPerFrame: number): BenchChannel => ({
    ...channel,
    name: channel.data.name,
    width: portWidth(channel.data),
    beatsPerFrame,
    beats: count * beatsPerFrame,
    seed: options.stall === undefined ? 1 : stallSeed(options.stall.seed, index),
  })
  return {
    top,
    frames: count,
    inputs: channels.inputs.map((channel, k) => describe(channel, k, frames[channel.data.name]![0]!.length)),
    outputs: channels.outputs.map((channel, k) =>
      describe(channel, channels.inputs.length + k, beatsOf(options, channel)),
    ),
    idle: channels.idle
      .map(port => ({ name: port.name, width: portWidth(port) }))
      .filter(({ width }) => width > 0),
    options,
    settings: streamSettings(options),
  }
}

/** Beats as a file of hexadecimal words, one per line, element 0 in the lowest bits. */
export function vectorFile(channel: StreamChannel, frames: StreamFrames): string {
  const digits = Math.max(1, Math.ceil(portWidth(channel.data) / 4))
  const lines = frames[channel.data.name]!.flatMap(frame =>
    frame.map(beat => packBeat(channel.data, beat).toString(16).padStart(digits, '0')),
  )
  return `${lines.join('\n')}\n`
}

export const inputFile = (channel: BenchChannel): string => `${channel.name}.mem`
export const expectedFile = (channel: BenchChannel): string => `${channel.name}_expected.mem`

/** Reads a bench's log; fails with the code that a built-in run would have failed with. */
export function readBenchLog(setup: BenchSetup, frames: StreamFrames, log: string): StreamRun {
  const accepted = new Map(setup.inputs.map(channel => [channel.name, [] as number[]]))
  const outputs = new Map(
    setup.outputs.map(channel => [
      channel.name,
      { channel, offered: [] as number[], delivered: [] as number[], beats: [] as Beat[] },
    ]),
  )
  for (const line of log.split('\n')) {
    const [word, name = '', ...rest] = line.trim().split(' ')
    if (word === 'reset') clear(accepted, outputs)
    else if (word === 'in') accepted.get(name)!.push(Number(rest[0]))
    else if (word === 'out') {
      const output = outputs.get(name)!
      output.offered.push(Number(rest[0]))
      output.delivered.push(Number(rest[1]))
      output.beats.push(readBeat(setup, output.channel, rest[2] ?? '', output.beats.length))
    } else if (word === 'done') return assemble(setup, frames, accepted, outputs)
    else if (word !== undefined && word !== '') refuseEnd(setup, word, name, accepted, outputs)
  }
  return bug(`the test bench of ${setup.top.name} ended without a verdict`)
}

interface OutputLog {
  readonly channel: BenchChannel
  readonly offered: number[]
  readonly delivered: number[]
  readonly beats: Beat[]
}

function clear(accepted: Map<string, number[]>, outputs: Map<string, OutputLog>): void {
  for (const stamps of accepted.values()) stamps.length = 0
  for (const output of outputs.values())
    for (const list of [output.offered, output.delivered, output.beats]) list.length = 0
}

function readBeat(setup: BenchSetup, channel: BenchChannel, digits: string, beat: number): Beat {
  if (/^[0-9a-f]+$/i.test(digits)) return unpackBeat(channel.data, BigInt(`0x${digits}`))
  return refuseUnknown(setup, `${channel.name}, beat ${beat}`, `the bus holds ${digits.slice(-80)}`)
}

function refuseUnknown(setup: BenchSetup, place: string, problem: string): never {
  return fail({
    code: 'rtl/unknown-bits',
    place: `${setup.top.name}.${place}`,
    problem,
    expected: 'known bits after reset',
    remedy: 'A register without reset reaches this port before it was written.',
  })
}

function refuseEnd(
  setup: BenchSetup,
  word: string,
  name: string,
  accepted: Map<string, number[]>,
  outputs: Map<string, OutputLog>,
): never {
  const { top, settings } = setup
  if (word === 'unknown') return refuseUnknown(setup, name, 'the signal is neither 0 nor 1')
  if (word === 'extra') return refuseExtra(top, name, outputs.get(name)!.channel.beats)
  if (word === 'too-long') return refuseLength(top, settings.maxCycles)
  if (word !== 'hang') bug(`the test bench of ${top.name} wrote '${word}'`)
  return refuseHang(top, settings.hangAfter, [
    ...setup.inputs.map(channel => ({
      channel,
      moved: accepted.get(channel.name)!.length,
      total: channel.beats,
    })),
    ...setup.outputs.map(channel => ({
      channel,
      moved: outputs.get(channel.name)!.beats.length,
      total: channel.beats,
    })),
  ])
}

function assemble(
  setup: BenchSetup,
  frames: StreamFrames,
  accepted: Map<string, number[]>,
  outputs: Map<string, OutputLog>,
): StreamRun {
  const pick = <T>(what: (output: OutputLog) => T) =>
    Object.fromEntries([...outputs].map(([name, output]) => [name, what(output)]))
  const stamps = {
    accepted: Object.fromEntries(accepted),
    offered: pick(output => output.offered),
    delivered: pick(output => output.delivered),
  }
  return streamRun(
    setup.top,
    frames,
    pick(output => output.beats),
    stamps,
    setup.options,
  )
}

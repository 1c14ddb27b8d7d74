// Runs raw frames through a top module in the built-in simulator: the cycle-accurate engine.

import { createStreamSimulation } from '../rtl/run-stream.ts'
import type { StreamFrames } from '../rtl/stream-ports.ts'
import type { StreamOptions, StreamRun } from '../rtl/stream-result.ts'
import type { Top } from '../rtl/top.ts'
import { type RawBatch, rawRow } from './engine.ts'

/** A tensor of the top: its data port and its number of elements. */
export interface RtlPort {
  readonly dataPort: string
  readonly size: number
}

/** Frames for a top's input ports from raw rows, cut into beats. */
export function framesOf(top: Top, ports: readonly RtlPort[], batches: readonly RawBatch[]): StreamFrames {
  return Object.fromEntries(
    ports.map(({ dataPort }, k) => {
      const batch = batches[k]!
      const rows = Array.from({ length: batch.rows }, (_, row) => rawRow(batch, row))
      return [dataPort, rows.map(values => beatsOfRow(values, top.beatsPerFrame[dataPort] ?? 1))]
    }),
  )
}

/** Elements in order, equally many to a beat; the last beat is filled with zeros. */
function beatsOfRow(values: readonly bigint[], beats: number): bigint[][] {
  const perBeat = Math.ceil(values.length / beats)
  return Array.from({ length: beats }, (_, beat) =>
    Array.from({ length: perBeat }, (_, k) => values[beat * perBeat + k] ?? 0n),
  )
}

/** Rows of raw values from an output port's frames. */
export function rowsOf(frames: StreamFrames, { dataPort, size }: RtlPort): bigint[][] {
  return (frames[dataPort] ?? []).map(frame => frame.flat().slice(0, size))
}

/** Runs all frames; `options.stall` and `options.resetAt` disturb the streams. */
export function runRtl(top: Top, frames: StreamFrames, options: readonly StreamOptions[]): StreamRun[] {
  const simulation = createStreamSimulation(top.top)
  return options.map(each => simulation.run(frames, { beatsPerFrame: top.beatsPerFrame, ...each }))
}

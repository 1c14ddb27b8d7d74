// Takes rows in pieces, with time between them to be stopped and to say how far it is.

import type { Batch } from '../engines/engine.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { piece, rowsAtOnce } from '../profile/rows.ts'
import { checkpoint } from './checkpoint.ts'

export interface PieceOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
}

/** Calls `take` with rows from `from` on until all are taken; memory is bounded by what the graphs hold for a row. */
export async function eachPiece(
  graphs: readonly OpGraph[],
  inputs: readonly Batch[],
  { signal, onProgress }: PieceOptions,
  take: (inputs: readonly Batch[], from: number) => void,
): Promise<void> {
  const rows = inputs[0]?.rows ?? 0
  const step = rowsAtOnce(...graphs)
  let told = 0
  for (let from = 0; from < rows; from += step) {
    await checkpoint(signal)
    take(piece(inputs, from, step), from)
    // A line for each tenth.
    const tenth = Math.floor((10 * from) / rows)
    if (tenth > told) onProgress?.(`${from.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows`)
    told = tenth
  }
}

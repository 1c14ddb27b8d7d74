// The emulator as the verbs use it: compiled where that pays, on as many threads as asked, stopped by a signal.

import type { Batch, RawBatch } from '../engines/engine.ts'
import { isWorthCompiling, runBatch } from '../engines/fixed/batch.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { checkpoint } from './checkpoint.ts'

export interface RunOptions {
  /** 1 where absent: no worker is started. */
  readonly threads?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Raw results by node name; the same bits for any number of threads. */
export async function runFixed(
  graph: OpGraph,
  inputs: readonly Batch[],
  wanted: readonly string[],
  { threads = 1, signal }: RunOptions = {},
): Promise<Map<string, RawBatch>> {
  if (threads > 1 && isWorthCompiling(graph, inputs[0]?.rows ?? 0)) {
    const { runThreaded } = await import('./fixed-threads.ts')
    return runThreaded(graph, inputs, wanted, threads, signal)
  }
  return runBatch(graph, inputs, wanted, () => checkpoint(signal))
}

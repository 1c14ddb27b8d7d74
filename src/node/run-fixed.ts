// The emulator as the verbs use it: compiled where that pays, on as many threads as asked, stopped by a signal. What
// compiles is loaded only then: a few rows are predicted before it would be there.

import type { Batch, RawBatch } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { isWorthCompiling } from '../engines/fixed/work.ts'
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
  await checkpoint(signal)
  if (!isWorthCompiling(graph, inputs[0]?.rows ?? 0)) return createFixedEngine(graph).run(inputs, wanted)
  if (threads > 1) {
    const { runThreaded } = await import('./fixed-threads.ts')
    return runThreaded(graph, inputs, wanted, threads, signal)
  }
  const { createBatchEngine } = await import('../engines/fixed/batch.ts')
  const engine = await createBatchEngine(graph)
  return engine.run(inputs, wanted, () => checkpoint(signal))
}

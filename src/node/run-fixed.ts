// The emulator as the verbs use it: compiled where that pays, on as many threads as asked, stopped by a signal. What
// compiles is loaded only then: a few rows are predicted before it would be there.

import { type Batch, firstRows, type RawBatch } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { countOverflows, type Overflow } from '../engines/fixed/overflow.ts'
import { isWorthCompiling } from '../engines/fixed/work.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { checkpoint } from './checkpoint.ts'
import type { Crew } from './fixed-threads.ts'

export interface RunOptions {
  /** This thread alone where absent. */
  readonly crew?: LazyCrew | undefined
  readonly signal?: AbortSignal | undefined
}

/** Threads for all large runs of a verb, which closes them. */
export interface LazyCrew {
  /** Starts workers when it is asked first, as many as so many rows can keep busy. */
  start(rows: number): Promise<Crew>
  close(): Promise<void>
}

/** Undefined for this thread alone. */
export function crewOf(threads: number): LazyCrew | undefined {
  if (threads <= 1) return undefined
  let started: Promise<Crew> | undefined
  return {
    start: rows => {
      started ??= import('./fixed-threads.ts').then(({ startCrew }) => startCrew(threads, rows))
      return started
    },
    close: async () => (await started)?.close(),
  }
}

/** Raw results by node name; the same bits for any number of threads. */
export async function runFixed(
  graph: OpGraph,
  inputs: readonly Batch[],
  wanted: readonly string[],
  { crew, signal }: RunOptions = {},
): Promise<Map<string, RawBatch>> {
  await checkpoint(signal)
  const rows = inputs[0]?.rows ?? 0
  if (!isWorthCompiling(graph, rows)) return createFixedEngine(graph).run(inputs, wanted)
  const started = await crew?.start(rows)
  const { compileBatch, createBatchEngine } = await import('../engines/fixed/batch.ts')
  if (started !== undefined) {
    const program = await started.load(await compileBatch(graph))
    return program.run(inputs, wanted, signal)
  }
  const engine = await createBatchEngine(graph)
  return engine.run(inputs, wanted, () => checkpoint(signal))
}

/** So many rows are counted at once; compiling pays beyond, and more than the most would cost more than it tells. */
const plainRows = 200
const mostRows = 100_000

/** Layers whose results wrap on the first rows, and how many rows those are; the same counts for any number of threads. */
export async function countWraps(
  graph: OpGraph,
  inputs: readonly Batch[],
  { crew, signal }: RunOptions = {},
): Promise<{ readonly overflows: readonly Overflow[]; readonly rows: number }> {
  const rows = Math.min(mostRows, inputs[0]!.rows)
  const first = inputs.map(batch => firstRows(batch, rows))
  return { overflows: await overflowsIn(graph, first, rows, { crew, signal }), rows }
}

async function overflowsIn(
  graph: OpGraph,
  inputs: readonly Batch[],
  rows: number,
  { crew, signal }: RunOptions,
): Promise<Overflow[]> {
  if (rows <= plainRows) return countOverflows(graph, inputs)
  const started = isWorthCompiling(graph, rows) ? await crew?.start(rows) : undefined
  const { compileBeside, countOverflowsInBatch, overflowsOf } = await import(
    '../engines/fixed/overflow-batch.ts'
  )
  if (started === undefined) return countOverflowsInBatch(graph, inputs, () => checkpoint(signal))
  const { compiled, pairs } = await compileBeside(graph)
  const program = await started.load(compiled)
  return overflowsOf(graph, inputs, await program.compare(inputs, pairs, signal))
}

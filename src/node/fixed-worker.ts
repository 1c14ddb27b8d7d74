// A worker that runs rows of a compiled graph: it is sent the compiled module, then finds rows in its ring.

import { parentPort } from 'node:worker_threads'
import type { Batch } from '../engines/engine.ts'
import {
  type Comparison,
  comparisonOf,
  createRunner,
  newResults,
  type Runnable,
  type Runner,
} from '../engines/fixed/lanes/run-program.ts'
import { receiveRunnable } from '../engines/fixed/lanes/sendable.ts'
import type { Shape } from '../ir/tensor-type.ts'
import {
  type Answer,
  describeProblem,
  placeState,
  places,
  type Request,
  type Ring,
  type RunStart,
  rowsOfShare,
  type WorkerStart,
} from './row-share.ts'

interface Engine {
  readonly runnable: Runnable
  readonly runner: Runner
  readonly ring: Ring
}

let engine: Promise<Engine> | undefined

parentPort!.on('message', async (request: Request) => {
  if (request.kind === 'start') engine = createEngine(request)
  else runAll(await engine!, request)
})

async function createEngine({ runnable: sent, module, ring }: WorkerStart): Promise<Engine> {
  const runnable = receiveRunnable(sent)
  return { runnable, runner: await createRunner(runnable, module), ring }
}

/** Runs what comes along the ring until its end does. */
function runAll(engine: Engine, start: RunStart): void {
  const { states } = engine.ring
  const compared = comparisonOf(start.pairs)
  for (let place = 0; ; place = (place + 1) % places) {
    Atomics.wait(states, place, placeState.free)
    const index = Atomics.load(states, place)
    if (index === placeState.end) break
    runShare(engine, start, index, place, compared)
    Atomics.store(states, place, placeState.free)
  }
  states.fill(placeState.free)
  answer({ kind: 'done', counts: compared.counts })
}

function runShare(
  { runnable, runner, ring }: Engine,
  { rows, shapes, results, sent }: RunStart,
  index: number,
  place: number,
  compared: Comparison,
): void {
  const from = index * rowsOfShare
  const count = Math.min(rowsOfShare, rows - from)
  const own = newResults(runnable, sent, count)
  const shared = [...results].map(([name, { size, raw }]) => {
    const part = (raw as Float64Array).subarray(from * size, (from + count) * size)
    return [name, { rows: count, size, raw: part }] as const
  })
  try {
    runner.run(inputsAt(ring, shapes, place), new Map([...shared, ...own]), 0, count, compared)
    if (own.size > 0) answer({ kind: 'results', index, results: own })
  } catch (problem) {
    answer({ kind: 'failure', ...describeProblem(index, problem) })
  }
}

/** The rows in a place, as a batch of their own. */
function inputsAt({ inputs }: Ring, shapes: readonly Shape[], place: number): Batch[] {
  return inputs.map((all, k) => {
    const length = all.length / places
    return { rows: rowsOfShare, shape: shapes[k]!, data: all.subarray(place * length, (place + 1) * length) }
  })
}

function answer(message: Answer): void {
  parentPort!.postMessage(message)
}

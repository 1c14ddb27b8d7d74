// The emulator on several threads: this one and workers. Each has a module instance of its own; workers are sent shares
// of the rows, this thread takes shares where they stand, and between them looks after the workers. Results stand at
// their rows, so they are the same for any number of threads, and so is the error where there is one: the first row's.

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { bug, CompileError } from '../diagnostics/diagnostic.ts'
import type { Batch, RawBatch } from '../engines/engine.ts'
import { compileBatch } from '../engines/fixed/batch.ts'
import { createRunner, newResults, type Runnable, type Runner } from '../engines/fixed/lanes/run-program.ts'
import { sendRunnable } from '../engines/fixed/lanes/sendable.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { describeProblem, type Share, type ShareResult, type WorkerStart } from './row-share.ts'

/** Few enough that what one core writes is still near when the other reads it, and worth a message. */
const rowsOfShare = 4096

export interface ThreadedEngine {
  /** Raw results by node name for the nodes asked, for every row. One run at a time. */
  run(
    inputs: readonly Batch[],
    wanted: readonly string[],
    signal?: AbortSignal,
  ): Promise<Map<string, RawBatch>>
  /** Ends the workers. */
  close(): Promise<void>
}

/** Compiles a graph and starts a worker for each thread but this one; whoever asks for them closes them. */
export async function createThreadedEngine(graph: OpGraph, threads: number): Promise<ThreadedEngine> {
  const { runnable, module } = await compileBatch(graph)
  const start: WorkerStart = { runnable: sendRunnable(runnable), module }
  const workers = Array.from({ length: Math.max(0, threads - 1) }, () => startWorker(start))
  const own = await createRunner(runnable, module)
  return {
    run: (inputs, wanted, signal) => runShares(workers, own, runnable, inputs, wanted, signal),
    close: async () => {
      await Promise.all(workers.map(worker => worker.terminate()))
    },
  }
}

/** Runs rows once on several threads. */
export async function runThreaded(
  graph: OpGraph,
  inputs: readonly Batch[],
  wanted: readonly string[],
  threads: number,
  signal?: AbortSignal,
): Promise<Map<string, RawBatch>> {
  const shares = Math.ceil((inputs[0]?.rows ?? 0) / rowsOfShare)
  const engine = await createThreadedEngine(graph, Math.max(1, Math.min(threads, shares)))
  try {
    return await engine.run(inputs, wanted, signal)
  } finally {
    await engine.close()
  }
}

/** Compiled, the worker is a file beside this one; from source, it is loaded as this one was. */
function startWorker(start: WorkerStart): Worker {
  const workerData = start
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./fixed-worker.js', import.meta.url), { workerData, execArgv: [] })
  }
  // Resolved as for `require`, which is the one way that every loader offers; the module stands beside it.
  const required = createRequire(import.meta.url).resolve('tsx/esm/api')
  const loader = pathToFileURL(required.replace(/\.cjs$/, '.mjs')).href
  const file = new URL('./fixed-worker.ts', import.meta.url).href
  const text = `import(${JSON.stringify(loader)}).then(({ tsImport }) => tsImport(${JSON.stringify(file)}, ${JSON.stringify(file)}))`
  return new Worker(text, { eval: true, workerData, execArgv: [] })
}

/** Hands out shares in order, each to the thread that is free next. */
function runShares(
  workers: readonly Worker[],
  own: Runner,
  runnable: Runnable,
  inputs: readonly Batch[],
  wanted: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, RawBatch>> {
  const rows = inputs[0]?.rows ?? 0
  const results = newResults(runnable, wanted, rows)
  const count = Math.ceil(rows / rowsOfShare)
  return new Promise((resolve, reject) => {
    const failures: ShareResult[] = []
    const spent: ArrayBuffer[] = []
    let [next, open, ended] = [0, 0, false]
    const listeners = new Map<Worker, (result: ShareResult) => void>()
    const finish = (settle: () => void) => {
      ended = true
      signal?.removeEventListener('abort', stop)
      for (const [worker, listener] of listeners) worker.off('message', listener).off('error', broken)
      settle()
    }
    const stop = () => finish(() => reject(signal!.reason))
    const broken = (problem: unknown) => finish(() => reject(problem))
    const feed = (worker: Worker) => {
      if (next >= count || failures.length > 0) return
      open++
      worker.postMessage(...shareOf(inputs, wanted, next++, spent))
    }
    const take = (worker: Worker, result: ShareResult) => {
      open--
      spent.push(...result.spent)
      if (result.results === undefined) failures.push(result)
      else place(result.results, results, result.index * rowsOfShare)
      feed(worker)
      end()
    }
    const end = () => {
      if (open > 0 || (next < count && failures.length === 0)) return
      finish(() => (failures.length === 0 ? resolve(results) : reject(errorOf(failures))))
    }
    // Between two shares of its own it hears what workers and the signal say.
    const work = () => {
      if (ended) return
      if (next >= count || failures.length > 0) return end()
      const index = next++
      try {
        own.run(inputs, results, index * rowsOfShare, Math.min(rows, (index + 1) * rowsOfShare))
      } catch (problem) {
        failures.push({ index, ...describeProblem(problem), spent: [] })
      }
      setImmediate(work)
    }
    if (signal?.aborted === true) return reject(signal.reason)
    signal?.addEventListener('abort', stop)
    for (const worker of workers) {
      const listener = (result: ShareResult) => take(worker, result)
      listeners.set(worker, listener)
      worker.on('message', listener).on('error', broken)
      // A second share waits at the worker, so that it need not wait for the next.
      for (let k = 0; k < 2; k++) feed(worker)
    }
    work()
  })
}

/** A message and what it gives away. */
function shareOf(
  inputs: readonly Batch[],
  wanted: readonly string[],
  index: number,
  spent: ArrayBuffer[],
): [Share, ArrayBuffer[]] {
  const from = index * rowsOfShare
  const parts = inputs.map(batch => {
    const rows = Math.min(rowsOfShare, batch.rows - from)
    const size = batch.data.length / batch.rows
    const part = batch.data.subarray(from * size, (from + rows) * size)
    const at = spent.findIndex(({ byteLength }) => byteLength === part.byteLength)
    const data = new Float64Array(at < 0 ? new ArrayBuffer(part.byteLength) : spent.splice(at, 1)[0]!)
    data.set(part)
    return { rows, shape: batch.shape, data }
  })
  return [{ index, inputs: parts, wanted }, parts.map(({ data }) => data.buffer)]
}

function place(from: ReadonlyMap<string, RawBatch>, into: ReadonlyMap<string, RawBatch>, row: number): void {
  for (const [name, { raw, size }] of from) {
    const whole = into.get(name)!.raw
    if (raw instanceof Float64Array && whole instanceof Float64Array) whole.set(raw, row * size)
    else for (let k = 0; k < raw.length; k++) (whole as unknown[])[row * size + k] = raw[k]
  }
}

/** The error of the first share that has one. */
function errorOf(failures: readonly ShareResult[]): Error {
  const first = failures.reduce((a, b) => (b.index < a.index ? b : a))
  if (first.diagnostics !== undefined) return new CompileError(first.diagnostics)
  try {
    return bug(`the emulator failed in a worker: ${first.fault}`)
  } catch (problem) {
    return problem as Error
  }
}

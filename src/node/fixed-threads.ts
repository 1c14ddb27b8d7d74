// The emulator on several threads: this one and workers. Each has a module instance of its own. This thread copies rows
// into the workers' rings and runs rows itself in between; workers write results where they belong, in shared memory. So
// results are the same for any number of threads, and so is the error where there is one: the first row's.

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { bug, CompileError } from '../diagnostics/diagnostic.ts'
import type { Batch, RawBatch } from '../engines/engine.ts'
import { type CompiledBatch, compileBatch } from '../engines/fixed/batch.ts'
import {
  type Comparison,
  comparisonOf,
  createRunner,
  newResults,
  type Runnable,
  type Runner,
} from '../engines/fixed/lanes/run-program.ts'
import { sendRunnable } from '../engines/fixed/lanes/sendable.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { WasmModule } from '../wasm/assemble.ts'
import {
  type Answer,
  createRing,
  describeProblem,
  type Failure,
  placeState,
  places,
  type Request,
  type Ring,
  type RunStart,
  rowsOfShare,
  sharedDoubles,
} from './row-share.ts'

/** Shares that this thread runs before it hears messages and the signal: a millisecond or so. */
const sharesBetween = 8

/** A compiled program on all threads of a crew. One run at a time. */
export interface SharedProgram {
  /** Raw results by node name for the nodes asked, for every row; numbers stand in shared memory. */
  run(
    inputs: readonly Batch[],
    wanted: readonly string[],
    signal?: AbortSignal,
  ): Promise<Map<string, RawBatch>>
  /** Over all rows, how many results differ between the nodes of each pair. */
  compare(inputs: readonly Batch[], pairs: Comparison['pairs'], signal?: AbortSignal): Promise<Comparison>
}

/** This thread and its workers. */
export interface Crew {
  /** Sends the workers a program, which takes the place of the one before. */
  load(compiled: CompiledBatch): Promise<SharedProgram>
  /** Ends the workers. */
  close(): Promise<void>
}

export interface ThreadedEngine extends Pick<SharedProgram, 'run'>, Pick<Crew, 'close'> {}

/** A worker that may have died. */
interface Started {
  readonly worker: Worker
  /** What ended it, where something did. */
  problem?: unknown
}

interface Helper {
  readonly started: Started
  readonly ring: Ring
}

/**
 * Starts a worker for each thread but this one, no more than there are shares of the rows; they load their code while
 * this thread goes on. Whoever asks for a crew closes it.
 */
export function startCrew(threads: number, rows = Infinity): Crew {
  const most = Math.min(threads, Math.ceil(rows / rowsOfShare))
  const started = Array.from({ length: Math.max(0, most - 1) }, startHelper)
  return {
    load: async ({ runnable, module }) => {
      const helpers = started.map(each => createHelper(each, runnable, module))
      const own = await createRunner(runnable, module)
      const run: Run = { helpers, own, runnable }
      return {
        run: async (inputs, wanted, signal) => {
          const results = sharedResults(runnable, wanted, inputs[0]?.rows ?? 0)
          await runShared(run, inputs, results, comparisonOf([]), signal)
          return results
        },
        compare: async (inputs, pairs, signal) => {
          const compared = comparisonOf(pairs)
          await runShared(run, inputs, new Map(), compared, signal)
          return compared
        },
      }
    },
    close: async () => {
      await Promise.all(started.map(({ worker }) => worker.terminate()))
    },
  }
}

/** A graph compiled, on a crew of its own. */
export async function createThreadedEngine(graph: OpGraph, threads: number): Promise<ThreadedEngine> {
  const crew = startCrew(threads)
  try {
    const { run } = await crew.load(await compileBatch(graph))
    return { run, close: crew.close }
  } catch (problem) {
    await crew.close()
    throw problem
  }
}

function startHelper(): Started {
  const started: Started = { worker: startWorker() }
  started.worker.on('error', problem => {
    started.problem = problem
  })
  return started
}

function createHelper(started: Started, runnable: Runnable, module: WasmModule): Helper {
  const ring = createRing(runnable.programInputs.map(({ buffer }) => runnable.buffers[buffer]!.size))
  tell(started.worker, { kind: 'start', runnable: sendRunnable(runnable), module, ring })
  return { started, ring }
}

function tell(worker: Worker, message: Request): void {
  worker.postMessage(message)
}

/** Compiled, the worker is a file beside this one; from source, it is loaded as this one was. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./fixed-worker.js', import.meta.url), { execArgv: [] })
  }
  // Resolved as for `require`, which is the one way that every loader offers; the module stands beside it.
  const required = createRequire(import.meta.url).resolve('tsx/esm/api')
  const loader = pathToFileURL(required.replace(/\.cjs$/, '.mjs')).href
  const file = new URL('./fixed-worker.ts', import.meta.url).href
  const text = `import(${JSON.stringify(loader)}).then(({ tsImport }) => tsImport(${JSON.stringify(file)}, ${JSON.stringify(file)}))`
  return new Worker(text, { eval: true, execArgv: [] })
}

/** A program with those who run it. */
interface Run {
  readonly helpers: readonly Helper[]
  readonly own: Runner
  readonly runnable: Runnable
}

/** All rows, by this thread and its helpers: results are put into `results`, differences counted in `compared`. */
async function runShared(
  { helpers, own }: Run,
  inputs: readonly Batch[],
  results: Map<string, RawBatch>,
  compared: Comparison,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  const failures: Failure[] = []
  const ended = helpers.map(({ started }) => listen(started, results, compared, failures))
  const start = startOf(inputs, results, compared)
  for (const { started } of helpers) tell(started.worker, start)
  const runOwn = (index: number) => runShare(own, inputs, results, compared, index, failures)
  await handOut(helpers, runOwn, inputs, failures, signal)
  await Promise.all(ended)
  signal?.throwIfAborted()
  if (failures.length > 0) throw errorOf(failures)
}

/** Room for results: numbers in memory that workers write to, bigints in lists of this thread. */
function sharedResults(runnable: Runnable, wanted: readonly string[], rows: number): Map<string, RawBatch> {
  const forms = newResults(runnable, wanted, 0)
  return new Map(
    [...forms].map(([name, { size, raw }]) => {
      const all = raw instanceof Float64Array ? sharedDoubles(rows * size) : new Array(rows * size).fill(0n)
      return [name, { rows, size, raw: all }]
    }),
  )
}

function startOf(
  inputs: readonly Batch[],
  results: ReadonlyMap<string, RawBatch>,
  { pairs }: Comparison,
): RunStart {
  const isShared = ([, { raw }]: readonly [string, RawBatch]) => raw instanceof Float64Array
  return {
    kind: 'run',
    rows: inputs[0]?.rows ?? 0,
    shapes: inputs.map(({ shape }) => shape),
    results: new Map([...results].filter(isShared)),
    sent: [...results].filter(one => !isShared(one)).map(([name]) => name),
    pairs,
  }
}

/** Takes what a worker says until it has ended its run; one that died has failed before all rows. */
function listen(
  { worker, problem }: Started,
  results: ReadonlyMap<string, RawBatch>,
  { counts }: Comparison,
  failures: Failure[],
): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      worker.off('message', take).off('error', died)
      resolve()
    }
    const died = (problem: unknown) => {
      failures.push(describeProblem(-1, problem))
      end()
    }
    const take = (answer: Answer) => {
      if (answer.kind === 'done') {
        for (const [k, count] of answer.counts.entries()) counts[k]! += count
        end()
      } else if (answer.kind === 'failure') failures.push(answer)
      else place(answer.results, results, answer.index * rowsOfShare)
    }
    worker.on('message', take).on('error', died)
    if (problem !== undefined) died(problem)
  })
}

/** Hands out shares in order, each to the thread that is free next, until all are or one has failed. */
async function handOut(
  helpers: readonly Helper[],
  runOwn: (index: number) => void,
  inputs: readonly Batch[],
  failures: readonly Failure[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const rows = inputs[0]?.rows ?? 0
  const count = Math.ceil(rows / rowsOfShare)
  const feeds = helpers.map(createFeed)
  let [next, run] = [0, 0]
  const isMore = () => next < count && failures.length === 0 && signal?.aborted !== true
  while (isMore()) {
    for (const feed of feeds) while (isMore() && feed.isFree()) feed.put(inputs, next++)
    if (isMore()) runOwn(next++)
    if (++run % sharesBetween === 0) await turn()
  }
  for (const feed of feeds) {
    while (!feed.isFree() && !feed.isDead()) await turn()
    feed.end()
  }
}

function runShare(
  own: Runner,
  inputs: readonly Batch[],
  results: ReadonlyMap<string, RawBatch>,
  compared: Comparison,
  index: number,
  failures: Failure[],
): void {
  const from = index * rowsOfShare
  try {
    own.run(inputs, results, from, Math.min(inputs[0]!.rows, from + rowsOfShare), compared)
  } catch (problem) {
    failures.push(describeProblem(index, problem))
  }
}

/** Lets messages and signals be heard. */
function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/** The near end of a worker's ring. */
interface Feed {
  /** Whether the next place is. */
  isFree(): boolean
  isDead(): boolean
  put(inputs: readonly Batch[], index: number): void
  end(): void
}

function createFeed({ started, ring }: Helper): Feed {
  const { states, inputs: areas } = ring
  let place = 0
  const set = (state: number) => {
    Atomics.store(states, place, state)
    Atomics.notify(states, place)
    place = (place + 1) % places
  }
  return {
    isFree: () => Atomics.load(states, place) === placeState.free,
    isDead: () => started.problem !== undefined,
    put: (inputs, index) => {
      inputs.forEach(({ data, rows }, k) => {
        const share = rowsOfShare * (data.length / rows)
        areas[k]!.set(data.subarray(index * share, (index + 1) * share), place * share)
      })
      set(index)
    },
    end: () => set(placeState.end),
  }
}

function place(from: ReadonlyMap<string, RawBatch>, into: ReadonlyMap<string, RawBatch>, row: number): void {
  for (const [name, { raw, size }] of from) {
    const whole = into.get(name)!.raw as unknown[]
    for (let k = 0; k < raw.length; k++) whole[row * size + k] = raw[k]
  }
}

/** The error of the first share that has one. */
function errorOf(failures: readonly Failure[]): Error {
  const first = failures.reduce((a, b) => (b.index < a.index ? b : a))
  if (first.diagnostics !== undefined) return new CompileError(first.diagnostics)
  try {
    return bug(`the emulator failed in a worker: ${first.fault}`)
  } catch (problem) {
    return problem as Error
  }
}

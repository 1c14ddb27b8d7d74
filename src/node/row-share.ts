// What threads that emulate rows tell each other. Rows go to a worker through a ring of places in shared memory: the thread
// that hands out rows fills some while the worker runs another, and neither sends a message for it.

import { CompileError, type Diagnostic } from '../diagnostics/diagnostic.ts'
import type { RawBatch } from '../engines/engine.ts'
import type { CompiledBatch } from '../engines/fixed/batch.ts'
import type { Comparison } from '../engines/fixed/lanes/run-program.ts'
import type { Shape } from '../ir/tensor-type.ts'

/** Rows at once: few enough that no thread waits long for another at the end, and the copy stays in its cache. */
export const rowsOfShare = 512
/** Places of a ring: a worker has rows left while the other thread runs a share of its own. */
export const places = 4

/** What a place of the ring holds when it is not the index of a share. */
export const placeState = { free: -1, end: -2 } as const

export interface Ring {
  /** By place: a share's index, or its state. */
  readonly states: Int32Array
  /** By input, the rows of all places one after another. */
  readonly inputs: readonly Float64Array[]
}

/** What a worker is told: a program to begin with, then of each run; another program takes the place of the one before. */
export type Request = WorkerStart | RunStart

export interface WorkerStart extends CompiledBatch {
  readonly kind: 'start'
  readonly ring: Ring
}

/** A run of all rows: results of numbers are written where they belong, in memory that all threads share. */
export interface RunStart {
  readonly kind: 'run'
  readonly rows: number
  readonly shapes: readonly Shape[]
  readonly results: ReadonlyMap<string, RawBatch>
  /** Results that do not fit doubles; they are sent back by messages. */
  readonly sent: readonly string[]
  /** Nodes compared; what differs is counted by every thread for the rows it runs. */
  readonly pairs: Comparison['pairs']
}

export type Answer =
  | { readonly kind: 'results'; readonly index: number; readonly results: ReadonlyMap<string, RawBatch> }
  | ({ readonly kind: 'failure' } & Failure)
  | { readonly kind: 'done'; readonly counts: readonly number[] }

export interface Failure {
  /** The share's. */
  readonly index: number
  readonly diagnostics?: readonly Diagnostic[]
  readonly fault?: string
}

/** A ring for inputs of so many elements a row. */
export function createRing(sizes: readonly number[]): Ring {
  const states = new Int32Array(new SharedArrayBuffer(4 * places)).fill(placeState.free)
  return { states, inputs: sizes.map(size => sharedDoubles(places * rowsOfShare * size)) }
}

export function sharedDoubles(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length))
}

/** What is thrown, as data: an error's class does not cross threads. */
export function describeProblem(index: number, problem: unknown): Failure {
  if (problem instanceof CompileError) return { index, diagnostics: problem.diagnostics }
  return { index, fault: problem instanceof Error ? (problem.stack ?? problem.message) : String(problem) }
}

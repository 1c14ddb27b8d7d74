// What threads that emulate rows tell each other.

import { CompileError, type Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Batch, RawBatch } from '../engines/engine.ts'
import type { CompiledBatch } from '../engines/fixed/batch.ts'

/** What a worker begins with. */
export type WorkerStart = CompiledBatch

/** Rows for a worker, copied out of the whole. */
export interface Share {
  readonly index: number
  readonly inputs: readonly Batch[]
  readonly wanted: readonly string[]
}

export interface ShareResult {
  readonly index: number
  readonly results?: ReadonlyMap<string, RawBatch>
  readonly diagnostics?: readonly Diagnostic[]
  readonly fault?: string
  /** The share's memory, to be used again: fresh memory costs as much as copying into it. */
  readonly spent: readonly ArrayBuffer[]
}

/** What is thrown, as data: an error's class does not cross threads. */
export function describeProblem(problem: unknown): Pick<ShareResult, 'diagnostics' | 'fault'> {
  if (problem instanceof CompileError) return { diagnostics: problem.diagnostics }
  return { fault: problem instanceof Error ? (problem.stack ?? problem.message) : String(problem) }
}

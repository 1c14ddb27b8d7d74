// `lutra profile`: the values of a network against the types that hold them.

import { join } from 'node:path'
import { CompileError, type Diagnostic } from '../diagnostics/diagnostic.ts'
import { type Operations, operationsOf } from '../profile/operations.ts'
import { createProfiler, type Profile, type ProfiledModel } from '../profile/profile.ts'
import { version } from '../version.ts'
import { calibrationFindings } from './calibration.ts'
import { checkpoint } from './checkpoint.ts'
import { type FileSystem, writeFilesAtomic } from './files.ts'
import { loadModel } from './load-model.ts'
import { eachPiece, type PieceOptions } from './pieces.ts'
import { type ModelOptions, type PreparedModel, prepareModel } from './prepare.ts'

export interface ProfileOptions extends ModelOptions, PieceOptions {
  /** Folder for `profile.html`, `profile.json` and a drawing of each part. */
  readonly out?: string
  /** The disk that files are written to; the real one by default. */
  readonly disk?: FileSystem
}

export interface ProfileResult {
  /** Plain data: values in the network's own units, shares of 1. */
  readonly profile: Profile
  /** What the typed network does and holds; absent where the model has no types. */
  readonly operations?: Operations
  readonly findings: readonly Diagnostic[]
  /** Files written. */
  readonly files: readonly string[]
}

/** Profiles weights and, with `data`, the results of every layer; without types known, those of the float model. */
export async function profile(options: ProfileOptions): Promise<ProfileResult> {
  options.onProgress?.('reading and typing the model')
  const prepared = await preparedOrFloat(options)
  const { model, vectors } = prepared
  const profiler = createProfiler(model)
  await eachPiece([model.source, model.typed ?? model.source], vectors ?? [], options, rows =>
    profiler.add(rows),
  )
  const result = { ...profiler.result(), model: prepared.file }
  const findings = [...prepared.findings, ...dataFindings(vectors, prepared.specs)]
  const files = options.out === undefined ? {} : await filesOf(result)
  const operations = model.typed === undefined ? {} : { operations: operationsOf(model.typed) }
  return { profile: result, ...operations, findings, files: await writeInto(options, files) }
}

/** Findings about the vectors of every input. */
export function dataFindings(vectors: PreparedModel['vectors'], specs: readonly string[]): Diagnostic[] {
  return (vectors ?? []).flatMap((batch, k) => calibrationFindings(batch, specs[k] ?? `input ${k}`))
}

interface Prepared {
  readonly model: ProfiledModel
  readonly file: string
  readonly vectors: PreparedModel['vectors']
  readonly specs: readonly string[]
  readonly findings: readonly Diagnostic[]
}

/** A float model of which nothing says what enters it has no types, but weights to be looked at. */
async function preparedOrFloat(options: ProfileOptions): Promise<Prepared> {
  try {
    const { compiled, vectors, findings, config, loaded } = await prepareModel(options)
    return { model: compiled, file: loaded.file, vectors, findings, specs: specsOf(options, config) }
  } catch (problem) {
    if (typeof options.model !== 'string' || !lacksInputRange(problem)) throw problem
    const { graph, file } = await loadModel(options.model, options.weights)
    return { model: { source: graph }, file, vectors: undefined, findings: [], specs: [] }
  }
}

/** The files that vectors came from, for messages. */
export function specsOf(options: ModelOptions, { run }: PreparedModel['config']): readonly string[] {
  return options.input ?? options.data ?? (run.data === undefined ? [] : [run.data])
}

function lacksInputRange(problem: unknown): boolean {
  return (
    problem instanceof CompileError &&
    problem.diagnostics.every(({ code }) => code === 'precision/no-input-range')
  )
}

/** The charts are loaded only by whoever draws them. */
async function filesOf(result: Profile): Promise<Record<string, string>> {
  const { profileFiles } = await import('../profile/profile-page.ts')
  return { ...profileFiles(result, version), 'profile.json': `${JSON.stringify(result, undefined, 2)}\n` }
}

/** Writes files into the folder `out`; gives their paths. */
export async function writeInto(
  { out, signal, disk }: Pick<ProfileOptions, 'out' | 'signal' | 'disk'>,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string[]> {
  if (out === undefined) return []
  await checkpoint(signal)
  const placed = Object.entries(files).map(([name, content]) => [join(out, name), content] as const)
  await writeFilesAtomic(placed, disk)
  return placed.map(([path]) => path)
}

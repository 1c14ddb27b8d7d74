// The scaler that stands outside of a network, for every verb that reads rows: given, or the one that training left
// beside the model. Rows of files are physical values; here they become what the network takes.

import { dirname, join } from 'node:path'
import { applyScaler, type Scaler } from '../data/scale.ts'
import { checkScalers, readScalerFile } from '../data/scaler-file.ts'
import { CompileError, type Diagnostic, fail, finding } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import { isObject, type Json } from '../frontends/json.ts'
import { fileHash } from './file-hash.ts'
import { diskFileSystem, readFileBytes } from './files.ts'
import type { ModelOptions } from './prepare.ts'

/** Scalers by input, undefined for inputs that are taken as they are. */
export interface ModelScaler {
  readonly scalers: readonly (Scaler | undefined)[]
  /** The file, and its bytes. */
  readonly file: string
  readonly bytes: Uint8Array
}

export interface ChosenScaler {
  readonly scaler?: ModelScaler
  /** Where none was named and one lies beside the model: whether it is taken. */
  readonly findings: readonly Diagnostic[]
}

/** What the record of a training says of the scaler beside it. */
export interface ScalerRecord {
  readonly file: string
  /** SHA-256 of the file. */
  readonly hash: string
}

/** What is written beside a network, and may say that its scaler is the one beside it. */
const records = ['training.json', 'search.json']

/** What training calls the file. */
export const scalerFile = 'scaler.json'

/**
 * The scaler of a model with inputs of these shapes: the file given, else the one beside the model where the record of
 * its training names it; none where `scaler` is false. Fails with `data/scaler` for a file that is none, or another
 * network's.
 */
export async function chooseScaler(
  { model, scaler: given }: Pick<ModelOptions, 'model' | 'scaler'>,
  shapes: readonly (readonly number[])[],
): Promise<ChosenScaler> {
  if (given === false) return { findings: [] }
  if (given !== undefined) return { scaler: await readScaler(given, shapes), findings: [] }
  if (typeof model !== 'string') return { findings: [] }
  const beside = join(dirname(model), scalerFile)
  const bytes = await diskFileSystem.readFile(beside).catch(() => undefined)
  if (bytes === undefined) return { findings: [] }
  return besideModel({ model, beside, bytes }, shapes)
}

async function readScaler(file: string, shapes: readonly (readonly number[])[]): Promise<ModelScaler> {
  return parsedScaler(file, await readFileBytes(file), shapes)
}

function parsedScaler(file: string, bytes: Uint8Array, shapes: readonly (readonly number[])[]): ModelScaler {
  const scalers = readScalerFile(new TextDecoder().decode(bytes), file)
  checkScalers(scalers, shapes, file)
  return { scalers, file, bytes }
}

interface Beside {
  readonly model: string
  readonly beside: string
  readonly bytes: Uint8Array
}

/** Taken only where the record of training names this very file: another may be of an earlier run, or of other rows. */
async function besideModel(
  { model, beside, bytes }: Beside,
  shapes: readonly (readonly number[])[],
): Promise<ChosenScaler> {
  const hash = fileHash(bytes)
  const recorded = await Promise.all(records.map(name => recordedScaler(join(dirname(model), name))))
  const at = recorded.findIndex(record => record?.file === scalerFile && record.hash === hash)
  if (at < 0)
    return { findings: [notTaken(beside, 'no record of a training beside it names this very file')] }
  try {
    return { scaler: parsedScaler(beside, bytes, shapes), findings: [taken(beside, records[at]!)] }
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    return { findings: [notTaken(beside, problem.diagnostics[0]!.problem)] }
  }
}

async function recordedScaler(path: string): Promise<Partial<ScalerRecord> | undefined> {
  try {
    const record = JSON.parse(new TextDecoder().decode(await diskFileSystem.readFile(path))) as Json
    const scaler = isObject(record) ? record.scaler : undefined
    return scaler !== undefined && isObject(scaler) ? (scaler as Partial<ScalerRecord>) : undefined
  } catch {
    // No record, or a file of something else that has its name.
    return undefined
  }
}

function taken(file: string, record: string): Diagnostic {
  return finding({
    code: 'data/scaler-beside',
    place: file,
    problem: `rows are scaled by it: ${record} beside it says that the network was trained on such rows`,
    remedy: `Name it with --scaler ${file}, or say --no-scaler where the rows are scaled already.`,
  })
}

function notTaken(file: string, why: string): Diagnostic {
  return finding({
    code: 'data/scaler-beside',
    place: file,
    problem: `rows are taken as they are, and not scaled by it: ${why}`,
    remedy: `Give --scaler ${file} if it belongs to the network, else --no-scaler.`,
  })
}

/** Rows as the network takes them: rounded to float32, scaled in doubles, rounded once to float32. */
export function scaleBatches(
  { scalers, file }: Pick<ModelScaler, 'scalers' | 'file'>,
  batches: readonly Batch[],
): { readonly given: readonly Batch[]; readonly scaled: readonly Batch[] } {
  const given = batches.map((batch, k) => (scalers[k] === undefined ? batch : singles(batch)))
  return { given, scaled: given.map((batch, k) => scaledBatch(scalers[k], batch, file)) }
}

function singles(batch: Batch): Batch {
  return { ...batch, data: Float64Array.from(batch.data, Math.fround) }
}

function scaledBatch(scaler: Scaler | undefined, batch: Batch, file: string): Batch {
  if (scaler === undefined) return batch
  const { data } = applyScaler(scaler, { shape: batch.shape, data: Float32Array.from(batch.data) })
  const bad = data.findIndex(value => !Number.isFinite(value))
  if (bad >= 0) failBeyond(batch, bad, file)
  return { ...batch, data: Float64Array.from(data) }
}

function failBeyond({ rows, data }: Batch, index: number, file: string): never {
  const size = data.length / rows
  return fail({
    code: 'data/not-finite',
    place: `row ${Math.floor(index / size)}, element ${index % size}, counted from 0`,
    problem: `scaled by ${file}, ${data[index]} is beyond what float32 holds`,
    expected: 'rows as the training had them',
    remedy: 'Check whether rows and scaler belong together.',
  })
}

/** Rows in float32 that the scaler brings near these: what a driver is given where nobody gave rows. */
export function unscaledBatch(scaler: Scaler | undefined, batch: Batch): Batch {
  if (scaler === undefined) return batch
  const { offset, factor } = scaler
  const most = 2 ** 127
  const data = batch.data.map((value, k) => {
    const entry = k % offset.length
    const own = value / factor[entry]! + offset[entry]!
    return Math.fround(Math.max(-most, Math.min(most, own)))
  })
  return { ...batch, data }
}

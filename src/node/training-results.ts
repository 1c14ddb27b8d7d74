// A trained network judged on rows that it did not see, and what is written of it.

import { join } from 'node:path'
import { type RowArray, sizeOf, type Target } from '../data/dataset.ts'
import { writeNpy } from '../formats/npy.ts'
import { loadAutodiff } from '../train/autodiff.ts'
import { createEvaluator, type Evaluation, furtherMetrics, metricsOf } from '../train/evaluate.ts'
import { isLargeFloat } from '../train/float-model.ts'
import { withoutLastFunction } from '../train/forward.ts'
import type { WeightValues } from '../train/initialise.ts'
import { writeKerasModel } from '../train/keras-model.ts'
import { type TrainingResult, uploadWeights } from '../train/loop.ts'
import { outputLosses } from '../train/loss.ts'
import { type RocPoint, rocOf } from '../train/metrics.ts'
import type { Model } from '../train/model.ts'
import type { TrainingReport } from '../train/pages/training-page.ts'
import type { TrainProject } from '../train/project.ts'
import { version } from '../version.ts'
import { fileHash } from './file-hash.ts'
import { type FileSystem, writeFilesAtomic } from './files.ts'
import { type ScalerRecord, scalerFile } from './scaler.ts'
import type { ProjectRows } from './train-data.ts'

interface Judged {
  readonly report: TrainingReport
  readonly roc: readonly (readonly RocPoint[])[]
}

/** The trained model on the rows kept apart, in float64; a float network of more than a million parameters in float32. */
export async function judge(
  model: Model,
  result: TrainingResult,
  rows: ProjectRows,
  { settings }: TrainProject,
): Promise<Judged> {
  const judged = rows.test !== undefined ? 'test' : rows.validation !== undefined ? 'validation' : 'training'
  const source = judgedRows(rows)
  const autodiff = await loadAutodiff()
  const weights = uploadWeights(autodiff, model, result.weights)
  const batch = Math.max(settings.batch, 64)
  const losses = outputLosses(model, settings, source.form, withoutLastFunction(model).lasts)
  const evaluator = createEvaluator(autodiff, model, losses, {
    batch,
    numbers: isLargeFloat(model) ? 'float32' : 'float64',
  })
  const evaluation = await evaluator.run(weights, source)
  autodiff.release(weights)
  const metrics = metricsOf(evaluation, source, model)
  const further = furtherMetrics(evaluation, source, model)
  const report: TrainingReport = {
    name: model.name,
    parameters: model.parameters,
    loss: result.loss,
    rows: {
      training: rows.training.count,
      validation: rows.validation?.count ?? 0,
      test: rows.test?.count ?? 0,
    },
    history: result.history,
    bestEpoch: result.bestEpoch,
    ended: result.ended,
    metrics,
    ...(further.length > 0 && { outputs: further }),
    judged,
  }
  return { report, roc: rocCurves(evaluation, model) }
}

/** The rows that the model was judged on. */
const judgedRows = (rows: ProjectRows) => rows.test ?? rows.validation ?? rows.training

const rowsKept = 1000

/**
 * The first of those rows as the next verbs take them: `X_test.npy`, and `y_test.npy` with classes or values, of further
 * outputs `y_OUTPUT_test.npy`. `rows` are those of the data: where a scaler stands outside of the network, the verbs scale them by its file.
 */
export async function judgedFiles(rows: ProjectRows): Promise<Record<string, Uint8Array>> {
  const source = judgedRows(rows)
  const count = Math.min(rowsKept, source.count)
  const { inputs, target, more = {} } = await source.rows(Uint32Array.from({ length: count }, (_, k) => k))
  const file = ({ shape, data }: RowArray) =>
    writeNpy({ shape: [count, ...shape], data: Float64Array.from(data) }, 'float32')
  const wanted = (own: Target) =>
    own.kind === 'values'
      ? file(own)
      : writeNpy({ shape: [count], data: Float64Array.from(own.labels) }, 'int32')
  const x = inputs.map(
    (input, k) => [inputs.length === 1 ? 'X_test.npy' : `X${k}_test.npy`, file(input)] as const,
  )
  const y = Object.entries(more).map(([output, own]) => [`y_${output}_test.npy`, wanted(own)] as const)
  return { ...Object.fromEntries(x), 'y_test.npy': wanted(target), ...Object.fromEntries(y) }
}

function rocCurves({ outputs, labels }: Evaluation, model: Model): RocPoint[][] {
  const classes = sizeOf(model.outputShape)
  if (labels === undefined || classes > 10 || classes < 2) return []
  return Array.from({ length: classes }, (_, k) => rocOf({ classes, scores: outputs, labels }, k))
}

export async function writeResults(
  out: string,
  model: Model,
  weights: WeightValues,
  { report, roc, rows }: Judged & { readonly rows: Readonly<Record<string, string | Uint8Array>> },
  disk: FileSystem,
): Promise<string[]> {
  // Charts are loaded only by whoever draws them.
  const { trainingFiles } = await import('../train/pages/training-page.ts')
  const record = { ...report, ...scalerRecord(rows[scalerFile]) }
  const files: Record<string, string | Uint8Array> = {
    'model.h5': await writeKerasModel(model, weights),
    'training.json': `${JSON.stringify(record, undefined, 2)}\n`,
    ...trainingFiles(report, roc, version),
    ...rows,
  }
  const placed = Object.entries(files).map(([name, content]) => [join(out, name), content] as const)
  await writeFilesAtomic(placed, disk)
  return placed.map(([path]) => path)
}

/** What says that the scaler beside a network is its own. */
export function scalerRecord(file: string | Uint8Array | undefined): { readonly scaler?: ScalerRecord } {
  return file === undefined ? {} : { scaler: { file: scalerFile, hash: fileHash(file) } }
}

// `lutra train`: from rows to a Keras file, with curves and checkpoints in a folder.

import { join } from 'node:path'
import { type RowArray, sizeOf } from '../data/dataset.ts'
import { CompileError, type Diagnostic, fail, finding } from '../diagnostics/diagnostic.ts'
import { writeNpy } from '../formats/npy.ts'
import { loadAutodiff } from '../train/autodiff.ts'
import { readCheckpoint, writeCheckpoint } from '../train/checkpoint.ts'
import { createEvaluator, type Evaluation, furtherMetrics, metricsOf } from '../train/evaluate.ts'
import { fingerprintOf } from '../train/fingerprint.ts'
import { isLargeFloat } from '../train/float-model.ts'
import { withoutLastFunction } from '../train/forward.ts'
import { initialWeights, type WeightValues } from '../train/initialise.ts'
import type { Keeper } from '../train/kept-epochs.ts'
import { checkWritable, readKerasModel, writeKerasModel } from '../train/keras-model.ts'
import { type EpochRecord, type Snapshot, type TrainingResult, train, uploadWeights } from '../train/loop.ts'
import { outputLosses } from '../train/loss.ts'
import { type RocPoint, rocOf } from '../train/metrics.ts'
import { type Model, readModelConfig, weightKey } from '../train/model.ts'
import type { TrainingReport } from '../train/pages/training-page.ts'
import type { TrainProject } from '../train/project.ts'
import { type Scaling, scaleInputs } from '../train/scaling.ts'
import type { Additions } from '../train/step.ts'
import { version } from '../version.ts'
import { checkpoint as listen } from './checkpoint.ts'
import { diskFileSystem, type FileSystem, readFileBytes, writeFileAtomic, writeFilesAtomic } from './files.ts'
import { openRows, type ProjectRows } from './train-data.ts'
import { readTrainingProject, type TrainingFlags } from './training-config.ts'

export interface TrainOptions extends TrainingFlags {
  /** Goes on from the last whole checkpoint in the folder, if there is one of this run. */
  readonly resume?: boolean
  readonly onProgress?: (text: string) => void
  readonly signal?: AbortSignal
  /** The disk that is read and written; the real one by default. */
  readonly disk?: FileSystem
}

export interface TrainResult {
  readonly report: TrainingReport
  /** The trained model's file. */
  readonly model: string
  /** All files written. */
  readonly files: readonly string[]
  /** Epochs that were taken over from a checkpoint. */
  readonly resumedFrom: number
  readonly findings: readonly Diagnostic[]
}

/** Trains a model and writes `model.h5`, `training.json`, `training.html` and drawings into the folder `out`. */
export async function trainModel(options: TrainOptions): Promise<TrainResult> {
  const { disk = diskFileSystem, signal } = options
  const say = options.onProgress ?? (() => {})
  const project = await readTrainingProject(options)
  const out = project.out ?? 'training'
  const { model, start } = await openModel(project, disk)
  checkWritable(model)
  say('reading the data')
  const given = await openRows(project, project.settings.seed, disk)
  const scaling = await scalingOf(project, model, given)
  const { rows } = scaling
  const { result, findings, resumedFrom } = await runTraining(
    { project, rows, model: scaling.model, start: { ...start, ...scaling.weights }, out },
    options,
  )
  say('judging the model')
  const trained = scaling.finish(result.weights)
  const { report, roc } = await judge(trained.model, { ...result, weights: trained.weights }, rows, project)
  await listen(signal)
  const judged = { report, roc, rows: { ...(await judgedFiles(rows)), ...scaling.files } }
  const files = await writeResults(out, trained.model, trained.weights, judged, disk)
  return {
    report,
    model: join(out, 'model.h5'),
    files,
    resumedFrom,
    findings,
  }
}

/** The model and rows as they are trained; as they are, where nothing is scaled. */
export async function scalingOf(
  { scaling }: TrainProject,
  model: Model,
  rows: ProjectRows,
): Promise<Scaling> {
  if (scaling !== undefined) return scaleInputs(model, rows, scaling.settings, scaling.place)
  return { model, rows, weights: {}, finish: weights => ({ model, weights }), files: {} }
}

/** A run with all that it needs. */
export interface Run {
  readonly project: TrainProject
  readonly rows: ProjectRows
  readonly model: Model
  /** Weights to begin with. */
  readonly start: WeightValues | undefined
  /** Folder of the checkpoints. */
  readonly out: string
  readonly additions?: Additions
  /** What else a checkpoint must have been made with. */
  readonly more?: string
  /** What is kept of epochs besides; `onWeights` gives it to them. */
  readonly keeper?: Keeper | undefined
  /** Called with the weights that the first epoch begins with, and after every epoch. */
  readonly onWeights?: (weights: WeightValues, record: EpochRecord | undefined, epoch: number) => void
}

export interface RunResult {
  readonly result: TrainingResult
  readonly findings: readonly Diagnostic[]
  /** Epochs that were taken over from a checkpoint. */
  readonly resumedFrom: number
}

/** Trains, with checkpoints in the folder; goes on from one where that is asked. */
export async function runTraining(run: Run, options: TrainOptions): Promise<RunResult> {
  const { project, rows, model, start, out, additions, onWeights, keeper } = run
  const { disk = diskFileSystem, signal } = options
  const print = await fingerprintOf(model, project.settings, rows.training, run.more)
  const found = options.resume === true ? await lastCheckpoint(out, print, disk) : noCheckpoint
  await listen(signal)
  const autodiff = await loadAutodiff()
  const told = progressTeller(options.onProgress ?? (() => {}))
  const resumedFrom = found.snapshot?.history.length ?? 0
  const first = { ...initialWeights(model, project.settings.seed), ...start, ...found.snapshot?.weights }
  keeper?.restore(found.snapshot?.kept ?? [])
  onWeights?.(first, undefined, resumedFrom)
  const result = await train({
    autodiff,
    model,
    settings: project.settings,
    data: rows.training,
    validation: rows.validation,
    start,
    resume: found.snapshot,
    ...(additions === undefined ? {} : { additions }),
    onStep: async progress => {
      told(progress)
      // Once in a while, so that Ctrl-C is heard.
      if (progress.step % 16 === 0) await listen(signal)
    },
    onEpoch: async (record, snapshot) => {
      const now = snapshot()
      onWeights?.(now.weights, record, record.epoch)
      const kept = keeper === undefined ? {} : { kept: keeper.kept() }
      await keepCheckpoint(out, writeCheckpoint({ ...now, ...kept }, print), disk)
      await listen(signal)
    },
  })
  return { result, findings: found.findings, resumedFrom }
}

/** The model, and the weights that it begins with where a file gives them. */
export async function openModel(
  project: TrainProject,
  disk: FileSystem,
): Promise<{ model: Model; start: WeightValues | undefined }> {
  const { model: given, start } = project
  const read =
    typeof given === 'string'
      ? await readKerasModel(await readFileBytes(given, disk), given)
      : { model: readModelConfig(given, 'train.model') }
  const begun = 'weights' in read ? read.weights : undefined
  if (start === undefined) return { model: read.model, start: begun }
  const other = await readKerasModel(await readFileBytes(start, disk), start)
  return { model: read.model, start: { ...begun, ...sameWeights(read.model, other, start) } }
}

/** Weights of layers of the same name and shape; none at all is an error. */
export function sameWeights(
  model: Model,
  other: { readonly model: Model; readonly weights?: WeightValues },
  file: string,
): WeightValues {
  const shapes = new Map(
    other.model.layers.flatMap(layer => layer.weights.map(own => [weightKey(layer, own), own.shape.join()])),
  )
  const shared = model.layers.flatMap(layer =>
    layer.weights.flatMap(own => {
      const key = weightKey(layer, own)
      const values = other.weights?.[key]
      return values !== undefined && shapes.get(key) === own.shape.join() ? [[key, values] as const] : []
    }),
  )
  if (shared.length > 0) return Object.fromEntries(shared)
  return fail({
    code: 'train/nothing-shared',
    place: file,
    problem: 'none of its weights has the name and shape of one of the model',
    expected: `weights such as ${model.layers.flatMap(layer => layer.weights.map(own => weightKey(layer, own)))[0] ?? 'those of the model'}`,
    remedy: 'Name the layers alike, or leave out start.',
  })
}

const checkpointNames = ['checkpoint.lutra', 'checkpoint-before.lutra'] as const

/** The new one in its place, the one that stood there beside it: one of them is whole at any moment. */
async function keepCheckpoint(out: string, bytes: Uint8Array, disk: FileSystem): Promise<void> {
  const [now, before] = checkpointNames.map(name => join(out, name)) as [string, string]
  const previous = await disk.readFile(now).catch(() => undefined)
  if (previous !== undefined) await writeFileAtomic(before, previous, disk)
  await writeFileAtomic(now, bytes, disk)
}

interface FoundCheckpoint {
  readonly snapshot: Snapshot | undefined
  readonly findings: readonly Diagnostic[]
}

const noCheckpoint: FoundCheckpoint = { snapshot: undefined, findings: [] }

/** The newest whole checkpoint; what is damaged is told, and the one before it taken. */
async function lastCheckpoint(out: string, run: string, disk: FileSystem): Promise<FoundCheckpoint> {
  const findings: Diagnostic[] = []
  for (const name of checkpointNames) {
    const path = join(out, name)
    const bytes = await disk.readFile(path).catch(() => undefined)
    if (bytes === undefined) continue
    try {
      return { snapshot: readCheckpoint(bytes, path, run), findings }
    } catch (problem) {
      const [own] = problem instanceof CompileError ? problem.diagnostics : []
      if (own?.code !== 'train/checkpoint-damaged') throw problem
      findings.push(finding(own))
    }
  }
  return { snapshot: undefined, findings }
}

interface Progress {
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly steps: number
  readonly loss: number
}

/** Says how far it is and how long it will take: at each epoch's end, and within long ones every few seconds. */
function progressTeller(say: (text: string) => void): (progress: Progress) => void {
  let first: { time: number; done: number } | undefined
  let lastTold = 0
  return ({ epoch, epochs, step, steps, loss }) => {
    const now = performance.now()
    const done = epoch * steps + step + 1
    // The first step compiles: it tells nothing of the others.
    if (first === undefined) {
      first = { time: now, done }
      return
    }
    const last = step === steps - 1
    if (now - lastTold < (last ? 500 : 2000) && !(last && epoch === epochs - 1)) return
    lastTold = now
    const left = ((now - first.time) / Math.max(1, done - first.done)) * (epochs * steps - done)
    const within = last ? '' : `, step ${step + 1}/${steps}`
    say(`epoch ${epoch + 1}/${epochs}${within}: loss ${loss.toPrecision(4)}, ${clockText(left)} left at most`)
  }
}

/** Milliseconds as `0:07` or `1:02:07`. */
export function clockText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

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

/** The first of those rows as the next verbs take them: `X_test.npy`, and `y_test.npy` with classes or values. */
export async function judgedFiles(rows: ProjectRows): Promise<Record<string, Uint8Array>> {
  const source = judgedRows(rows)
  const count = Math.min(rowsKept, source.count)
  const { inputs, target } = await source.rows(Uint32Array.from({ length: count }, (_, k) => k))
  const file = ({ shape, data }: RowArray) =>
    writeNpy({ shape: [count, ...shape], data: Float64Array.from(data) }, 'float32')
  const y =
    target.kind === 'values'
      ? file(target)
      : writeNpy({ shape: [count], data: Float64Array.from(target.labels) }, 'int32')
  const x = inputs.map(
    (input, k) => [inputs.length === 1 ? 'X_test.npy' : `X${k}_test.npy`, file(input)] as const,
  )
  return { ...Object.fromEntries(x), 'y_test.npy': y }
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
  const files: Record<string, string | Uint8Array> = {
    'model.h5': await writeKerasModel(model, weights),
    'training.json': `${JSON.stringify(report, undefined, 2)}\n`,
    ...trainingFiles(report, roc, version),
    ...rows,
  }
  const placed = Object.entries(files).map(([name, content]) => [join(out, name), content] as const)
  await writeFilesAtomic(placed, disk)
  return placed.map(([path]) => path)
}

export type { EpochRecord, TrainingReport }

// `lutra train`: from rows to a Keras file, with curves and checkpoints in a folder.

import { join } from 'node:path'
import { type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import { loadAutodiff } from '../train/autodiff.ts'
import { writeCheckpoint } from '../train/checkpoint.ts'
import { fingerprintOf } from '../train/fingerprint.ts'
import { initialWeights, type WeightValues } from '../train/initialise.ts'
import type { Keeper } from '../train/kept-epochs.ts'
import { checkWritable, readKerasModel } from '../train/keras-model.ts'
import { type EpochRecord, type TrainingResult, train } from '../train/loop.ts'
import { type Model, readModelConfig, weightKey } from '../train/model.ts'
import type { TrainingReport } from '../train/pages/training-page.ts'
import type { TrainProject, TrainProjectInput } from '../train/project.ts'
import { type Scaling, scaleInputs } from '../train/scaling.ts'
import type { Additions } from '../train/step.ts'
import { checkpoint as listen } from './checkpoint.ts'
import { diskFileSystem, type FileSystem, readFileBytes } from './files.ts'
import { openRows, type ProjectRows } from './train-data.ts'
import { keepCheckpoint, lastCheckpoint, noCheckpoint } from './training-checkpoints.ts'
import { readTrainingProject, type TrainingFlags } from './training-config.ts'
import { progressTeller } from './training-progress.ts'
import { judge, judgedFiles, writeResults } from './training-results.ts'

export interface TrainOptions<Project = TrainProjectInput> extends TrainingFlags<Project> {
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
  const judged = { report, roc, rows: { ...(await judgedFiles(given)), ...scaling.files } }
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
export async function runTraining(run: Run, options: TrainOptions<unknown>): Promise<RunResult> {
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

export type { EpochRecord, TrainingReport }

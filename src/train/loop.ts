// The training loop: epochs of steps, validation, schedule, early stopping. All that it remembers between epochs is in
// its snapshot, so a run that resumes from one ends in the same bits as one that was never interrupted.

import { type RowSource, sizeOf } from '../data/dataset.ts'
import { shuffledOrder } from '../data/random.ts'
import type { Autodiff, HostArray, Tensors } from './autodiff.ts'
import { createEvaluator, type Evaluator } from './evaluate.ts'
import { withoutLastFunction } from './forward.ts'
import { initialWeights, type WeightValues } from './initialise.ts'
import type { KeptEpoch } from './kept-epochs.ts'
import { type KnownLoss, type OutputLosses, outputLosses } from './loss.ts'
import { type Model, weightKey } from './model.ts'
import { failNotFinite } from './not-finite.ts'
import { correctedRate, slotNames } from './optimiser.ts'
import { seedOf, streamOf } from './random.ts'
import { afterEpoch, rateFactor, type ScheduleState, scheduleStart } from './schedule.ts'
import type { TrainSettings } from './settings.ts'
import { type Additions, compileStep, type Step, type StepState, trainedKeys, uploadBatch } from './step.ts'
import { checkIndices, checkTraining, classWeightsOf, rowsByClass } from './training-data.ts'

export interface EpochRecord {
  /** From 1. */
  readonly epoch: number
  /** Learning rate of its last step. */
  readonly rate: number
  /** Mean over the epoch's rows while it went on, penalties included. */
  readonly loss: number
  /** Share of rows that were right while it went on; for classes. */
  readonly accuracy?: number
  readonly validationLoss?: number
  readonly validationAccuracy?: number
  /** Whether what is watched was better than ever before. */
  readonly best: boolean
}

/** All that a run is between two epochs. */
export interface Snapshot {
  readonly weights: WeightValues
  readonly slots: WeightValues
  readonly best: { readonly value: number; readonly epoch: number; readonly weights: WeightValues } | null
  readonly history: readonly EpochRecord[]
  readonly schedule: ScheduleState
  /** Epochs since the best one. */
  readonly waited: number
  /** What others keep of earlier epochs; the loop itself has no use for it. */
  readonly kept?: readonly KeptEpoch[]
}

export interface StepProgress {
  /** Counted from 0. */
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly steps: number
  /** Mean of the epoch so far. */
  readonly loss: number
}

export interface TrainingRequest {
  readonly autodiff: Autodiff
  readonly model: Model
  readonly settings: TrainSettings
  readonly data: RowSource
  readonly validation?: RowSource | undefined
  readonly additions?: Additions
  /** Weights to begin with, by key; those that are not given begin by their initialiser. */
  readonly start?: WeightValues | undefined
  readonly resume?: Snapshot | undefined
  /** May wait, so that others are heard, and may throw to stop. */
  readonly onStep?: (progress: StepProgress) => void | Promise<void>
  readonly onEpoch?: (record: EpochRecord, snapshot: () => Snapshot) => void | Promise<void>
}

export interface TrainingResult {
  /** Of the best epoch, or of the last. */
  readonly weights: WeightValues
  readonly history: readonly EpochRecord[]
  readonly bestEpoch: number
  readonly ended: 'epochs' | 'patience'
  /** Of the first output. */
  readonly loss: KnownLoss
}

/** Trains a model. Fails with `train/…` codes before the first step where model, data and settings do not fit. */
export async function train(request: TrainingRequest): Promise<TrainingResult> {
  const run = await beginRun(request)
  const { settings } = request
  // Also of a run that resumes where patience was at its end.
  const isDone = () => settings.patience !== null && run.waited >= settings.patience
  try {
    for (let epoch = run.history.length; epoch < settings.epochs && !isDone(); epoch++) {
      const record = await runEpoch(run, epoch)
      await request.onEpoch?.(record, () => snapshotOf(run))
    }
    const ended = isDone() ? 'patience' : 'epochs'
    const weights = settings.restoreBest && run.best !== null ? run.best.weights : hostValues(run, 'weights')
    const bestEpoch = run.best?.epoch ?? run.history.length
    return { weights, history: run.history, bestEpoch, ended, loss: run.losses[0].loss }
  } finally {
    request.autodiff.release({ ...run.state })
  }
}

interface Run {
  readonly request: TrainingRequest
  readonly losses: OutputLosses
  readonly step: Step
  readonly evaluator: Evaluator
  readonly classWeights: readonly number[] | undefined
  state: StepState
  best: Snapshot['best']
  history: EpochRecord[]
  schedule: ScheduleState
  waited: number
}

async function beginRun(request: TrainingRequest): Promise<Run> {
  const { autodiff, model, settings, data, validation, additions = {}, resume } = request
  const { lasts } = withoutLastFunction(model)
  const classRows = await rowsByClass(model, [data, validation])
  const losses = outputLosses(model, settings, data.form, lasts, classRows)
  checkTraining(model, settings, data, validation)
  const values = resume?.weights ?? { ...initialWeights(model, settings.seed), ...request.start }
  const extra = Object.entries(additions.weights ?? {}).map(
    ([key, array]) => [key, { ...array, data: resume?.weights[key] ?? array.data } as HostArray] as const,
  )
  const arrays = Object.fromEntries([...weightArrays(model, values), ...extra])
  const trained = [...trainedKeys(model), ...extra.map(([key]) => key)]
  const slots = Object.fromEntries(
    slotNames(settings.optimiser).flatMap(slot =>
      trained.map(key => {
        const { shape } = arrays[key]!
        const stored = resume?.slots[`${slot}/${key}`]
        return [`${slot}/${key}`, { shape, data: stored ?? new Float32Array(sizeOf(shape)) }] as const
      }),
    ),
  )
  return {
    request,
    losses,
    step: compileStep(autodiff, { model, losses, settings, additions }),
    evaluator: createEvaluator(autodiff, model, losses, { batch: Math.max(settings.batch, 256) }),
    classWeights: await classWeightsOf(settings, data),
    state: { weights: uploadAll(autodiff, arrays), slots: uploadAll(autodiff, slots) },
    best: resume?.best ?? null,
    history: [...(resume?.history ?? [])],
    schedule: resume?.schedule ?? scheduleStart,
    waited: resume?.waited ?? 0,
  }
}

function weightArrays(model: Model, values: WeightValues): (readonly [string, HostArray])[] {
  return model.layers.flatMap(layer =>
    layer.weights.map(weight => {
      const key = weightKey(layer, weight)
      return [key, { shape: weight.shape, data: values[key]! }] as const
    }),
  )
}

export function uploadAll(autodiff: Autodiff, arrays: Readonly<Record<string, HostArray>>): Tensors {
  return Object.fromEntries(Object.entries(arrays).map(([key, array]) => [key, autodiff.upload(array)]))
}

/** The model's weights in the library's memory. */
export function uploadWeights(autodiff: Autodiff, model: Model, values: WeightValues): Tensors {
  return uploadAll(autodiff, Object.fromEntries(weightArrays(model, values)))
}

async function runEpoch(run: Run, epoch: number): Promise<EpochRecord> {
  const { settings, data } = run.request
  const order = shuffledOrder(data.count, streamOf(settings.seed, 'order', epoch))
  const steps = Math.ceil(data.count / settings.batch)
  let [sum, right, rate] = [0, 0, 0]
  for (let step = 0; step < steps; step++) {
    const indices = order.subarray(step * settings.batch, (step + 1) * settings.batch)
    rate =
      settings.optimiser.rate *
      rateFactor(settings.schedule, run.schedule, {
        epoch,
        epochs: settings.epochs,
        step,
        stepsPerEpoch: steps,
      })
    const told = await runStep(run, indices, { epoch, step, number: epoch * steps + step, rate })
    sum += told.loss * indices.length
    right += told.right
    const seen = Math.min(data.count, (step + 1) * settings.batch)
    await run.request.onStep?.({ epoch, epochs: settings.epochs, step, steps, loss: sum / seen })
  }
  const validated = await validate(run)
  const classes = data.form.target.kind === 'classes'
  const record = {
    epoch: epoch + 1,
    rate,
    loss: sum / data.count,
    ...(classes && { accuracy: right / data.count }),
  }
  return finishEpoch(run, { ...record, ...validated })
}

interface StepAt {
  readonly epoch: number
  readonly step: number
  /** Among all steps of the run. */
  readonly number: number
  readonly rate: number
}

async function runStep(run: Run, indices: Uint32Array, at: StepAt): Promise<{ loss: number; right: number }> {
  const { autodiff, model, settings, data, additions = {} } = run.request
  const rows = await data.rows(indices)
  checkIndices(model, rows, indices)
  const batch = uploadBatch(autodiff, rows, run.losses, run.classWeights)
  const rate = correctedRate(settings.optimiser, at.rate, at.number)
  const scalars = uploadAll(autodiff, {
    rate: { shape: [], data: Float32Array.of(rate) },
    seed: { shape: [], data: Int32Array.of(seedOf(settings.seed, 'step', at.number)) },
  })
  const extras = uploadAll(autodiff, additions.extras?.(rows, at.number, indices) ?? {})
  const { told, ...next } = run.step(run.state, batch, scalars, extras)
  const loss = autodiff.download(told.loss!)[0]!
  const right = autodiff.download(told.right!)[0]!
  if (!Number.isFinite(loss))
    failNotFinite({ autodiff, model, weights: run.state.weights, batch, loss, ...at })
  autodiff.release({ old: { ...run.state }, batch, scalars, extras, told })
  run.state = next
  return { loss, right }
}

async function validate(run: Run): Promise<Pick<EpochRecord, 'validationLoss' | 'validationAccuracy'>> {
  const { validation, model } = run.request
  if (validation === undefined) return {}
  const { loss, outputs, labels } = await run.evaluator.run(run.state.weights, validation)
  if (labels === undefined) return { validationLoss: loss }
  const classes = sizeOf(model.outputShape)
  return { validationLoss: loss, validationAccuracy: shareRight(outputs, labels, classes) }
}

function shareRight(outputs: Float64Array, labels: Int32Array, classes: number): number {
  let right = 0
  labels.forEach((label, row) => {
    const own = outputs.subarray(row * classes, (row + 1) * classes)
    if (classes === 1 ? own[0]! > 0.5 === (label === 1) : own[label]! >= Math.max(...own)) right++
  })
  return right / labels.length
}

function finishEpoch(run: Run, record: Omit<EpochRecord, 'best'>): EpochRecord {
  const { settings } = run.request
  const value = watchedValue(settings, record)
  const best = run.best === null || value > run.best.value
  if (best) run.best = { value, epoch: record.epoch, weights: hostValues(run, 'weights') }
  run.waited = best ? 0 : run.waited + 1
  run.schedule = afterEpoch(settings.schedule, run.schedule, best)
  const complete = { ...record, best }
  run.history.push(complete)
  return complete
}

/** Larger is better. */
function watchedValue({ watch }: TrainSettings, record: Omit<EpochRecord, 'best'>): number {
  const accuracy = record.validationAccuracy ?? record.accuracy
  if (watch === 'accuracy' && accuracy !== undefined) return accuracy
  return -(record.validationLoss ?? record.loss)
}

function hostValues(run: Run, part: 'weights' | 'slots'): WeightValues {
  const { autodiff } = run.request
  return Object.fromEntries(
    Object.entries(run.state[part]).map(([key, tensor]) => [
      key,
      Float32Array.from(autodiff.download(tensor)),
    ]),
  )
}

function snapshotOf(run: Run): Snapshot {
  return {
    weights: hostValues(run, 'weights'),
    slots: hostValues(run, 'slots'),
    best: run.best,
    history: [...run.history],
    schedule: run.schedule,
    waited: run.waited,
  }
}

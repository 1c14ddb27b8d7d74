// `lutra compress`: a trained network made smaller, by quantisers, pruning, a teacher and trained widths, in one run or
// in several of them: of growing sparsity, or from different seeds.

import { join } from 'node:path'
import { type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import { combineAdditions } from '../train/additions.ts'
import { type Autodiff, loadAutodiff } from '../train/autodiff.ts'
import {
  type CompressionInput,
  type CompressionProjectInput,
  checkPurpose,
  pruningOf,
} from '../train/compression.ts'
import { checkDistillation, createDistillation } from '../train/distillation.ts'
import { withoutLastFunction } from '../train/forward.ts'
import { initialWeights, type WeightValues } from '../train/initialise.ts'
import { createBestKeeper, createFrontKeeper, type Keeper } from '../train/kept-epochs.ts'
import { writeKerasModel } from '../train/keras-model.ts'
import type { EpochRecord, TrainingResult } from '../train/loop.ts'
import { chooseLoss } from '../train/loss.ts'
import type { Model } from '../train/model.ts'
import {
  type CompressedNetwork,
  type CompressReport,
  compressionPages,
  measureOf,
} from '../train/pages/compression-page.ts'
import type { TrainProject } from '../train/project.ts'
import { createPruning } from '../train/pruning/pruning.ts'
import { sparsityAt } from '../train/pruning/schedule.ts'
import type { Scaling } from '../train/scaling.ts'
import type { Additions } from '../train/step.ts'
import { fixedModel } from '../train/widths/fixed-model.ts'
import { checkWidths, createWidthTraining } from '../train/widths/widths.ts'
import { version } from '../version.ts'
import { describe } from './compress-figures.ts'
import { type Known, openStudent, openTeacher } from './compress-networks.ts'
import { diskFileSystem, writeFilesAtomic } from './files.ts'
import { type Run, runTraining, sameWeights, scalingOf, type TrainOptions } from './train.ts'
import { openRows, type ProjectRows } from './train-data.ts'
import { readCompressionProject } from './training-config.ts'
import { judge, judgedFiles, writeResults } from './training-results.ts'

export interface CompressOptions extends TrainOptions<CompressionProjectInput> {
  /** The project's rows, where they were read before. */
  readonly rows?: ProjectRows
}

export interface CompressResult {
  readonly report: CompressReport
  /** The student's file: of several the last. */
  readonly model: string
  readonly files: readonly string[]
  readonly findings: readonly Diagnostic[]
}

/** All of a compression that its runs share. */
interface Setting {
  readonly autodiff: Autodiff
  readonly options: CompressOptions
  readonly project: TrainProject
  readonly compression: CompressionInput
  readonly rows: ProjectRows
  readonly scaling: Scaling
  readonly teacher: Known | undefined
  readonly out: string
}

interface Student {
  readonly network: CompressedNetwork
  readonly files: Readonly<Record<string, Uint8Array>>
}

/** Compresses a network and writes `model.h5`, `compress.json`, `compress.html` and the pages of training into `out`. */
export async function compressNetwork(options: CompressOptions): Promise<CompressResult> {
  const { disk = diskFileSystem } = options
  const say = options.onProgress ?? (() => {})
  const { project, compression } = await readCompressionProject(options)
  const out = project.out ?? 'compressed'
  if (project.scaling?.place === 'fold') failFolded()
  const teacher = await openTeacher(compression, options)
  const opened = await openStudent(compression, teacher, options)
  checkPurpose(compression, options.config === undefined ? 'compress' : `${options.config}: compress`)
  const trials = trialsOf(project, compression)
  checkParts(project, compression, opened.model, { teacher, trials })
  beginning(opened, { teacher, compression })
  say('reading the data')
  const given = options.rows ?? (await openRows(project, project.settings.seed, disk))
  const scaling = await scalingOf(project, opened.model, given)
  const { rows } = scaling
  const student = { ...opened, model: scaling.model }
  const autodiff = await loadAutodiff()
  const setting = { autodiff, options, project, compression, rows, scaling, teacher, out }
  const shown = { ...(await judgedFiles(given)), ...scaling.files }
  const students: Student[] = []
  const findings: Diagnostic[] = []
  let kept: Compressed | undefined
  let files: readonly string[] = []
  for (const trial of trials) {
    if (trials.length > 1) say(`${trial.name} ${trial.at}`)
    const found = await compressOnce(setting, student, trial)
    students.push(...found.students)
    findings.push(...found.findings)
    // Of several seeds that network is kept which was best on the rows watched; judging plays no part in it.
    if (trial.name === 'seed' && kept !== undefined && found.worth <= kept.worth) continue
    kept = found
    const judged = { ...found.judged, rows: shown }
    files = await writeResults(out, found.model, found.weights, judged, disk)
  }
  const own = teacher === undefined ? {} : { teacher: await judgedTeacher(setting, teacher) }
  const report: CompressReport = { ...own, ...reportOf(setting, students, kept!) }
  const more = {
    ...Object.assign({}, ...students.map(each => each.files)),
    'compress.json': `${JSON.stringify(report, undefined, 2)}\n`,
    ...compressionPages(report, version),
  } as Record<string, string | Uint8Array>
  const placed = Object.entries(more).map(([name, content]) => [join(out, name), content] as const)
  await writeFilesAtomic(placed, disk)
  return {
    report,
    model: join(out, 'model.h5'),
    files: [...files, ...placed.map(([path]) => path)],
    findings,
  }
}

function failFolded(): never {
  return fail({
    code: 'train/compress',
    place: 'compress.scaler',
    problem: "it is 'fold', and the products of a student are not in floating point",
    expected: "'layer', or 'export'",
    remedy: 'Choose one of them.',
  })
}

/** One run of several. */
interface Trial {
  readonly sparsity: number | undefined
  readonly seed: number
  /** What tells it from the others, and names its file: `seed-2.h5`. */
  readonly name?: 'sparsity' | 'seed'
  readonly at?: number
}

function trialsOf({ settings: { seed } }: TrainProject, { sweep, seeds, prune }: CompressionInput): Trial[] {
  const sparsity = prune?.sparsity
  if (seeds !== undefined)
    return Array.from({ length: seeds }, (_, k) => ({ sparsity, seed: seed + k, name: 'seed', at: seed + k }))
  return sweep?.map(at => ({ sparsity: at, seed, name: 'sparsity', at })) ?? [{ sparsity, seed }]
}

function reportOf(
  { compression: { sweep, widths, seeds } }: Setting,
  students: readonly Student[],
  { judged }: Compressed,
): Omit<CompressReport, 'teacher'> {
  const differ = { sparsity: sweep, epoch: widths, seed: seeds }
  const by = (['sparsity', 'epoch', 'seed'] as const).find(name => differ[name] !== undefined)
  const networks = students.map(({ network }) => network)
  const values = networks.map(({ metrics }) => measureOf(metrics))
  return {
    students: networks,
    ...(by === undefined ? {} : { by }),
    ...(by === 'seed' && values.length > 1 ? { spread: spreadOf(values) } : {}),
    training: judged.report,
  }
}

/** Of at least two values. */
function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) }
}

interface Compressed {
  readonly students: readonly Student[]
  readonly model: Model
  readonly weights: WeightValues
  readonly judged: Awaited<ReturnType<typeof judge>>
  /** Of its best epoch on the rows watched; larger is better. */
  readonly worth: number
  readonly findings: readonly Diagnostic[]
}

async function compressOnce(all: Setting, student: Known, trial: Trial): Promise<Compressed> {
  const { seed, sparsity } = trial
  const { project } = all
  const setting = { ...all, project: { ...project, settings: { ...project.settings, seed } } }
  const parts = await partsOf(setting, student.model, sparsity)
  const begin = beginning(student, setting)
  try {
    const { result, findings } = await runTraining(
      {
        project: setting.project,
        rows: setting.rows,
        model: student.model,
        start: { ...begin, ...setting.scaling.weights },
        out: checkpointsOf(setting, trial),
        keeper: parts.keeper,
        additions: combineAdditions(parts.additions),
        more: JSON.stringify([setting.compression, sparsity]),
        onWeights: parts.onWeights,
      },
      setting.options,
    )
    setting.options.onProgress?.('judging the networks')
    return { ...(await finished(setting, student.model, result, parts, trial)), findings }
  } finally {
    parts.release()
  }
}

/** Every run of several has checkpoints of its own, so that a sweep that resumes takes over what is trained. */
const checkpointsOf = ({ out }: Setting, { name, at }: Trial): string =>
  name === undefined ? out : join(out, `${name}-${at}`)

/** A student that is not trained yet. */
export interface UntrainedStudent {
  readonly model: Model
  readonly weights: WeightValues
  /** The rows as it takes them, and what belongs beside its file. */
  readonly scaling: Pick<Scaling, 'rows' | 'files'>
}

/** The student as its training begins, but pruned at once as it will be in the end: what an estimate can be made of. */
export async function untrainedStudent(
  options: CompressOptions,
  rows: ProjectRows,
): Promise<UntrainedStudent> {
  const { project, compression } = await readCompressionProject(options)
  const teacher = await openTeacher(compression, options)
  const opened = await openStudent(compression, teacher, options)
  const scaling = await scalingOf(project, opened.model, rows)
  const { model } = scaling
  const { seed, epochs } = project.settings
  const begun = beginning({ ...opened, model }, { teacher, compression })
  const weights = { ...initialWeights(model, seed), ...begun, ...scaling.weights }
  const { prune } = compression
  if (prune === undefined) return { model, weights, scaling }
  const schedule = { kind: 'constant', sparsity: prune.sparsity } as const
  const pruning = createPruning(model, { ...pruningOf(prune, epochs), schedule }, epochs)
  pruning.update(weights, 0)
  const masked = Object.entries(pruning.masks()).map(
    ([key, mask]) => [key, weights[key]!.map((weight, k) => weight * mask[k]!)] as const,
  )
  return { model, weights: { ...weights, ...Object.fromEntries(masked) }, scaling }
}

/** The student's own weights, or those of the teacher's layers that have its names and shapes. */
function beginning(
  student: Known,
  { teacher, compression }: Pick<Setting, 'teacher' | 'compression'>,
): WeightValues | undefined {
  if (student.weights !== undefined) return student.weights
  const asked = compression.startFromTeacher === true
  if (asked) trainedTeacher(teacher, 'compress.startFromTeacher')
  if (teacher?.weights === undefined || (compression.student !== undefined && !asked)) return undefined
  return sameWeights(student.model, teacher, compression.teacher ?? 'teacher')
}

interface Parts {
  readonly additions: readonly Additions[]
  readonly onWeights: NonNullable<Run['onWeights']>
  /** The best epoch that was as sparse as asked, or those of trained widths that are better than all that are as cheap. */
  readonly keeper: Keeper
  release(): void
}

async function partsOf(setting: Setting, model: Model, sparsity: number | undefined): Promise<Parts> {
  const { compression, project, autodiff, teacher, rows } = setting
  const { epochs, batch } = project.settings
  const pruned = pruningFor(compression, sparsity, epochs)
  const pruning = pruned === undefined ? undefined : createPruning(model, pruned, epochs)
  const distillation = compression.distil === undefined ? undefined : learnsFrom(setting, model, teacher)
  await distillation?.askOnce(rows.training)
  const stepsPerEpoch = Math.ceil(rows.training.count / batch)
  const widths =
    compression.widths === undefined
      ? undefined
      : createWidthTraining(autodiff, model, compression.widths, { epochs, stepsPerEpoch })
  const keeper = widths === undefined ? createBestKeeper() : createFrontKeeper()
  return {
    additions: [pruning?.additions, distillation?.additions, widths?.additions].flatMap(each => each ?? []),
    onWeights: (weights, record, epoch) => {
      if (record !== undefined) {
        const value = worthOf(record)
        const isSparse =
          pruned !== undefined && sparsityAt(pruned.schedule, epoch - 1) === pruned.schedule.sparsity
        if (isSparse || widths !== undefined)
          keeper.add({ epoch, value, cost: widths?.ebopsOf(weights) ?? 0, weights })
      }
      pruning?.update(weights, epoch)
    },
    keeper,
    release: () => distillation?.release(),
  }
}

/** How a run prunes; undefined where it does not. */
function pruningFor({ prune }: CompressionInput, sparsity: number | undefined, epochs: number) {
  const settings = prune ?? (sparsity === undefined ? undefined : { sparsity })
  return settings && pruningOf({ ...settings, sparsity: sparsity ?? settings.sparsity }, epochs)
}

/** Fails, before data is read, where a part cannot be: its settings, or what it needs of the networks. */
function checkParts(
  { settings: { epochs } }: TrainProject,
  compression: CompressionInput,
  student: Model,
  { teacher, trials }: { readonly teacher: Known | undefined; readonly trials: readonly Trial[] },
): void {
  for (const { sparsity } of trials) {
    const pruned = pruningFor(compression, sparsity, epochs)
    if (pruned !== undefined) createPruning(student, pruned, epochs)
  }
  if (compression.distil !== undefined)
    checkDistillation(student, trainedTeacher(teacher).model, compression.distil)
  if (compression.widths !== undefined) checkWidths(student, compression.widths)
}

function learnsFrom({ autodiff, compression, rows }: Setting, model: Model, teacher: Known | undefined) {
  const target = rows.training.form.target.kind
  return createDistillation(autodiff, model, trainedTeacher(teacher), { ...compression.distil!, target })
}

function trainedTeacher(teacher: Known | undefined, place = 'compress.distil'): Required<Known> {
  if (teacher?.weights === undefined)
    return fail({
      code: 'train/compress',
      place,
      problem: 'there is no trained teacher to learn from',
      expected: 'teacher: an .h5 with weights',
      remedy: 'Name it.',
    })
  return { model: teacher.model, weights: teacher.weights }
}

/** Larger is better. */
function worthOf(record: EpochRecord): number {
  return record.validationAccuracy ?? record.accuracy ?? -(record.validationLoss ?? record.loss)
}

async function finished(
  setting: Setting,
  model: Model,
  result: TrainingResult,
  parts: Parts,
  { name, at }: Trial,
): Promise<Omit<Compressed, 'findings'>> {
  const { rows, project, compression, autodiff } = setting
  if (compression.widths === undefined) {
    const best = parts.keeper.kept()[0]
    const weights = best?.weights ?? result.weights
    const judged = await judge(model, { ...result, weights }, rows, project)
    const file = name === undefined ? 'model.h5' : `${name}-${at}.h5`
    const called = name === 'sparsity' ? `${model.name} ${at}` : model.name
    const network = await describe(setting, { name: called, model, weights }, judged.report.metrics)
    const place = at === undefined ? {} : { at }
    const files = file === 'model.h5' ? {} : { [file]: await writeKerasModel(model, weights) }
    const worth = best?.value ?? Math.max(...result.history.map(worthOf))
    return { students: [{ network: { ...network, file, ...place }, files }], model, weights, judged, worth }
  }
  const students: Student[] = []
  let last: Omit<Compressed, 'findings'> | undefined
  for (const point of parts.keeper.kept()) {
    const fixed = await fixedModel(autodiff, model, point.weights, rows.training, compression.widths)
    const judged = await judge(fixed.model, { ...result, weights: fixed.weights }, rows, project)
    const name = `front-${String(point.epoch).padStart(4, '0')}`
    const network = await describe(setting, { name, ...fixed }, judged.report.metrics)
    const file = `${name}.h5`
    const bytes = await writeKerasModel(fixed.model, fixed.weights)
    students.push({ network: { ...network, file, at: point.epoch }, files: { [file]: bytes } })
    last = { students, ...fixed, judged, worth: point.value }
  }
  return last!
}

async function judgedTeacher(setting: Setting, teacher: Known): Promise<CompressedNetwork> {
  const weights = teacher.weights ?? {}
  const { last } = withoutLastFunction(teacher.model)
  const loss = chooseLoss(setting.project.settings.loss, setting.rows.training.form, last)
  const result: TrainingResult = { weights, history: [], bestEpoch: 0, ended: 'epochs', loss }
  const judged = await judge(teacher.model, result, setting.rows, setting.project)
  return describe(setting, { name: 'teacher', model: teacher.model, weights }, judged.report.metrics)
}

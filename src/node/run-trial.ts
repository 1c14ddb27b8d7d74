// A trial of a search in this process: estimated as it begins; trained by `lutra compress` on a disk in memory; its file
// read back, typed and estimated as `lutra estimate` does it; judged by the emulator, so in the bits of the hardware.

import { basename, join, resolve } from 'node:path'
import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import { emptyConfig, type ModelConfig } from '../config/model-config.ts'
import { type RowArray, type RowSource, sizeOf } from '../data/dataset.ts'
import { bug, CompileError, fail } from '../diagnostics/diagnostic.ts'
import { type Batch, firstRows } from '../engines/engine.ts'
import { toNumbers } from '../engines/fixed/fixed.ts'
import { findDevice } from '../estimate/devices.ts'
import { importModel } from '../frontends/index.ts'
import { nodeNamed } from '../ir/graph.ts'
import { speedGradeOf } from '../netlist/delay.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { writeKerasModel } from '../train/keras-model.ts'
import { classificationMetrics, regressionMetrics } from '../train/metrics.ts'
import { measureOf } from '../train/pages/compression-page.ts'
import { excesses, type TrialCost } from '../train/search/budget.ts'
import type { TrainedTrial, TrialJob, TrialResult, TrialRunner } from '../train/search/trial.ts'
import { sha256 } from './build-hash.ts'
import { type CompressOptions, compressNetwork, untrainedStudent } from './compress.ts'
import { diskFileSystem } from './files.ts'
import { loadConfig } from './load-config.ts'
import { memoryDisk } from './memory-disk.ts'
import { typeModel } from './prepare.ts'
import { runFixed } from './run-fixed.ts'
import { openRows, type ProjectRows } from './train-data.ts'
import { isCheckpointName } from './training-checkpoints.ts'
import { readCompressionProject } from './training-config.ts'

export interface InProcessOptions {
  /** Folder with the checkpoints of a trial under way, which the same trial goes on from; none by default. */
  readonly checkpoints?: string
  readonly onProgress?: (text: string) => void
  readonly signal?: AbortSignal
}

/** Runs trials here, one at a time. */
export function inProcessRunner(options: InProcessOptions = {}): TrialRunner {
  return { run: job => runTrial(job, options) }
}

/** Everything of a job that is read before its student is looked at. */
interface Opened {
  readonly job: TrialJob
  readonly options: CompressOptions
  readonly config: ModelConfig
  readonly rows: ProjectRows
}

/** The rows that a student is judged by, as it takes them. */
interface JudgedRows {
  readonly validation: Rows
  readonly test: Rows | undefined
}

async function runTrial(job: TrialJob, given: InProcessOptions): Promise<TrialResult> {
  const { checkpoints, onProgress, signal } = given
  signal?.throwIfAborted()
  const out = checkpoints === undefined ? 'trial' : join(checkpoints, jobName(job))
  const options: CompressOptions = {
    project: { ...job.project, out },
    ...(checkpoints === undefined ? {} : { resume: true }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  }
  const { project } = await readCompressionProject(options)
  const rows = await openRows(project, project.settings.seed)
  const config = job.config === undefined ? emptyConfig : await loadConfig(job.config)
  const result = await tryStudent({ job, options, config, rows })
  if (checkpoints !== undefined) await diskFileSystem.remove(out)
  return result
}

const jobName = (job: TrialJob) => sha256([JSON.stringify(job)]).slice(0, 16)

async function tryStudent(opened: Opened): Promise<TrialResult> {
  const { job, options } = opened
  try {
    const { model, weights, scaling } = await untrainedStudent(options, opened.rows)
    const { test } = scaling.rows
    const rows = {
      validation: await allRows(validationOf(scaling.rows)),
      test: test === undefined ? undefined : await allRows(test),
    }
    const before = estimateOf(await typed(await writeKerasModel(model, weights), opened, rows), job)
    if (excesses(before, job.budget, job.margin).length > 0) return { kind: 'over-budget', before }
    return await trained(opened, rows, before)
  } catch (problem) {
    return failureOf(problem)
  }
}

async function trained(
  opened: Opened,
  { validation, test }: JudgedRows,
  before: TrialCost,
): Promise<TrainedTrial<Uint8Array>> {
  const { job, options, rows } = opened
  const isCheckpoint = (path: string) => options.resume === true && isCheckpointName(basename(path))
  const disk = memoryDisk(diskFileSystem, isCheckpoint)
  const { report } = await compressNetwork({ ...options, rows, disk })
  const out = options.project!.out!
  const file = (name: string) => disk.written.get(resolve(out, name)) ?? bug(`a student without ${name}`)
  const model = file('model.h5')
  const [student] = report.students
  const { parameters, nonzero, costs } = student!
  const graph = await typed(model, opened, { validation })
  return {
    kind: 'trained',
    measure: await judged(graph, validation, options),
    ...(test === undefined ? {} : { test: await judged(graph, test, options) }),
    parameters,
    sparsity: costs?.sparsity ?? 1 - nonzero / parameters,
    ...(costs === undefined ? {} : { bits: costs.parameterBits }),
    cost: estimateOf(graph, job),
    before,
    model,
    training: new TextDecoder().decode(file('training.json')),
  }
}

/** What is wrong with a student is its result; what is wrong with files is wrong for all. */
function failureOf(problem: unknown): TrialResult {
  if (!(problem instanceof CompileError)) throw problem
  const [{ code, place, problem: text }] = problem.diagnostics as [CompileError['diagnostics'][0]]
  if (code.startsWith('file/')) throw problem
  return { kind: 'failed', code, problem: place === '' ? text : `${place}: ${text}` }
}

interface Rows {
  readonly inputs: readonly Batch[]
  readonly source: RowSource
  readonly labels: Int32Array | undefined
  readonly values: Float32Array | undefined
}

async function allRows(source: RowSource): Promise<Rows> {
  const { inputs, target } = await source.rows(Uint32Array.from({ length: source.count }, (_, k) => k))
  const batch = ({ shape, data }: RowArray): Batch => ({
    rows: source.count,
    shape,
    data: Float64Array.from(data),
  })
  const isClasses = target.kind === 'classes'
  return {
    inputs: inputs.map(batch),
    source,
    labels: isClasses ? target.labels : undefined,
    values: isClasses ? undefined : target.data,
  }
}

/** Rows that types are found on: as many as `lutra compress` keeps for the verbs after it. */
const calibrationRows = 1000

async function typed(
  bytes: Uint8Array,
  { config }: Opened,
  { validation }: Pick<JudgedRows, 'validation'>,
): Promise<OpGraph> {
  const graph = await importModel([{ name: 'model.h5', bytes }])
  const { inputs, labels } = validation
  const data = {
    inputs: inputs.map(batch => firstRows(batch, calibrationRows)),
    labels: labels === undefined ? undefined : Array.from(labels.subarray(0, calibrationRows)),
  }
  return typeModel(graph, config, data, { model: 'model.h5', ...runOf(config) }).typed
}

/** Of a config what `lutra estimate` would read too. */
function runOf({ run: { maxLoss, strict } }: ModelConfig) {
  return { ...(maxLoss === undefined ? {} : { maxLoss }), ...(strict === undefined ? {} : { strict }) }
}

function estimateOf(graph: OpGraph, { part, clock }: TrialJob): TrialCost {
  const { total, latency, latencyRange, interval } = estimateDesign(graph, {
    project: 'trial',
    clockNs: clock,
    family: findDevice(part).family,
    grade: speedGradeOf(part),
  })
  const { lut, ff, dsp, bram18 } = total
  return { lut, ff, dsp, bram18, latency: latencyRange ?? [latency, latency], interval }
}

/** Accuracy, or the error (rms) of values, of all rows. */
async function judged(
  graph: OpGraph,
  { inputs, labels, values, source }: Rows,
  { signal }: CompressOptions,
): Promise<number> {
  const output = graph.outputs[0]!
  const raw = await runFixed(graph, inputs, [output], { signal })
  const scores = toNumbers(nodeNamed(graph, output), raw.get(output)!)
  const classes = scores.length / source.count
  const { target } = source.form
  if (target.kind === 'classes')
    return measureOf(classificationMetrics({ classes, scores, labels: labels! }, target.names))
  return measureOf(regressionMetrics(scores, values!, [sizeOf(target.shape)]))
}

/** The rows that students are compared on. Fails with `search/no-validation`. */
export function validationOf({ validation }: ProjectRows): RowSource {
  return (
    validation ??
    fail({
      code: 'search/no-validation',
      place: 'validation',
      problem: 'no rows are kept apart to choose by',
      expected: 'a share of the rows, or rows of their own',
      remedy: 'Leave validation out of the config, which takes 0.2, or give it.',
    })
  )
}

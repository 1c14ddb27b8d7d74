// `lutra search`: students of many sizes and widths, trained and estimated, and of those that fit a budget the best.

import { join, resolve } from 'node:path'
import { emptyConfig, type ModelConfig } from '../config/model-config.ts'
import { type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import { findDevice } from '../estimate/devices.ts'
import { counted, grouped, percent } from '../report/plain-text.ts'
import type { CompressionProjectInput } from '../train/compression.ts'
import { type Budget, excessNames, latencyText } from '../train/search/budget.ts'
import { candidateText, checkSpace, isPlain, projectOf, type SearchBase } from '../train/search/candidate.ts'
import {
  bestFile,
  frontFile,
  nothingFits,
  reportOf,
  type SearchReport,
  trainingFile,
  trialFile,
} from '../train/search/report.ts'
import {
  judgeTrials,
  type KeptResult,
  type SearchTask,
  searchStudents,
  type Trial,
} from '../train/search/search.ts'
import { readSearch, refuseSetting, type SearchInput, type SearchSettings } from '../train/search/settings.ts'
import type { TrialJob, TrialRunner } from '../train/search/trial.ts'
import { version } from '../version.ts'
import { sha256 } from './build-hash.ts'
import { untrainedStudent } from './compress.ts'
import { diskFileSystem, type FileSystem, readFileBytes, writeFilesAtomic } from './files.ts'
import { loadConfig } from './load-config.ts'
import { stepKey } from './run-record.ts'
import { inProcessRunner, validationOf } from './run-trial.ts'
import { scalerFile } from './scaler.ts'
import { resolveTarget, type Target } from './target.ts'
import { openRows, type ProjectRows } from './train-data.ts'
import { projectIn, readCompressionProject } from './training-config.ts'
import { clockText } from './training-progress.ts'
import { judgedFiles, scalerRecord } from './training-results.ts'
import { openTrialLog, type TrialLog } from './trial-log.ts'

export interface SearchOptions extends Target {
  /** Config with `search` and `compress`; its board, part, clock and limits count where no flag does. */
  readonly config?: string
  /** The parts of a config that a program gives instead. */
  readonly search?: SearchInput
  readonly project?: CompressionProjectInput
  /** The teacher's file. */
  readonly model?: string
  readonly data?: readonly string[]
  readonly labelColumn?: string
  readonly labels?: string
  readonly out?: string
  /** Period in ns; the config's, else 5. */
  readonly clock?: number
  /** Most LUTs, DSP blocks and block RAMs of 18 kb; what the part has, where fewer are not asked. */
  readonly maxLut?: number
  readonly maxDsp?: number
  readonly maxBram?: number
  /** Most cycles from a frame's first beat to its last result. */
  readonly maxLatency?: number
  readonly trials?: number
  /** Of what is tried. */
  readonly seed?: number
  /** Goes on with the log in the folder. */
  readonly resume?: boolean
  /** What runs the trials; this process by default. */
  readonly runner?: TrialRunner
  readonly onProgress?: (text: string) => void
  readonly signal?: AbortSignal
  /** The disk that results are written to; the real one by default. The log is always on the real one. */
  readonly disk?: FileSystem
}

export interface SearchResult {
  readonly report: SearchReport
  /** File of the best student. */
  readonly model: string
  readonly files: readonly string[]
  readonly findings: readonly Diagnostic[]
}

/** Folder in the search's with the checkpoints of the trial that runs; like the log, always on the real disk. */
const underWay = 'under-way'

/** All of a search before its first trial. */
interface Prepared {
  readonly base: SearchBase
  readonly task: SearchTask
  readonly facts: Pick<SearchReport, 'name' | 'board' | 'part' | 'clock'>
  readonly rows: ProjectRows
  readonly out: string
  /** Of everything that decides what comes out. */
  readonly hash: string
}

/**
 * Searches, and writes the best student, the front, a page, a plot and the log into the folder. Fails with `search/…`
 * codes: also where nothing fits, after all that was tried is written.
 */
export async function searchStudent(options: SearchOptions): Promise<SearchResult> {
  const { disk = diskFileSystem, signal } = options
  const say = options.onProgress ?? (() => {})
  const prepared = await prepare(options)
  const { task, facts, out } = prepared
  const log = await openLog(prepared, options.resume === true)
  if (log.cut > 0) say(`cut off in the log: ${counted(log.cut, 'trial')}, to be run again`)
  const known = await wholeTrials(log, out, disk)
  const lost = log.known.size - known.size
  if (lost > 0) say(`networks gone or changed: ${counted(lost, 'trial')}, to be run again`)
  if (known.size > 0) say(`going on after ${counted(known.size, 'trial')}`)
  const checkpoints = join(out, underWay, prepared.hash.slice(0, 16))
  const runner = options.runner ?? inProcessRunner({ checkpoints, ...(signal !== undefined && { signal }) })
  const trials = await searchStudents(task, runner, {
    known,
    keep: (model, training) => keepModel(out, model, training, disk),
    onTrial: (key, { result }) => log.add(key, result),
    onProgress: progressOf(say, task),
  })
  if (options.runner === undefined) await diskFileSystem.remove(join(out, underWay))
  const report = reportOf(task, trials, facts)
  const files = await writeSearch(report, task, trials, prepared, disk)
  if (report.best === undefined) failNothing(task, trials, out)
  return { report, model: join(out, bestFile), files, findings: [] }
}

async function prepare(options: SearchOptions): Promise<Prepared> {
  const { config, search, disk = diskFileSystem } = options
  const place = config === undefined ? 'search' : `${config}: search`
  const given = search ?? (config === undefined ? {} : await projectIn(config, 'search'))
  const flags = { trials: options.trials, seed: options.seed, out: options.out }
  const asked = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  const settings = readSearch({ ...given, ...asked }, place)
  const { project, model, data, labelColumn, labels } = options
  const base = await readCompressionProject({ config, model, data, labelColumn, labels, project })
  checkBase(base, settings, place)
  const loaded = config === undefined ? emptyConfig : await loadConfig(config)
  const { part, board } = await resolveTarget(options, loaded)
  const clock = options.clock ?? loaded.clockNs ?? 5
  const budget = budgetOf(options, loaded, part)
  options.onProgress?.('reading the data')
  const rows = await openRows(base.project, base.project.settings.seed, disk)
  const full = base.project.settings.epochs
  const epochs = [settings.epochs ?? Math.max(1, Math.round(full / 5)), full] as const
  const jobOf = (candidate: readonly number[], ofEpochs: number): TrialJob => ({
    project: projectOf(base, settings.dimensions, candidate, ofEpochs),
    ...(config === undefined ? {} : { config: resolve(config) }),
    part,
    clock,
    budget,
    margin: refusalMargin,
  })
  const largerIsBetter = validationOf(rows).form.target.kind === 'classes'
  const task = { settings, budget, epochs, largerIsBetter, jobOf }
  const decided = [base, { ...settings, out: '' }, part, clock, budget, hardwareOf(loaded)]
  const { student } = base.compression
  const name = (typeof student === 'object' ? student.name : undefined) ?? 'student'
  return {
    base,
    task,
    facts: { name, ...(board === undefined ? {} : { board: board.name }), part, clock },
    rows,
    out: settings.out ?? 'search',
    hash: (await stepKey(['search', ...decided], config ?? 'search')) ?? failNotPlain(place),
  }
}

/**
 * How far over the budget an estimate of an untrained student must be for it not to be trained: training changes what
 * weights cost, see docs/rationale/search.md.
 */
const refusalMargin = 1.2

/** What a config says that estimates depend on. */
function hardwareOf({ file: _, run: { maxLoss, strict }, ...hardware }: ModelConfig): object {
  return { ...hardware, maxLoss, strict }
}

function checkBase(base: SearchBase, { dimensions }: SearchSettings, place: string): void {
  const { compression, project } = base
  if (!isPlain(compression) || !isPlain(project)) failNotPlain(place)
  for (const part of ['widths', 'sweep'] as const)
    if (compression[part] !== undefined)
      refuseSetting(
        place,
        `compress.${part} gives several students in a run of its own`,
        'a compress of one student',
        `Leave ${part} out of what is searched.`,
      )
  checkSpace(base, dimensions, place)
}

function failNotPlain(place: string): never {
  return fail({
    code: 'search/not-plain',
    place,
    problem: 'compress has rows or functions that a script makes: a trial is a job of plain data',
    expected: 'rows from files, or { generate: … }',
    remedy: 'Write the rows to a file and name it.',
  })
}

/** Flags before the config, and never more than the part has. */
function budgetOf(options: SearchOptions, { run }: ModelConfig, part: string): Budget {
  const device = findDevice(part)
  const least = (limit: number | undefined, there: number) => Math.min(limit ?? there, there)
  const latency = options.maxLatency ?? run.maxLatency
  return {
    lut: least(options.maxLut ?? run.maxLut, device.lut),
    ff: device.ff,
    dsp: least(options.maxDsp ?? run.maxDsp, device.dsp),
    bram18: least(options.maxBram ?? run.maxBram, 2 * device.bram36),
    ...(latency === undefined ? {} : { latency }),
  }
}

export const searchLogName = 'search.log.jsonl'

async function openLog({ out, hash }: Prepared, resume: boolean): Promise<TrialLog<KeptResult>> {
  const path = join(out, searchLogName)
  const log = await openTrialLog<KeptResult>(path, hash, 'search/other-log')
  if (resume || log.known.size === 0) return log
  return fail({
    code: 'search/log-there',
    place: path,
    problem: `it holds ${counted(log.known.size, 'trial')} of this search`,
    expected: '--resume, or a folder without a log',
    remedy: 'Go on with --resume, or remove the file to begin anew.',
  })
}

/** Trials of the log whose networks are still what they were. */
async function wholeTrials(
  { known }: TrialLog<KeptResult>,
  out: string,
  disk: FileSystem,
): Promise<Map<string, KeptResult>> {
  const whole = new Map<string, KeptResult>()
  for (const [key, result] of known) {
    if (result.kind === 'trained') {
      const bytes = await disk.readFile(join(out, trialFile(result.model))).catch(() => undefined)
      if (bytes === undefined || modelName(bytes) !== result.model) continue
    }
    whole.set(key, result)
  }
  return whole
}

const modelName = (bytes: Uint8Array) => sha256([bytes]).slice(0, 16)

async function keepModel(
  out: string,
  model: Uint8Array,
  training: string | undefined,
  disk: FileSystem,
): Promise<string> {
  const name = modelName(model)
  const record = training === undefined ? [] : [[join(out, trainingFile(name)), training] as const]
  await writeFilesAtomic([...record, [join(out, trialFile(name)), model]], disk)
  return name
}

/** A line for each trial, with how long the rest will take. */
function progressOf(say: (text: string) => void, task: SearchTask) {
  const begun = performance.now()
  let first = 0
  return (trial: Trial, done: number, expected: number, isNew: boolean) => {
    if (!isNew) {
      first = done
      return
    }
    const left = ((performance.now() - begun) / Math.max(1, done - first)) * (expected - done)
    say(
      `${candidateText(task.settings.dimensions, trial.candidate)}: ${outcome(trial, task)}, about ${clockText(left)} left`,
    )
  }
}

function outcome({ result }: Trial, { budget, largerIsBetter }: SearchTask): string {
  if (result.kind === 'failed') return `failed (${result.code})`
  const cost = result.kind === 'trained' ? result.cost : result.before
  const over = excessNames(cost, budget)
  const size = `${grouped(cost.lut)} LUT, ${latencyText(cost.latency)} cycles${over === '' ? '' : `, too many: ${over}`}`
  if (result.kind === 'over-budget') return `not trained, ${size} by estimate`
  const { measure } = result
  return `${largerIsBetter ? percent(measure) : measure.toPrecision(4)}, ${size}`
}

async function writeSearch(
  report: SearchReport,
  task: SearchTask,
  trials: readonly Trial[],
  { out, rows }: Prepared,
  disk: FileSystem,
): Promise<string[]> {
  // Charts are loaded only by whoever draws them.
  const { searchFiles } = await import('../train/search/page.ts')
  const { front, best } = judgeTrials(task, trials)
  const bytesOf = (student: (typeof front)[number]) =>
    readFileBytes(join(out, trialFile(student.result.model)), disk)
  // Rows of the data, how they are to be scaled for the student, and its record, as training leaves them.
  const filesBeside = async ({ candidate, epochs, result }: (typeof front)[number]) => {
    const { project } = task.jobOf(candidate, epochs)
    const { scaling } = await untrainedStudent({ project }, rows)
    const training = await disk.readFile(join(out, trainingFile(result.model))).catch(() => undefined)
    const record = training === undefined ? {} : { 'training.json': training }
    return { ...(await judgedFiles(rows)), ...scaling.files, ...record }
  }
  const models = await Promise.all(front.map(async (own, k) => [frontFile(k), await bytesOf(own)] as const))
  const beside: Record<string, string | Uint8Array> = best === undefined ? {} : await filesBeside(best)
  const record = { ...report, ...scalerRecord(beside[scalerFile]) }
  const files: Record<string, string | Uint8Array> = {
    'search.json': `${JSON.stringify(record, undefined, 2)}\n`,
    ...searchFiles(report, version),
    ...Object.fromEntries(models),
    ...(best === undefined ? {} : { [bestFile]: await bytesOf(best), ...beside }),
  }
  const placed = Object.entries(files).map(([name, content]) => [join(out, name), content] as const)
  await writeFilesAtomic(placed, disk)
  return placed.map(([path]) => path)
}

function failNothing(task: SearchTask, trials: readonly Trial[], out: string): never {
  const found = judgeTrials(task, trials)
  const failed = trials.flatMap(({ result }) => (result.kind === 'failed' ? [result] : []))
  if (found.nearest === undefined && failed.length > 0)
    return fail({
      code: 'search/nothing-built',
      place: out,
      problem: `none of ${trials.length} candidates could be trained and built; the first: ${failed[0]!.code}: ${failed[0]!.problem}`,
      remedy: 'Mend what compress says, or choose from other values.',
    })
  return fail({
    code: 'search/nothing-fits',
    place: out,
    expected: 'a student within the budget',
    ...nothingFits(task, found, trials.length),
  })
}

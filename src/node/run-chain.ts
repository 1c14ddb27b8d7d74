// `lutra run`: train → compress → predict → build as far as a config has them, redoing only what changed.

import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { CompileError, type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import { build } from './build.ts'
import { sha256 } from './build-hash.ts'
import { buildText } from './build-text.ts'
import { compressNetwork } from './compress.ts'
import { diskFileSystem, type FileSystem } from './files.ts'
import { loadConfig } from './load-config.ts'
import { loadModel } from './load-model.ts'
import { predictionText, predictTrained } from './predict-trained.ts'
import {
  firstDamaged,
  hashesIn,
  readRecord,
  recordName,
  type StepRecord,
  stepKey,
  writeRecord,
} from './run-record.ts'
import { compressSummary, trainSummary } from './run-summary.ts'
import { scalerFile } from './scaler.ts'
import { trainModel } from './train.ts'
import {
  configValue,
  optionalProjectIn,
  readCompressionProject,
  readPredictPart,
  readTrainingProject,
} from './training-config.ts'

export interface RunChainOptions {
  /** The config; `lutra.config.ts` of the working directory by default. */
  readonly config?: string
  /** Does every step anew, from its beginning. */
  readonly force?: boolean
  /** False: the build leaves synthesis out. */
  readonly synth?: boolean
  readonly onProgress?: (text: string) => void
  readonly signal?: AbortSignal
  /** The disk that is written to; the real one by default. */
  readonly disk?: FileSystem
}

export type StepName = 'train' | 'compress' | 'predict' | 'build'

export interface ChainStep {
  readonly name: StepName
  /** The step's folder. */
  readonly out: string
  /** Whether it was done now; else it stands from an earlier run. */
  readonly done: boolean
  /** Why it was done, or that nothing changed. */
  readonly reason: string
  /** A few lines of what came out, now or when it was done. */
  readonly summary?: string
}

export interface RunChainResult {
  readonly steps: readonly ChainStep[]
  /** Of the steps that were done now. */
  readonly findings: readonly Diagnostic[]
  /** False where a step's outcome ends in exit 1: a finding of the build, a prediction that differs; now or when it was done. */
  readonly good: boolean
}

/** What the step before leaves to the next. */
interface Network {
  readonly out: string
  readonly record: StepRecord
}

interface Made {
  readonly files: readonly string[]
  readonly findings: readonly Diagnostic[]
  readonly labelled: boolean
  readonly good: boolean
  readonly summary?: string
}

interface Step {
  readonly name: StepName
  readonly out: string
  /** All that decides what is made; read when the step before is through. */
  settings(before: Network | undefined): Promise<unknown>
  make(before: Network | undefined, resume: boolean): Promise<Made>
}

/**
 * Runs the steps of a config. One whose key (settings, contents of the files they name, version) is that of its last
 * run, and whose files are whole, is left as it is; training that was interrupted goes on from its checkpoint. Fails
 * with `run/…` codes and those of the steps.
 */
export async function runChain(options: RunChainOptions = {}): Promise<RunChainResult> {
  const { config = 'lutra.config.ts', onProgress = () => {} } = options
  const steps = await stepsOf(config, options)
  checkFolders(steps, config)
  const told: ChainStep[] = []
  const findings: Diagnostic[] = []
  let before: Network | undefined
  let good = true
  for (const step of steps) {
    const done = await runStep(step, before, config, options)
    findings.push(...done.findings)
    told.push(done.step)
    if (!done.step.done) onProgress(`${step.name}: ${done.step.reason}`)
    if (step.name !== 'predict') before = { out: step.out, record: done.record }
    good &&= done.record.good
  }
  return { steps: told, findings, good }
}

interface Done {
  readonly step: ChainStep
  readonly record: StepRecord
  readonly findings: readonly Diagnostic[]
}

async function runStep(
  step: Step,
  before: Network | undefined,
  config: string,
  { force = false, disk = diskFileSystem, onProgress = () => {}, signal }: RunChainOptions,
): Promise<Done> {
  signal?.throwIfAborted()
  const { name, out } = step
  const key = await stepKey(await step.settings(before), config)
  const last = await readRecord(out, disk)
  const reason = force ? 'asked for' : await reasonFor(out, key, last)
  if (reason === undefined && last !== undefined) {
    const step = { name, out, done: false, reason: 'unchanged', ...saidOf(last) }
    return { step, record: last, findings: [] }
  }
  onProgress(`${name}: ${reason}`)
  const open = { key: key ?? '', done: false, files: {}, labelled: false, good: true }
  // A build replaces its folder as a whole, and its record with it.
  if (name !== 'build') await writeRecord(out, open, disk)
  const resume = !force && key !== undefined && last?.key === key
  const { files, findings, labelled, good, ...rest } = await made(step, before, resume)
  const said = saidOf(rest)
  const record = { ...open, done: true, files: await hashesIn(out, files), labelled, good, ...said }
  await writeRecord(out, record, disk)
  return { step: { name, out, done: true, reason: reason!, ...said }, record, findings }
}

function saidOf({ summary }: Pick<Made, 'summary'>): Pick<Made, 'summary'> {
  return summary === undefined ? {} : { summary }
}

/** Why a step is to be done; nothing where it stands. */
async function reasonFor(
  out: string,
  key: string | undefined,
  last: StepRecord | undefined,
): Promise<string | undefined> {
  if (key === undefined) return 'the config makes its rows itself, which no hash can tell apart'
  if (last === undefined) return 'first run'
  if (last.key !== key) return 'settings or inputs changed'
  if (!last.done) return 'stopped before its end'
  const damaged = await firstDamaged(out, last)
  return damaged === undefined ? undefined : `${damaged} was gone or changed`
}

/** Stopped before its first epoch, a step leaves the checkpoint of the settings before it: none to go on from. */
async function made(step: Step, before: Network | undefined, resume: boolean): Promise<Made> {
  try {
    return await step.make(before, resume)
  } catch (problem) {
    const isOther =
      problem instanceof CompileError &&
      problem.diagnostics.some(({ code }) => code === 'train/checkpoint-other-run')
    if (!resume || !isOther) throw problem
    return step.make(before, false)
  }
}

async function stepsOf(config: string, options: RunChainOptions): Promise<Step[]> {
  const value = await configValue(config)
  const has = async (part: 'train' | 'compress') =>
    Object.keys(await optionalProjectIn(config, part)).length > 0
  const steps = [
    ...((await has('train')) ? [await trainStep(config, options)] : []),
    ...((await has('compress')) ? [await compressStep(config, options)] : []),
  ]
  const asks = (key: string) => typeof value === 'object' && value !== null && key in value
  const trains = steps.length > 0
  if (asks('predict')) steps.push(await predictStep(config, options, trains))
  if (asks('out')) steps.push(await buildStep(config, options, trains))
  if (steps.length > 0) return steps
  return fail({
    code: 'run/nothing-to-do',
    place: config,
    problem: 'the config has no step',
    expected: 'train, compress, predict, or out (the folder of a build)',
    remedy: 'Add one; lutra init writes a config that has them.',
  })
}

/** Each folder is its step's own, or the steps would undo one another. */
function checkFolders(steps: readonly Step[], config: string): void {
  const shared = steps.find(({ out }, k) => steps.findIndex(other => other.out === out) < k)
  if (shared === undefined) return
  fail({
    code: 'run/same-folder',
    place: `${config}: ${shared.name}`,
    problem: `its folder ${shared.out} is that of an earlier step`,
    expected: 'an out of its own for every step',
    remedy: 'Give another out.',
  })
}

async function trainStep(config: string, options: RunChainOptions): Promise<Step> {
  const project = await readTrainingProject({ config })
  const out = project.out ?? join(dirname(resolve(config)), 'training')
  const make = async (_: Network | undefined, resume: boolean): Promise<Made> => {
    const result = await trainModel({ ...reachOf(options), config, out, resume })
    const labelled = result.report.metrics.kind === 'classes'
    return { ...result, labelled, good: true, summary: trainSummary(result) }
  }
  return { name: 'train', out, settings: async () => ['train', project], make }
}

async function compressStep(config: string, options: RunChainOptions): Promise<Step> {
  const given = await readCompressionProject({ config })
  const out = given.project.out ?? join(dirname(resolve(config)), 'compressed')
  const make = async (_: Network | undefined, resume: boolean): Promise<Made> => {
    const result = await compressNetwork({ ...reachOf(options), config, out, resume })
    const labelled = result.report.training.metrics.kind === 'classes'
    return { ...result, labelled, good: true, summary: compressSummary(result) }
  }
  return { name: 'compress', out, settings: async () => ['compress', given], make }
}

/** Predicts the rows that the training kept from its saved file, and sets the bits against training's own. */
async function predictStep(config: string, options: RunChainOptions, follows: boolean): Promise<Step> {
  const { out: given } = await readPredictPart(config)
  const out = resolve(dirname(resolve(config)), given ?? 'prediction')
  if (!follows) failModel(config, 'predict asks for a prediction', 'train, or compress', 'predict')
  const loaded = await loadConfig(config)
  const subject = ({ out: folder, record }: Network) => {
    const { data, labels } = rowsOf({ out: folder, record })
    const wanted = labels === undefined ? { targets: join(folder, 'y_test.npy') } : { labels }
    return { model: join(folder, 'model.h5'), data, ...wanted, ...scalerOf({ out: folder, record }) }
  }
  const make = async (before: Network | undefined): Promise<Made> => {
    const found = await predictTrained({ ...reachOf(options), ...subject(before!), config, out })
    const good = found.equal || !found.quantised
    return { files: found.files, findings: [], labelled: false, good, summary: predictionText(found) }
  }
  const settings = async (before: Network | undefined) => ['predict', loaded, subject(before!)]
  return { name: 'predict', out, settings, make }
}

/** Builds the config's `model`, or what the step before made, on the config's `data`, or on the rows kept there. */
async function buildStep(config: string, options: RunChainOptions, follows: boolean): Promise<Step> {
  const loaded = await loadConfig(config)
  const { model, out = join(dirname(resolve(config)), 'build'), data, scaler } = loaded.run
  if (model === undefined && !follows)
    failModel(config, 'out asks for a build', 'model, or train, or compress', 'out')
  const given = (before: Network | undefined) => {
    const own = model?.[0] ?? join(before!.out, 'model.h5')
    const weights: { weights?: string } = model?.[1] === undefined ? {} : { weights: model[1] }
    const rows = data === undefined && model === undefined ? rowsOf(before!) : {}
    const scaled = scaler === undefined && model === undefined ? scalerOf(before!) : {}
    return { ...weights, ...rows, ...scaled, model: own }
  }
  const { synth = true } = options
  const make = async (before: Network | undefined): Promise<Made> => {
    const result = await build({ ...reachOf(options), ...given(before), config, out, synth })
    const { findings, good } = result
    return {
      files: await filesIn(out),
      findings,
      labelled: false,
      good,
      summary: buildText(result).join('\n'),
    }
  }
  const settings = async (before: Network | undefined) => {
    const named = given(before)
    // Files beside a model that only it names count too.
    const { bytes } = await loadModel(named.model, named.weights)
    return ['build', loaded, named, sha256(bytes), synth]
  }
  return { name: 'build', out, settings, make }
}

function failModel(config: string, asked: string, expected: string, key: string): never {
  return fail({
    code: 'run/no-model',
    place: config,
    problem: `${asked}, and nothing says of which network`,
    expected,
    remedy: `Name the network, or leave '${key}' out.`,
  })
}

/** The rows that a training kept, as `X_test.npy` or one file per input, and their classes. */
function rowsOf({ out, record }: Network): { data: string[]; labels?: string } {
  const names = Object.keys(record.files).filter(name => /^X\d*_test\.npy$/.test(name))
  const order = (name: string) => Number(/\d+/.exec(name)?.[0] ?? 0)
  const data = names.sort((a, b) => order(a) - order(b)).map(name => join(out, name))
  return { data, ...(record.labelled && { labels: join(out, 'y_test.npy') }) }
}

/** The scaler that the training left beside its network; rows of the data go through it. */
function scalerOf({ out, record }: Network): { scaler?: string } {
  return scalerFile in record.files ? { scaler: join(out, scalerFile) } : {}
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && entry.name !== recordName)
  return files.map(entry => join(entry.parentPath, entry.name))
}

function reachOf({ onProgress, signal, disk }: RunChainOptions) {
  return {
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
    ...(disk === undefined ? {} : { disk }),
  }
}

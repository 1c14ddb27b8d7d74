// The training project that a command line means: `train` of a config, with the flags over it.

import { dirname, extname, resolve } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import {
  type CompressionInput,
  type CompressionProjectInput,
  compressionKeys,
  readCompression,
} from '../train/compression.ts'
import { readProject, type TrainProject, type TrainProjectInput } from '../train/project.ts'
import { readFileBytes } from './files.ts'
import { runScript } from './load-config.ts'

/** Flags, each over what the config says. */
export interface TrainingFlags<Project = TrainProjectInput> {
  readonly config?: string | undefined
  /** A project that a program gives, instead of a config. */
  readonly project?: Project | undefined
  readonly model?: string | undefined
  readonly data?: readonly string[] | undefined
  readonly labelColumn?: string | undefined
  readonly labels?: string | undefined
  readonly start?: string | undefined
  readonly out?: string | undefined
  readonly epochs?: number | undefined
  readonly batch?: number | undefined
  readonly rate?: number | undefined
  readonly seed?: number | undefined
}

/** Those whose names are the project's. */
const plainFlags = ['model', 'labelColumn', 'labels', 'start', 'out', 'epochs', 'batch', 'seed'] as const

/** Reads and checks the project, before any data is read. Paths in a config are relative to it. */
export async function readTrainingProject(flags: TrainingFlags): Promise<TrainProject> {
  const { config, project } = flags
  const place = config === undefined ? 'project' : `${config}: train`
  const base = project ?? (config === undefined ? {} : await projectIn(config, 'train'))
  return readProject(withFlags(base, flags), place)
}

export interface CompressionProject {
  readonly project: TrainProject
  readonly compression: CompressionInput
}

/** The data of `compress` are those of `train` where it names none; everything else is its own. */
export async function readCompressionProject(
  flags: TrainingFlags<CompressionProjectInput>,
): Promise<CompressionProject> {
  const { config, project } = flags
  const place = config === undefined ? 'project' : `${config}: compress`
  const own: object = project ?? (config === undefined ? {} : await projectIn(config, 'compress'))
  const trained = config === undefined ? {} : await optionalProjectIn(config, 'train')
  const rows = 'data' in own ? [] : Object.entries(trained).filter(([key]) => isOfRows(key, trained))
  const { model, ...given } = withFlags({ ...Object.fromEntries(rows), ...own }, flags)
  const isPart = (key: string) => (compressionKeys as readonly string[]).includes(key)
  const parts = Object.fromEntries(Object.entries(given).filter(([key]) => isPart(key)))
  const settings = Object.fromEntries(Object.entries(given).filter(([key]) => !isPart(key)))
  const compression = readCompression(model === undefined ? parts : { ...parts, teacher: model }, place)
  // The model of a project is what is trained; here it follows from teacher and student.
  return {
    project: readProject({ ...settings, model: compression.teacher ?? 'student' }, place),
    compression,
  }
}

const rowKeys: readonly string[] = [
  'data',
  'labelColumn',
  'labels',
  'targets',
  'classes',
  'validation',
  'test',
  'outputs',
  'seed',
]

/** A scaler outside of the network belongs to the rows; one within is part of the teacher. */
function isOfRows(key: string, trained: { readonly scaler?: unknown }): boolean {
  return rowKeys.includes(key) || (trained.scaler === 'export' && (key === 'scale' || key === 'scaler'))
}

function withFlags(base: object, flags: TrainingFlags<unknown>): Readonly<Record<string, unknown>> {
  const { rate, data } = flags
  const given = Object.fromEntries(
    plainFlags.flatMap(name => (flags[name] === undefined ? [] : [[name, flags[name]]])),
  )
  const optimiser = (base as TrainProjectInput).optimiser ?? 'adam'
  return {
    ...base,
    ...given,
    ...(data !== undefined && { data: data.length === 1 ? data[0] : data }),
    ...(rate !== undefined && {
      optimiser: { ...(typeof optimiser === 'string' ? { kind: optimiser } : optimiser), rate },
    }),
  }
}

type Part = 'train' | 'compress' | 'search'

const partForms: Readonly<Record<Part, readonly [expected: string, typedBy: string]>> = {
  train: ['{ model, data, epochs, … }', 'defineTraining'],
  compress: ['{ teacher, data, epochs, … }', 'defineCompression'],
  search: ['{ units, weightBits, sparsity, … }', 'defineSearch'],
}

/** A part of a config with its paths. Fails with `train/no-project` where there is none. */
export async function projectIn(config: string, part: Part): Promise<object> {
  const own = await optionalProjectIn(config, part)
  if (Object.keys(own).length > 0) return own
  return fail({
    code: 'train/no-project',
    place: config,
    problem: `the config has no '${part}'`,
    expected: `${part}: ${partForms[part][0]}`,
    remedy: `Add it; ${partForms[part][1]} gives it its types.`,
  })
}

/** A part of a config with its paths; nothing where there is none. */
export async function optionalProjectIn(config: string, part: Part): Promise<object> {
  const value = await configValue(config)
  const own =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined
  return typeof own === 'object' && own !== null ? withPaths(own, config) : {}
}

/** `predict` of a config: the folder, as it is written. Fails with `run/predict`. */
export async function readPredictPart(config: string): Promise<{ readonly out?: string }> {
  const { predict } = (await configValue(config)) as { readonly predict: unknown }
  const own = typeof predict === 'object' && predict !== null ? Object.entries(predict) : undefined
  const wrong = own?.find(([key, value]) => key !== 'out' || typeof value !== 'string')
  if (own !== undefined && wrong === undefined) return Object.fromEntries(own)
  return fail({
    code: 'run/predict',
    place: `${config}: predict`,
    problem: wrong === undefined ? 'it is no object' : `it has ${wrong[0]}: ${JSON.stringify(wrong[1])}`,
    expected: "{ out: 'prediction' }, the folder, or {}",
    remedy: 'Correct it.',
  })
}

/** What a config is, as its script or its JSON gives it. */
export async function configValue(path: string): Promise<unknown> {
  if (extname(path).toLowerCase() !== '.json') return runScript(path)
  return parseJson(new TextDecoder().decode(await readFileBytes(path)), path)
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const problem = `the file is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`
    return fail({ code: 'train/no-project', place: path, problem, remedy: 'Correct the file.' }, cause)
  }
}

const pathKeys = ['labels', 'targets', 'start', 'out', 'teacher'] as const
const pathOrValueKeys = ['model', 'data', 'validation', 'test', 'student'] as const

function withPaths(project: object, config: string): object {
  const folder = dirname(resolve(config))
  const found = project as Readonly<Record<string, unknown>>
  const paths = [...pathKeys, ...pathOrValueKeys].filter(key => found[key] !== undefined)
  const { outputs } = found
  return {
    ...project,
    ...Object.fromEntries(paths.map(key => [key, absolute(found[key], folder, key)])),
    ...(isRecord(outputs) && { outputs: absoluteOutputs(outputs, folder) }),
  }
}

const filesOfDataSet = ['file', 'labels', 'targets'] as const

/** A path, paths, or those of a data set of files, from a folder on; what is no path stays. */
function absolute(value: unknown, folder: string, key: string): unknown {
  // An autoencoder's targets are no file.
  if (typeof value === 'string')
    return key === 'targets' && value === 'input' ? value : resolve(folder, value)
  if (Array.isArray(value)) return value.map(own => absolute(own, folder, key))
  if (!isRecord(value) || !('file' in value)) return value
  return {
    ...absoluteFiles(value, folder),
    ...(isRecord(value.more) && { more: absoluteOutputs(value.more, folder) }),
  }
}

function absoluteFiles(value: Readonly<Record<string, unknown>>, folder: string): object {
  const own = filesOfDataSet.filter(name => value[name] !== undefined)
  return { ...value, ...Object.fromEntries(own.map(name => [name, absolute(value[name], folder, name)])) }
}

const absoluteOutputs = (outputs: Readonly<Record<string, unknown>>, folder: string): object =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, own]) => [name, isRecord(own) ? absoluteFiles(own, folder) : own]),
  )

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

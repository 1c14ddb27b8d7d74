// The training project that a command line means: `train` of a config, with the flags over it.

import { dirname, extname, resolve } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import { readProject, type TrainProject, type TrainProjectInput } from '../train/project.ts'
import { readFileBytes } from './files.ts'

/** Flags, each over what the config says. */
export interface TrainingFlags {
  readonly config?: string | undefined
  /** A project that a program gives, instead of a config. */
  readonly project?: TrainProjectInput | undefined
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
  const { config, project, rate, data } = flags
  const place = config === undefined ? 'project' : `${config}: train`
  const base = project ?? (config === undefined ? {} : withPaths(await projectIn(config), config))
  const given = Object.fromEntries(
    plainFlags.flatMap(name => (flags[name] === undefined ? [] : [[name, flags[name]]])),
  )
  const optimiser = (base as TrainProjectInput).optimiser ?? 'adam'
  return readProject(
    {
      ...base,
      ...given,
      ...(data !== undefined && { data: data.length === 1 ? data[0] : data }),
      ...(rate !== undefined && {
        optimiser: { ...(typeof optimiser === 'string' ? { kind: optimiser } : optimiser), rate },
      }),
    },
    place,
  )
}

async function projectIn(config: string): Promise<object> {
  const value = await configValue(config)
  const own = typeof value === 'object' && value !== null && 'train' in value ? value.train : undefined
  if (typeof own === 'object' && own !== null) return own
  return fail({
    code: 'train/no-project',
    place: config,
    problem: "the config has no 'train'",
    expected: 'train: { model, data, epochs, … }',
    remedy: 'Add it; defineTraining gives it its types.',
  })
}

async function configValue(path: string): Promise<unknown> {
  const bytes = await readFileBytes(path)
  if (extname(path).toLowerCase() === '.json') return parseJson(new TextDecoder().decode(bytes), path)
  const { createJiti } = await import('jiti')
  const jiti = createJiti(import.meta.url, { moduleCache: false, fsCache: false })
  try {
    const exported = await jiti.import<unknown>(resolve(path), { default: true })
    return typeof exported === 'function' ? await (exported as () => unknown)() : exported
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    return fail(
      {
        code: 'config/script',
        place: path,
        problem: `the script failed: ${message.split('\n', 1)[0]}`,
        expected: 'a default export: export default defineConfig({ … })',
      },
      cause,
    )
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const problem = `the file is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`
    return fail({ code: 'train/no-project', place: path, problem, remedy: 'Correct the file.' }, cause)
  }
}

const pathKeys = ['labels', 'targets', 'start', 'out'] as const
const pathOrValueKeys = ['model', 'data', 'validation', 'test'] as const

function withPaths(project: object, config: string): object {
  const folder = dirname(resolve(config))
  const absolute = (value: unknown): unknown =>
    typeof value === 'string' ? resolve(folder, value) : Array.isArray(value) ? value.map(absolute) : value
  const found = project as Readonly<Record<string, unknown>>
  const paths = [...pathKeys, ...pathOrValueKeys].filter(key => found[key] !== undefined)
  return { ...project, ...Object.fromEntries(paths.map(key => [key, absolute(found[key])])) }
}

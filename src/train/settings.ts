// How to train, as plain data: epochs, batches, loss, optimiser, schedule, when to stop. Read strictly, so that a run
// that cannot be is refused before any data is loaded.

import { isList, isObject, type Json, type JsonObject } from '../frontends/json.ts'
import { collectProblems, type Problems } from '../frontends/problems.ts'
import {
  type Field,
  type Fields,
  flag,
  positive,
  reportField,
  share,
  type ValuesOf,
  whole,
  word,
} from './fields.ts'
import { type LossName, lossNames, type OutputSettings } from './loss.ts'
import { readSettings } from './model.ts'

export const optimiserFields = {
  adam: {
    rate: positive('learning_rate', 1e-3),
    beta1: share('beta_1', 0.9),
    beta2: share('beta_2', 0.999),
    epsilon: positive('epsilon', 1e-7),
  },
  sgd: {
    rate: positive('learning_rate', 1e-2),
    momentum: share('momentum', 0),
    nesterov: flag('nesterov', false),
  },
} as const satisfies Readonly<Record<string, Fields>>

const anyWhole = (fallback: number) => whole('', fallback, 0)

export const scheduleFields = {
  constant: { warmUp: anyWhole(0) },
  /** Falls in a line to a share of the rate at the end. */
  linear: { warmUp: anyWhole(0), final: share('', 0) },
  /** Falls along half a cosine. */
  cosine: { warmUp: anyWhole(0), final: share('', 0) },
  /** Times `factor` after every epoch. */
  exponential: { warmUp: anyWhole(0), factor: share('') },
  /** Times `factor` after every `every` epochs. */
  steps: { warmUp: anyWhole(0), factor: share('', 0.1), every: whole('') },
  /** Times `factor` when nothing became better for `patience` epochs. */
  plateau: { warmUp: anyWhole(0), factor: share('', 0.5), patience: whole('', 5), least: share('', 0) },
} as const satisfies Readonly<Record<string, Fields>>

export type OptimiserKind = keyof typeof optimiserFields
export type ScheduleKind = keyof typeof scheduleFields
export type OptimiserSpec = {
  [K in OptimiserKind]: { readonly kind: K } & ValuesOf<(typeof optimiserFields)[K]>
}[OptimiserKind]
export type ScheduleSpec = {
  [K in ScheduleKind]: { readonly kind: K } & ValuesOf<(typeof scheduleFields)[K]>
}[ScheduleKind]

/** What is watched for early stopping, the plateau schedule and the best weights. */
export const watchedNames = ['loss', 'accuracy'] as const
export type Watched = (typeof watchedNames)[number]

export interface TrainSettings {
  readonly epochs: number
  /** Rows per step. */
  readonly batch: number
  readonly seed: number
  readonly loss: LossName
  /** Losses and their factors by output, of a network with several. */
  readonly outputs: Readonly<Record<string, OutputSettings>>
  readonly optimiser: OptimiserSpec
  readonly schedule: ScheduleSpec
  /** Factors of the penalties on |w| and w² of kernels. */
  readonly l1: number
  readonly l2: number
  /** Weight of each class in the loss: none, as rare as it is, or given. */
  readonly classWeights: 'none' | 'balanced' | readonly number[] | Readonly<Record<string, number>>
  /** Epochs without a better value after which training ends; null: never. */
  readonly patience: number | null
  /** Of the validation data, or of the training data where there is none. */
  readonly watch: Watched
  /** Whether the weights of the best epoch are what comes out. */
  readonly restoreBest: boolean
  /** Largest norm of all gradients together; null: any. */
  readonly clipNorm: number | null
}

/** A run as configs give it: everything may be left out. */
export type TrainSettingsInput = {
  readonly [K in Exclude<keyof TrainSettings, 'optimiser' | 'schedule' | 'outputs'>]?: TrainSettings[K]
} & {
  readonly optimiser?: OptimiserKind | ({ readonly kind: OptimiserKind } & JsonObject)
  readonly schedule?: ScheduleKind | ({ readonly kind: ScheduleKind } & JsonObject)
}

const nonNegative = (fallback: number): Field<number> => ({
  ...positive('', fallback),
  expected: 'a number of at least 0',
  read: value => (typeof value === 'number' && value >= 0 ? value : undefined),
})

function orNull<Value>(inner: Field<Value>): Field<Value | null> {
  return {
    ...inner,
    default: null,
    expected: `null or ${inner.expected}`,
    read: (value, place, problems) => (value === null ? null : inner.read(value, place, problems)),
    write: value => (value === null ? null : inner.write(value)),
  }
}

const classWeights: Field<TrainSettings['classWeights']> = {
  keras: '',
  expected: "'none', 'balanced' or a number above 0 per class, in a list or by name",
  default: 'none',
  read: value => {
    if (value === 'none' || value === 'balanced') return value
    if (!isList(value) && !isObject(value)) return undefined
    return Object.values(value).every(own => typeof own === 'number' && own > 0)
      ? (value as TrainSettings['classWeights'])
      : undefined
  },
  write: value => value as Json,
}

const outputFields = { loss: word<LossName>('', lossNames, 'auto'), weight: positive('', 1) }

const outputs: Field<TrainSettings['outputs']> = {
  keras: '',
  expected: 'loss and weight by output',
  default: {},
  read: (value, place, problems) => {
    if (!isObject(value)) return undefined
    const own = Object.entries(value).map(([name, given]) => [
      name,
      isObject(given) ? readSettings(outputFields, given, `${place}: ${name}`, problems) : undefined,
    ])
    return own.every(([, given]) => given !== undefined) ? Object.fromEntries(own) : undefined
  },
  write: value => value as unknown as Json,
}

/** One of several things by its kind, alone or with its settings. */
function kinds<Spec>(table: Readonly<Record<string, Fields>>, fallback: string): Field<Spec> {
  const names = Object.keys(table)
  const readAs = (kind: string, given: JsonObject, place: string, problems: Problems) =>
    ({ kind, ...readSettings(table[kind]!, given, place, problems) }) as Spec
  return {
    keras: '',
    expected: `one of ${names.join(', ')}`,
    default: readAs(fallback, {}, '', collectProblems()),
    read: (value, place, problems) => {
      const kind = isObject(value) ? value.kind : value
      if (typeof kind !== 'string' || !Object.hasOwn(table, kind)) return undefined
      const { kind: _kind, ...given } = isObject(value) ? value : { kind }
      return readAs(kind, given, place, problems)
    },
    write: value => value as Json,
  }
}

const settingsFields = {
  epochs: whole('', 20),
  batch: whole('', 128),
  seed: whole('', 1, 0),
  loss: word<LossName>('', lossNames, 'auto'),
  outputs,
  optimiser: kinds<OptimiserSpec>(optimiserFields, 'adam'),
  schedule: kinds<ScheduleSpec>(scheduleFields, 'constant'),
  l1: nonNegative(0),
  l2: nonNegative(0),
  classWeights,
  patience: orNull(whole('')),
  watch: word<Watched>('', watchedNames, 'loss'),
  restoreBest: flag('', true),
  clipNorm: orNull(positive('')),
} as const satisfies Fields

export const settingNames: readonly string[] = Object.keys(settingsFields)

/** Reads how to train; fails with `train/setting` and `train/unknown-setting`, all that is wrong at once. */
export function readTrainSettings(value: unknown, place: string): TrainSettings {
  const problems = collectProblems()
  const given = (value ?? {}) as Json
  if (!isObject(given)) {
    reportField(place, given, { expected: `settings: ${settingNames.join(', ')}` }, place, problems)
    problems.throwIfAny()
  }
  const read = readSettings(settingsFields, given as JsonObject, place, problems)
  problems.throwIfAny()
  return read
}

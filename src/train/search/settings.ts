// What a search for a student looks through and how long, as `search` of a config says it. It stands beside `compress`,
// which says everything else of the student: data, quantisers, teacher, how it is trained.

import { fail } from '../../diagnostics/diagnostic.ts'
import { didYouMean } from '../../diagnostics/nearest.ts'
import { isList, isObject, shown } from '../../frontends/json.ts'

/** Candidate numbers for all layers alike, or by the layer's name. */
export type Candidates = readonly number[] | Readonly<Record<string, readonly number[]>>

/** A `search` of a config. What is not named stays as `compress` has it. */
export interface SearchInput {
  /** Units or filters, by the layer's name. */
  readonly units?: Readonly<Record<string, readonly number[]>>
  /** Bits, and integer bits, of kernels. */
  readonly weightBits?: Candidates
  readonly weightInteger?: Candidates
  /** Bits, and integer bits, of results of activations. */
  readonly activationBits?: Candidates
  readonly activationInteger?: Candidates
  /** Shares of weights that are pruned. */
  readonly sparsity?: readonly number[]
  /** Networks that are trained to compare them, 24 by default. */
  readonly trials?: number
  /** Epochs of each, by default a fifth of those of `compress`. */
  readonly epochs?: number
  /** How many of the best are trained again for all epochs of `compress`, 4 by default. */
  readonly finalists?: number
  /** Of what is tried; the seed of training and of the split is that of `compress`. */
  readonly seed?: number
  /** `evolution` by default; `random` draws all of them, spread over the space. */
  readonly strategy?: SearchStrategy
  /** Folder for the networks, the pages and the log; `search` by default. */
  readonly out?: string
}

/** Gives a search its types. Returns what it is given. */
export function defineSearch(search: SearchInput): SearchInput {
  return search
}

export const searchStrategies = ['evolution', 'random'] as const
export type SearchStrategy = (typeof searchStrategies)[number]

export const dimensionKinds = [
  'units',
  'weightBits',
  'weightInteger',
  'activationBits',
  'activationInteger',
  'sparsity',
] as const
export type DimensionKind = (typeof dimensionKinds)[number]

/** One thing that candidates differ in. */
export interface Dimension {
  readonly kind: DimensionKind
  /** The one layer that it is of; absent for all. */
  readonly layer?: string
  /** Rising, each once. */
  readonly values: readonly number[]
}

export interface SearchSettings {
  readonly dimensions: readonly Dimension[]
  readonly trials: number
  /** Absent: a fifth of those of the compression. */
  readonly epochs?: number
  readonly finalists: number
  readonly seed: number
  readonly strategy: SearchStrategy
  readonly out?: string
}

const kindRules: Readonly<Record<DimensionKind, readonly [words: string, test: (value: number) => boolean]>> =
  {
    units: ['whole numbers of at least 1', value => Number.isInteger(value) && value >= 1],
    weightBits: ['whole numbers from 1 to 24', value => isWithin(value, 1, 24)],
    weightInteger: ['whole numbers from -64 to 64', value => isWithin(value, -64, 64)],
    activationBits: ['whole numbers from 1 to 24', value => isWithin(value, 1, 24)],
    activationInteger: ['whole numbers from -64 to 64', value => isWithin(value, -64, 64)],
    sparsity: ['shares from 0 to below 1', value => value >= 0 && value < 1],
  }

const isWithin = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most

const wholeRules = { trials: 1, epochs: 1, finalists: 0, seed: 0 } as const

/** Reads a search; fails with `search/setting`. */
export function readSearch(value: unknown, place: string): SearchSettings {
  if (!isObject(value)) refuseSetting(place, `it is ${shown(value)}`, allKeys.join(', '))
  const given = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(given)) {
    if ((allKeys as readonly string[]).includes(key)) continue
    refuseSetting(place, `there is no '${key}' here`, allKeys.join(', '), didYouMean(key, allKeys))
  }
  const dimensions = dimensionKinds.flatMap(kind => dimensionsOf(kind, given[kind], `${place}.${kind}`))
  if (dimensions.length === 0)
    refuseSetting(place, 'it names nothing to choose from', `some of ${dimensionKinds.join(', ')}`)
  const whole = (key: keyof typeof wholeRules) => wholeOf(key, given[key], place)
  const [epochs, out, strategy] = [whole('epochs'), given.out, given.strategy ?? 'evolution']
  if (!(searchStrategies as readonly unknown[]).includes(strategy))
    refuseSetting(`${place}.strategy`, `it is ${shown(strategy)}`, searchStrategies.join(', '))
  if (out !== undefined && (typeof out !== 'string' || out === ''))
    refuseSetting(`${place}.out`, `it is ${shown(out)}`, 'a folder')
  return {
    dimensions,
    trials: whole('trials') ?? 24,
    ...(epochs === undefined ? {} : { epochs }),
    finalists: whole('finalists') ?? 4,
    seed: whole('seed') ?? 1,
    strategy: strategy as SearchStrategy,
    ...(out === undefined ? {} : { out: out as string }),
  }
}

const allKeys = [
  ...dimensionKinds,
  'trials',
  'epochs',
  'finalists',
  'seed',
  'strategy',
  'out',
] as const satisfies readonly (keyof SearchInput)[]

function dimensionsOf(kind: DimensionKind, value: unknown, place: string): Dimension[] {
  if (value === undefined) return []
  const byLayer = isObject(value)
  if (kind === 'units' && !byLayer)
    refuseSetting(place, `it is ${shown(value)}`, 'lists by the names of layers: { fc1: [4, 8] }')
  if (kind === 'sparsity' || !byLayer) return [{ kind, values: valuesOf(kind, value, place) }]
  return Object.entries(value as Readonly<Record<string, unknown>>).map(([layer, own]) => ({
    kind,
    layer,
    values: valuesOf(kind, own, `${place}.${layer}`),
  }))
}

function valuesOf(kind: DimensionKind, value: unknown, place: string): number[] {
  const [words, test] = kindRules[kind]
  const isGood = isList(value) && value.length > 0
  if (!isGood || !(value as readonly unknown[]).every(own => typeof own === 'number' && test(own)))
    refuseSetting(place, `it is ${shown(value)}`, `a list of ${words}`)
  return [...new Set(value as readonly number[])].sort((a, b) => a - b)
}

function wholeOf(key: keyof typeof wholeRules, value: unknown, place: string): number | undefined {
  if (value === undefined) return undefined
  const least = wholeRules[key]
  if (!Number.isInteger(value) || (value as number) < least)
    refuseSetting(`${place}.${key}`, `it is ${shown(value)}`, `a whole number of at least ${least}`)
  return value as number
}

/** Fails with `search/setting`. */
export function refuseSetting(place: string, problem: string, expected: string, hint = ''): never {
  return fail({
    code: 'search/setting',
    place,
    problem,
    expected,
    remedy: hint === '' ? 'Correct it.' : hint,
  })
}

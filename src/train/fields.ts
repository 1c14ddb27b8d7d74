// The settings of a layer, described once: how a config spells them, how Keras does, what they may be. Reading a
// config, reading a Keras file, writing one and the type of a layer all follow from the description.

import { isList, isObject, type Json, shown } from '../frontends/json.ts'
import type { Problems } from '../frontends/problems.ts'
import type { QuantiserSpec } from './quantisers/definition.ts'
import { isQuantiser, quantiserObject, readQuantiser } from './quantisers/parse.ts'

export interface Field<Value> {
  /** Keras's name: `use_bias`. */
  readonly keras: string
  readonly expected: string
  /** Undefined when it must be given. */
  readonly default: Value | undefined
  /** Undefined, with or without a report of its own, when the value cannot be. */
  read(value: Json, place: string, problems: Problems): Value | undefined
  write(value: Value): Json
}

export type Fields = Readonly<Record<string, Field<unknown>>>
export type ValuesOf<F> = { readonly [K in keyof F]: F[K] extends Field<infer Value> ? Value : never }

function field<Value extends Json>(
  keras: string,
  expected: string,
  fallback: Value | undefined,
  accepts: (value: Json) => boolean,
): Field<Value> {
  return {
    keras,
    expected,
    default: fallback,
    read: value => (accepts(value) ? (value as Value) : undefined),
    write: value => value,
  }
}

const isWhole = (value: Json, least: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= least

export const whole = (keras: string, fallback?: number, least = 1): Field<number> =>
  field(keras, `a whole number of at least ${least}`, fallback, value => isWhole(value, least))

export const share = (keras: string, fallback?: number): Field<number> =>
  field(
    keras,
    'a number from 0 to below 1',
    fallback,
    value => typeof value === 'number' && value >= 0 && value < 1,
  )

export const positive = (keras: string, fallback?: number): Field<number> =>
  field(keras, 'a number above 0', fallback, value => typeof value === 'number' && value > 0)

export const flag = (keras: string, fallback: boolean): Field<boolean> =>
  field(keras, 'true or false', fallback, value => typeof value === 'boolean')

export const word = <W extends string>(keras: string, words: readonly [W, ...W[]], fallback?: W): Field<W> =>
  field<W>(keras, words.join(' or '), fallback ?? words[0], value => words.some(own => own === value))

/** One extent per axis; a single number stands for all. */
export function extents(keras: string, rank: number, fallback?: number | null): Field<readonly number[]> {
  return {
    keras,
    expected: rank === 1 ? 'a whole number' : `${rank} whole numbers, or one for all`,
    default: typeof fallback === 'number' ? Array.from({ length: rank }, () => fallback) : undefined,
    read: value => {
      if (isWhole(value, 1)) return Array.from({ length: rank }, () => Number(value))
      return isList(value) && value.length === rank && value.every(own => isWhole(own, 1))
        ? (value as readonly number[])
        : undefined
    },
    write: value => value,
  }
}

/** Extents that are those of another field where they are null. */
export function extentsOrNull(keras: string, rank: number): Field<readonly number[] | null> {
  const inner = extents(keras, rank)
  return {
    keras,
    expected: `${inner.expected}, or null`,
    default: null,
    read: (value, place, problems) => (value === null ? null : inner.read(value, place, problems)),
    write: value => value,
  }
}

export const wholes = (keras: string): Field<readonly number[]> =>
  field<readonly number[]>(
    keras,
    'a list of whole numbers',
    undefined,
    value => isList(value) && value.length > 0 && value.every(own => own === -1 || isWhole(own, 1)),
  )

export function quantiser(keras: string): Field<QuantiserSpec | null> {
  return {
    keras,
    expected: 'null or a quantizer',
    default: null,
    read: (value, place, problems) => (value === null ? null : readQuantiser(value, place, problems)),
    write: value => (value === null ? null : quantiserObject(value)),
  }
}

/** A function by name, or a quantiser. */
export type ActivationSpec =
  | { readonly kind: 'function'; readonly name: ActivationName }
  | ({ readonly kind: 'quantiser' } & QuantiserSpec)

export const activationNames = [
  'linear',
  'relu',
  'relu6',
  'leaky_relu',
  'sigmoid',
  'hard_sigmoid',
  'tanh',
  'softmax',
  'softplus',
  'softsign',
  'elu',
  'selu',
] as const
export type ActivationName = (typeof activationNames)[number]

export const linear: ActivationSpec = { kind: 'function', name: 'linear' }

/** A function by name where nothing is given; `required` where something must be. */
export function activation(
  keras = 'activation',
  fallback: ActivationName | 'required' = 'linear',
): Field<ActivationSpec> {
  return {
    keras,
    expected: `one of ${activationNames.join(', ')}, or a quantizer`,
    default: fallback === 'required' ? undefined : { kind: 'function', name: fallback },
    read: (value, place, problems) => {
      const name = isObject(value) && value.class_name === 'function' ? value.config : value
      const known = activationNames.find(own => own === name)
      if (known !== undefined) return { kind: 'function', name: known }
      if (value === null) return linear
      if (!isQuantiser(value) && !(typeof value === 'string' && value.includes('('))) return undefined
      const spec = readQuantiser(value, place, problems)
      return spec && { kind: 'quantiser', ...spec }
    },
    write: value =>
      value.kind === 'function' ? value.name : quantiserObject({ name: value.name, options: value.options }),
  }
}

export const initialisers = [
  'glorot_uniform',
  'glorot_normal',
  'he_uniform',
  'he_normal',
  'lecun_uniform',
  'lecun_normal',
  'random_uniform',
  'orthogonal',
  'zeros',
  'ones',
] as const
export type InitialiserName = (typeof initialisers)[number]

/** Keras's classes, whose names are these words in one: GlorotUniform. */
export function initialiser(keras: string, fallback: InitialiserName): Field<InitialiserName> {
  const className = (name: string) => name.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase())
  return {
    keras,
    expected: `one of ${initialisers.join(', ')}`,
    default: fallback,
    read: value => {
      const name = isObject(value) ? value.class_name : value
      return initialisers.find(own => own === name || className(own) === name)
    },
    write: value => ({
      class_name: className(value),
      config: value === 'zeros' || value === 'ones' ? {} : configOf(value),
    }),
  }
}

function configOf(name: InitialiserName): Json {
  if (name === 'random_uniform') return { minval: -0.05, maxval: 0.05, seed: null }
  return name === 'orthogonal' ? { gain: 1, seed: null } : { seed: null }
}

/** Reports a value that a field does not take. */
export function reportField(
  name: string,
  value: Json | undefined,
  { expected }: Pick<Field<unknown>, 'expected'>,
  place: string,
  problems: Problems,
): void {
  problems.add({
    code: 'train/setting',
    place,
    problem: value === undefined ? `'${name}' is missing` : `'${name}' is ${shown(value)}`,
    expected,
    remedy: 'Correct the setting.',
  })
}

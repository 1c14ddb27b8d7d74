// How inputs are to be scaled, as a project says it.

import { fail } from '../diagnostics/diagnostic.ts'
import { isObject, shown } from '../frontends/json.ts'
import { collectProblems } from '../frontends/problems.ts'
import { type Field, word } from './fields.ts'
import { readSettings } from './model.ts'

/** `standardise`: mean 0 and deviation 1; `min-max`: 0 to 1; `power-of-two`: within ±1, by a shift alone. */
export const scaleWords = ['standardise', 'min-max', 'power-of-two'] as const
export type ScaleWord = (typeof scaleWords)[number]

export interface ScaleSettings {
  readonly kind: ScaleWord
  /** A scale per channel (the last axis), one for a whole input, or (exported ones) one per element. */
  readonly per: 'channel' | 'input' | 'element'
  /** Names of the inputs; all but those of embeddings, where nothing is said. */
  readonly inputs: readonly string[] | null
}

/** A word, or a word with more. */
export type ScaleInput = ScaleWord | ({ readonly kind: ScaleWord } & Partial<ScaleSettings>)

/** Where the scaler goes: a layer in front, into the first products, or a file beside the network. */
export const scalerPlaces = ['layer', 'fold', 'export'] as const
export type ScalerPlace = (typeof scalerPlaces)[number]

const names: Field<readonly string[] | null> = {
  keras: '',
  expected: 'names of inputs',
  default: null,
  read: value =>
    Array.isArray(value) && value.length > 0 && value.every(own => typeof own === 'string')
      ? (value as string[])
      : undefined,
  write: value => value,
}

const fields = {
  kind: { ...word<ScaleWord>('', scaleWords), default: undefined },
  per: word<ScaleSettings['per']>('', ['channel', 'input', 'element']),
  inputs: names,
}

/** Fails with `train/setting` and `train/unknown-setting`. */
export function readScale(value: unknown, place: string): ScaleSettings {
  const given = typeof value === 'string' ? { kind: value } : value
  if (!isObject(given)) return failScale(given, place)
  const problems = collectProblems()
  const read = readSettings(fields, given, `${place}: scale`, problems)
  problems.throwIfAny()
  return read
}

function failScale(value: unknown, place: string): never {
  return fail({
    code: 'train/setting',
    place,
    problem: `'scale' is ${shown(value)}`,
    expected: `one of ${scaleWords.join(', ')}, or { kind, per, inputs }`,
    remedy: 'Correct the setting.',
  })
}

// Reads what is asked of the model, of a layer class or of a layer: precisions, `<role>_t` keys and other keys.
// Whether the model's layers have such keys is `checkConfig`'s question.

import { didYouMean } from '../diagnostics/nearest.ts'
import { type Precision, parsePrecision } from '../fixed/precision.ts'
import { canonicalKey, canonicalWord } from './layer-keys.ts'
import type { ChoiceValue, LayerSettings } from './model-config.ts'
import type { ConfigReader } from './reader.ts'
import { foldKey, toSnake } from './spelling.ts'
import { describe, isMapping, mismatch, type ValueShape } from './values.ts'

export interface SettingsParts extends LayerSettings {
  /** `Precision.maximum`, which only the model has. */
  readonly maximum: Precision | undefined
}

/** Settings under a place such as `LayerName.fc1`; what is wrong goes to the reader. */
export function readSettings(value: unknown, place: string, reader: ConfigReader): SettingsParts {
  const precision = new Map<string, Precision>()
  const typeKeys = new Map<string, Precision>()
  const choices = new Map<string, ChoiceValue>()
  for (const [key, given] of readEntries(value, place, reader)) {
    const path = `${place}.${key}`
    const role = /^(.+)_t$/.exec(toSnake(key))?.[1]
    if (foldKey(key) === 'precision') readPrecisions(given, path, reader, precision)
    else if (role !== undefined) setPrecision(typeKeys, role, given, path, reader)
    else setChoice(choices, canonicalKey(key), given, path, reader)
  }
  const maximum = precision.get('maximum')
  if (place === 'Model') {
    precision.delete('maximum')
    checkModelPrecisions(precision.get('default'), maximum, reader)
  }
  return {
    precision: Object.fromEntries(precision),
    typeKeys: Object.fromEntries(typeKeys),
    choices: Object.fromEntries(choices),
    place,
    maximum: place === 'Model' ? maximum : undefined,
  }
}

/** The entries of a mapping, without those that are null; two spellings of one key are reported. */
export function readEntries(
  value: unknown,
  place: string,
  reader: ConfigReader,
  fold = foldKey,
): [string, unknown][] {
  if (!isMapping(value)) {
    if (value !== undefined && value !== null) refuseValue(value, 'a mapping of keys', place, reader)
    return []
  }
  const seen = new Map<string, string>()
  return Object.entries(value).filter(([key, given]) => {
    const other = seen.get(fold(key))
    seen.set(fold(key), key)
    if (other !== undefined) {
      reader.add('config/duplicate-key', place === '' ? key : `${place}.${key}`, {
        problem: `'${other}' and '${key}' are the same key`,
        expected: 'one of them',
      })
    }
    return given !== null && given !== undefined && other === undefined
  })
}

export function refuseValue(value: unknown, expected: string, path: string, reader: ConfigReader): void {
  reader.add('config/value', path, { problem: `the value is ${describe(value)}`, expected })
}

function readPrecisions(
  value: unknown,
  path: string,
  reader: ConfigReader,
  into: Map<string, Precision>,
): void {
  if (typeof value === 'string') {
    setPrecision(into, 'default', value, path, reader)
  } else if (isMapping(value)) {
    for (const [role, given] of readEntries(value, path, reader)) {
      setPrecision(into, toSnake(role), given, `${path}.${role}`, reader)
    }
  } else {
    refuseValue(value, 'a precision, or precisions by role', path, reader)
  }
}

function setPrecision(
  into: Map<string, Precision>,
  role: string,
  value: unknown,
  path: string,
  reader: ConfigReader,
): void {
  if (typeof value !== 'string') {
    refuseValue(value, "a precision such as 'fixed<16,6>'", path, reader)
    return
  }
  const precision = reader.attempt(() => parsePrecision(value, reader.place(path)))
  if (precision !== undefined) into.set(role, precision)
}

function setChoice(
  into: Map<string, ChoiceValue>,
  key: string,
  value: unknown,
  path: string,
  reader: ConfigReader,
): void {
  if (/reusefactor$/.test(foldKey(key)) && mismatch(value, reuse) !== undefined) {
    refuseReuse(value, path, reader)
  } else if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    refuseValue(value, 'a number, a word, true or false', path, reader)
  } else {
    into.set(key, canonicalWord(key, value))
  }
}

const reuse: ValueShape = { kind: 'integer', min: 1, max: Number.MAX_SAFE_INTEGER }

function refuseReuse(value: unknown, path: string, reader: ConfigReader): void {
  const quoted = typeof value === 'string' && /^[1-9]\d*$/.test(value)
  reader.add('config/reuse-factor', path, {
    problem: `the reuse factor is ${describe(value)}`,
    expected: 'a whole number, 1 or more',
    ...(quoted && { remedy: `Write ${value} without quotes.` }),
  })
}

/** The model's default is what `auto` falls back to, and its maximum a limit: both must be types. */
function checkModelPrecisions(
  byDefault: Precision | undefined,
  maximum: Precision | undefined,
  reader: ConfigReader,
): void {
  if (byDefault?.kind === 'auto') {
    reader.add('config/default-precision', 'Model.Precision', {
      problem: "the model's default precision is auto",
      expected: "a type such as 'fixed<16,6>', which auto falls back to",
      remedy: 'Leave Precision out altogether for types that Lutra chooses.',
    })
  }
  if (maximum !== undefined && maximum.kind !== 'fixed') {
    reader.add('config/maximum-precision', 'Model.Precision.maximum', {
      problem: 'the maximum is no fixed-point type',
      expected: "a type such as 'fixed<24,12>'",
    })
  }
}

/** Reports a key that is none of those known: with the one meant, or else with all there are. */
export function refuseKey(key: string, known: readonly string[], path: string, reader: ConfigReader): void {
  const near = didYouMean(key, known)
  reader.add('config/unknown-key', path, {
    problem: `there is no key '${key}' here`,
    ...(near === '' ? { expected: `one of ${known.join(', ')}` } : { remedy: near }),
  })
}

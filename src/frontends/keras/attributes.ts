// A layer's attributes. Each is read, or is on the list of those that only training reads, or is refused: no
// attribute of the file goes unseen.

import { didYouMean } from '../../diagnostics/nearest.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import { isList, type Json, type JsonObject, shown } from '../json.ts'
import type { Problems } from '../problems.ts'

/** Attributes that change training and not what the trained network computes, with the reason each may be passed over. */
export const trainingOnlyAttributes: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /_initializer$/, reason: 'how weights started' },
  { pattern: /_regularizer$/, reason: 'a penalty on weights while training' },
  { pattern: /_constraint$/, reason: 'a limit on weights while training' },
  { pattern: /^trainable$/, reason: 'whether training may change the weights' },
  { pattern: /^(kernel|bias)_range$/, reason: 'deprecated in QKeras and read nowhere' },
  { pattern: /^(kernel|bias)_lr_multiplier$/, reason: 'learning rates of single weights' },
  { pattern: /^momentum$/, reason: 'how fast moving averages follow while training' },
  { pattern: /^shared_object_id$/, reason: 'a number by which Keras finds shared initialisers again' },
]

/** Reads one layer's attributes; wrong ones are reported and replaced by a stand-in, so that reading goes on. */
export interface Attributes {
  has(name: string): boolean
  value(name: string): Json | undefined
  /** `expected` says in words what `accept` asks. */
  number(name: string, fallback: number, expected: string, accept: (value: number) => boolean): number
  boolean(name: string, fallback: boolean): boolean
  /** Reports any value but the ones allowed; `remedy` says why no other can be had. */
  only(name: string, allowed: readonly (string | number | boolean | null)[], remedy: string): void
  /** Reports a value of the attribute. */
  refuse(name: string, expected: string, remedy: string): void
  /** Reports the attributes that were neither read nor are on the training-only list. */
  finish(): void
}

export function readAttributes(config: JsonObject, place: string, problems: Problems): Attributes {
  const seen = new Set(['name'])
  const value = (name: string) => {
    seen.add(name)
    return config[name]
  }
  const refuse = (name: string, expected: string, remedy: string) =>
    problems.add({
      code: 'keras/attribute-value',
      place,
      problem: `the attribute '${name}' is ${shown(config[name])}`,
      expected,
      remedy,
    })
  return {
    has: name => config[name] !== undefined,
    value,
    number: (name, fallback, expected, accept) => {
      const found = value(name) ?? fallback
      if (typeof found === 'number' && accept(found)) return found
      refuse(name, expected, 'Save the model again.')
      return fallback
    },
    boolean: (name, fallback) => {
      const found = value(name) ?? fallback
      if (typeof found === 'boolean') return found
      refuse(name, 'true or false', 'Save the model again.')
      return fallback
    },
    only: (name, allowed, remedy) => {
      const found = value(name)
      if (found === undefined || allowed.some(item => item === found)) return
      refuse(name, allowed.map(item => JSON.stringify(item)).join(' or '), remedy)
    },
    refuse,
    finish: () => reportUnknown(config, seen, place, problems),
  }
}

function reportUnknown(
  config: JsonObject,
  seen: ReadonlySet<string>,
  place: string,
  problems: Problems,
): void {
  for (const name of Object.keys(config)) {
    if (seen.has(name) || trainingOnlyAttributes.some(({ pattern }) => pattern.test(name))) continue
    const near = didYouMean(name, seen)
    problems.add({
      code: 'keras/unknown-attribute',
      place,
      problem: `the attribute '${name}' (${shown(config[name])}) is not known to this layer`,
      expected: `${[...seen].join(', ')}, or one that only training reads`,
      remedy: near === '' ? 'Remove it, or replace the layer by one that does without it.' : near,
    })
  }
}

/** A `batch_input_shape` without its batch axis; undefined, and reported, when it is not fully known. */
export function readBatchShape(attributes: Attributes, name: string): Shape | undefined {
  const value = attributes.value(name)
  const shape = isList(value) ? value.slice(1) : []
  if (shape.length > 0 && shape.every(isExtent)) return shape
  attributes.refuse(
    name,
    'a batch axis and one or more axes of known size, e.g. [null,16]',
    'Give the input a fixed shape: hardware has one.',
  )
  return undefined
}

function isExtent(value: Json): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0
}

// What makes up a data set from stated physics or geometry and a seed.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Dataset } from '../dataset.ts'

/** Numbers that shape what is made, by name. */
export type Settings = Readonly<Record<string, number>>

export interface Generator {
  readonly name: string
  /** One line: what a row is and what its target. */
  readonly summary: string
  /** Every setting with its default. */
  readonly settings: Settings
  /** `count` rows; the same seed and settings give the same rows, and a longer set begins with a shorter one's. */
  make(count: number, seed: number, settings: Settings): Dataset
}

/** Draws the classes and fills the inputs of a classified data set row by row. */
export function classified(
  count: number,
  shape: readonly number[],
  names: readonly string[],
  row: (into: Float32Array) => number,
): Dataset {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const data = new Float32Array(count * size)
  const labels = new Int32Array(count)
  for (let k = 0; k < count; k++) labels[k] = row(data.subarray(k * size, (k + 1) * size))
  return { count, inputs: [{ shape, data }], target: { kind: 'classes', labels, names } }
}

/** A setting that must be a whole number of at least `least`. Fails with `data/setting`. */
export function whole(settings: Settings, name: string, least = 1, most = 1e6): number {
  return ranged(settings, name, least, most, Number.isInteger, 'a whole number')
}

/** A setting that must be a number from `least` to `most`. Fails with `data/setting`. */
export function real(settings: Settings, name: string, least: number, most: number): number {
  return ranged(settings, name, least, most, Number.isFinite, 'a number')
}

function ranged(
  settings: Settings,
  name: string,
  least: number,
  most: number,
  isKind: (value: number) => boolean,
  kind: string,
): number {
  const value = settings[name]!
  if (isKind(value) && value >= least && value <= most) return value
  return fail({
    code: 'data/setting',
    place: `setting '${name}'`,
    problem: `the value is ${value}`,
    expected: `${kind} from ${least} to ${most}`,
    remedy: 'Correct it.',
  })
}

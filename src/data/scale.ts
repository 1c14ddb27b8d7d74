// Inputs brought to one scale: x' = (x − offset) · factor, per element of a row, per channel (its last axis), or one for
// all of a row.

import { fail } from '../diagnostics/diagnostic.ts'
import type { RowArray, RowSource } from './dataset.ts'

/** `standard`: mean 0 and standard deviation 1; `min-max`: 0 to 1; `power-of-two`: within ±1, by a shift alone. */
export type ScaleKind = 'standard' | 'min-max' | 'power-of-two'

export interface Scaler {
  readonly kind: ScaleKind
  /** Whether there is an entry per channel (the last axis), per element of a row, or a single one for all elements. */
  readonly per: 'channel' | 'element' | 'input'
  readonly offset: readonly number[]
  readonly factor: readonly number[]
}

const rowsAtOnce = 4096

/** What the rows of one input need; rows are read in blocks. Fails with `data/constant-input` where nothing varies. */
export async function fitScaler(
  source: RowSource,
  rows: Uint32Array,
  options: { readonly kind: ScaleKind; readonly per?: Scaler['per']; readonly input?: number },
): Promise<Scaler> {
  const { kind, per = 'channel', input = 0 } = options
  const shape = source.form.inputs[input]!
  const size = shape.reduce((product, extent) => product * extent, 1)
  const ranges = rangesOf(per === 'element' ? size : per === 'input' ? 1 : (shape.at(-1) ?? 1))
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const block = await source.rows(rows.subarray(from, from + rowsAtOnce))
    for (const [k, value] of block.inputs[input]!.data.entries()) ranges.add(k % ranges.count, value)
  }
  return scalerOf(kind, per, ranges)
}

interface Ranges {
  readonly count: number
  add(entry: number, value: number): void
  readonly seen: Float64Array
  readonly mean: Float64Array
  /** Sum of squared distances from the mean. */
  readonly spread: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
}

/** Means and spreads as the rows come, by Welford's recurrence: no sum of squares loses its digits. */
function rangesOf(count: number): Ranges {
  const seen = new Float64Array(count)
  const mean = new Float64Array(count)
  const spread = new Float64Array(count)
  const min = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const max = new Float64Array(count).fill(Number.NEGATIVE_INFINITY)
  return {
    count,
    seen,
    mean,
    spread,
    min,
    max,
    add(entry, value) {
      const before = value - mean[entry]!
      seen[entry]!++
      mean[entry]! += before / seen[entry]!
      spread[entry]! += before * (value - mean[entry]!)
      if (value < min[entry]!) min[entry] = value
      if (value > max[entry]!) max[entry] = value
    },
  }
}

function scalerOf(kind: ScaleKind, per: Scaler['per'], ranges: Ranges): Scaler {
  const entries = Array.from({ length: ranges.count }, (_, k) => k)
  if (entries.every(k => ranges.min[k] === ranges.max[k])) failConstant(ranges.min[0]!)
  const offsetOf = (k: number): number =>
    kind === 'standard' ? ranges.mean[k]! : kind === 'min-max' ? ranges.min[k]! : 0
  const factorOf = (k: number): number => {
    const extent =
      kind === 'standard'
        ? Math.sqrt(ranges.spread[k]! / ranges.seen[k]!)
        : kind === 'min-max'
          ? ranges.max[k]! - ranges.min[k]!
          : powerAbove(Math.max(-ranges.min[k]!, ranges.max[k]!))
    // What does not vary is only moved.
    return extent === 0 ? 1 : 1 / extent
  }
  return { kind, per, offset: entries.map(offsetOf), factor: entries.map(factorOf) }
}

/** The least power of two above a size, so that all values come within ±1; 1 for 0. */
function powerAbove(size: number): number {
  if (size === 0) return 1
  let power = 1
  while (power <= size) power *= 2
  while (power / 2 > size) power /= 2
  return power
}

function failConstant(value: number): never {
  return fail({
    code: 'data/constant-input',
    place: 'scaler',
    problem: `every value is ${value}`,
    expected: 'inputs that vary',
    remedy: 'Check which columns are inputs.',
  })
}

/** The rows of one input, scaled; computed in doubles, kept as float32. */
export function applyScaler(scaler: Scaler, { shape, data }: RowArray): RowArray {
  const { offset, factor } = scaler
  const count = offset.length
  return { shape, data: data.map((value, k) => (value - offset[k % count]!) * factor[k % count]!) }
}

/** A source whose rows come scaled, each input by its own scaler (or none). */
export function scaledSource(source: RowSource, scalers: readonly (Scaler | undefined)[]): RowSource {
  return {
    ...source,
    rows: async indices => {
      const rows = await source.rows(indices)
      return {
        ...rows,
        inputs: rows.inputs.map((input, k) =>
          scalers[k] === undefined ? input : applyScaler(scalers[k], input),
        ),
      }
    },
  }
}

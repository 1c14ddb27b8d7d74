// The exponential and inverse tables of softmax. An index is the top bits of a raw word; its entry is the function
// at the lower edge of the bin, the dropped bits being zero (hls4ml nnet_activation.h).

import { numberQuantiser, quantiseInfinite, quantiseNumber, rawToNumber } from '../../fixed/convert.ts'
import { reciprocalFloat32 } from '../../fixed/table-functions.ts'
import { expFloat32 } from '../../fixed/transcendental.ts'
import type { Conversion, FixedType } from '../../fixed/types.ts'
import type { SoftmaxAttrs } from './attrs.ts'

/** A table addressed by the `count` top bits of a word of this type. */
export interface BitsTable {
  readonly low: number
  readonly count: number
  readonly values: readonly bigint[]
}

/** e^x, or with sign −1 e^−x, for every index; with a scale e^(x · scale). */
export function expTable(
  index: FixedType,
  size: number,
  entry: Conversion,
  sign: 1 | -1,
  { scale = 1 }: SoftmaxAttrs,
): BitsTable {
  return bitsTable(index, size, entry, x => scaledExp(sign * x, scale))
}

export function inverseTable(
  index: FixedType,
  size: number,
  entry: Conversion,
  { epsilon = 0 }: SoftmaxAttrs,
): BitsTable {
  return bitsTable(index, size, entry, x => inverseBeside(x, epsilon))
}

/** e^(x · scale) in float32. */
export function scaledExp(x: number, scale: number): number {
  return expFloat32(scale === 1 ? x : Math.fround(x * Math.fround(scale)))
}

/** 1 / (x + ε) in float32. */
export function inverseBeside(x: number, epsilon: number): number {
  return reciprocalFloat32(epsilon === 0 ? x : Math.fround(x + Math.fround(epsilon)))
}

/** The tables of the legacy implementation: e^x over [−8, 8), 1/x over [0, 64) with 0 at 0. */
export function legacyTables(size: number, entry: Conversion): { exp: bigint[]; inverse: bigint[] } {
  const table = (f: (k: number) => number) =>
    Array.from({ length: size }, (_, k) => quantiseNumber(f(k), entry))
  return {
    exp: table(k => expFloat32(Math.fround((16 * (k - size / 2)) / size))),
    inverse: table(k => (k > 0 ? 1 / Math.fround((64 * k) / size) : 0)),
  }
}

/** A table's entry, of infinities too. */
export function quantise(value: number, entry: Conversion): bigint {
  if (Number.isFinite(value)) return quantiseNumber(value, entry)
  return quantiseInfinite(value > 0 ? 1 : -1, entry)
}

function bitsTable(index: FixedType, size: number, entry: Conversion, f: (x: number) => number): BitsTable {
  const count = Math.log2(size)
  const low = index.width - count
  const quick = numberQuantiser(entry)
  const raw = (value: number) =>
    quick !== undefined && Number.isFinite(value) ? BigInt(quick(value)) : quantise(value, entry)
  const wraps = index.signed ? size / 2 : size
  const values = Array.from({ length: size }, (_, i) => {
    const top = i < wraps ? i : i - size
    const [word, frac] = low < 0 ? [Math.floor(top * 2 ** low), index.frac] : [top, index.frac - low]
    return raw(f(Math.fround(rawToNumber(word, frac))))
  })
  return { low, count, values }
}

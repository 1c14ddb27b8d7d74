// Values given by the caller, as raw integers. Every finite number is dyadic, so nothing is ever rounded here.

import { trailingZeros } from '../fixed/bit-length.ts'
import { exactValue } from '../fixed/convert.ts'
import type { FixedType } from '../fixed/types.ts'
import { intervalWidth } from '../netlist/netlist.ts'
import type { RawValues } from '../ops/definition.ts'
import { failValue } from './errors.ts'

/** Integers, or numbers taken exactly as they are; flat (row-major) or a list of rows. */
export type ExactValues = ArrayLike<number | bigint> | readonly ArrayLike<number | bigint>[]

/** All values in one list, rows one after another. */
export function flatValues(values: ExactValues): readonly (number | bigint)[] {
  return Array.from(values as ArrayLike<number | bigint | ArrayLike<number | bigint>>, value =>
    typeof value === 'object' ? Array.from(value) : [value],
  ).flat()
}

interface Dyadic {
  readonly raw: bigint
  readonly frac: number
}

/** value · 2^-frac for every value, under the coarsest frac that holds all and the narrowest type. */
export function rawValues(
  values: readonly (number | bigint)[],
  frac: number,
  shape: readonly number[],
  place: string,
): RawValues {
  const exact = values.map(value => dyadic(value, frac, place))
  const fracs = exact.filter(({ raw }) => raw !== 0n).map(own => own.frac)
  const common = fracs.length === 0 ? 0 : fracs.reduce((a, b) => Math.max(a, b))
  const raw = exact.map(({ raw: own, frac: from }) => (own === 0n ? 0n : own << BigInt(common - from)))
  const low = raw.reduce((least, value) => (value < least ? value : least), 0n)
  const high = raw.reduce((most, value) => (value > most ? value : most), 0n)
  return { shape, type: typeOfRange(low, high, common), raw }
}

function dyadic(value: number | bigint, by: number, place: string): Dyadic {
  if (typeof value === 'number' && !Number.isFinite(value)) return failValue(place, value)
  const { mantissa, frac } = typeof value === 'bigint' ? { mantissa: value, frac: 0 } : exactValue(value)
  const zeros = mantissa === 0n ? 0 : trailingZeros(mantissa)
  return { raw: mantissa >> BigInt(zeros), frac: frac - zeros + by }
}

/** The narrowest type with this frac for raw values from min to max; a constant 0 has no bits. */
export function typeOfRange(min: bigint, max: bigint, frac: number): FixedType {
  return { signed: min < 0n, width: intervalWidth(min, max), frac }
}

// In which form a buffer's raw values are held: numbers where its types fit 53 bits, bigints beyond. The form follows
// from types alone, never from data.

import { fracAt, type PlanBuffer } from '../../fixed/kernels.ts'
import { maxRaw, minRaw } from '../../fixed/types.ts'

/** Raw values of one sample in a buffer. */
export type Values = Float64Array | bigint[]

const widest = 53

export function isNumeric(buffer: PlanBuffer): boolean {
  return buffer.types.every(type => type.width <= widest)
}

export function newValues(buffer: PlanBuffer): Values {
  return isNumeric(buffer) ? new Float64Array(buffer.size) : new Array<bigint>(buffer.size).fill(0n)
}

export function toBigints(values: Values): bigint[] {
  return values instanceof Float64Array ? Array.from(values, BigInt) : values
}

export function store(into: Values, values: readonly bigint[]): void {
  for (let k = 0; k < values.length; k++)
    into[k] = into instanceof Float64Array ? Number(values[k]) : (values[k] as never)
}

/** The raw range over all elements and their one frac; undefined when fracs differ. */
export function rangeOf(buffer: PlanBuffer): { min: bigint; max: bigint; frac: number } | undefined {
  const frac = fracAt(buffer, 0)
  let min = 0n
  let max = 0n
  for (const type of buffer.types) {
    if (type.frac !== frac && type.width > 0) return undefined
    if (minRaw(type) < min) min = minRaw(type)
    if (maxRaw(type) > max) max = maxRaw(type)
  }
  return { min, max, frac }
}

// Activations read from tables: sigmoid, tanh, softplus, softsign, and tables of their own.

import { bug } from '../../diagnostics/diagnostic.ts'
import { sigmoidFloat32, softplusFloat32, softsignFloat32, tanhDouble } from '../../fixed/table-functions.ts'
import type { FixedType } from '../../fixed/types.ts'
import type { TableFunction } from '../../ops/table-activation/index.ts'
import { rawOfNumber, roundToEven, valueOfRaw } from './conversion.ts'
import { type Dyadic, dyadic, multiply, timesPowerOfTwo, truncate } from './dyadic.ts'
import { intoResult, type Operator, roleConversion, trained } from './operator.ts'

/** A table over [−2^log2Range, 2^log2Range). */
const tables: Readonly<Record<TableFunction, { log2Range: number; entry: (x: number) => number }>> = {
  sigmoid: { log2Range: 3, entry: sigmoidFloat32 },
  tanh: { log2Range: 2, entry: tanhDouble },
  softplus: { log2Range: 3, entry: softplusFloat32 },
  softsign: { log2Range: 3, entry: softsignFloat32 },
}

export function tableActivation(op: Operator, name: TableFunction): readonly bigint[] {
  return intoResult(
    op,
    op.x.map(x => tableValue(op, name, x)),
  )
}

/** The table's entry for a value, in the table's type unless it has one of its own. */
export function tableValue(
  op: Operator,
  name: TableFunction,
  x: Dyadic,
  type = roleConversion(op, 'table'),
): Dyadic {
  const { log2Range, entry } = tables[name]
  const size = Number(op.node.choices.TableSize)
  const point = symmetricPoint(symmetricIndex(x, size, log2Range), size, log2Range)
  return valueOfRaw(rawOfNumber(entry(point), type), type.to)
}

/** trunc(x · N / 2R) + ⌊N/2⌋, kept within the table. */
export function symmetricIndex(x: Dyadic, size: number, log2Range: number): number {
  const scaled = timesPowerOfTwo(multiply(x, dyadic(BigInt(size))), -log2Range - 1)
  return clampIndex(truncate(scaled) + BigInt(Math.floor(size / 2)), size)
}

/** The float32 at which entry i is computed: the lower edge of its bin. */
export function symmetricPoint(index: number, size: number, log2Range: number): number {
  return Math.fround((2 ** (log2Range + 1) * (index - size / 2)) / size)
}

export function clampIndex(index: bigint, size: number): number {
  if (index < 0n) return 0
  return index >= BigInt(size) ? size - 1 : Number(index)
}

/** The entry for round(x · 2^frac) mod 2^width, in the element's own table where there are several. */
export function unaryTable(op: Operator, { width, frac }: FixedType): readonly bigint[] {
  const entries = trained(op, 'table') ?? bug(`${op.node.name} has no table`)
  const count = 2n ** BigInt(width)
  const values = op.x.map((x, element) => {
    const whole = roundToEven(timesPowerOfTwo(x, frac)) % count
    const word = Number(whole < 0n ? whole + count : whole)
    const start = entries.length > Number(count) ? element * Number(count) : 0
    return entries[start + word] ?? bug(`${op.node.name} has no entry ${word}`)
  })
  return intoResult(op, values)
}

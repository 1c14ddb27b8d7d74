// ELU, SELU, PReLU, thresholded ReLU; embedding; layer normalisation.

import { bug } from '../../diagnostics/diagnostic.ts'
import { eluFloat32, seluFloat32 } from '../../fixed/table-functions.ts'
import { type Conversion, conversion } from '../../fixed/types.ts'
import type { EmbeddingAttrs } from '../../ops/embedding/index.ts'
import { converted, rawOfNumber, valueOfRaw } from './conversion.ts'
import {
  add,
  compare,
  type Dyadic,
  dyadic,
  dyadicOfNumber,
  multiply,
  negate,
  subtract,
  timesPowerOfTwo,
  truncate,
  zero,
} from './dyadic.ts'
import { channel, intoResult, type Operator, roleConversion, trained } from './operator.ts'
import { clampIndex } from './tables.ts'

/** A number in the type of a role. */
function inRole(op: Operator, role: string, value: number): Dyadic {
  return ofNumber(value, roleConversion(op, role))
}

function ofNumber(value: number, into: Conversion): Dyadic {
  return valueOfRaw(rawOfNumber(value, into), into.to)
}

/** The entry that x ≤ 0 reads: trunc(−x · N / 8), computed at float32(−8 i / N). */
function belowZero(op: Operator, entry: (x: number) => number, x: Dyadic): Dyadic {
  const size = Number(op.node.choices.TableSize)
  const index = clampIndex(truncate(timesPowerOfTwo(multiply(negate(x), dyadic(BigInt(size))), -3)), size)
  return inRole(op, 'table', entry(Math.fround((-8 * index) / size)))
}

export function elu(op: Operator, alpha: number): readonly bigint[] {
  const factor = inRole(op, 'param', alpha)
  return intoResult(
    op,
    op.x.map(x => (x.mantissa > 0n ? x : multiply(factor, belowZero(op, eluFloat32, x)))),
  )
}

export function selu(op: Operator): readonly bigint[] {
  const lambda = ofNumber(1.0507009873554805, conversion({ signed: false, width: 16, frac: 15 }))
  return intoResult(
    op,
    op.x.map(x => (x.mantissa > 0n ? multiply(lambda, x) : belowZero(op, seluFloat32, x))),
  )
}

export function prelu(op: Operator): readonly bigint[] {
  const factors = trained(op, 'param')
  return intoResult(
    op,
    op.x.map((x, index) => (x.mantissa > 0n ? x : multiply(channel(factors, index), x))),
  )
}

export function thresholdedRelu(op: Operator, theta: number): readonly bigint[] {
  const limit = inRole(op, 'param', theta)
  return intoResult(
    op,
    op.x.map(x => (compare(x, limit) > 0 ? x : zero)),
  )
}

export function embedding(op: Operator, { vocabulary, units }: EmbeddingAttrs): readonly bigint[] {
  const table = trained(op, 'embeddings') ?? bug(`${op.node.name} has no table`)
  const rows = op.x.map(x => clampIndex(truncate(x), vocabulary))
  return intoResult(
    op,
    rows.flatMap(row => table.slice(row * units, (row + 1) * units)),
  )
}

export function layerNorm(op: Operator, epsilon: number): readonly bigint[] {
  const extent = op.inputShape.at(-1)!
  const rows = Array.from({ length: op.x.length / extent }, (_, k) =>
    op.x.slice(k * extent, (k + 1) * extent),
  )
  return intoResult(
    op,
    rows.flatMap(row => normalisedRow(op, epsilon, row)),
  )
}

function normalisedRow(op: Operator, epsilon: number, row: readonly Dyadic[]): Dyadic[] {
  const accumulator = roleConversion(op, 'accum')
  const a = (value: Dyadic) => converted(value, accumulator)
  const share = ofNumber(1 / row.length, accumulator)
  const total = (values: readonly Dyadic[]) => values.reduce((sum, value) => a(add(sum, value)), zero)
  const mean = a(multiply(total(row.map(a)), share))
  const differences = row.map(x => a(subtract(a(x), mean)))
  const variance = a(multiply(total(differences.map(own => a(multiply(own, own)))), share))
  const inverse = inverseDeviation(op, epsilon, variance)
  const [scale, bias] = [trained(op, 'scale'), trained(op, 'bias')]
  return differences.map((own, k) =>
    add(multiply(multiply(own, inverse), channel(scale, k)), channel(bias, k)),
  )
}

/** Entry i is 1/√ of float32(10^−p + i · step), step = float32(2^−r / N). */
function inverseDeviation(op: Operator, epsilon: number, variance: Dyadic): Dyadic {
  const size = Number(op.node.choices.TableSize)
  const range = Number(op.node.choices.TableRangePower2)
  const scaled = timesPowerOfTwo(multiply(variance, dyadicOfNumber(size)), range)
  const index = clampIndex(truncate(scaled), size)
  const least = Math.fround(10 ** Math.round(Math.log10(epsilon)))
  const step = Math.fround(1 / (2 ** range * size))
  const at = Math.fround(least + Math.fround(index * step))
  return inRole(op, 'table', 1 / Math.sqrt(at))
}

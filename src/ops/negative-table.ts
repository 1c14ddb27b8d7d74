// Activations that read a table below zero and are a line above: ELU and SELU.

import { quantiseNumber } from '../fixed/convert.ts'
import { type BufferId, type Plan, scaledIndex } from '../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType, joinTypes } from '../fixed/types.ts'
import type { HlsBody } from '../hls/call.ts'
import { conversionAt, typeAt } from '../ir/tensor-type.ts'
import { lowerConversion } from '../netlist/convert.ts'
import type { OpEstimate, Refusal, RoleDefinition, RtlForm, TypedOp } from './definition.ts'
import { bufferOf, resultConversions } from './elementwise.ts'
import { productType } from './exact-type.ts'
import { elementwiseHls, inputsUnion, tableArgument } from './hls-answer.ts'
import { hlsTables } from './hls-cost.ts'
import { createPlan, type PlanBuilder } from './plan-builder.ts'
import { lookedUp } from './plan-steps.ts'
import { lookUpPositive } from './table-lookup.ts'

/** y = result(positive · x) for x > 0, else result(negative · table), the table over (−8, 0]. */
export interface NegativeTable {
  /** A factor's raw value under its type. */
  readonly positive: { readonly raw: bigint; readonly type: FixedType }
  readonly negative: { readonly raw: bigint; readonly type: FixedType }
  /** The entry at a float32 x ≤ 0. */
  readonly entry: (x: number) => number
}

export const negativeTableRole: RoleDefinition = {
  summary: 'type of the table entries',
  readFrom: 'key',
  default: conversion({ signed: true, width: 18, frac: 10 }),
}

/** A factor of 1, exactly. */
export const unitFactor = { raw: 1n, type: { signed: false, width: 1, frac: 0 } } as const

/** Entry i is the function at float32(−8 · i / N). */
function tableOf(op: TypedOp<unknown>, { entry }: NegativeTable) {
  const size = Number(op.choices.TableSize)
  const table = op.conversion('table')
  const values = Array.from({ length: size }, (_, i) =>
    quantiseNumber(entry(Math.fround((-8 * i) / size)), table),
  )
  return { size, table, values }
}

/** index = trunc(x · N / −8), toward zero, no more than N − 1. */
export function emulateNegativeTable(op: TypedOp<unknown>, own: NegativeTable): Plan {
  const plan = createPlan()
  const { size, types } = bufferOf(op.inputs[0]!)
  const x = plan.buffer(size, ...types)
  const { size: length, table, values } = tableOf(op, own)
  const index = scaledIndex(typeAt(op.inputs[0]!, 0).frac, -BigInt(length), Math.log2(8))
  const entries = lookedUp(plan, x, { index, values }, table.to)
  const above = times(plan, x, own.positive)
  const below = times(plan, entries, own.negative)
  const result = bufferOf(op.output)
  const y = plan.buffer(result.size, ...result.types)
  plan.step({
    kernel: 'select',
    test: x,
    whenPositive: above,
    otherwise: below,
    into: y,
    conversions: resultConversions(op),
  })
  return plan.finish([x], y)
}

/** The product with a factor, exactly. */
function times(plan: PlanBuilder, from: BufferId, { raw, type }: NegativeTable['positive']): BufferId {
  const types = plan.typesOf(from).map(own => productType(own, type))
  const into = plan.buffer(plan.sizeOf(from), ...types)
  plan.step({
    kernel: 'affine',
    from,
    into,
    scale: [raw],
    scaleFrac: type.frac,
    bias: [0n],
    biasFrac: 0,
    conversions: types.map(own => conversion(own)),
  })
  return into
}

/** −x, where it is positive, addresses the table. */
export function negativeTableRtl(op: TypedOp<unknown>, own: NegativeTable): RtlForm {
  const { table, values } = tableOf(op, own)
  const rom = { name: `${op.name}_table`, first: 0n, values, frac: table.to.frac }
  return {
    form: 'datapath',
    lower: (builder, inputs) =>
      inputs[0]!.map((x, k) => {
        const below = builder.mul(
          lookUpPositive(builder, rom, 8, builder.negate(x)),
          builder.constant(own.negative.raw, own.negative.type.frac),
        )
        const above = builder.mul(x, builder.constant(own.positive.raw, own.positive.type.frac))
        const value = builder.mux(builder.lt(builder.constant(0n, 0), x), above, below)
        return lowerConversion(builder, value, conversionAt(op.result, op.output.shape, k))
      }),
  }
}

/** `factor` is what the kernel calls the factor that it applies: `alpha` below zero, `lambda` above. */
export function negativeTableHls(
  op: TypedOp<unknown>,
  own: NegativeTable,
  kernel: 'elu' | 'selu',
): HlsBody | Refusal {
  const { table, values, size } = tableOf(op, own)
  const factor =
    kernel === 'elu'
      ? { alpha: { constant: own.negative.raw, of: conversion(own.negative.type) } }
      : { lambda: { constant: own.positive.raw, of: conversion(own.positive.type) } }
  const config = { table_size: size, log2_range: 3, ...factor }
  return elementwiseHls(op, kernel, config, [tableArgument('table', table, values)], {
    exact: () =>
      joinTypes(productType(inputsUnion(op), own.positive.type), productType(table.to, own.negative.type)),
  })
}

export function negativeTableEstimate(op: TypedOp<unknown>): OpEstimate {
  const copies = op.output.shape.reduce((a, b) => a * b, 1)
  const { width } = op.conversion('table').to
  const bram18 = hlsTables(Number(op.choices.TableSize), width, copies)
  return { lut: 16 * copies, ff: copies * width, dsp: 0, bram18, latency: 1, interval: 1 }
}

export const finestTable: Conversion = conversion({ signed: true, width: 18, frac: 15 }, 'RND', 'SAT')

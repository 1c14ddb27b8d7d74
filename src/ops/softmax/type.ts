// Precision of softmax: hls4ml's defaults, and tables that err by less than one step of the result.

import { type Conversion, conversion, type FixedType } from '../../fixed/types.ts'
import type { SourceQuantiser } from '../../ir/graph.ts'
import { statedType } from '../../ir/source-quantiser.ts'
import { typeAt } from '../../ir/tensor-type.ts'
import type { PrecisionRequest, RoleConversions } from '../definition.ts'
import { type SoftmaxAttrs, slicesOf } from './attrs.ts'

/** Differences from the maximum: the input's type without its sign (hls4ml `inp_norm_t`), which may wrap. */
function normType(input: FixedType): Conversion {
  const magnitude = input.signed ? Math.max(0, input.width - 1) : input.width
  return conversion({ signed: false, width: magnitude, frac: input.frac })
}

export function inferSoftmaxAuto(request: PrecisionRequest<SoftmaxAttrs>): RoleConversions {
  return {
    result: request.modelDefault,
    accum: request.modelDefault,
    inp_norm: normType(typeAt(request.inputs[0]!, 0)),
  }
}

/** Fraction bits of a probability where nothing else is asked. */
const resultFrac = 8
/** Beyond this difference e^-x is below half a step of the result. */
const integerBitsOfDifference = 3

/**
 * Result in [0, 1) with 8 fraction bits. Differences are rounded to one bit less than a step and saturate at 8
 * (e^-8 < 2^-11), entries keep four guard bits, the sum is addressed to one bit below a step: the errors of
 * exponent (2^-10 relative), entry (2^-13) and inverse (2^-10) together stay under 2^-8.
 */
export function inferSoftmaxLossless(request: PrecisionRequest<SoftmaxAttrs>): RoleConversions {
  const count = Math.max(...slicesOf(request.attrs, request.shape).map(slice => slice.length))
  const stated = statedTypes(request.quantisers)
  if (stated !== undefined) return exactFrom(stated, count)
  const input = typeAt(request.inputs[0]!, 0)
  const asked = request.asked('result')
  const result =
    asked.kind === 'fixed'
      ? asked.conversion
      : conversion({ signed: false, width: resultFrac, frac: resultFrac }, 'RND', 'SAT')
  const step = Math.max(1, result.to.frac)
  const normFrac = Math.min(Math.max(input.frac, 0), step + 1)
  const sumBits = Math.ceil(Math.log2(count + 1))
  return {
    result,
    inp_norm: conversion(
      { signed: false, width: integerBitsOfDifference + normFrac, frac: normFrac },
      'RND',
      'SAT',
    ),
    exp_table: conversion({ signed: false, width: step + 5, frac: step + 4 }, 'RND', 'SAT'),
    accum: conversion({ signed: false, width: step + 4 + sumBits, frac: step + 4 }),
    inv_inp: conversion({ signed: false, width: sumBits + step + 2, frac: step + 2 }, 'RND', 'SAT'),
    inv_table: conversion({ signed: false, width: step + 4, frac: step + 3 }, 'RND', 'SAT'),
    table: conversion({ signed: true, width: 18, frac: 10 }),
  }
}

/** Types of the tables and of what addresses them, that a source states. */
export interface StatedTypes {
  /** Absent where the input addresses the exponentials. */
  readonly inp_norm: Conversion | undefined
  readonly exp_table: Conversion
  readonly inv_inp: Conversion
  readonly inv_table: Conversion
}

export function statedTypes(quantisers: Readonly<Record<string, SourceQuantiser>>): StatedTypes | undefined {
  const of = (role: string) => quantisers[role] && statedType(quantisers[role])
  const [norm, exp, address, inverse] = ['inp_norm', 'exp_table', 'inv_inp', 'inv_table'].map(of)
  if (exp === undefined || address === undefined || inverse === undefined) return undefined
  return { inp_norm: norm, exp_table: exp, inv_inp: address, inv_table: inverse }
}

/** Sum and products as they are. */
function exactFrom({ inp_norm, ...stated }: StatedTypes, count: number): RoleConversions {
  const [exp, inverse] = [stated.exp_table.to, stated.inv_table.to]
  const sum = { ...exp, width: exp.width + Math.ceil(Math.log2(count)) }
  const product = {
    signed: exp.signed || inverse.signed,
    width: exp.width + inverse.width,
    frac: exp.frac + inverse.frac,
  }
  const table = conversion({ signed: true, width: 18, frac: 10 })
  return {
    ...stated,
    inp_norm: inp_norm ?? stated.exp_table,
    accum: conversion(sum),
    table,
    result: conversion(product),
  }
}

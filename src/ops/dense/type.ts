// Precision of a dense layer: hls4ml's inference by widths, and the exact range by constant weights.

import { bug } from '../../diagnostics/diagnostic.ts'
import { intervalOf } from '../../fixed/interval.ts'
import { conversion, type FixedType, joinTypes } from '../../fixed/types.ts'
import { elementTypes, type TensorType, typeAt } from '../../ir/tensor-type.ts'
import { accumulatedType } from '../auto-type.ts'
import { exactSumType } from '../constant-product.ts'
import type { PrecisionRequest, RawValues, RoleConversions } from '../definition.ts'
import type { DenseAttrs } from './attrs.ts'

const missingBias: FixedType = { signed: false, width: 1, frac: 0 }

/** Coded weights are not inferred by hls4ml: they take the model's default. */
export function inferDenseAuto(request: PrecisionRequest<DenseAttrs>): RoleConversions {
  const { attrs, modelDefault } = request
  const askedType = (role: string) => {
    const asked = request.asked(role)
    return asked.kind === 'fixed' ? asked.conversion : modelDefault
  }
  const weight = askedType('weight')
  const bias = request.weight('bias') === undefined ? conversion(missingBias) : askedType('bias')
  if (attrs.weightCoding !== 'plain' || attrs.inputCoding !== 'plain') {
    return { weight, bias, accum: modelDefault, result: modelDefault }
  }
  const terms = request.inputs[0]!.shape.at(-1)!
  const sum = accumulatedType(
    { x: typeAt(request.inputs[0]!, 0), weight: weight.to, terms },
    bias.to,
    request.maximum?.to,
  )
  return { weight, bias, accum: conversion(sum), result: conversion(sum) }
}

/** Accumulator and result hold every sum that the constant weights can give, and no more. */
export function inferDenseLossless(request: PrecisionRequest<DenseAttrs>): RoleConversions {
  const weight = request.rawWeight('weight') ?? bug(`${request.name} lacks weights`)
  const to = exactSum(request, weight, request.rawWeight('bias'))
  return { accum: conversion(to), result: conversion(to) }
}

function exactSum(
  request: PrecisionRequest<DenseAttrs>,
  weight: RawValues,
  bias: RawValues | undefined,
): FixedType {
  const signs = { min: -1n, max: 1n, frac: 0 }
  const x = request.attrs.inputCoding === 'xnor' ? [signs] : termTypes(request.inputs[0]!).map(intervalOf)
  return exactSumType(x, weight, bias, request.attrs.units)
}

/** What the elements along the last axis hold in any row: one type, or one for each. */
function termTypes(input: TensorType): readonly FixedType[] {
  if (input.element.types.length === 1) return input.element.types
  const types = elementTypes(input)
  const terms = input.shape.at(-1)!
  return types
    .slice(0, terms)
    .map((type, term) =>
      types.reduce((all, other, k) => (k % terms === term ? joinTypes(all, other) : all), type),
    )
}

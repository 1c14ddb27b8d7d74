// Precision of a contraction with a constant kernel: hls4ml's default, and the exact range by the weights.

import { bug } from '../../diagnostics/diagnostic.ts'
import { intervalOf } from '../../fixed/interval.ts'
import { conversion, type FixedType, joinTypes } from '../../fixed/types.ts'
import { typeAt, uniformType } from '../../ir/tensor-type.ts'
import { exactSumType } from '../constant-product.ts'
import type { PrecisionRequest, RoleConversions } from '../definition.ts'
import { contractionWith, type DensePart, denseParts, type EinsumDenseAttrs, partValues } from './attrs.ts'

const missingBias: FixedType = { signed: false, width: 1, frac: 0 }

/** hls4ml has no rule for contractions (infer_precision.py, `_infer_precision`): all is the model's default. */
export function inferEinsumDenseAuto(request: PrecisionRequest<EinsumDenseAttrs>): RoleConversions {
  const { modelDefault } = request
  const bias = request.weight('bias') === undefined ? conversion(missingBias) : modelDefault
  return { weight: modelDefault, bias, accum: modelDefault, result: modelDefault }
}

/** Accumulator and result hold every sum that the constant kernel can give, and no more. */
export function inferEinsumDenseLossless(request: PrecisionRequest<EinsumDenseAttrs>): RoleConversions {
  const weight = request.rawWeight('weight') ?? bug(`${request.name} lacks weights`)
  const bias = request.rawWeight('bias')
  const contraction = contractionWith(request.attrs, request.inputs[0]!.shape, request.name)
  const to = denseParts(contraction, bias?.shape)
    .map(part => {
      const own = partValues(part, weight, bias)
      return exactSumType(termTypes(request, part).map(intervalOf), own.weight, own.bias, part.columns)
    })
    .reduce(joinTypes)
  return { accum: conversion(to), result: conversion(to) }
}

/** What a term's elements can be, in any row; one type where all are alike. */
function termTypes({ inputs }: PrecisionRequest<EinsumDenseAttrs>, part: DensePart): readonly FixedType[] {
  const input = inputs[0]!
  const one = uniformType(input)
  if (one !== undefined) return [one]
  return Array.from({ length: part.terms }, (_, term) =>
    Array.from({ length: part.rows }, (_, row) => typeAt(input, part.input[row * part.terms + term]!)).reduce(
      joinTypes,
    ),
  )
}

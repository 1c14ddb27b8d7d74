// Precision of a convolution: hls4ml's inference by widths, and the exact range by constant weights.

import { bug } from '../../diagnostics/diagnostic.ts'
import { intervalOf } from '../../fixed/interval.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import { type TensorType, typeAt, unionType } from '../../ir/tensor-type.ts'
import { accumulatedType } from '../auto-type.ts'
import { exactSumType } from '../constant-product.ts'
import type { PrecisionRequest, RoleConversions } from '../definition.ts'
import { type ConvAttrs, windowSize } from './attrs.ts'

const missingBias: FixedType = { signed: false, width: 1, frac: 0 }

/** A sum of as many products as a filter sees elements, and the bias. */
export function inferConvAuto(request: PrecisionRequest<ConvAttrs>): RoleConversions {
  const input = request.inputs[0]!
  const askedType = (role: string) => {
    const asked = request.asked(role)
    return asked.kind === 'fixed' ? asked.conversion : request.modelDefault
  }
  const weight = askedType('weight')
  const bias = request.weight('bias') === undefined ? conversion(missingBias) : askedType('bias')
  const sum = accumulatedType(
    { x: unionType(input), weight: weight.to, terms: windowSize(request.attrs, input.shape) },
    bias.to,
    request.maximum?.to,
  )
  return { weight, bias, accum: conversion(sum), result: conversion(sum) }
}

/** Accumulator and result hold every sum that the constant kernel can give, and no more. */
export function inferConvLossless(request: PrecisionRequest<ConvAttrs>): RoleConversions {
  const weight = request.rawWeight('weight') ?? bug(`${request.name} lacks weights`)
  const { filters } = request.attrs
  const bias = request.rawWeight('bias')
  // A group's filters see channels of their own; where all have one type it does not matter which.
  const seen = request.attrs.groups === 1 ? channelTypes(request.inputs[0]!) : [unionType(request.inputs[0]!)]
  const to = exactSumType(seen.map(intervalOf), weight, bias, filters)
  return { accum: conversion(to), result: conversion(to) }
}

/** Types along the channel axis, which every pixel repeats. */
export function channelTypes(type: TensorType): FixedType[] {
  return Array.from({ length: type.shape.at(-1)! }, (_, channel) => typeAt(type, channel))
}

/** True when an element's type depends on its channel alone. */
export function variesByChannelOnly({ element }: TensorType): boolean {
  return element.types.length === 1 || element.shape.slice(0, -1).every(extent => extent === 1)
}

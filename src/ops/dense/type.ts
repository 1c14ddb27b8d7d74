// Precision of a dense layer: hls4ml's inference by widths, and the exact range by constant weights.

import { bug } from '../../diagnostics/diagnostic.ts'
import { conversion, type FixedType, maxRaw, minRaw } from '../../fixed/types.ts'
import { typeAt } from '../../ir/tensor-type.ts'
import { intervalWidth } from '../../netlist/netlist.ts'
import { accumulatedType } from '../auto-type.ts'
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
  const { units } = request.attrs
  const input = typeAt(request.inputs[0]!, 0)
  const xor = request.attrs.inputCoding === 'xnor'
  const [low, high] = xor ? [-1n, 1n] : [minRaw(input), maxRaw(input)]
  const productFrac = (xor ? 0 : input.frac) + weight.type.frac
  const frac = Math.max(productFrac, bias?.type.frac ?? productFrac)
  const align = (raw: bigint, own: number) => raw << BigInt(frac - own)
  let min = 0n
  let max = 0n
  for (let unit = 0; unit < units; unit++) {
    const offset = bias === undefined ? 0n : align(bias.raw[unit]!, bias.type.frac)
    let least = offset
    let most = offset
    for (let i = unit; i < weight.raw.length; i += units) {
      const w = align(weight.raw[i]!, productFrac)
      least += w >= 0n ? w * low : w * high
      most += w >= 0n ? w * high : w * low
    }
    if (least < min) min = least
    if (most > max) max = most
  }
  return { signed: min < 0n, width: intervalWidth(min, max), frac }
}

// max(x, 0), optionally limited from above (relu6 and the like).

import { exactValue } from '../../fixed/convert.ts'
import type { Plan } from '../../fixed/kernels.ts'
import { conversion, type FixedType, joinTypes } from '../../fixed/types.ts'
import { unionType } from '../../ir/tensor-type.ts'
import type { OpDefinition, PrecisionRequest, RoleConversions, TypedOp } from '../definition.ts'
import {
  autoIsDefault,
  bufferOf,
  conversionEstimate,
  elementwiseRtl,
  resultConversions,
  resultRole,
  sameShape,
} from '../elementwise.ts'
import { elementwiseHls, inputsUnion } from '../hls-answer.ts'

export interface ReluAttrs {
  /** Upper limit, null for none. */
  readonly maxValue: number | null
}

export const relu: OpDefinition<'relu', ReluAttrs> = {
  kind: 'relu',
  summary: 'max(x, 0), optionally limited from above',
  roles: { result: resultRole },
  choices: [],
  inferShape: sameShape,
  inferAuto: autoIsDefault,
  inferLossless: lossless,
  evaluate: (op, inputs) =>
    inputs[0]!.map(x => Math.min(Math.max(x, 0), op.attrs.maxValue ?? Number.POSITIVE_INFINITY)),
  emulate,
  hls: op => {
    if (op.attrs.maxValue === null)
      return elementwiseHls(op, 'relu', {}, [], { exact: () => inputsUnion(op), readsByElement: true })
    const { mantissa, frac } = exactValue(op.attrs.maxValue)
    const type = { signed: false, width: Math.max(1, mantissa.toString(2).length), frac }
    const config = { max: { constant: mantissa, of: conversion(type) } }
    return elementwiseHls(op, 'relu_max', config, [], { exact: () => joinTypes(inputsUnion(op), type) })
  },
  rtl: op =>
    elementwiseRtl(op, (builder, x) => {
      const positive = builder.max(x, builder.constant(0n, 0))
      if (op.attrs.maxValue === null) return positive
      const { mantissa, frac } = exactValue(op.attrs.maxValue)
      return builder.min(positive, builder.constant(mantissa, frac))
    }),
  estimate: conversionEstimate,
  findings: () => [],
  examples: [
    {
      title: 'unsigned result, saturating',
      attrs: { maxValue: null },
      inputs: [{ shape: [5], type: { signed: true, width: 10, frac: 6 } }],
      weights: {},
      conversions: {
        result: {
          to: { signed: false, width: 4, frac: 4 },
          rounding: 'RND_CONV',
          overflow: 'SAT',
          saturationBits: 0,
        },
      },
    },
    {
      title: 'signed result that wraps',
      attrs: { maxValue: null },
      inputs: [{ shape: [5], type: { signed: true, width: 10, frac: 6 } }],
      weights: {},
      conversions: {
        result: {
          to: { signed: true, width: 6, frac: 3 },
          rounding: 'RND',
          overflow: 'WRAP',
          saturationBits: 0,
        },
      },
    },
    {
      title: 'relu6, wrapping result',
      attrs: { maxValue: 6 },
      inputs: [{ shape: [5], type: { signed: true, width: 9, frac: 4 } }],
      weights: {},
      conversions: {
        result: {
          to: { signed: true, width: 6, frac: 3 },
          rounding: 'TRN',
          overflow: 'WRAP',
          saturationBits: 0,
        },
      },
    },
  ],
}

/** Brings x to a frac at which the limit is a whole number, then clamps. */
function emulate(op: TypedOp<ReluAttrs>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const bound = exactValue(op.attrs.maxValue ?? 0)
  const wide = { ...source, types: source.types.map(type => widen(type, bound.frac)) }
  const max =
    op.attrs.maxValue === null ? {} : { max: bound.mantissa << BigInt(wide.types[0]!.frac - bound.frac) }
  const exact = wide.types.map(to => ({ to, rounding: 'TRN', overflow: 'WRAP', saturationBits: 0 }) as const)
  return {
    buffers: [source, wide, bufferOf(op.output)],
    inputs: [0],
    output: 2,
    steps: [
      { kernel: 'convert', from: 0, into: 1, conversions: exact },
      { kernel: 'clamp', from: 1, into: 2, min: 0n, ...max, conversions: resultConversions(op) },
    ],
  }
}

function widen(type: FixedType, frac: number): FixedType {
  const more = Math.max(0, frac - type.frac)
  return { ...type, width: type.width + more, frac: type.frac + more }
}

function lossless(request: PrecisionRequest<ReluAttrs>): RoleConversions {
  const from = unionType(request.inputs[0]!)
  const to = from.signed && from.width > 0 ? { signed: false, width: from.width - 1, frac: from.frac } : from
  return { result: { to, rounding: 'TRN', overflow: 'WRAP', saturationBits: 0 } }
}

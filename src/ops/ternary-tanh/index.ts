// −1, 0, +1 by two thresholds at ±`threshold`; hls4ml knows only 0.5 and scales its input for any other.

import type { Plan } from '../../fixed/kernels.ts'
import { type Conversion, conversion } from '../../fixed/types.ts'
import { conversionAt, typeAt } from '../../ir/tensor-type.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { OpDefinition, TypedOp } from '../definition.ts'
import { bufferOf, conversionEstimate, elementwiseRtl, resultRole, sameShape } from '../elementwise.ts'
import { elementwiseHls, missingLevels } from '../hls-answer.ts'

export interface TernaryTanhAttrs {
  readonly threshold: number
}

export const ternaryTanh: OpDefinition<'ternary-tanh', TernaryTanhAttrs> = {
  kind: 'ternary-tanh',
  summary: '−1, 0 or +1 by thresholds on either side of zero',
  roles: { result: resultRole },
  choices: [],
  inferShape: sameShape,
  inferAuto: request => ({ result: request.modelDefault }),
  inferLossless: () => ({ result: conversion({ signed: true, width: 2, frac: 0 }) }),
  evaluate: (op, inputs) =>
    inputs[0]!.map(x => (x > op.attrs.threshold ? 1 : x > -op.attrs.threshold ? 0 : -1)),
  emulate,
  hls: op => {
    const twice = doubling(op, 0)
    return (
      missingLevels(op, [-1n, 0n, 1n]) ?? elementwiseHls(op, 'ternary_tanh', { twice_t: { type: twice } })
    )
  },
  rtl: op => {
    const level = (raw: bigint) => raw * (1n << BigInt(Math.max(typeAt(op.output, 0).frac, 0)))
    return elementwiseRtl(op, (builder, x, k) => {
      const doubled = lowerConversion(builder, builder.scale(x, 1), doubling(op, k))
      const constant = (raw: bigint) => builder.constant(level(raw), typeAt(op.output, 0).frac)
      const notPositive = builder.mux(
        builder.lt(builder.constant(-1n, 0), doubled),
        constant(0n),
        constant(-1n),
      )
      return builder.mux(builder.lt(builder.constant(1n, 0), doubled), constant(1n), notPositive)
    })
  },
  estimate: conversionEstimate,
  findings: () => [],
  examples: [
    {
      title: 'thresholds at a half',
      attrs: { threshold: 0.5 },
      inputs: [{ shape: [4], type: { signed: true, width: 6, frac: 3 } }],
      weights: {},
      conversions: { result: conversion({ signed: true, width: 2, frac: 0 }) },
    },
  ],
}

/** The input's own type with its own modes, in which hls4ml holds 2x. */
function doubling(op: TypedOp<TernaryTanhAttrs>, element: number): Conversion {
  return conversionAt(op.inputConversions[0]!, op.inputs[0]!.shape, element)
}

/** As hls4ml: y = 2x in the input's own type (which may wrap or saturate), then y > 1, y > −1. */
function emulate(op: TypedOp<TernaryTanhAttrs>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const frac = typeAt(op.inputs[0]!, 0).frac
  const one = 1n << BigInt(Math.max(typeAt(op.output, 0).frac, 0))
  const unit = frac >= 0 ? 1n << BigInt(frac) : 0n
  return {
    buffers: [source, source, bufferOf(op.output)],
    inputs: [0],
    output: 2,
    steps: [
      {
        kernel: 'affine',
        from: 0,
        into: 1,
        scale: [2n],
        scaleFrac: 0,
        bias: [0n],
        biasFrac: 0,
        conversions: source.types.map((_, k) => doubling(op, k)),
      },
      {
        kernel: 'threshold',
        from: 1,
        into: 2,
        thresholds: [[frac >= 0 ? 1n - unit : 0n, unit + 1n]],
        values: [-one, 0n, one],
      },
    ],
  }
}

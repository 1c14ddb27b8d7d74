// x above a threshold, zero elsewhere; the threshold is held by a type of its own.

import { quantiseNumber } from '../../fixed/convert.ts'
import type { Plan } from '../../fixed/kernels.ts'
import { conversion, joinTypes } from '../../fixed/types.ts'
import { unionType } from '../../ir/tensor-type.ts'
import { constantType } from '../constant-type.ts'
import type { OpDefinition, TypedOp } from '../definition.ts'
import {
  bufferOf,
  conversionEstimate,
  elementwiseRtl,
  keepsInputType,
  resultConversions,
  resultRole,
  sameShape,
} from '../elementwise.ts'
import { elementwiseHls, inputsUnion } from '../hls-answer.ts'

export interface ThresholdedReluAttrs {
  readonly theta: number
}

export const thresholdedRelu: OpDefinition<'thresholded-relu', ThresholdedReluAttrs> = {
  kind: 'thresholded-relu',
  summary: 'x where x > θ, 0 elsewhere',
  roles: { result: resultRole, param: { summary: 'type of θ', readFrom: 'precision' } },
  choices: [],
  inferShape: sameShape,
  inferAuto: ({ inputs, inputConversions, modelDefault }) => ({
    result: modelDefault,
    param: { ...inputConversions[0]!, to: unionType(inputs[0]!) },
  }),
  inferLossless: request => ({ ...keepsInputType(request), param: constantType(request.attrs.theta, 16) }),
  evaluate: (op, inputs) => inputs[0]!.map(x => (x > op.attrs.theta ? x : 0)),
  emulate,
  hls: op => {
    const param = op.conversion('param')
    const theta = quantiseNumber(op.attrs.theta, param)
    return elementwiseHls(op, 'thresholded_relu', { theta: { constant: theta, of: param } }, [], {
      exact: () => inputsUnion(op),
    })
  },
  rtl: op => {
    const param = op.conversion('param')
    const theta = quantiseNumber(op.attrs.theta, param)
    return elementwiseRtl(op, (builder, x) => {
      const isAbove = builder.lt(builder.constant(theta, param.to.frac), x)
      return builder.mux(isAbove, x, builder.constant(0n, 0))
    })
  },
  estimate: conversionEstimate,
  findings: () => [],
  examples: [
    {
      title: 'θ = 0.75',
      attrs: { theta: 0.75 },
      inputs: [{ shape: [4], type: { signed: true, width: 8, frac: 4 } }],
      weights: {},
      conversions: {
        param: conversion({ signed: true, width: 8, frac: 4 }),
        result: conversion({ signed: true, width: 6, frac: 3 }),
      },
    },
    {
      title: 'negative θ finer than the input',
      attrs: { theta: -0.3 },
      inputs: [{ shape: [4], type: { signed: true, width: 6, frac: 1 } }],
      weights: {},
      conversions: {
        param: conversion({ signed: true, width: 8, frac: 6 }),
        result: conversion({ signed: true, width: 6, frac: 1 }),
      },
    },
  ],
}

/** x − θ exactly; where it is positive, x. */
function emulate(op: TypedOp<ThresholdedReluAttrs>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const param = op.conversion('param')
  const joined = joinTypes(unionType(op.inputs[0]!), param.to)
  const difference = { signed: true, width: joined.width + 2, frac: joined.frac }
  const { size } = source
  return {
    buffers: [source, { size, types: [difference] }, { size, types: [difference] }, bufferOf(op.output)],
    inputs: [0],
    output: 3,
    steps: [
      {
        kernel: 'affine',
        from: 0,
        into: 1,
        scale: [1n],
        scaleFrac: 0,
        bias: [-quantiseNumber(op.attrs.theta, param)],
        biasFrac: param.to.frac,
        conversions: [conversion(difference)],
      },
      { kernel: 'gather', from: [1], into: 2, index: Array.from({ length: size }, () => -1), fill: 0n },
      {
        kernel: 'select',
        test: 1,
        whenPositive: 0,
        otherwise: 2,
        into: 3,
        conversions: resultConversions(op),
      },
    ],
  }
}

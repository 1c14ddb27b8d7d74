// x where x > 0, alpha · x elsewhere; alpha is held by a type of its own.

import { quantiseNumber } from '../../fixed/convert.ts'
import type { Plan } from '../../fixed/kernels.ts'
import { conversion, joinTypes } from '../../fixed/types.ts'
import { unionType } from '../../ir/tensor-type.ts'
import { constantType } from '../constant-type.ts'
import type { OpDefinition, PrecisionRequest, RoleConversions, TypedOp } from '../definition.ts'
import {
  bufferOf,
  conversionEstimate,
  elementwiseRtl,
  resultConversions,
  resultRole,
  sameShape,
} from '../elementwise.ts'
import { productType } from '../exact-type.ts'
import { elementwiseHls, inputsUnion } from '../hls-answer.ts'

export interface LeakyReluAttrs {
  readonly alpha: number
}

export const leakyRelu: OpDefinition<'leaky-relu', LeakyReluAttrs> = {
  kind: 'leaky-relu',
  summary: 'x where x > 0, alpha · x elsewhere',
  roles: { result: resultRole, param: { summary: 'type of alpha', readFrom: 'precision' } },
  choices: [],
  inferShape: sameShape,
  inferAuto: request => ({ result: request.modelDefault, param: constantType(request.attrs.alpha, 8) }),
  inferLossless: lossless,
  evaluate: (op, inputs) => inputs[0]!.map(x => (x > 0 ? x : op.attrs.alpha * x)),
  emulate,
  hls: op => {
    const param = op.conversion('param')
    const alpha = quantiseNumber(op.attrs.alpha, param)
    return elementwiseHls(op, 'leaky_relu', { alpha: { constant: alpha, of: param } }, [], {
      exact: () => joinTypes(inputsUnion(op), productType(inputsUnion(op), param.to)),
    })
  },
  rtl: op => {
    const param = op.conversion('param')
    const alpha = quantiseNumber(op.attrs.alpha, param)
    return elementwiseRtl(op, (builder, x) => {
      const scaled = builder.mul(x, builder.constant(alpha, param.to.frac))
      return builder.mux(builder.lt(builder.constant(0n, 0), x), x, scaled)
    })
  },
  estimate: conversionEstimate,
  findings: () => [],
  examples: [
    {
      title: 'slope a quarter',
      attrs: { alpha: 0.25 },
      inputs: [{ shape: [4], type: { signed: true, width: 9, frac: 5 } }],
      weights: {},
      conversions: {
        param: conversion({ signed: false, width: 1, frac: 2 }),
        result: conversion({ signed: true, width: 7, frac: 4 }, 'RND_CONV', 'SAT'),
      },
    },
  ],
}

/** alpha · x exactly, then the choice by sign, then the result's conversion. */
function emulate(op: TypedOp<LeakyReluAttrs>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const param = op.conversion('param')
  const products = source.types.map(type => productType(type, param.to))
  return {
    buffers: [source, { size: source.size, types: products }, bufferOf(op.output)],
    inputs: [0],
    output: 2,
    steps: [
      {
        kernel: 'affine',
        from: 0,
        into: 1,
        scale: [quantiseNumber(op.attrs.alpha, param)],
        scaleFrac: param.to.frac,
        bias: [0n],
        biasFrac: 0,
        conversions: products.map(to => conversion(to)),
      },
      {
        kernel: 'select',
        test: 0,
        whenPositive: 0,
        otherwise: 1,
        into: 2,
        conversions: resultConversions(op),
      },
    ],
  }
}

/** alpha to 16 significant bits; the result holds both branches exactly. */
function lossless(request: PrecisionRequest<LeakyReluAttrs>): RoleConversions {
  const x = unionType(request.inputs[0]!)
  const param = constantType(request.attrs.alpha, 16)
  return { param, result: conversion(joinTypes(x, productType(x, param.to))) }
}

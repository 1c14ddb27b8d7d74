// x above zero, elsewhere x times a trained factor of each element's own.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Plan } from '../../fixed/kernels.ts'
import { conversion, joinTypes } from '../../fixed/types.ts'
import { conversionAt, sizeOf, unionType } from '../../ir/tensor-type.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { OpDefinition, RawValues, TypedOp } from '../definition.ts'
import { bufferOf, conversionEstimate, resultConversions, resultRole, sameShape } from '../elementwise.ts'
import { productType } from '../exact-type.ts'
import { elementwiseHls, inputsUnion, weightsArgument } from '../hls-answer.ts'

export const prelu: OpDefinition<'prelu', Record<never, never>> = {
  kind: 'prelu',
  summary: 'x where x > 0, elsewhere x times a trained factor of each element',
  roles: { result: resultRole, param: { summary: 'type of the factors', readFrom: 'precision' } },
  choices: [],
  inferShape: sameShape,
  inferAuto: ({ inputs, inputConversions, modelDefault }) => ({
    result: modelDefault,
    param: { ...inputConversions[0]!, to: unionType(inputs[0]!) },
  }),
  inferLossless: request => {
    const x = unionType(request.inputs[0]!)
    const { type } = request.rawWeight('param') ?? bug(`${request.name} lacks factors`)
    return { result: conversion(joinTypes(x, productType(x, type))) }
  },
  evaluate: (op, inputs) => {
    const { data } = op.weight('param') ?? bug(`${op.name} lacks factors`)
    return inputs[0]!.map((x, k) => (x > 0 ? x : x * data[k % data.length]!))
  },
  emulate,
  hls: op => {
    const { type, raw } = factorsOf(op)
    const spread = Array.from({ length: sizeOf(op.output.shape) }, (_, k) => raw[k % raw.length]!)
    return elementwiseHls(op, 'prelu', {}, [weightsArgument('alpha', { type, raw: spread })], {
      exact: () => joinTypes(inputsUnion(op), productType(inputsUnion(op), type)),
    })
  },
  rtl: op => ({
    form: 'datapath',
    lower: (builder, inputs) => {
      const { raw, type } = factorsOf(op)
      return inputs[0]!.map((x, k) => {
        const below = builder.mul(x, builder.constant(raw[k % raw.length]!, type.frac))
        const value = builder.mux(builder.lt(builder.constant(0n, 0), x), x, below)
        return lowerConversion(builder, value, conversionAt(op.result, op.output.shape, k))
      })
    },
  }),
  estimate: conversionEstimate,
  findings: () => [],
  examples: [
    {
      title: 'a factor each',
      attrs: {},
      inputs: [{ shape: [2, 2], type: { signed: true, width: 8, frac: 4 } }],
      weights: { param: { shape: [4], type: { signed: true, width: 5, frac: 3 }, raw: [1n, -3n, 9n, 0n] } },
      conversions: { result: conversion({ signed: true, width: 9, frac: 5 }, 'RND', 'SAT') },
      floatBound: 2 ** -6,
    },
  ],
}

function factorsOf(op: TypedOp<unknown>): RawValues {
  return op.weight('param') ?? bug(`${op.name} lacks factors`)
}

/** Products exactly, then the choice by sign, then the result's conversion. */
function emulate(op: TypedOp<unknown>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const { raw, type } = factorsOf(op)
  const products = source.types.map(own => productType(own, type))
  return {
    buffers: [source, { size: source.size, types: products }, bufferOf(op.output)],
    inputs: [0],
    output: 2,
    steps: [
      {
        kernel: 'affine',
        from: 0,
        into: 1,
        scale: Array.from({ length: sizeOf(op.output.shape) }, (_, k) => raw[k % raw.length]!),
        scaleFrac: type.frac,
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

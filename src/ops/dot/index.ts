// The inner product of two vectors that are both computed.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Plan } from '../../fixed/kernels.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import { conversionAt, type TensorType, unionType } from '../../ir/tensor-type.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import { clampType } from '../auto-type.ts'
import { lowerAccumulation } from '../constant-product.ts'
import type { OpDefinition, TypedOp } from '../definition.ts'
import { bufferOf, resultConversions, resultRole } from '../elementwise.ts'
import { hlsAnswer, inputArgument, outputArgument } from '../hls-answer.ts'
import { blocksOf } from '../hls-cost.ts'

export const dot: OpDefinition<'dot', Record<never, never>> = {
  kind: 'dot',
  summary: 'inner product of two vectors',
  roles: {
    result: resultRole,
    accum: { summary: 'type of the accumulator', readFrom: 'precision' },
  },
  choices: [],
  inferShape: (_attrs, inputs, name) => {
    const [a, b] = inputs
    if (a?.length === 1 && b?.length === 1 && a[0] === b[0]) return [1]
    return fail({
      code: 'graph/dot-shapes',
      place: `layer '${name}'`,
      problem: `it multiplies [${inputs.map(shape => shape.join(', ')).join('] and [')}]`,
      expected: 'two vectors of equal length',
    })
  },
  // hls4ml infer_precision, `_infer_dot_precision`; it has no rule for the accumulator, and stops there.
  inferAuto: ({ inputs, maximum }) => {
    const type = conversion(clampType(sumType(inputs), maximum?.to))
    return { accum: type, result: type }
  },
  inferLossless: ({ inputs }) => {
    const type = conversion(sumType(inputs))
    return { accum: type, result: type }
  },
  evaluate: (_op, [a, b]) => Float64Array.of(a!.reduce((sum, x, k) => sum + x * b![k]!, 0)),
  emulate,
  hls: op =>
    hlsAnswer(
      op,
      () => ({
        kernel: 'nnet::dot1d',
        header: 'lutra_merge.h',
        config: { n_in: op.inputs[0]!.shape[0]!, accum_t: { type: op.conversion('accum') } },
        arguments: [inputArgument, { role: 'input', index: 1 }, outputArgument],
      }),
      { exact: () => op.conversion('accum').to },
    ),
  rtl: op => ({
    form: 'datapath',
    lower: (builder, [a, b]) => {
      const accumulator = op.conversion('accum')
      const terms = a!.map((net, k) => lowerConversion(builder, builder.mul(net, b![k]!), accumulator))
      const sum = lowerAccumulation(builder, terms, accumulator)
      return [lowerConversion(builder, sum, conversionAt(op.result, op.output.shape, 0))]
    },
  }),
  estimate: op => {
    const [a, b] = op.inputs.map(unionType)
    const count = op.inputs[0]!.shape[0]!
    const dsp = count * blocksOf(a!.width, b!.width)
    const lut = count * op.conversion('accum').to.width
    return { lut, ff: lut, dsp, bram18: 0, latency: 1 + Math.ceil(Math.log2(count)), interval: 1 }
  },
  findings: () => [],
  examples: [
    {
      title: 'exact sum, rounding result',
      attrs: {},
      inputs: [
        { shape: [3], type: { signed: true, width: 6, frac: 3 } },
        { shape: [3], type: { signed: false, width: 5, frac: 3 } },
      ],
      weights: {},
      conversions: {
        accum: conversion({ signed: true, width: 14, frac: 6 }),
        result: conversion({ signed: true, width: 9, frac: 3 }, 'RND', 'SAT'),
      },
      floatBound: 2 ** -4,
    },
    {
      title: 'every product truncated, saturating',
      attrs: {},
      inputs: [
        { shape: [4], type: { signed: true, width: 6, frac: 3 } },
        { shape: [4], type: { signed: true, width: 6, frac: 3 } },
      ],
      weights: {},
      conversions: {
        accum: conversion({ signed: true, width: 8, frac: 3 }, 'TRN', 'SAT'),
        result: conversion({ signed: true, width: 8, frac: 3 }),
      },
    },
  ],
}

function sumType(inputs: readonly TensorType[]): FixedType {
  const [a, b] = inputs.map(unionType)
  const growth = Math.ceil(Math.log2(inputs[0]!.shape[0]!))
  return {
    signed: a!.signed || b!.signed,
    width: a!.width + b!.width + growth,
    frac: a!.frac + b!.frac,
  }
}

/** Each product into the accumulator's type, then their sum step by step, then the result. */
function emulate(op: TypedOp<Record<never, never>>): Plan {
  const accumulator = op.conversion('accum')
  const [a, b] = op.inputs.map(bufferOf)
  const size = a!.size
  return {
    buffers: [a!, b!, { size, types: [accumulator.to] }, bufferOf(op.output)],
    inputs: [0, 1],
    output: 3,
    steps: [
      { kernel: 'arithmetic', op: 'multiply', a: 0, b: 1, into: 2, conversions: [accumulator] },
      {
        kernel: 'reduce',
        op: 'add',
        from: 2,
        into: 3,
        groups: [Array.from({ length: size }, (_, k) => k)],
        tree: false,
        accumulator,
        conversions: resultConversions(op),
      },
    ],
  }
}

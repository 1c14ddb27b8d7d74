// x · scale + bias with one value for all channels or one per channel: batch normalisation and QKeras scales.

import { bug } from '../../diagnostics/diagnostic.ts'
import { type Conversion, conversion } from '../../fixed/types.ts'
import type { HlsBody, HlsCall } from '../../hls/call.ts'
import { sizeOf, typeAt, unionType } from '../../ir/tensor-type.ts'
import { accumulatedType } from '../auto-type.ts'
import type {
  OpDefinition,
  PrecisionRequest,
  RawValues,
  Refusal,
  RoleConversions,
  TypedOp,
} from '../definition.ts'
import { elementwiseRtl, onePlan, resultConversions, resultRole, sameShape } from '../elementwise.ts'
import { productType, sumType } from '../exact-type.ts'
import { hlsAnswer, inputArgument, inputsUnion, outputArgument, weightsArgument } from '../hls-answer.ts'
import { blocksOf } from '../hls-cost.ts'
import { lowerShift, productStruct, shiftProduct } from '../shift-product.ts'

export interface BatchNormAttrs {
  /** `exponent`: every scale is ±2^e and is applied as a shift. */
  readonly scaleCoding: 'plain' | 'exponent'
}

export const batchNorm: OpDefinition<'batch-norm', BatchNormAttrs> = {
  kind: 'batch-norm',
  summary: 'x · scale + bias per channel',
  roles: {
    result: resultRole,
    scale: { summary: 'type of the scales', readFrom: 'precision' },
    bias: { summary: 'type of the biases', readFrom: 'precision' },
  },
  choices: [],
  inferShape: sameShape,
  inferAuto: request => {
    const asked = (role: string) => {
      const precision = request.asked(role)
      return precision.kind === 'fixed' ? precision.conversion : request.modelDefault
    }
    const product = { x: typeAt(request.inputs[0]!, 0), weight: asked('scale').to, terms: 1 }
    const exact = conversion(accumulatedType(product, asked('bias').to, request.maximum?.to))
    // hls4ml infers fixed-point scales only: behind exponents the result is the model's default.
    const result = request.attrs.scaleCoding === 'exponent' ? request.modelDefault : exact
    return { scale: request.modelDefault, bias: request.modelDefault, result }
  },
  inferLossless: lossless,
  evaluate: (op, inputs) => {
    const scale = op.weight('scale') ?? bug(`${op.name} lacks a scale`)
    const bias = op.weight('bias') ?? bug(`${op.name} lacks a bias`)
    return inputs[0]!.map((x, k) => x * scale.data[k % scale.data.length]! + bias.data[k % bias.data.length]!)
  },
  emulate: op => {
    const { scale, bias } = constants(op)
    const product = productConversion(op)
    return onePlan(op, {
      kernel: 'affine',
      from: 0,
      into: 1,
      scale: spread(scale, op),
      scaleFrac: scale.type.frac,
      bias: spread(bias, op),
      biasFrac: bias.type.frac,
      ...(product === undefined ? {} : { shift: product }),
      conversions: resultConversions(op),
    })
  },
  hls: batchNormHls,
  rtl: op => {
    const { scale, bias } = constants(op)
    const product = productConversion(op)
    return elementwiseRtl(op, (builder, x, k) => {
      const own = spread(scale, op)[k]!
      const term =
        product === undefined
          ? builder.mul(x, builder.constant(own, scale.type.frac))
          : lowerShift(builder, x, own, scale.type.frac, product)
      return builder.add(term, builder.constant(spread(bias, op)[k]!, bias.type.frac))
    })
  },
  estimate: op => {
    const width = typeAt(op.inputs[0]!, 0).width
    const { scale } = constants(op)
    const count = sizeOf(op.output.shape)
    // A block and some 47 LUTs an element of 16 bits, a cycle, in the reports of a quantised CNN.
    const dsp = count * blocksOf(width, scale.type.width)
    return { lut: count * width * 3, ff: count * width, dsp, bram18: 0, latency: 1, interval: 1 }
  },
  findings: () => [],
  examples: [
    {
      title: 'a scale per channel',
      attrs: { scaleCoding: 'plain' },
      inputs: [{ shape: [3], type: { signed: true, width: 8, frac: 4 } }],
      weights: {
        scale: { shape: [3], type: { signed: true, width: 8, frac: 5 }, raw: [45n, -3n, 0n] },
        bias: { shape: [3], type: { signed: true, width: 6, frac: 7 }, raw: [-11n, 20n, 1n] },
      },
      conversions: { result: conversion({ signed: true, width: 10, frac: 6 }, 'RND', 'SAT') },
    },
    {
      title: 'one shift for all',
      attrs: { scaleCoding: 'exponent' },
      inputs: [{ shape: [4], type: { signed: true, width: 8, frac: 4 } }],
      weights: {
        scale: { shape: [1], type: { signed: true, width: 4, frac: 3 }, raw: [2n] },
        bias: { shape: [4], type: { signed: true, width: 4, frac: 3 }, raw: [1n, -2n, 3n, 0n] },
      },
      conversions: { result: conversion({ signed: true, width: 9, frac: 5 }) },
    },
    {
      title: 'shifts that lose bits',
      attrs: { scaleCoding: 'exponent' },
      inputs: [{ shape: [2, 2], type: { signed: true, width: 4, frac: 3 } }],
      weights: {
        scale: { shape: [2], type: { signed: true, width: 10, frac: 8 }, raw: [1n, -256n] },
        bias: { shape: [1], type: { signed: true, width: 4, frac: 3 }, raw: [3n] },
      },
      conversions: {
        scale: conversion({ signed: true, width: 3, frac: 0 }),
        result: conversion({ signed: true, width: 12, frac: 9 }),
      },
    },
  ],
}

function constants(op: TypedOp<BatchNormAttrs>): { scale: RawValues; bias: RawValues } {
  return {
    scale: op.weight('scale') ?? bug(`${op.name} lacks a scale`),
    bias: op.weight('bias') ?? bug(`${op.name} lacks a bias`),
  }
}

/** One value per element of the result. */
function spread(values: RawValues, op: TypedOp<BatchNormAttrs>): readonly bigint[] {
  return Array.from({ length: sizeOf(op.output.shape) }, (_, k) => values.raw[k % values.raw.length]!)
}

/** A shift happens in a type of twice the widths (hls4ml's exponent product); undefined where it loses nothing. */
function productConversion(op: TypedOp<BatchNormAttrs>): Conversion | undefined {
  if (op.attrs.scaleCoding === 'plain') return undefined
  return shiftProduct(typeAt(op.inputs[0]!, 0), op.conversion('scale').to, constants(op).scale)
}

function lossless(request: PrecisionRequest<BatchNormAttrs>): RoleConversions {
  const x = unionType(request.inputs[0]!)
  const scale = request.rawWeight('scale') ?? bug(`${request.name} lacks a scale`)
  const bias = request.rawWeight('bias') ?? bug(`${request.name} lacks a bias`)
  return { result: conversion(accumulatedType({ x, weight: scale.type, terms: 1 }, bias.type, undefined)) }
}

function batchNormHls(op: TypedOp<BatchNormAttrs>): HlsBody | Refusal {
  const { scale, bias } = constants(op)
  const [least, most] = [scale.raw.length, bias.raw.length].sort((a, b) => a - b)
  const channels = most! % least! === 0 ? most! : sizeOf(op.output.shape)
  const repeated = ({ type, raw }: RawValues) => ({
    type,
    raw: Array.from({ length: channels }, (_, k) => raw[k % raw.length]!),
  })
  const call: HlsCall = {
    kernel: 'nnet::batchnorm',
    header: 'lutra_batchnorm.h',
    config: {
      n_in: sizeOf(op.output.shape),
      n_filt: channels,
      product: productStruct('exact', productConversion(op)),
    },
    arguments: [
      inputArgument,
      outputArgument,
      weightsArgument('scale', repeated(scale)),
      weightsArgument('bias', repeated(bias)),
    ],
  }
  const product = () => productConversion(op)?.to ?? productType(inputsUnion(op), scale.type)
  return hlsAnswer(op, () => call, { exact: () => sumType(product(), bias.type) })
}

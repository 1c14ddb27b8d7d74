// A convolution in C++: the streamed kernel, or the same on arrays, around a dense layer per window.

import { type Conversion, conversion } from '../../fixed/types.ts'
import { type HlsBody, type HlsConfig, transposed } from '../../hls/call.ts'
import { unionType } from '../../ir/tensor-type.ts'
import { exactAccumulator } from '../constant-product.ts'
import { type RawValues, type Refusal, refuse, type TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, noBias, outputArgument, weightsArgument } from '../hls-answer.ts'
import { isInTurns, isLegalReuse, strategyOf } from '../strategy.ts'
import { type ConvAttrs, imageGeometry, windowSize } from './attrs.ts'
import { productOf } from './fixed.ts'

export function convHls(op: TypedOp<ConvAttrs>): HlsBody | Refusal {
  return whyNot(op) ?? hlsAnswer(op, () => kernelCall(op), { exact: () => accumulatorOf(op).to })
}

function whyNot(op: TypedOp<ConvAttrs>): Refusal | undefined {
  if (op.attrs.kernelSize.length > 2)
    return refuse('hls/steps', 'a convolution of an image for every step has no C++ kernel yet')
  if (op.attrs.groups !== 1)
    return refuse('hls/groups', `a convolution in ${op.attrs.groups} groups has no C++ kernel yet`)
  if (op.attrs.dilation.some(distance => distance !== 1))
    return refuse('hls/dilation', 'a convolution of spread elements (dilation) has no C++ kernel yet')
  const strategy = strategyOf(op.choices.Strategy)
  if (strategy === 'compressed')
    return refuse('hls/strategy', 'the Compressed strategy has no C++ kernel for convolutions yet')
  const inputs = windowSize(op.attrs, op.inputs[0]!.shape)
  if (!inTurns(op) || isLegalReuse(inputs, op.attrs.filters, reuseOf(op))) return undefined
  return refuse(
    'hls/reuse-factor',
    `a reuse factor of ${reuseOf(op)} does not divide ${inputs} × ${op.attrs.filters} products into equal turns`,
  )
}

function inTurns(op: TypedOp<ConvAttrs>): boolean {
  return isInTurns(strategyOf(op.choices.Strategy), reuseOf(op))
}

function reuseOf(op: TypedOp<ConvAttrs>): number {
  return strategyOf(op.choices.Strategy) === 'distributed-arithmetic'
    ? 1
    : Number(op.choices.ReuseFactor ?? 1)
}

function kernelCall(op: TypedOp<ConvAttrs>): HlsBody {
  const { weight } = productOf(op)
  const inputs = windowSize(op.attrs, op.inputs[0]!.shape)
  const resource = inTurns(op)
  const raw = resource ? transposed(weight.raw, inputs, op.attrs.filters) : weight.raw
  return {
    kernel: 'nnet::conv_2d',
    header: 'lutra_conv2d_stream.h',
    config: { ...imageConfig(op), mult_config: { config: windowConfig(op, resource) } },
    arguments: [
      inputArgument,
      outputArgument,
      weightsArgument('w', { type: weight.type, raw }),
      weightsArgument('b', biasOf(op)),
    ],
  }
}

function imageConfig(op: TypedOp<ConvAttrs>): HlsConfig {
  const { image, kernel, strides, before, output } = imageGeometry(op.attrs, op.inputs[0]!.shape)
  const after = (axis: 0 | 1) =>
    Math.max(0, (output[axis] - 1) * strides[axis] + kernel[axis] - image[axis] - before[axis])
  return {
    in_height: image[0],
    in_width: image[1],
    n_chan: op.inputs[0]!.shape.at(-1)!,
    filt_height: kernel[0],
    filt_width: kernel[1],
    n_filt: op.attrs.filters,
    stride_height: strides[0],
    stride_width: strides[1],
    out_height: output[0],
    out_width: output[1],
    pad_top: before[0],
    pad_bottom: after(0),
    pad_left: before[1],
    pad_right: after(1),
  }
}

function windowConfig(op: TypedOp<ConvAttrs>, resource: boolean): HlsConfig {
  const product = productOf(op)
  const inputs = windowSize(op.attrs, op.inputs[0]!.shape)
  return {
    n_in: inputs,
    n_out: op.attrs.filters,
    strategy: { choice: resource ? 'nnet::resource' : 'nnet::latency' },
    reuse_factor: reuseOf(op),
    accum_t: { type: accumulatorOf(op) },
    weight_t: { type: conversion(product.weight.type) },
    bias_t: { type: conversion(biasOf(op).type) },
    product: { struct: 'nnet::product::exact' },
  }
}

function accumulatorOf(op: TypedOp<ConvAttrs>): Conversion {
  const product = productOf(op)
  const inputs = windowSize(op.attrs, op.inputs[0]!.shape)
  return product.accumulator ?? exactAccumulator(unionType(op.inputs[0]!), product, inputs)
}

function biasOf(op: TypedOp<ConvAttrs>): RawValues {
  return op.weight('bias') ?? noBias(op.attrs.filters)
}

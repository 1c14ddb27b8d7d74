// A convolution in C++: the streamed kernel, or the same on arrays, around a dense layer per window or per group of it.

import { type Conversion, conversion } from '../../fixed/types.ts'
import type { HlsArgument, HlsBody, HlsConfig } from '../../hls/call.ts'
import { sizeOf, unionType } from '../../ir/tensor-type.ts'
import { exactAccumulator } from '../constant-product.ts'
import { indexArgument } from '../contraction-code.ts'
import type { RawValues, Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, noBias, outputArgument, weightsArgument } from '../hls-answer.ts'
import { refuseReuse, strategyOf } from '../strategy.ts'
import { storedWeights, type WeightOrder, weightOrder } from '../weight-store.ts'
import { type ConvAttrs, imageCount, imageGeometry, windowSize } from './attrs.ts'
import { productOf } from './fixed.ts'

export function convHls(op: TypedOp<ConvAttrs>): HlsBody | Refusal {
  return whyNot(op) ?? hlsAnswer(op, () => kernelCall(op), { exact: () => accumulatorOf(op).to })
}

/** Groups take any reuse factor: their weights stand in the order in which they are visited. */
function whyNot(op: TypedOp<ConvAttrs>): Refusal | undefined {
  if (op.attrs.groups > 1 || orderOf(op) !== 'resource') return undefined
  return refuseReuse('reuse factor', windowSize(op.attrs, op.inputs[0]!.shape), op.attrs.filters, reuseOf(op))
}

function orderOf(op: TypedOp<ConvAttrs>): WeightOrder {
  return weightOrder(strategyOf(op.choices.Strategy), reuseOf(op))
}

function reuseOf(op: TypedOp<ConvAttrs>): number {
  return strategyOf(op.choices.Strategy) === 'distributed-arithmetic'
    ? 1
    : Number(op.choices.ReuseFactor ?? 1)
}

function kernelCall(op: TypedOp<ConvAttrs>): HlsBody {
  const isGrouped = op.attrs.groups > 1
  const { weights, config, more } = isGrouped ? groupedProducts(op) : wholeProducts(op)
  return {
    kernel: isGrouped ? 'nnet::grouped_conv_2d' : 'nnet::conv_2d',
    header: 'lutra_conv2d_stream.h',
    config: { ...imageConfig(op), ...config },
    arguments: [inputArgument, outputArgument, weights, weightsArgument('b', biasOf(op)), ...more],
  }
}

interface Products {
  readonly weights: HlsArgument
  readonly config: HlsConfig
  readonly more: readonly HlsArgument[]
}

function wholeProducts(op: TypedOp<ConvAttrs>): Products {
  const store = storedWeights('w', productOf(op).weight, op.attrs.filters, orderOf(op))
  const config = { mult_config: { config: { ...windowConfig(op), ...store.config } } }
  return { weights: store.argument, config, more: [] }
}

/** Weights group by group, each in the order in which its elements of a window are visited. */
function groupedProducts(op: TypedOp<ConvAttrs>): Products {
  const { filters, groups } = op.attrs
  const { weight } = productOf(op)
  const [inputs, columns] = [windowSize(op.attrs, op.inputs[0]!.shape), filters / groups]
  const visited = Array.from({ length: groups }, (_, group) => visitedBy(op, group, inputs))
  const raw = visited.flatMap((rows, group) =>
    rows.flatMap(row =>
      weight.raw.slice(row * filters + group * columns, row * filters + (group + 1) * columns),
    ),
  )
  const order = orderOf(op) === 'compressed' ? 'compressed' : 'latency'
  const store = storedWeights('w', { type: weight.type, raw }, columns, order, groups)
  const each = 'entries' in store.argument ? store.argument.entries.length / groups : inputs * columns
  const taps = visited.flatMap((rows, group) => rows.map(row => placeIn(op, group, row)))
  return {
    weights: store.argument,
    config: {
      n_groups: groups,
      n_group_weights: each,
      mult_config: { config: { ...windowConfig(op), ...store.config } },
    },
    more: [indexArgument('taps', taps)],
  }
}

/** Where an element of a group's window stands in the window of all channels. */
function placeIn({ attrs, inputs }: TypedOp<ConvAttrs>, group: number, row: number): number {
  const channels = inputs[0]!.shape.at(-1)!
  const own = channels / attrs.groups
  return Math.floor(row / own) * channels + group * own + (row % own)
}

/** In turns those elements come first whose place among all channels is a multiple of the reuse factor, and so on. */
function visitedBy(op: TypedOp<ConvAttrs>, group: number, inputs: number): number[] {
  const rows = Array.from({ length: inputs }, (_, row) => row)
  if (orderOf(op) !== 'resource') return rows
  const turns = Math.min(reuseOf(op), sizeOf(op.attrs.kernelSize) * op.inputs[0]!.shape.at(-1)!)
  const turn = (row: number) => placeIn(op, group, row) % turns
  return rows.sort((a, b) => turn(a) - turn(b) || a - b)
}

function imageConfig(op: TypedOp<ConvAttrs>): HlsConfig {
  const { shape } = op.inputs[0]!
  const { image, kernel, strides, before, output } = imageGeometry(op.attrs, shape)
  const rank = op.attrs.dilation.length
  const dilation = [rank === 1 ? 1 : op.attrs.dilation.at(-2)!, op.attrs.dilation.at(-1)!] as const
  const after = (axis: 0 | 1) => {
    const reach = (kernel[axis] - 1) * dilation[axis] + 1
    return Math.max(0, (output[axis] - 1) * strides[axis] + reach - image[axis] - before[axis])
  }
  return {
    n_images: imageCount(op.attrs, shape),
    in_height: image[0],
    in_width: image[1],
    n_chan: shape.at(-1)!,
    filt_height: kernel[0],
    filt_width: kernel[1],
    n_filt: op.attrs.filters,
    stride_height: strides[0],
    stride_width: strides[1],
    dilation_height: dilation[0],
    dilation_width: dilation[1],
    out_height: output[0],
    out_width: output[1],
    pad_top: before[0],
    pad_bottom: after(0),
    pad_left: before[1],
    pad_right: after(1),
  }
}

/** The dense layer of a window, or of a group of it, but for its weights. */
function windowConfig(op: TypedOp<ConvAttrs>): HlsConfig {
  return {
    n_in: windowSize(op.attrs, op.inputs[0]!.shape),
    n_out: op.attrs.filters / op.attrs.groups,
    reuse_factor: reuseOf(op),
    accum_t: { type: accumulatorOf(op) },
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

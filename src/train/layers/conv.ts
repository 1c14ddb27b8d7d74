// Convolutions of sequences and images: plain, depthwise, separable. The pixels under a window are put side by side, so
// that a convolution is one product of matrices.

import type { Shape } from '../../ir/tensor-type.ts'
import type { Maths, Tensor } from '../autodiff.ts'
import { activation, extents, flag, initialiser, quantiser, whole, word } from '../fields.ts'
import { activate } from './activations.ts'
import { defineLayer, type WeightSpec } from './definition.ts'
import { type Padding, type Window, windowPixels, windowShape } from './windows.ts'

type Rank = 1 | 2

const windowFields = (rank: Rank) => ({
  kernelSize: extents('kernel_size', rank),
  strides: extents('strides', rank, 1),
  padding: word<Padding>('padding', rank === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same']),
  dilationRate: extents('dilation_rate', rank, 1),
})

const biasFields = {
  activation: activation(),
  useBias: flag('use_bias', true),
  biasInitializer: initialiser('bias_initializer', 'zeros'),
}

interface WindowSettings {
  readonly kernelSize: readonly number[]
  readonly strides: readonly number[]
  readonly padding: Padding
  readonly dilationRate: readonly number[]
}

const windowOf = ({ kernelSize, strides, padding, dilationRate }: WindowSettings): Window => ({
  size: kernelSize,
  strides,
  padding,
  dilation: dilationRate,
})

function shapeWith(settings: WindowSettings, input: Shape, channels: number): Shape | string {
  const results = windowShape(windowOf(settings), input)
  return typeof results === 'string' ? results : [...results, channels]
}

const product = (extents: readonly number[]) => extents.reduce((a, b) => a * b, 1)

/** [rows, …results, channels] · [places · channels, filters]. */
function convolve(maths: Maths, x: Tensor, kernel: Tensor, window: Window): Tensor {
  const pixels = windowPixels(maths, x, window)
  const side = pixels.length === 1 ? pixels[0]! : maths.concatenate(pixels, -1)
  const columns = side.shape.at(-1)!
  const filters = kernel.shape.at(-1)!
  const flat = maths.reshape(side, [product(side.shape.slice(0, -1)), columns])
  const results = maths.dot(flat, maths.reshape(kernel, [columns, filters]))
  return maths.reshape(results, [...side.shape.slice(0, -1), filters])
}

/** Each channel by itself: [rows, …results, channels · multiplier]. */
function convolveDepthwise(maths: Maths, x: Tensor, kernel: Tensor, window: Window): Tensor {
  const pixels = windowPixels(maths, x, window)
  const [channels, multiplier] = kernel.shape.slice(-2) as [number, number]
  const taps = maths.reshape(kernel, [pixels.length, channels, multiplier])
  const terms = pixels.map((own, k) => {
    const tap = maths.reshape(maths.slice(taps, 0, k, k + 1), [channels, multiplier])
    return maths.multiply(maths.reshape(own, [...own.shape, 1]), tap)
  })
  const sum = terms.reduce((a, b) => maths.add(a, b))
  return maths.reshape(sum, [...sum.shape.slice(0, -2), channels * multiplier])
}

const biasWeight = (units: number, settings: Pick<WeightSpec, 'initialiser' | 'quantiser'>): WeightSpec => ({
  name: 'bias',
  shape: [units],
  trainable: true,
  ...settings,
})

const fixed = { data_format: 'channels_last', groups: 1 }

function conv(rank: Rank) {
  return defineLayer({
    classes: { plain: `Conv${rank}D`, quantised: `QConv${rank}D` },
    summary: rank === 1 ? 'a convolution of a sequence' : 'a convolution of an image',
    fields: {
      filters: whole('filters'),
      ...windowFields(rank),
      ...biasFields,
      kernelInitializer: initialiser('kernel_initializer', 'glorot_uniform'),
      kernelQuantizer: quantiser('kernel_quantizer'),
      biasQuantizer: quantiser('bias_quantizer'),
    },
    shape: (settings, input) => shapeWith(settings, input, settings.filters),
    weights: (settings, input) => {
      const { kernelSize, filters } = settings
      const channels = input.at(-1)!
      return [
        {
          name: 'kernel',
          shape: [...kernelSize, channels, filters],
          initialiser: settings.kernelInitializer,
          trainable: true,
          fans: [product(kernelSize) * channels, product(kernelSize) * filters],
          quantiser: settings.kernelQuantizer,
        },
        ...(settings.useBias
          ? [
              biasWeight(filters, {
                initialiser: settings.biasInitializer,
                quantiser: settings.biasQuantizer,
              }),
            ]
          : []),
      ]
    },
    forward: call => {
      const { maths, settings, x } = call
      const kernel = call.quantised('kernel', settings.kernelQuantizer)
      const results = convolve(maths, x, kernel, windowOf(settings))
      const sum = settings.useBias
        ? maths.add(results, call.quantised('bias', settings.biasQuantizer))
        : results
      return activate(call, sum, settings.activation)
    },
    keras: () => fixed,
  })
}

const depthwiseWeight = (
  { kernelSize, depthMultiplier }: { kernelSize: readonly number[]; depthMultiplier: number },
  channels: number,
  more: Pick<WeightSpec, 'initialiser' | 'quantiser'>,
): WeightSpec => ({
  name: 'depthwise_kernel',
  shape: [...kernelSize, channels, depthMultiplier],
  trainable: true,
  fans: [product(kernelSize), product(kernelSize) * depthMultiplier],
  ...more,
})

function depthwise(rank: Rank) {
  return defineLayer({
    classes: {
      plain: `DepthwiseConv${rank}D`,
      ...(rank === 2 && { quantised: 'QDepthwiseConv2D' }),
    },
    summary: 'a convolution of each channel by itself',
    fields: {
      ...windowFields(rank),
      depthMultiplier: whole('depth_multiplier', 1),
      ...biasFields,
      depthwiseInitializer: initialiser('depthwise_initializer', 'glorot_uniform'),
      depthwiseQuantizer: quantiser('depthwise_quantizer'),
      biasQuantizer: quantiser('bias_quantizer'),
    },
    shape: (settings, input) => shapeWith(settings, input, input.at(-1)! * settings.depthMultiplier),
    weights: (settings, input) => {
      const channels = input.at(-1)!
      return [
        depthwiseWeight(settings, channels, {
          initialiser: settings.depthwiseInitializer,
          quantiser: settings.depthwiseQuantizer,
        }),
        ...(settings.useBias
          ? [
              biasWeight(channels * settings.depthMultiplier, {
                initialiser: settings.biasInitializer,
                quantiser: settings.biasQuantizer,
              }),
            ]
          : []),
      ]
    },
    forward: call => {
      const { maths, settings, x } = call
      const kernel = call.quantised('depthwise_kernel', settings.depthwiseQuantizer)
      const results = convolveDepthwise(maths, x, kernel, windowOf(settings))
      const sum = settings.useBias
        ? maths.add(results, call.quantised('bias', settings.biasQuantizer))
        : results
      return activate(call, sum, settings.activation)
    },
    keras: () => fixed,
  })
}

function separable(rank: Rank) {
  return defineLayer({
    classes: { plain: `SeparableConv${rank}D`, quantised: `QSeparableConv${rank}D` },
    summary: 'a depthwise convolution, then one of single pixels',
    fields: {
      filters: whole('filters'),
      ...windowFields(rank),
      depthMultiplier: whole('depth_multiplier', 1),
      ...biasFields,
      depthwiseInitializer: initialiser('depthwise_initializer', 'glorot_uniform'),
      pointwiseInitializer: initialiser('pointwise_initializer', 'glorot_uniform'),
      depthwiseQuantizer: quantiser('depthwise_quantizer'),
      pointwiseQuantizer: quantiser('pointwise_quantizer'),
      biasQuantizer: quantiser('bias_quantizer'),
    },
    shape: (settings, input) => shapeWith(settings, input, settings.filters),
    weights: (settings, input) => {
      const { filters, depthMultiplier } = settings
      const between = input.at(-1)! * depthMultiplier
      return [
        depthwiseWeight(settings, input.at(-1)!, {
          initialiser: settings.depthwiseInitializer,
          quantiser: settings.depthwiseQuantizer,
        }),
        {
          name: 'pointwise_kernel',
          shape: [...settings.kernelSize.map(() => 1), between, filters],
          initialiser: settings.pointwiseInitializer,
          trainable: true,
          fans: [between, filters],
          quantiser: settings.pointwiseQuantizer,
        },
        ...(settings.useBias
          ? [
              biasWeight(filters, {
                initialiser: settings.biasInitializer,
                quantiser: settings.biasQuantizer,
              }),
            ]
          : []),
      ]
    },
    forward: call => {
      const { maths, settings, x } = call
      const taps = call.quantised('depthwise_kernel', settings.depthwiseQuantizer)
      const between = convolveDepthwise(maths, x, taps, windowOf(settings))
      const one = settings.kernelSize.map(() => 1)
      const point = { size: one, strides: one, dilation: one, padding: 'valid' } as const
      const kernel = call.quantised('pointwise_kernel', settings.pointwiseQuantizer)
      const results = convolve(maths, between, kernel, point)
      const sum = settings.useBias
        ? maths.add(results, call.quantised('bias', settings.biasQuantizer))
        : results
      return activate(call, sum, settings.activation)
    },
    keras: () => fixed,
  })
}

export const [conv1d, conv2d] = [conv(1), conv(2)]
export const [depthwiseConv1d, depthwiseConv2d] = [depthwise(1), depthwise(2)]
export const [separableConv1d, separableConv2d] = [separable(1), separable(2)]

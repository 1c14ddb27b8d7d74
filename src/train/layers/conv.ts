// Convolutions of sequences and images: plain, depthwise, separable.

import { initialiser, quantiser, whole } from '../fields.ts'
import {
  biasFields,
  biasWeights,
  convolve,
  convolveDepthwise,
  depthwiseWeight,
  finished,
  fixed,
  kernelWeight,
  type Rank,
  shapeWith,
  windowFields,
  windowOf,
} from './conv-parts.ts'
import { defineLayer } from './definition.ts'

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
    weights: (settings, input) => [
      kernelWeight(settings, input.at(-1)!),
      ...biasWeights(settings, settings.filters),
    ],
    forward: call => {
      const { maths, settings, x } = call
      const kernel = call.quantised('kernel', settings.kernelQuantizer)
      const results = convolve(maths, x, kernel, windowOf(settings))
      return finished(call, results)
    },
    keras: () => fixed,
  })
}

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
        ...biasWeights(settings, channels * settings.depthMultiplier),
      ]
    },
    forward: call => {
      const { maths, settings, x } = call
      const kernel = call.quantised('depthwise_kernel', settings.depthwiseQuantizer)
      const results = convolveDepthwise(maths, x, kernel, windowOf(settings))
      return finished(call, results)
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
        ...biasWeights(settings, filters),
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
      return finished(call, results)
    },
    keras: () => fixed,
  })
}

export const [conv1d, conv2d] = [conv(1), conv(2)]
export const [depthwiseConv1d, depthwiseConv2d] = [depthwise(1), depthwise(2)]
export const [separableConv1d, separableConv2d] = [separable(1), separable(2)]

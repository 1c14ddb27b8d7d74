// What convolutions share: windows as Keras names them, products of the pixels under them, kernels, biases. The pixels
// under a window are put side by side, so that a convolution is one product of matrices.

import type { Shape } from '../../ir/tensor-type.ts'
import type { Maths, Tensor } from '../autodiff.ts'
import { type ActivationSpec, activation, extents, flag, initialiser, word } from '../fields.ts'
import type { QuantiserSpec } from '../quantisers/definition.ts'
import { activate } from './activations.ts'
import { convolveRuns } from './convolution.ts'
import type { LayerCall, WeightSpec } from './definition.ts'
import { type Padding, padded, type Window, windowPixels, windowShape } from './windows.ts'

export type Rank = 1 | 2

export const windowFields = (rank: Rank) => ({
  kernelSize: extents('kernel_size', rank),
  strides: extents('strides', rank, 1),
  padding: word<Padding>('padding', rank === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same']),
  dilationRate: extents('dilation_rate', rank, 1),
})

export const biasFields = {
  activation: activation(),
  useBias: flag('use_bias', true),
  biasInitializer: initialiser('bias_initializer', 'zeros'),
}

export interface WindowSettings {
  readonly kernelSize: readonly number[]
  readonly strides: readonly number[]
  readonly padding: Padding
  readonly dilationRate: readonly number[]
}

export const windowOf = ({ kernelSize, strides, padding, dilationRate }: WindowSettings): Window => ({
  size: kernelSize,
  strides,
  padding,
  dilation: dilationRate,
})

export function shapeWith(settings: WindowSettings, input: Shape, channels: number): Shape | string {
  const results = windowShape(windowOf(settings), input)
  return typeof results === 'string' ? results : [...results, channels]
}

export const product = (extents: readonly number[]) => extents.reduce((a, b) => a * b, 1)

/** [rows, …results, channels] · [places · channels, filters]. */
export function convolve(maths: Maths, x: Tensor, kernel: Tensor, window: Window): Tensor {
  if (product(window.size) > 1 && [...window.strides, ...window.dilation].every(own => own === 1))
    return convolveDense(maths, padded(maths, x, window), kernel)
  const pixels = windowPixels(maths, x, window)
  const side = pixels.length === 1 ? pixels[0]! : maths.concatenate(pixels, -1)
  const columns = side.shape.at(-1)!
  const filters = kernel.shape.at(-1)!
  const flat = maths.reshape(side, [product(side.shape.slice(0, -1)), columns])
  const results = maths.dot(flat, maths.reshape(kernel, [columns, filters]))
  return maths.reshape(results, [...side.shape.slice(0, -1), filters])
}

/** By single steps; a sequence is an image of a single column. */
function convolveDense(maths: Maths, x: Tensor, kernel: Tensor): Tensor {
  if (x.shape.length === 4) return convolveRuns(maths, x, kernel)
  const [rows, count, channels] = x.shape as [number, number, number]
  const [places, , filters] = kernel.shape as [number, number, number]
  const image = maths.reshape(x, [rows, count, 1, channels])
  const results = convolveRuns(maths, image, maths.reshape(kernel, [places, 1, channels, filters]))
  return maths.reshape(results, [rows, results.shape[1]!, filters])
}

/** Each channel by itself: [rows, …results, channels · multiplier]. */
export function convolveDepthwise(maths: Maths, x: Tensor, kernel: Tensor, window: Window): Tensor {
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

export interface BiasSettings {
  readonly useBias: boolean
  readonly biasInitializer: WeightSpec['initialiser']
  readonly biasQuantizer: QuantiserSpec | null
}

/** The bias of so many channels, where there is one. */
export const biasWeights = (settings: BiasSettings, channels: number): WeightSpec[] =>
  settings.useBias
    ? [
        {
          name: 'bias',
          shape: [channels],
          trainable: true,
          initialiser: settings.biasInitializer,
          quantiser: settings.biasQuantizer,
        },
      ]
    : []

/** The results of a convolution with the bias, through the activation. */
export function finished(
  call: LayerCall<BiasSettings & { readonly activation: ActivationSpec }>,
  results: Tensor,
): Tensor {
  const { maths, settings } = call
  if (!settings.useBias) return activate(call, results, settings.activation)
  // Quantised once, and not for every pixel.
  const bias = maths.inMemory(call.quantised('bias', settings.biasQuantizer))
  return activate(call, maths.add(results, bias), settings.activation)
}

/** What Keras writes beside a convolution's settings. */
export const fixed = { data_format: 'channels_last', groups: 1 }

export interface KernelSettings {
  readonly filters: number
  readonly kernelSize: readonly number[]
  readonly kernelInitializer: WeightSpec['initialiser']
  readonly kernelQuantizer: QuantiserSpec | null
}

export const kernelWeight = (settings: KernelSettings, channels: number): WeightSpec => ({
  name: 'kernel',
  shape: [...settings.kernelSize, channels, settings.filters],
  initialiser: settings.kernelInitializer,
  trainable: true,
  fans: [product(settings.kernelSize) * channels, product(settings.kernelSize) * settings.filters],
  quantiser: settings.kernelQuantizer,
})

export const depthwiseWeight = (
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

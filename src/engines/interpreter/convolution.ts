// Convolution: for every window and filter the sum over the places of the kernel and the channels that the filter sees,
// zeros where the window leaves the image.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { ConvAttrs } from '../../ops/conv/index.ts'
import { zero } from './dyadic.ts'
import { channel, intoResult, type Operator, trained } from './operator.ts'
import { plainSum } from './products.ts'
import { elementAt, places } from './shapes.ts'

export function convolution(op: Operator, attrs: ConvAttrs): readonly bigint[] {
  const weights = trained(op, 'weight') ?? bug(`${op.node.name} has no weights`)
  const bias = trained(op, 'bias')
  const channels = op.inputShape.at(-1)!
  const kernel = { x: weights, shape: [...attrs.kernelSize, channels / attrs.groups, attrs.filters] }
  const sums = [...places(op.node.shape)].map(place => {
    const filter = place.at(-1)!
    const seen = seenChannels(channels, attrs, filter)
    const factors = [...places(attrs.kernelSize)].flatMap((at, step) =>
      seen.map((own, k) => ({
        x: elementAt(op.inputs[0]!, [...pixelAt(attrs, place, at), own]) ?? zero,
        weight: elementAt(kernel, [...at, k, filter])!,
        turn: step * channels + own,
      })),
    )
    return plainSum(
      op,
      channel(bias, filter),
      factors,
      factors.map(({ turn }) => turn),
    )
  })
  return intoResult(op, sums)
}

/** The channels of the filter's group. */
function seenChannels(channels: number, { filters, groups }: ConvAttrs, filter: number): number[] {
  const group = Math.floor((filter * groups) / filters)
  return Array.from({ length: channels }, (_, k) => k).filter(
    k => Math.floor((k * groups) / channels) === group,
  )
}

/** The pixel under a place of the kernel; it may lie outside of the image. */
export function pixelAt(
  { strides, dilation, before }: Pick<ConvAttrs, 'strides' | 'dilation' | 'before'>,
  window: readonly number[],
  at: readonly number[],
): number[] {
  return at.map((step, axis) => window[axis]! * strides[axis]! - before[axis]! + step * dilation[axis]!)
}

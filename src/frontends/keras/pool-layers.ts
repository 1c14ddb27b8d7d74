// Pooling over sequences and images.

import { readBordersOfPadding } from './conv-layers.ts'
import { channelsLast, imageOf, readExtents, resultShape } from './extents.ts'
import type { LayerReader } from './layer.ts'

/** Keras leaves padding out of averages. */
export const readPooling =
  (reduce: 'max' | 'average', rank: 1 | 2): LayerReader =>
  context => {
    const { attributes, layer } = context
    channelsLast(attributes)
    const size = readExtents(attributes, 'pool_size', rank, { fallback: 2 })
    const strides =
      (attributes.value('strides') ?? null) === null ? size : readExtents(attributes, 'strides', rank)
    const image = imageOf(context, rank)
    const windows = { size, strides, dilation: size.map(() => 1) }
    const borders = readBordersOfPadding(context, windows, image)
    const attrs = { reduce, size, strides, ...borders, countPadding: false }
    const shape = image && resultShape(context, { kind: 'pool', attrs })
    return [{ kind: 'pool', name: layer.name, layerClass: `Pooling${rank}D`, attrs, shape }]
  }

export const readGlobalPooling =
  (reduce: 'max' | 'average', rank: 1 | 2): LayerReader =>
  context => {
    const { attributes, layer } = context
    channelsLast(attributes)
    const attrs = { reduce, keepDims: attributes.boolean('keepdims', false) }
    const shape = imageOf(context, rank) && resultShape(context, { kind: 'global-pool', attrs })
    return [{ kind: 'global-pool', name: layer.name, layerClass: `GlobalPooling${rank}D`, attrs, shape }]
  }

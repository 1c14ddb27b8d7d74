// Layers that move elements and compute nothing.

import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import { isList, type Json } from '../json.ts'
import { channelsLast, imageOf, readBorders, readExtents, resultShape } from './extents.ts'
import type { LayerContext, LayerReader, Meaning, NodeDraft } from './layer.ts'

function one(context: LayerContext, meaning: Meaning): readonly NodeDraft[] {
  return [{ ...meaning, name: context.layer.name, shape: resultShape(context, meaning) }]
}

export const readFlatten: LayerReader = context => {
  const { attributes, inputShape } = context
  channelsLast(attributes)
  const shape = inputShape === undefined ? [] : [sizeOf(inputShape)]
  return one(context, { kind: 'reshape', layerClass: 'Reshape', attrs: { shape } })
}

export const readReshape: LayerReader = context => {
  const { attributes, inputShape } = context
  const value = attributes.value('target_shape')
  const extents = isList(value) && value.every(isExtent) ? (value as readonly number[]) : undefined
  if (extents === undefined || extents.filter(extent => extent === -1).length > 1) {
    attributes.refuse('target_shape', 'whole numbers, of which one may be -1', 'Save the model again.')
    return []
  }
  const known = sizeOf(extents.filter(extent => extent !== -1))
  const rest = Math.floor(sizeOf(inputShape ?? []) / known)
  const shape = extents.map(extent => (extent === -1 ? rest : extent))
  return one(context, { kind: 'reshape', layerClass: 'Reshape', attrs: { shape } })
}

const isExtent = (value: Json) =>
  typeof value === 'number' && Number.isInteger(value) && (value > 0 || value === -1)

/** Keras counts axes from 1, the batch being 0. */
export const readPermute: LayerReader = context => {
  const { attributes } = context
  const dims = attributes.value('dims')
  if (!isList(dims) || !dims.every(dim => typeof dim === 'number' && Number.isInteger(dim) && dim > 0)) {
    attributes.refuse('dims', 'the axes from 1 on in another order', 'Save the model again.')
    return []
  }
  const axes = (dims as readonly number[]).map(dim => dim - 1)
  return one(context, { kind: 'permute', layerClass: 'Transpose', attrs: { axes } })
}

/** A vector as so many steps, all alike. */
export const readRepeatVector: LayerReader = ({ attributes, layer, inputShape, problems }) => {
  const isCount = (value: number) => Number.isInteger(value) && value > 0
  const count = attributes.number('n', 1, 'a whole number above 0', isCount)
  if (inputShape === undefined) return []
  const [size] = inputShape
  if (size === undefined || inputShape.length > 1) {
    problems.add({
      code: 'keras/input-rank',
      place: layer.place,
      problem: `its input has the shape [${inputShape.join(', ')}]`,
      expected: '[features]',
      remedy: 'Flatten what the layer reads.',
    })
    return []
  }
  const row: Shape = [1, size]
  return [
    { kind: 'reshape', name: `${layer.name}_row`, layerClass: 'Reshape', attrs: { shape: row }, shape: row },
    {
      kind: 'upsample',
      name: layer.name,
      layerClass: 'Resize',
      attrs: { factors: [count, 1] },
      shape: [count, size],
    },
  ]
}

export const readPadding =
  (rank: 1 | 2): LayerReader =>
  context => {
    if (rank === 2) channelsLast(context.attributes)
    const { before, after } = readBorders(context.attributes, 'padding', rank)
    if (imageOf(context, rank) === undefined) return []
    const attrs = { before: [...before, 0], after: [...after, 0] }
    return one(context, { kind: 'pad', layerClass: `ZeroPadding${rank}D`, attrs })
  }

export const readCropping =
  (rank: 1 | 2): LayerReader =>
  context => {
    if (rank === 2) channelsLast(context.attributes)
    const { before, after } = readBorders(context.attributes, 'cropping', rank)
    if (imageOf(context, rank) === undefined) return []
    const attrs = { before: [...before, 0], after: [...after, 0] }
    return one(context, { kind: 'crop', layerClass: `Cropping${rank}D`, attrs })
  }

export const readUpsampling =
  (rank: 1 | 2): LayerReader =>
  context => {
    const { attributes } = context
    if (rank === 2) {
      channelsLast(attributes)
      attributes.only('interpolation', ['nearest'], 'Other interpolations are not supported.')
    }
    const size = readExtents(attributes, 'size', rank, { fallback: 2 })
    if (imageOf(context, rank) === undefined) return []
    return one(context, { kind: 'upsample', layerClass: 'Resize', attrs: { factors: [...size, 1] } })
  }

/** Keras counts the batch axis, and negative axes from the end. */
export const readConcatenate: LayerReader = context => {
  const { attributes, inputShape, inputShapes } = context
  const value = attributes.number('axis', -1, 'the number of an axis', Number.isInteger)
  if (inputShape === undefined || inputShapes.some(shape => shape === undefined)) return []
  const axis = value < 0 ? inputShape.length + value : value - 1
  if (axis < 0 || axis >= inputShape.length) {
    attributes.refuse(
      'axis',
      `-${inputShape.length} to ${inputShape.length}, and not 0`,
      'Save the model again.',
    )
    return []
  }
  return one(context, { kind: 'concatenate', layerClass: 'Concatenate', attrs: { axis } })
}

// Layers that join several tensors: element by element, and Dot.

import type { Shape } from '../../ir/tensor-type.ts'
import type { MergeOperation } from '../../ops/merge/index.ts'
import { isList, type Json } from '../json.ts'
import { resultShape } from './extents.ts'
import type { LayerReader } from './layer.ts'

export const readMerge =
  (operation: MergeOperation): LayerReader =>
  context => {
    const attrs = { operation }
    const shape = resultShape(context, { kind: 'merge', attrs })
    return [{ kind: 'merge', name: context.layer.name, layerClass: 'Merge', attrs, shape }]
  }

export const readDot: LayerReader = context => {
  const { attributes, inputShapes, layer } = context
  attributes.only('normalize', [false], 'Normalise before the layer.')
  const value = attributes.value('axes') ?? -1
  const [a, b] = inputShapes
  if (a === undefined || b === undefined) return []
  const given = isList(value) ? value : [value, value]
  const axes = [a, b].map((shape, k) => axisOfSample(given[k], shape))
  const [left, right] = axes
  if (left === undefined || right === undefined) {
    const expected = `an axis of each but the batch's, 1 to ${Math.min(a.length, b.length)} or counted from the last`
    attributes.refuse('axes', expected, 'Save the model again.')
    return []
  }
  const meaning =
    a.length === 1 && b.length === 1
      ? ({ kind: 'dot', attrs: {} } as const)
      : ({ kind: 'einsum', attrs: { equation: dotEquation(a.length, left, b.length, right) } } as const)
  return [{ ...meaning, name: layer.name, layerClass: 'Dot', shape: resultShape(context, meaning) }]
}

/** The axis without the batch's, from one that Keras counts with it. */
function axisOfSample(value: Json | undefined, { length }: Shape): number | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined
  const axis = value < 0 ? value + length : value - 1
  return axis >= 0 && axis < length ? axis : undefined
}

/** All axes of the one and then of the other, but for the two that are summed over together. */
function dotEquation(leftRank: number, left: number, rightRank: number, right: number): string {
  const own = 'abcdefghijkl'.slice(0, leftRank)
  const other = [...'mnopqrstuvwx'.slice(0, rightRank)]
  const result = own.replace(own[left]!, '') + other.filter((_, axis) => axis !== right).join('')
  other[right] = own[left]!
  return `${own},${other.join('')}->${result}`
}

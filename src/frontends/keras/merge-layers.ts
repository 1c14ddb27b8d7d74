// Layers that join several tensors element by element.

import type { MergeOperation } from '../../ops/merge/index.ts'
import { isList } from '../json.ts'
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
  const axes = isList(value) ? value : [value, value]
  // Of a vector beside the batch axis there is one axis, which Keras calls 1 or -1.
  const isVector = inputShapes.every(shape => shape === undefined || shape.length === 1)
  if (isVector && !axes.every(axis => axis === 1 || axis === -1))
    attributes.refuse('axes', '1 or -1, the only axis of a vector', 'Save the model again.')
  const shape = resultShape(context, { kind: 'dot', attrs: {} })
  return [{ kind: 'dot', name: layer.name, layerClass: 'Dot', attrs: {}, shape }]
}

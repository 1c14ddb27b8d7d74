// HGQ2's quantiser as a layer of its own, and its contraction of two tensors.

import { sampleEquation, spelledEquation } from '../einsum-equation.ts'
import { resultShape } from '../keras/extents.ts'
import type { LayerReader } from '../keras/layer.ts'
import { quantisedMerge, quantiserDraft } from './quantised-layer.ts'

export const readQuantizer: LayerReader = context => {
  const { attributes, layer, inputShape: shape } = context
  const place = { attribute: 'config', conf: attributes.value('config'), prefix: 'quantizer' }
  return quantiserDraft(context, place, { name: layer.name, shape })
}

export const readQEinsum: LayerReader = quantisedMerge(context => {
  const { attributes, layer, inputShapes } = context
  const ranks = inputShapes.map(shape => (shape?.length ?? 0) + 1)
  const spelled = spelledEquation(`${attributes.value('equation') ?? ''}`, ranks)
  const equation = spelled && sampleEquation(spelled, [true, true])?.equation
  if (equation === undefined) {
    if (inputShapes.every(shape => shape !== undefined))
      attributes.refuse(
        'equation',
        'one of the two tensors that it reads, whose first axis is the batch',
        'Save the model again.',
      )
    return []
  }
  const attrs = { equation }
  const shape = resultShape(context, { kind: 'einsum', attrs })
  return [{ kind: 'einsum', name: layer.name, layerClass: 'Einsum', attrs, shape }]
})

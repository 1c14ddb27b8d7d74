// The layers that are activations with parameters: ReLU, LeakyReLU, Softmax.

import type { LayerContext, LayerReader, NodeDraft } from './layer.ts'

const isNumber = (value: number) => Number.isFinite(value)

/** ReLU with an upper limit or a negative slope; both at once, or a threshold, have no operator. */
export const readRelu: LayerReader = context => {
  const { attributes, layer, inputShape: shape } = context
  attributes.only('threshold', [0, null], 'Only a ReLU that begins at 0 is supported.')
  const slope = attributes.number('negative_slope', 0, 'a number', isNumber)
  const limited = attributes.value('max_value') !== null && attributes.has('max_value')
  const maxValue = limited
    ? attributes.number('max_value', 1, 'a number above 0, or null', value => value > 0)
    : null
  if (slope === 0)
    return [{ kind: 'relu', name: layer.name, layerClass: 'Activation', attrs: { maxValue }, shape }]
  if (limited) attributes.refuse('max_value', 'null where negative_slope is not 0', 'Use one of the two.')
  return leaky(context, slope)
}

export const readLeakyRelu: LayerReader = context => {
  const { attributes } = context
  const name = attributes.has('negative_slope') ? 'negative_slope' : 'alpha'
  return leaky(context, attributes.number(name, 0.3, 'a number', isNumber))
}

function leaky({ layer, inputShape }: LayerContext, alpha: number): readonly NodeDraft[] {
  const { name } = layer
  return [
    { kind: 'leaky-relu', name, layerClass: 'ParametrizedActivation', attrs: { alpha }, shape: inputShape },
  ]
}

export const readSoftmax: LayerReader = ({ attributes, layer, inputShape: shape }) => {
  const axis = attributes.number('axis', -1, 'the number of an axis', Number.isInteger)
  // Keras counts the batch axis.
  if (axis !== -1 && shape !== undefined && axis !== shape.length) {
    attributes.refuse(
      'axis',
      `-1 or ${shape.length}, the last axis`,
      'Permute the tensor so that the axis is last.',
    )
  }
  return [{ kind: 'softmax', name: layer.name, layerClass: 'Softmax', attrs: { axis: -1 }, shape }]
}

// The layers that are activations with parameters: ReLU, LeakyReLU, Softmax.

import type { Shape } from '../../ir/tensor-type.ts'
import { broadcastSource } from '../../ops/broadcast.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { SoftmaxAttrs } from '../../ops/softmax/index.ts'
import { isList } from '../json.ts'
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

/** Of a matrix or more hls4ml takes all elements together. */
export function softmaxAttrs(shape: Shape | undefined): SoftmaxAttrs {
  return { axis: -1, ...((shape?.length ?? 1) > 1 && { hls4mlWhole: true }) }
}

export const readSoftmax: LayerReader = ({ attributes, layer, inputShape: shape }) => {
  const axis = attributes.number('axis', -1, 'the number of an axis', Number.isInteger)
  const last = (shape?.length ?? 1) - 1
  // Keras counts the batch axis.
  const own = axis < 0 ? axis + last + 1 : axis - 1
  if (shape !== undefined && (own < 0 || own > last))
    attributes.refuse('axis', `an axis behind the batch: 1 to ${last + 1}`, 'Save the model again.')
  return softmaxAlong({ own, shape, name: layer.name })
}

interface AlongAxis {
  readonly own: number
  readonly shape: Shape | undefined
  readonly name: string
}

/** The operator has its axis last: another one changes places with the last before it, and back behind it. */
function softmaxAlong({ own, shape, name }: AlongAxis): readonly NodeDraft[] {
  const softmax = { kind: 'softmax', name, layerClass: 'Softmax', attrs: softmaxAttrs(shape) } as const
  const last = (shape?.length ?? 1) - 1
  if (shape === undefined || own === last || shape[own] === undefined) return [{ ...softmax, shape }]
  const axes = shape.map((_, k) => (k === own ? last : k === last ? own : k))
  const turned = axes.map(axis => shape[axis]!)
  const turn = (to: string, result: Shape): NodeDraft => ({
    kind: 'permute',
    layerClass: 'Transpose',
    name: to,
    attrs: { axes },
    shape: result,
  })
  return [turn(`${name}_axis_last`, turned), { ...softmax, shape: turned }, turn(`${name}_axis_back`, shape)]
}

export const readElu: LayerReader = ({ attributes, layer, inputShape: shape }) => {
  const alpha = attributes.number('alpha', 1, 'a number', isNumber)
  return [{ kind: 'elu', name: layer.name, layerClass: 'ParametrizedActivation', attrs: { alpha }, shape }]
}

export const readThresholdedRelu: LayerReader = ({ attributes, layer, inputShape: shape }) => {
  const theta = attributes.number('theta', 1, 'a number', isNumber)
  return [
    {
      kind: 'thresholded-relu',
      name: layer.name,
      layerClass: 'ParametrizedActivation',
      attrs: { theta },
      shape,
    },
  ]
}

/** Factors shared along axes are written out, one for every element. */
export const readPrelu: LayerReader = ({ attributes, weights, layer, inputShape: shape }) => {
  const axes = attributes.value('shared_axes') ?? []
  const isAxis = (axis: unknown) => typeof axis === 'number' && axis >= 1 && axis <= (shape?.length ?? 0)
  const shared = isList(axes) && axes.every(isAxis) ? axes : []
  if (shape !== undefined && shared !== axes && !(isList(axes) && axes.length === 0))
    attributes.refuse('shared_axes', 'null, or axes from 1 on', 'Save the model again.')
  const held = shape?.map((extent, axis) => (shared.includes(axis + 1) ? 1 : extent))
  const alpha = weights.take('alpha', held ?? [])
  const param = alpha && shape && held && spread(alpha.data, held, shape)
  return [{ kind: 'prelu', name: layer.name, layerClass: 'PReLU', attrs: {}, shape, weights: { param } }]
}

function spread(data: Float64Array, held: Shape, shape: Shape): FloatValues {
  const source = broadcastSource(held, shape)
  return { shape, data: source === undefined ? data : Float64Array.from(source, at => data[at]!) }
}

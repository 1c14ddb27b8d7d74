// HGQ2's softmax (layers/softmax.py): e^(−(max − x) · scale), or e^(x · scale) where it is not stable, times
// 1 / (sum + ε), with a table for each of the two functions and quantisers before and behind both.

import type { SourceQuantiser } from '../../ir/graph.ts'
import { fixedQuantiser } from '../../ir/source-quantiser.ts'
import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { NodeDraft } from '../draft.ts'
import type { Json } from '../json.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'
import { kerasEpsilon } from './products.ts'
import { listed, outputQuantiser, passOver, quantiserDraft } from './quantised-layer.ts'
import { oneConversion, type QuantiserPlace, readQuantiser } from './quantiser.ts'

/** A softmax within a layer: its node's name, the folder of its arrays, and what the layer's attributes say of it. */
export interface SoftmaxSource {
  readonly name: string
  /** Ends in `/` where the arrays stand in a folder of the layer's. */
  readonly folder: string
  readonly shape: Shape
  /** How many of the last axes it takes together. */
  readonly axes: number
  readonly isStable: boolean
  readonly scale: number
  readonly places: Readonly<
    Record<'iq' | 'exp_iq' | 'exp_oq' | 'inv_iq' | 'inv_oq', QuantiserPlace | undefined>
  >
}

/** Its nodes but for the quantiser behind it; none where something could not be read, which was reported. */
export function softmaxDrafts(context: LayerContext, source: SoftmaxSource): readonly NodeDraft[] {
  const { name, shape, axes, places } = source
  const before =
    places.iq === undefined ? [] : quantiserDraft(context, places.iq, { name: `${name}_iq`, shape })
  const quantisers = tableTypes(context, source)
  if (quantisers === undefined) return []
  const joined = [...shape.slice(0, shape.length - axes), sizeOf(shape.slice(shape.length - axes))]
  const reshape = (suffix: string, to: Shape): NodeDraft => ({
    kind: 'reshape',
    name: `${name}_${suffix}`,
    layerClass: 'Reshape',
    attrs: { shape: to },
    shape: to,
  })
  const own: NodeDraft = {
    kind: 'softmax',
    name,
    layerClass: 'Softmax',
    attrs: { axis: -1, scale: source.scale, epsilon: kerasEpsilon },
    shape: joined,
    quantisers,
    choices: { Implementation: source.isStable ? 'stable' : 'latency' },
  }
  if (axes === 1) return [...before, own]
  return [...before, reshape('joined', joined), own, reshape('apart', shape)]
}

/** Types by role of the tables and of what addresses them. */
function tableTypes(
  context: LayerContext,
  { folder, shape, axes, isStable, places }: SoftmaxSource,
): Readonly<Record<string, SourceQuantiser>> | undefined {
  const sums = shape.map((extent, axis) => (axis < shape.length - axes ? extent : 1))
  const roles = [
    ...(isStable ? [['inp_norm', places.exp_iq, shape] as const] : []),
    ['exp_table', places.exp_oq, shape] as const,
    ['inv_inp', places.inv_iq, sums] as const,
    ['inv_table', places.inv_oq, sums] as const,
  ]
  const found: Record<string, SourceQuantiser> = {}
  for (const [role, place, own] of roles) {
    const quantiser = place && readQuantiser(context, place, [1, ...own])
    const one = quantiser && oneConversion(quantiser)
    if (quantiser !== undefined && one === undefined)
      context.attributes.refuse(
        place!.attribute,
        `one type for all of ${folder}${role}`,
        'Train with allow_heterogeneous_table=False.',
      )
    if (one !== undefined) found[role] = fixedQuantiser(one)
  }
  return Object.keys(found).length === roles.length ? found : undefined
}

export const readQSoftmax: LayerReader = context => {
  const { attributes, inputShape: shape, layer } = context
  passOver(context)
  const rank = shape?.length ?? 1
  const place = (name: string, prefix: string): QuantiserPlace => ({
    attribute: name,
    conf: attributes.value(name),
    prefix,
  })
  const places = {
    iq: attributes.boolean('enable_iq', true) ? place('iq_conf', 'iq') : undefined,
    exp_iq: place('exp_iq_conf', 'exp_table/iq'),
    exp_oq: place('exp_oq_conf', 'exp_table/oq'),
    inv_iq: place('inv_iq_conf', 'inv_table/iq'),
    inv_oq: place('inv_oq_conf', 'inv_table/oq'),
  }
  attributes.value('iq_conf')
  attributes.only('allow_heterogeneous_table', [false], 'Train with one table for all elements.')
  const isStable = attributes.boolean('stable', true)
  const scale = attributes.number('input_scaler', 1, 'a number', Number.isFinite)
  const axes = axisCount(attributes.value('axes') ?? -1, rank)
  if (axes === undefined)
    attributes.refuse('axes', `the last axis, ${rank}, or several up to it`, 'Permute the tensor before.')
  if (shape === undefined || axes === undefined) return []
  const source = { name: layer.name, folder: '', shape, axes, isStable, scale, places }
  return [...softmaxDrafts(context, source), ...outputQuantiser(context, shape)]
}

/** How many axes up to the last, by numbers that count the batch axis; undefined where there are others among them. */
function axisCount(value: Json, rank: number): number | undefined {
  const axes = listed(value).map(axis => (typeof axis === 'number' && axis < 0 ? axis + rank + 1 : axis))
  const last = new Set(axes)
  const isLast = [...last].every(axis => typeof axis === 'number' && axis > rank - last.size && axis <= rank)
  return last.size > 0 && last.size <= rank && isLast ? last.size : undefined
}

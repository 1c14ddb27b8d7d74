// What HGQ2 puts around a layer: quantisers before it (`iq`), behind it (`oq`) and on its trained values (`kq`, `bq`).
// In between it is Keras's layer, and read as such. hls4ml names the first two `<layer>_iq` and `<layer>_oq`.

import { conversion } from '../../fixed/types.ts'
import { fixedQuantiser } from '../../ir/source-quantiser.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { NodeDraft } from '../draft.ts'
import { narrowest } from '../hgq/exact-graph.ts'
import { quantiserClass } from '../hgq/quantiser-layer.ts'
import { isList, type Json } from '../json.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'
import type { LayerWeights } from '../keras/weights.ts'
import { type QuantiserPlace, quantisedValues, readQuantiser, resultQuantiser } from './quantiser.ts'

/** Attributes that count bits while training, or say how hls4ml spreads a layer over hardware. */
const notRead = ['enable_ebops', 'ebops_factor', 'ebops_scaler', 'beta0', 'parallelization_factor']

export function passOver({ attributes }: LayerContext, more: readonly string[] = []): void {
  for (const name of [...notRead, ...more]) attributes.value(name)
}

/** A node that quantises a tensor of this shape; none where its quantiser could not be read. */
export function quantiserDraft(
  context: LayerContext,
  place: QuantiserPlace,
  node: Pick<NodeDraft, 'name' | 'shape' | 'reads'>,
): readonly NodeDraft[] {
  const quantiser = readQuantiser(context, place, node.shape && [1, ...node.shape])
  if (quantiser === undefined) return []
  return [
    {
      kind: 'quantise',
      layerClass: quantiserClass,
      attrs: {},
      quantisers: { result: resultQuantiser(quantiser) },
      ...node,
    },
  ]
}

/** The layer that `inner` reads, of one input, between its quantisers. */
export const quantised =
  (inner: LayerReader): LayerReader =>
  context => {
    passOver(context)
    const before = inputQuantiser(context)
    const chain = exactly(inner(context))
    return [...before, ...chain, ...outputQuantiser(context, chain.at(-1)?.shape ?? context.inputShape)]
  }

/** The same of a layer of several inputs, each with a quantiser of its own. */
export const quantisedMerge =
  (inner: LayerReader): LayerReader =>
  context => {
    passOver(context)
    const { attributes, layer, inputShapes } = context
    const confs = attributes.value('iq_confs') ?? null
    const isQuantised = attributes.boolean('enable_iq', true)
    const before = inputShapes.flatMap((shape, k) => {
      const folder = `iq/quantizers/quantizer${k === 0 ? '' : `_${k}`}`
      const conf = isList(confs) ? confs[k] : confs
      const place = { attribute: 'iq_confs', conf, prefix: folder }
      return isQuantised
        ? quantiserDraft(context, place, { name: `${layer.name}_iq_${k}`, shape, reads: [k] })
        : []
    })
    const names = before.map(({ name }) => name)
    const chain = inner(context).map(draft => (isQuantised ? { ...draft, reads: names } : draft))
    return [...before, ...chain, ...outputQuantiser(context, chain.at(-1)?.shape)]
  }

function inputQuantiser(context: LayerContext): readonly NodeDraft[] {
  const { attributes, layer, inputShape: shape } = context
  const conf = attributes.value('iq_conf')
  if (!attributes.boolean('enable_iq', true)) return []
  const place = { attribute: 'iq_conf', conf, prefix: 'iq' }
  return quantiserDraft(context, place, { name: `${layer.name}_iq`, shape })
}

export function outputQuantiser(context: LayerContext, shape: Shape | undefined): readonly NodeDraft[] {
  const { attributes, layer } = context
  const conf = attributes.value('oq_conf')
  if (!attributes.boolean('enable_oq', false)) return []
  const place = { attribute: 'oq_conf', conf, prefix: 'oq' }
  return quantiserDraft(context, place, { name: `${layer.name}_oq`, shape })
}

/** Trained values as the quantiser of an attribute leaves them. */
export function quantise(
  context: LayerContext,
  place: QuantiserPlace,
  values: FloatValues | undefined,
): FloatValues | undefined {
  const quantiser = readQuantiser(context, place, values?.shape)
  return quantiser === undefined || values === undefined ? undefined : quantisedValues(values, quantiser)
}

/** The place of a layer's own quantiser, e.g. `kq` of the attribute `kq_conf`. */
export function ownPlace({ attributes }: LayerContext, name: string): QuantiserPlace {
  return { attribute: `${name}_conf`, conf: attributes.value(`${name}_conf`), prefix: name }
}

/** The context whose kernel and bias are quantised when they are taken. */
export function withQuantisedWeights(context: LayerContext): LayerContext {
  const places: Readonly<Record<string, string>> = { kernel: 'kq', bias: 'bq' }
  const { weights, attributes } = context
  attributes.value('bq_conf')
  const own: LayerWeights = {
    ...weights,
    take: (variable, shape) => {
      const values = weights.take(variable, shape)
      const name = places[variable]
      return name === undefined ? values : quantise(context, ownPlace(context, name), values)
    },
  }
  return { ...context, weights: own }
}

/** Drafts whose trained values stand for themselves: they were quantised when they were read. */
export function exactly(chain: readonly NodeDraft[]): readonly NodeDraft[] {
  return chain.map(draft => {
    const stated = Object.entries(draft.weights ?? {}).flatMap(([role, values]) =>
      values === undefined ? [] : [[role, fixedQuantiser(conversion(narrowest(values.data)))] as const],
    )
    return { ...draft, quantisers: { ...Object.fromEntries(stated), ...draft.quantisers } }
  })
}

/** The value of an attribute that is a list, or one for all. */
export function listed(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : value === undefined ? [] : [value]
}

// QDense, QConv1D, QConv2D and their like: kernel and bias as their quantizers make them. A kernel scale (alpha) becomes a
// node `<layer>_alpha` after the layer, as in hls4ml: the layer computes with unscaled weights and no bias, the node
// applies scale and bias.

import type { SourceQuantiser } from '../../ir/graph.ts'
import { hasScale } from '../../ir/source-quantiser.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { innerActivation } from '../keras/activations.ts'
import {
  convNode,
  type Rank,
  readDepthwiseConv,
  readPlainConv,
  readSeparableParts,
} from '../keras/conv-layers.ts'
import { denseDraft, readDenseParts } from '../keras/dense.ts'
import type { LayerContext, LayerReader, NodeDraft } from '../keras/layer.ts'
import { parseQuantiser, type Quantiser } from './parse.ts'
import { type Quantised, quantiseWeights } from './quantisers.ts'

type Coding = 'plain' | 'xnor' | 'exponent'

const denseQuantisers = ['quantized_bits', 'quantized_linear', 'binary', 'ternary', 'quantized_po2']
// Convolutions have no codings of single bits and exponents.
export const convQuantisers = ['quantized_bits', 'quantized_linear', 'ternary']
// A bias that is ±2^e would need a coding that biases do not have.
const biasQuantisers = ['quantized_bits', 'quantized_linear', 'binary', 'ternary']

/** A layer of products, its arrays not yet quantised. */
interface Products {
  readonly units: number
  readonly useBias: boolean
  readonly kernel: FloatValues | undefined
  readonly bias: FloatValues | undefined
  /** The layer's node with these values. */
  node(more: Pick<NodeDraft, 'weights' | 'quantisers'>, coding: Coding): NodeDraft
}

export const readQDense: LayerReader = context =>
  readProducts(context, { kernel: 'kernel_quantizer', allowed: denseQuantisers }, () => {
    const parts = readDenseParts(context)
    return {
      ...parts,
      node: (more, weightCoding) => denseDraft(context.layer.name, parts, { ...more, weightCoding }),
    }
  })

export const readQConv =
  (rank: Rank): LayerReader =>
  context =>
    readProducts(context, { kernel: 'kernel_quantizer', allowed: convQuantisers }, () =>
      convolution(context, readPlainConv(context, rank)),
    )

/** A scale per channel would be one per filter of a channel here: none is taken. */
export const readQDepthwise =
  (rank: Rank): LayerReader =>
  context => {
    for (const name of ['groups', 'filters', 'kernel_quantizer']) context.attributes.value(name)
    const own = { kernel: 'depthwise_quantizer', allowed: convQuantisers, unscaled: true }
    return readProducts(context, own, () => convolution(context, readDepthwiseConv(context, rank)))
  }

/** Without scales: between the two convolutions there is no place for them. */
export const readQSeparable =
  (rank: Rank): LayerReader =>
  context => {
    // Only inherited: the layer has no kernel of that name.
    context.attributes.value('kernel_quantizer')
    const { node, useBias, ...arrays } = readSeparableParts(context, rank)
    const depthwise = quantisedRole(context, 'depthwise_quantizer', arrays.depthwise)
    const pointwise = quantisedRole(context, 'pointwise_quantizer', arrays.pointwise)
    const bias = quantisedRole(context, 'bias_quantizer', arrays.bias)
    const roles = Object.entries({ depthwise, pointwise, ...(useBias && { bias }) })
    const weights = Object.fromEntries(roles.map(([role, { values }]) => [role, values]))
    const quantisers = Object.fromEntries(
      roles.flatMap(([role, { quantiser }]) => (quantiser === undefined ? [] : [[role, quantiser]])),
    )
    return [{ ...node, weights, quantisers }, ...innerActivation(context, node.shape)]
  }

/** A convolution's products; its arrays are quantised by `readProducts`. */
export function convolution(context: LayerContext, draft: ReturnType<typeof readPlainConv>): Products {
  const { useBias, weights, ...rest } = draft
  return {
    units: draft.attrs.filters,
    useBias,
    kernel: weights.weight,
    bias: weights.bias,
    node: more =>
      convNode(context, {
        ...rest,
        weights: more.weights ?? {},
        ...(more.quantisers && { quantisers: more.quantisers }),
      }),
  }
}

/** Where a layer's kernel quantizer stands, and which it may be. */
interface KernelQuantiser {
  readonly kernel: string
  readonly allowed: readonly string[]
  /** No scales. */
  readonly unscaled?: boolean
}

/** The nodes of a layer of products by its quantizers. */
export function readProducts(
  context: LayerContext,
  { kernel: attribute, allowed, unscaled = false }: KernelQuantiser,
  read: () => Products,
): readonly NodeDraft[] {
  const kernelQuantiser = readQuantiser(context, attribute, allowed)
  const biasQuantiser = readQuantiser(context, 'bias_quantizer', biasQuantisers)
  const products = read()
  checkScales(context, attribute, kernelQuantiser, products.units)
  checkScales(context, 'bias_quantizer', biasQuantiser, products.units)
  if (unscaled) refuseScale(context, attribute, kernelQuantiser)
  const layer = {
    ...products,
    name: context.layer.name,
    quantised: quantised(kernelQuantiser, products.kernel),
    biasValues: quantised(biasQuantiser, products.bias)?.values,
    quantisers: {
      kernel: kernelQuantiser?.source,
      bias: products.useBias ? biasQuantiser?.source : undefined,
    },
  }
  const scaled = [layer.quantisers.kernel, layer.quantisers.bias].some(
    quantiser => quantiser !== undefined && hasScale(quantiser),
  )
  const nodes = scaled ? scaledNodes(layer) : [plainNode(layer)]
  return [...nodes, ...innerActivation(context, nodes[0]!.shape)]
}

interface QuantisedProducts extends Products {
  readonly name: string
  readonly quantised: Quantised | undefined
  readonly biasValues: Float64Array | undefined
  readonly quantisers: {
    readonly kernel: SourceQuantiser | undefined
    readonly bias: SourceQuantiser | undefined
  }
}

function plainNode(layer: QuantisedProducts): NodeDraft {
  const weights = {
    weight: kernelValues(layer, layer.quantised?.values),
    ...(layer.useBias && { bias: vector(layer.biasValues) }),
  }
  return layer.node({ weights, quantisers: roles(layer) }, coding(layer))
}

/** The layer keeps a bias of zeros: its type still counts where hls4ml infers the accumulator. */
function scaledNodes(layer: QuantisedProducts): readonly NodeDraft[] {
  const { units, useBias, kernel, quantised: own, quantisers } = layer
  const zeros = vector(kernel && new Float64Array(units))
  const weights = { weight: kernelValues(layer, own?.units), ...(useBias && { bias: zeros }) }
  const first = layer.node({ weights, quantisers: roles(layer) }, coding(layer))
  const scale = own && Float64Array.from({ length: units }, (_, k) => own.scale[k % own.scale.length]!)
  const alpha: NodeDraft = {
    kind: 'batch-norm',
    name: `${layer.name}_alpha`,
    layerClass: 'ApplyAlpha',
    attrs: { scaleCoding: quantisers.kernel?.options.alpha === 'auto_po2' ? 'exponent' : 'plain' },
    shape: first.shape,
    weights: { scale: vector(scale), bias: useBias ? vector(layer.biasValues) : zeros },
    quantisers: quantisers.bias === undefined ? {} : { bias: quantisers.bias },
  }
  return [first, alpha]
}

function kernelValues(
  { kernel }: QuantisedProducts,
  data: Float64Array | undefined,
): FloatValues | undefined {
  return kernel && data && { shape: kernel.shape, data }
}

function vector(data: Float64Array | undefined): FloatValues | undefined {
  return data && { shape: [data.length], data }
}

function roles({ quantisers: { kernel, bias } }: QuantisedProducts): Record<string, SourceQuantiser> {
  return { ...(kernel && { weight: kernel }), ...(bias && { bias }) }
}

function coding({ quantisers: { kernel } }: QuantisedProducts): Coding {
  if (kernel?.name === 'binary') return 'xnor'
  return kernel?.name === 'quantized_po2' ? 'exponent' : 'plain'
}

function quantised(quantiser: Quantiser | undefined, values: FloatValues | undefined): Quantised | undefined {
  if (values === undefined) return undefined
  if (quantiser !== undefined) return quantiseWeights(quantiser, values)
  return { units: values.data, scale: Float64Array.of(1), values: values.data }
}

/** The quantizer of an attribute; undefined where there is none, or, reported, where it cannot stand there. */
export function readQuantiser(
  { attributes, layer, problems }: LayerContext,
  name: string,
  supported: readonly string[],
): Quantiser | undefined {
  const value = attributes.value(name) ?? null
  if (value === null) return undefined
  const quantiser = parseQuantiser(value, `${layer.place}: ${name}`, problems)
  if (quantiser === undefined || supported.includes(quantiser.source.name)) return quantiser
  problems.add({
    code: 'qkeras/unsupported-quantizer',
    place: `${layer.place}: ${name}`,
    problem: `the quantizer '${quantiser.source.name}' is not supported there`,
    expected: `one of ${supported.join(', ')}`,
    remedy: 'Train with one of these.',
  })
  return undefined
}

/** An array of a layer without scales, by the quantizer of an attribute. */
export function quantisedRole(
  context: LayerContext,
  attribute: string,
  values: FloatValues | undefined,
): { readonly values: FloatValues | undefined; readonly quantiser: SourceQuantiser | undefined } {
  const quantiser = readQuantiser(context, attribute, convQuantisers)
  refuseScale(context, attribute, quantiser)
  const own = quantised(quantiser, values)
  return {
    values: values && own && { shape: values.shape, data: own.values },
    quantiser: quantiser?.source,
  }
}

function checkScales(
  { layer, problems }: LayerContext,
  name: string,
  quantiser: Quantiser | undefined,
  units: number,
): void {
  const count = quantiser?.scales?.length ?? 1
  if (count === 1 || count === units) return
  problems.add({
    code: 'qkeras/option-value',
    place: `${layer.place}: ${name}`,
    problem: `alpha has ${count} scales`,
    expected: `1 or ${units}, one per unit`,
    remedy: 'Train with scales per unit.',
  })
}

function refuseScale(
  { layer, problems }: LayerContext,
  name: string,
  quantiser: Quantiser | undefined,
): void {
  if (quantiser === undefined || !hasScale(quantiser.source)) return
  problems.add({
    code: 'qkeras/option-value',
    place: `${layer.place}: ${name}`,
    problem: `alpha is ${JSON.stringify(quantiser.source.options.alpha)}`,
    expected: '1 or null: scales of such a kernel are not supported',
    remedy: 'Train with alpha=1.',
  })
}

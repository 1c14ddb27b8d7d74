// QDense: kernel and bias as their quantizers make them. A kernel scale (alpha) becomes a node `<layer>_alpha` after
// the layer, as in hls4ml: the layer computes with unscaled weights and no bias, the node applies scale and bias.

import type { SourceQuantiser } from '../../ir/graph.ts'
import { hasScale } from '../../ir/source-quantiser.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { innerActivation } from '../keras/activations.ts'
import { type DenseParts, denseDraft, readDenseParts } from '../keras/dense.ts'
import type { LayerContext, LayerReader, NodeDraft } from '../keras/layer.ts'
import { parseQuantiser, type Quantiser } from './parse.ts'
import { type Quantised, quantiseWeights } from './quantisers.ts'

const kernelQuantisers = ['quantized_bits', 'binary', 'ternary', 'quantized_po2']
// A bias that is ±2^e would need a coding that biases do not have.
const biasQuantisers = ['quantized_bits', 'binary', 'ternary']

export const readQDense: LayerReader = context => {
  const kernelQuantiser = readQuantiser(context, 'kernel_quantizer', kernelQuantisers)
  const biasQuantiser = readQuantiser(context, 'bias_quantizer', biasQuantisers)
  const parts = readDenseParts(context)
  checkScales(context, 'kernel_quantizer', kernelQuantiser, parts.units)
  checkScales(context, 'bias_quantizer', biasQuantiser, parts.units)
  const activation = innerActivation(context, parts.shape)
  const kernel = quantised(kernelQuantiser, parts.kernel)
  const bias = quantised(biasQuantiser, parts.bias)
  const dense = {
    name: context.layer.name,
    parts,
    kernel,
    bias: bias?.values,
    quantisers: { kernel: kernelQuantiser?.source, bias: parts.useBias ? biasQuantiser?.source : undefined },
  }
  const scaled = [kernelQuantiser, parts.useBias ? biasQuantiser : undefined].some(
    quantiser => quantiser !== undefined && hasScale(quantiser.source),
  )
  return [...(scaled ? scaledDense(dense) : [plainDense(dense)]), ...activation]
}

interface QDense {
  readonly name: string
  readonly parts: DenseParts
  readonly kernel: Quantised | undefined
  readonly bias: Float64Array | undefined
  readonly quantisers: {
    readonly kernel: SourceQuantiser | undefined
    readonly bias: SourceQuantiser | undefined
  }
}

function plainDense(dense: QDense): NodeDraft {
  const { parts, kernel, bias } = dense
  const weights = {
    weight: kernelValues(dense, kernel?.values),
    ...(parts.useBias && { bias: vector(bias) }),
  }
  return denseDraft(dense.name, parts, { weights, quantisers: roles(dense), weightCoding: coding(dense) })
}

/** The layer keeps a bias of zeros: its type still counts where hls4ml infers the accumulator. */
function scaledDense(dense: QDense): readonly NodeDraft[] {
  const { parts, kernel, bias, quantisers } = dense
  const zeros = vector(parts.kernel && new Float64Array(parts.units))
  const weights = { weight: kernelValues(dense, kernel?.units), ...(parts.useBias && { bias: zeros }) }
  const more = { weights, quantisers: roles(dense), weightCoding: coding(dense) }
  const scale =
    kernel && Float64Array.from({ length: parts.units }, (_, k) => kernel.scale[k % kernel.scale.length]!)
  const alpha: NodeDraft = {
    kind: 'batch-norm',
    name: `${dense.name}_alpha`,
    layerClass: 'ApplyAlpha',
    attrs: { scaleCoding: quantisers.kernel?.options.alpha === 'auto_po2' ? 'exponent' : 'plain' },
    shape: parts.shape,
    weights: { scale: vector(scale), bias: parts.useBias ? vector(bias) : zeros },
    quantisers: quantisers.bias === undefined ? {} : { bias: quantisers.bias },
  }
  return [denseDraft(dense.name, parts, more), alpha]
}

function kernelValues({ parts }: QDense, data: Float64Array | undefined): FloatValues | undefined {
  return parts.kernel && data && { shape: parts.kernel.shape, data }
}

function vector(data: Float64Array | undefined): FloatValues | undefined {
  return data && { shape: [data.length], data }
}

function roles({ quantisers: { kernel, bias } }: QDense): Record<string, SourceQuantiser> {
  return { ...(kernel && { weight: kernel }), ...(bias && { bias }) }
}

function coding({ quantisers: { kernel } }: QDense): 'plain' | 'xnor' | 'exponent' {
  if (kernel?.name === 'binary') return 'xnor'
  return kernel?.name === 'quantized_po2' ? 'exponent' : 'plain'
}

function quantised(quantiser: Quantiser | undefined, values: FloatValues | undefined): Quantised | undefined {
  if (values === undefined) return undefined
  if (quantiser !== undefined) return quantiseWeights(quantiser, values)
  return { units: values.data, scale: Float64Array.of(1), values: values.data }
}

function readQuantiser(
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

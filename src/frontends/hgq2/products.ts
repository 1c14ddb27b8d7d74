// HGQ2's layers of products: dense layers, einsum dense layers and convolutions, with the normalisation folded in
// where they have one, float32 operation by operation (layers/core/dense.py, layers/einsum_dense_batchnorm.py).

import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { NodeDraft } from '../draft.ts'
import { innerActivation } from '../keras/activations.ts'
import { readConv } from '../keras/conv-layers.ts'
import { denseDraft, readDense } from '../keras/dense.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'
import { type EinsumDenseParts, einsumDenseDraft, einsumDenseParts } from './einsum-dense.ts'
import { ownPlace, quantise, quantised, withQuantisedWeights } from './quantised-layer.ts'

export const readQDense: LayerReader = quantised(context => readDense(withQuantisedWeights(context)))

export const readQConv = (rank: 1 | 2): LayerReader =>
  quantised(context => readConv(rank)(withQuantisedWeights(context)))

const { fround } = Math

/** gamma / √(variance + ε). */
function scalesOf(
  { attributes, weights }: LayerContext,
  shape: readonly (number | undefined)[],
  epsilon: number,
): { readonly mean: FloatValues; readonly scale: Float64Array } | undefined {
  const isScaled = attributes.boolean('scale', true)
  const gamma = isScaled ? weights.take('gamma', shape) : undefined
  const mean = weights.take('moving_mean', shape)
  const variance = weights.take('moving_variance', shape)
  if ((isScaled && gamma === undefined) || mean === undefined || variance === undefined) return undefined
  const scale = variance.data.map((value, k) =>
    fround(fround(gamma?.data[k] ?? 1) / fround(Math.sqrt(fround(fround(value) + fround(epsilon))))),
  )
  return { mean, scale }
}

/** Normalises what it reads: kernel · scale by row, bias − mean · kernel. */
export const readQBatchNormDense: LayerReader = quantised(context => {
  const { attributes, weights, inputShape, layer } = context
  attributes.only('use_bias', [true], 'Save the model again.')
  attributes.value('synchronized')
  const epsilon = attributes.number('epsilon', 1e-3, 'a number of at least 0', value => value >= 0)
  const isCount = (value: number) => Number.isInteger(value) && value > 0
  const units = attributes.number('units', 1, 'a whole number above 0', isCount)
  const shape = inputShape && [...inputShape.slice(0, -1), units]
  const kernel = weights.take('kernel', [inputShape?.at(-1), units])
  const bias = weights.take('bias', [units])
  const scales = scalesOf(context, [inputShape?.at(-1)], epsilon)
  const folded = kernel && bias && scales && foldInput(kernel, bias, scales)
  const own = quantisedParts(context, folded)
  const parts = { units, useBias: true, shape, kernel: own.weight, bias: own.bias }
  return [denseDraft(layer.name, parts, { weights: own }), ...innerActivation(context, shape)]
})

interface Folded {
  readonly kernel: FloatValues
  readonly bias: FloatValues
}

function foldInput(
  kernel: FloatValues,
  bias: FloatValues,
  { mean, scale }: { readonly mean: FloatValues; readonly scale: Float64Array },
): Folded {
  const units = bias.data.length
  const scaled = kernel.data.map((value, k) => fround(scale[Math.floor(k / units)]! * value))
  const shifted = bias.data.map((value, unit) => {
    let sum = 0
    for (const [row, own] of mean.data.entries())
      sum = fround(sum + fround(own * kernel.data[row * units + unit]!))
    return fround(value - sum)
  })
  return { kernel: { ...kernel, data: scaled }, bias: { ...bias, data: shifted } }
}

function quantisedParts(
  context: LayerContext,
  folded: Folded | undefined,
): { weight: FloatValues | undefined; bias: FloatValues | undefined } {
  const weight = quantise(context, ownPlace(context, 'kq'), folded?.kernel)
  return { weight, bias: quantise(context, ownPlace(context, 'bq'), folded?.bias) }
}

export const readQEinsumDense: LayerReader = quantised(context => {
  const inner = withQuantisedWeights(context)
  return einsumDense(context, parts => {
    const weight = inner.weights.take('kernel', parts.kernel)
    return { weight, ...(parts.bias !== undefined && { bias: inner.weights.take('bias', parts.bias) }) }
  })
})

/** Normalises its result; ε is that of Keras, not the layer's (get_fused_qkernel_and_qbias). */
export const readQEinsumDenseBatchnorm: LayerReader = quantised(context =>
  einsumDense(context, parts => {
    const { weights, attributes, layer } = context
    for (const name of ['synchronized', 'center', 'epsilon']) attributes.value(name)
    const axes = `${attributes.value('normalize_axes') ?? layer.config.bias_axes ?? ''}`
    const kernel = weights.take('kernel', parts.kernel)
    const bias = weights.take('bias', parts.bias ?? [undefined])
    const extents = [...parts.letters.result].flatMap((letter, at) =>
      axes.includes(letter) ? [parts.shape[at]!] : [],
    )
    const scales = scalesOf(context, extents, kerasEpsilon)
    const folded = kernel && bias && scales && foldResult(kernel, bias, scales, { ...parts, axes })
    return quantisedParts(context, folded)
  }),
)

/** `keras.config.epsilon()`. */
export const kerasEpsilon = 1e-7

/**
 * kernel · scale and bias − mean · scale along the axes that are normalised, in the order of the result's letters. The
 * kernel may have these letters in another order.
 */
function foldResult(
  kernel: FloatValues,
  bias: FloatValues,
  { mean, scale }: { readonly mean: FloatValues; readonly scale: Float64Array },
  { letters, axes }: EinsumDenseParts & { readonly axes: string },
): Folded {
  const normalised = [...letters.result].filter(letter => axes.includes(letter))
  const at = (index: number, own: string, shape: Shape) => {
    let rest = index
    const place = new Map<string, number>()
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place.set(own[axis]!, rest % shape[axis]!)
      rest = Math.floor(rest / shape[axis]!)
    }
    const extents = mean.shape
    return normalised.reduce((sum, letter, axis) => sum * extents[axis]! + (place.get(letter) ?? 0), 0)
  }
  const biasLetters = letters.result.slice(letters.result.length - bias.shape.length)
  const scaled = kernel.data.map((value, k) => fround(value * scale[at(k, letters.kernel, kernel.shape)]!))
  const shifted = bias.data.map((value, k) => {
    const own = at(k, biasLetters, bias.shape)
    return fround(value + fround(-mean.data[own]! * scale[own]!))
  })
  return { kernel: { ...kernel, data: scaled }, bias: { ...bias, data: shifted } }
}

interface TakenWeights {
  readonly weight: FloatValues | undefined
  readonly bias?: FloatValues | undefined
}

/** The layer's node and its activation; `take` gives its trained values. */
function einsumDense(
  context: LayerContext,
  take: (parts: EinsumDenseParts) => TakenWeights,
): readonly NodeDraft[] {
  const { attributes, layer, inputShape } = context
  const equation = `${attributes.value('equation') ?? ''}`
  const output = attributes.value('output_shape') ?? null
  const biasAxes = attributes.value('bias_axes') ?? null
  const parts = inputShape && einsumDenseParts({ equation, output, biasAxes, input: inputShape })
  if (inputShape !== undefined && parts === undefined)
    attributes.refuse(
      'equation',
      `one of a batch of [${inputShape.join(', ')}] and a kernel`,
      'Save the model again.',
    )
  if (parts === undefined) return []
  return [einsumDenseDraft(layer.name, parts, take(parts)), ...innerActivation(context, parts.shape)]
}

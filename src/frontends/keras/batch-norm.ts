// Batch normalisation, folded to one scale and one bias per channel in float32, operation by operation, so that the
// values are those that NumPy gives hls4ml.

import type { FloatValues } from '../../ops/definition.ts'
import { isList } from '../json.ts'
import type { LayerContext, LayerReader, NodeDraft } from './layer.ts'

export const readBatchNorm: LayerReader = context => normalisation(context, parts => parts)

/** The node of a normalisation; `change` makes its arrays those that are computed with. */
export function normalisation(
  context: LayerContext,
  change: (parts: BatchNormParts) => BatchNormParts,
): readonly NodeDraft[] {
  const { layer, inputShape: shape } = context
  const { parts, epsilon } = readNormParts(context, shape?.at(-1))
  const weights = parts === undefined ? {} : foldBatchNorm(change(parts), epsilon)
  reportNotFinite(context, weights)
  return [
    {
      kind: 'batch-norm',
      name: layer.name,
      layerClass: 'BatchNormalization',
      attrs: { scaleCoding: 'plain' },
      shape,
      weights,
    },
  ]
}

/** Arrays and ε of a normalisation of so many channels, by itself or as part of a layer. */
export function readNormParts(
  context: LayerContext,
  channels: number | undefined,
): { readonly parts: BatchNormParts | undefined; readonly epsilon: number } {
  const { attributes } = context
  checkAxis(context)
  const epsilon = attributes.number('epsilon', 1e-3, 'a number of at least 0', value => value >= 0)
  attributes.only('renorm', [false], 'Batch renormalisation is not supported.')
  attributes.only('virtual_batch_size', [null], 'It changes how the moving averages are meant.')
  attributes.only('synchronized', [false, true], '')
  attributes.only('fused', [null, false, true], '')
  return { parts: readParts(context, channels), epsilon }
}

function checkAxis({ attributes, inputShape }: LayerContext): void {
  const value = attributes.value('axis') ?? -1
  const axis = isList(value) && value.length === 1 ? value[0] : value
  // Keras counts the batch axis.
  if (axis === -1 || inputShape === undefined || axis === inputShape.length) return
  attributes.refuse('axis', `-1 or ${inputShape.length}, the last axis`, 'Normalise over the last axis.')
}

export interface BatchNormParts {
  /** Absent: 1. */
  readonly gamma: FloatValues | undefined
  /** Absent: 0. */
  readonly beta: FloatValues | undefined
  readonly mean: FloatValues
  readonly variance: FloatValues
}

function readParts(
  { attributes, weights }: LayerContext,
  channels: number | undefined,
): BatchNormParts | undefined {
  const shape = [channels]
  const scaled = attributes.boolean('scale', true)
  const centred = attributes.boolean('center', true)
  const gamma = scaled ? weights.take('gamma', shape) : undefined
  const beta = centred ? weights.take('beta', shape) : undefined
  const mean = weights.take('moving_mean', shape)
  const variance = weights.take('moving_variance', shape)
  if ((scaled && !gamma) || (centred && !beta) || !mean || !variance) return undefined
  return { gamma, beta, mean, variance }
}

/** scale = gamma / sqrt(variance + ε), bias = beta − gamma · mean / sqrt(variance + ε). */
export function foldBatchNorm(
  parts: BatchNormParts,
  epsilon: number,
): { scale: FloatValues; bias: FloatValues } {
  const { fround } = Math
  const count = parts.mean.data.length
  const scale = new Float64Array(count)
  const bias = new Float64Array(count)
  for (let k = 0; k < count; k++) {
    const gamma = fround(parts.gamma?.data[k] ?? 1)
    const deviation = fround(Math.sqrt(fround(fround(parts.variance.data[k]!) + fround(epsilon))))
    scale[k] = fround(gamma / deviation)
    const offset = fround(fround(gamma * fround(parts.mean.data[k]!)) / deviation)
    bias[k] = fround(fround(parts.beta?.data[k] ?? 0) - offset)
  }
  return { scale: { shape: [count], data: scale }, bias: { shape: [count], data: bias } }
}

function reportNotFinite(
  { layer, problems }: LayerContext,
  weights: Partial<Record<string, FloatValues>>,
): void {
  for (const [role, values] of Object.entries(weights)) {
    const at = values?.data.findIndex(value => !Number.isFinite(value)) ?? -1
    if (at < 0) continue
    problems.add({
      code: 'keras/not-finite-weight',
      place: layer.place,
      problem: `element [${at}] of the folded ${role} is ${values!.data[at]}, since variance + epsilon is not above 0`,
      expected: 'a moving_variance of at least 0 and an epsilon above 0',
      remedy: 'Train the layer again.',
    })
  }
}

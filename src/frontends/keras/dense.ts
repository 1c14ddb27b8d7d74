// Dense, and the BinaryDense and TernaryDense that some Keras projects define for weights of one and two bits.

import type { SourceQuantiser } from '../../ir/graph.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { innerActivation } from './activations.ts'
import type { LayerContext, LayerReader, NodeDraft } from './layer.ts'

/** What all dense layers have: their size and their trained arrays. */
export interface DenseParts {
  readonly units: number
  readonly useBias: boolean
  readonly shape: Shape | undefined
  readonly kernel: FloatValues | undefined
  readonly bias: FloatValues | undefined
}

export function readDenseParts({ attributes, weights, inputShape }: LayerContext): DenseParts {
  const isCount = (value: number) => Number.isInteger(value) && value > 0
  const units = attributes.number('units', 1, 'a whole number above 0', isCount)
  const useBias = attributes.boolean('use_bias', true)
  const shape = inputShape && [...inputShape.slice(0, -1), units]
  const kernel = weights.take('kernel', [inputShape?.at(-1), units])
  const bias = useBias ? weights.take('bias', [units]) : undefined
  return { units, useBias, shape, kernel, bias }
}

export function denseDraft(
  name: string,
  parts: DenseParts,
  more: Pick<NodeDraft, 'weights' | 'quantisers'> & { weightCoding?: 'plain' | 'xnor' | 'exponent' },
): NodeDraft {
  const { weightCoding = 'plain', ...rest } = more
  const attrs = { units: parts.units, weightCoding, inputCoding: 'plain' } as const
  return { kind: 'dense', name, layerClass: 'Dense', attrs, shape: parts.shape, ...rest }
}

export const readDense: LayerReader = context => {
  const parts = readDenseParts(context)
  const weights = { weight: parts.kernel, ...(parts.useBias && { bias: parts.bias }) }
  return [denseDraft(context.layer.name, parts, { weights }), ...innerActivation(context, parts.shape)]
}

/** ±1, zero being −1, for kernel and bias alike, as hls4ml reads the layer. */
export const readBinaryDense: LayerReader = context =>
  readCoded(context, 'BinaryDense', x => (x > 0 ? 1 : -1))

/** −1, 0, +1 with thresholds at a half, for kernel and bias alike, as hls4ml reads the layer. */
export const readTernaryDense: LayerReader = context =>
  readCoded(context, 'TernaryDense', x => (x > 0.5 ? 1 : x <= -0.5 ? -1 : 0))

function readCoded(context: LayerContext, name: string, code: (x: number) => number): readonly NodeDraft[] {
  context.attributes.only('H', [1], 'Weights of ±1 are supported, no other magnitude.')
  const parts = readDenseParts(context)
  const coded = (values: FloatValues | undefined) => values && { ...values, data: values.data.map(code) }
  const quantiser: SourceQuantiser = { name, options: {} }
  const weights = { weight: coded(parts.kernel), ...(parts.useBias && { bias: coded(parts.bias) }) }
  const quantisers = { weight: quantiser, ...(parts.useBias && { bias: quantiser }) }
  return [
    denseDraft(context.layer.name, parts, { weights, quantisers }),
    ...innerActivation(context, parts.shape),
  ]
}

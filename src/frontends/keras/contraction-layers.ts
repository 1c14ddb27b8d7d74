// Contractions: EinsumDense, and Keras 3's matmul and einsum as nodes of a functional model.

import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { matmulEquation, sampleEquation, spelledEquation } from '../einsum-equation.ts'
import { isList, type Json } from '../json.ts'
import { innerActivation } from './activations.ts'
import { resultShape } from './extents.ts'
import type { LayerContext, LayerReader, NodeDraft } from './layer.ts'

/** What an EinsumDense is for one sample (keras/src/layers/core/einsum_dense.py). */
interface EinsumDenseParts {
  readonly equation: string
  readonly kernel: Shape
  /** From the first axis with biases on, as Keras has it; absent without biases. */
  readonly bias: Shape | undefined
  readonly shape: Shape
}

export const readEinsumDense: LayerReader = context => {
  const { attributes, inputShape: input, layer, weights } = context
  const [equation, biasAxes] = [attributes.value('equation'), attributes.value('bias_axes') ?? '']
  const output = attributes.value('output_shape') ?? null
  const isText = typeof equation === 'string' && typeof biasAxes === 'string'
  const parts =
    input && isText ? partsOf(equation, biasAxes, isList(output) ? output : [output], input) : undefined
  if (parts === undefined) {
    const expected = `an equation of an input of ${(input?.length ?? 0) + 1} axes, the batch first, which 'output_shape' completes`
    if (input !== undefined) attributes.refuse('equation', expected, 'Save the model again.')
    return innerActivation(context, undefined)
  }
  const weight = weights.take('kernel', parts.kernel)
  const bias = parts.bias && weights.take('bias', parts.bias)
  return [einsumDense(layer.name, parts, weight, bias), ...innerActivation(context, parts.shape)]
}

/** Undefined where equation and shapes do not fit. */
function partsOf(
  text: string,
  biasAxes: string,
  output: readonly Json[],
  input: Shape,
): EinsumDenseParts | undefined {
  const [, kernelText = '', resultText = ''] = text.replace(/\s/g, '').split(/,|->/)
  const spelled = spelledEquation(text, [input.length + 1, kernelText.length])
  const equation = spelled && sampleEquation(spelled, [true, false])?.equation
  if (spelled === undefined || equation === undefined) return undefined
  // Dots in front stand for the batch too; without them it is the first letter.
  const stated = resultText.startsWith('...') ? resultText.slice(3) : resultText.replace('...', '').slice(1)
  const extents = new Map([...spelled.operands[0]!.slice(1)].map((letter, axis) => [letter, input[axis]!]))
  for (const [axis, letter] of [...stated].entries()) {
    const extent = output[axis]
    if (!extents.has(letter) && isCount(extent)) extents.set(letter, extent)
  }
  const shapeOf = (letters: string) => [...letters].map(letter => extents.get(letter))
  const [kernel, shape] = [shapeOf(spelled.operands[1]!), shapeOf(spelled.result.slice(1))]
  const first = [...stated].findIndex(letter => biasAxes.includes(letter))
  const behind = resultText.endsWith('...') ? shape.length - stated.length : 0
  const bias = [
    ...[...stated.slice(Math.max(first, 0))].map(letter =>
      biasAxes.includes(letter) ? extents.get(letter) : 1,
    ),
    ...Array.from({ length: behind }, () => 1),
  ]
  if (!isKnown(kernel) || !isKnown(shape) || !isKnown(bias)) return undefined
  return { equation, kernel, bias: first < 0 ? undefined : bias, shape }
}

const isCount = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0

function isKnown(shape: readonly (number | undefined)[]): shape is Shape {
  return shape.every(extent => isCount(extent))
}

function einsumDense(
  name: string,
  { equation, kernel, shape, bias: biasShape }: EinsumDenseParts,
  weight: FloatValues | undefined,
  bias: FloatValues | undefined,
): NodeDraft {
  const ones = Array.from({ length: shape.length - (biasShape?.length ?? 0) }, () => 1)
  const spread = bias && { ...bias, shape: [...ones, ...bias.shape] }
  return {
    kind: 'einsum-dense',
    name,
    layerClass: 'EinsumDense',
    attrs: { equation, kernel },
    shape,
    weights: { weight, ...(biasShape && { bias: spread }) },
  }
}

/** Keras 3's `ops.matmul`. */
export const readMatmul: LayerReader = context => {
  const [a, b] = context.inputShapes.map(shape => shape && shape.length + 1)
  if (a === undefined || b === undefined) return []
  return contraction(context, a < 2 || b < 2 ? '' : matmulEquation(a, b))
}

/** Keras 3's `ops.einsum`. */
export const readEinsum: LayerReader = context => {
  const subscripts = context.attributes.value('subscripts')
  return contraction(context, typeof subscripts === 'string' ? subscripts : '')
}

/** A node of an equation that counts the batch axis. */
function contraction(context: LayerContext, text: string): readonly NodeDraft[] {
  const { inputShapes, layer, problems } = context
  const shapes = inputShapes.flatMap(shape => (shape === undefined ? [] : [shape]))
  if (shapes.length < 2) return []
  const spelled = spelledEquation(
    text,
    shapes.map(shape => shape.length + 1),
  )
  const equation = spelled && sampleEquation(spelled, [true, true])?.equation
  if (equation !== undefined) {
    const meaning = { kind: 'einsum', attrs: { equation } } as const
    const shape = resultShape(context, meaning)
    return [{ ...meaning, name: layer.name, layerClass: 'Einsum', shape }]
  }
  problems.add({
    code: 'graph/einsum-equation',
    place: layer.place,
    problem: `it contracts ${shapes.map(shape => `[batch, ${shape.join(', ')}]`).join(' and ')}${text === '' ? '' : ` by '${text}'`}`,
    expected: 'the batch as the first axis of both and of the result',
    remedy: 'Put the batch axis first, and keep it.',
  })
  return []
}

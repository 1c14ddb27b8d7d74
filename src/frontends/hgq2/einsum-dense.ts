// What an einsum dense layer is for one sample, by Keras's rules: the shapes of kernel, bias and result follow from the
// equation, the input and the stated output shape.

import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { NodeDraft } from '../draft.ts'
import { isList, type Json } from '../json.ts'
import { denseDraft } from '../keras/dense.ts'
import { equationOfSample, isDense, type Letters, lettersOf } from './equation.ts'

export interface EinsumDenseParts {
  /** Of one sample. */
  readonly equation: string
  readonly letters: Letters
  readonly kernel: Shape
  /** As Keras has it: from the first axis that has biases on; absent without biases. */
  readonly bias: Shape | undefined
  readonly shape: Shape
}

export interface EinsumDenseSource {
  /** With the batch axis. */
  readonly equation: string
  /** Extents of the result, the last ones of its axes; null: as the input's. */
  readonly output: Json
  /** Letters. */
  readonly biasAxes: Json
  readonly input: Shape
}

/** Undefined where equation and shapes do not fit. */
export function einsumDenseParts({
  equation: text,
  output,
  biasAxes,
  input,
}: EinsumDenseSource): EinsumDenseParts | undefined {
  const equation = equationOfSample(text, input.length)
  if (equation === undefined) return undefined
  const letters = lettersOf(equation)
  const extents = extentsOf(letters, input, isList(output) ? output : [output])
  const shapeOf = (own: string) => [...own].map(letter => extents.get(letter))
  const shape = shapeOf(letters.result)
  const kernel = shapeOf(letters.kernel)
  const axes = typeof biasAxes === 'string' ? biasAxes : ''
  const first = [...letters.result].findIndex(letter => axes.includes(letter))
  const bias = [...letters.result]
    .slice(Math.max(first, 0))
    .map(letter => (axes.includes(letter) ? extents.get(letter) : 1))
  if (!isKnown(shape) || !isKnown(kernel) || !isKnown(bias)) return undefined
  return { equation, letters, kernel, bias: first < 0 ? undefined : bias, shape }
}

function extentsOf(letters: Letters, input: Shape, output: readonly Json[]): ReadonlyMap<string, number> {
  const extents = new Map([...letters.input].map((letter, axis) => [letter, input[axis]!]))
  const stated = [...letters.result].slice(-output.length)
  for (const [axis, letter] of stated.entries()) {
    const extent = output[output.length - stated.length + axis]
    if (!extents.has(letter) && typeof extent === 'number') extents.set(letter, extent)
  }
  return extents
}

function isKnown(shape: readonly (number | undefined)[]): shape is Shape {
  return shape.every(extent => Number.isInteger(extent) && extent! > 0)
}

/** The layer's node: a dense layer where the equation is one over the last axis. */
export function einsumDenseDraft(
  name: string,
  parts: EinsumDenseParts,
  { weight, bias }: { readonly weight: FloatValues | undefined; readonly bias?: FloatValues | undefined },
): NodeDraft {
  const { equation, kernel, shape } = parts
  const hasBias = parts.bias !== undefined
  if (isDense(equation)) {
    const dense = { units: kernel[1]!, useBias: hasBias, shape, kernel: weight, bias }
    return denseDraft(name, dense, { weights: { weight, ...(hasBias && { bias }) } })
  }
  const padded = bias && {
    ...bias,
    shape: [...Array.from({ length: shape.length - bias.shape.length }, () => 1), ...bias.shape],
  }
  const weights = { weight, ...(hasBias && { bias: padded }) }
  return {
    kind: 'einsum-dense',
    name,
    layerClass: 'EinsumDense',
    attrs: { equation, kernel },
    shape,
    weights,
  }
}

// Attributes that hold a number for every axis of an image: kernel sizes, strides, borders.

import { CompileError } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import { definitionOf } from '../../ops/index.ts'
import { isList, type Json } from '../json.ts'
import type { Attributes } from './attributes.ts'
import type { LayerContext, Meaning } from './layer.ts'

const isCount = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0

/** One number for all axes, or one each; `fallback` where the attribute is absent. */
export function readExtents(
  attributes: Attributes,
  name: string,
  rank: number,
  { fallback = 1, least = 1 }: { fallback?: number; least?: number } = {},
): readonly number[] {
  const value = attributes.value(name) ?? fallback
  const list = isList(value) ? value : Array.from({ length: rank }, () => value)
  if (list.length === rank && list.every(isCount) && list.every(extent => extent >= least))
    return list as readonly number[]
  const each = rank === 1 ? 'a whole number' : `${rank} whole numbers, or one for all`
  attributes.refuse(name, `${each}, at least ${least}`, 'Save the model again.')
  return Array.from({ length: rank }, () => Math.max(least, 1))
}

export interface Borders {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** A number for all sides, one for each axis, or two for each axis (for 1-D: two numbers). */
export function readBorders(attributes: Attributes, name: string, rank: number): Borders {
  const value = attributes.value(name) ?? 1
  const sides = sidesOf(value, rank)
  if (sides?.every(pair => pair.length === 2 && pair.every(isCount)) === true) {
    const pairs = sides as readonly (readonly number[])[]
    return { before: pairs.map(pair => pair[0]!), after: pairs.map(pair => pair[1]!) }
  }
  attributes.refuse(name, 'whole numbers of at least 0', 'Save the model again.')
  const none = Array.from({ length: rank }, () => 0)
  return { before: none, after: none }
}

/** Per axis the two sides. */
function sidesOf(value: Json, rank: number): readonly (readonly Json[])[] | undefined {
  if (!isList(value)) return Array.from({ length: rank }, () => [value, value])
  if (rank === 1) return [value]
  if (value.length !== rank) return undefined
  return value.map(side => (isList(side) ? side : [side, side]))
}

/** Only channels last, as every operator has them. */
export function channelsLast(attributes: Attributes): void {
  attributes.only('data_format', ['channels_last', null], 'Train the model with channels last.')
}

/** The image axes of a shape [..., channels]; reports an input of another rank. */
export function imageOf(context: LayerContext, rank: number): Shape | undefined {
  const { inputShape, layer, problems } = context
  if (inputShape === undefined) return undefined
  if (inputShape.length === rank + 1) return inputShape.slice(0, rank)
  problems.add({
    code: 'keras/input-rank',
    place: layer.place,
    problem: `its input has the shape [${inputShape.join(', ')}]`,
    expected: rank === 1 ? '[steps, channels]' : '[rows, columns, channels]',
    remedy: 'Reshape what the layer reads.',
  })
  return undefined
}

/** The shape that an operator gives on the layer's inputs; what does not fit is reported. */
export function resultShape(
  { inputShapes, layer, problems }: LayerContext,
  { kind, attrs }: Pick<Meaning, 'kind' | 'attrs'>,
  inputs: readonly (Shape | undefined)[] = inputShapes,
): Shape | undefined {
  if (inputs.some(shape => shape === undefined)) return undefined
  try {
    return definitionOf(kind).inferShape(attrs, inputs as readonly Shape[], layer.name)
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    for (const { code, problem: found, expected, remedy } of problem.diagnostics)
      problems.add({
        code,
        place: layer.place,
        problem: found,
        ...(expected !== undefined && { expected }),
        ...(remedy !== undefined && { remedy }),
      })
    return undefined
  }
}

// Nodes that move values and change none.

import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { asInFile, fileShape } from './layout.ts'
import type { Computed, Draft, NodeContext, NodeMeaning, NodeReader } from './node.ts'

export const readSame: NodeReader = ({ attributes, inputs, node }) => {
  for (const name of ['ratio', 'seed', 'consumed_inputs']) attributes.value(name)
  const [x] = inputs
  if (node.outputs.length > 1 && node.outputs[1] !== '') {
    attributes.refuse('outputs', 'one result', 'Remove the mask from the outputs.')
  }
  return x && { same: x }
}

/** The value stands in one of several attributes. */
export const readConstant: NodeReader = ({ attributes, place, problems }) => {
  const tensor = attributes.value('value')
  const number = attributes.value('value_float') ?? attributes.value('value_int')
  const numbers = attributes.value('value_floats') ?? attributes.value('value_ints')
  const values = ((): FloatValues | undefined => {
    if (tensor?.kind === 'tensor') return { shape: tensor.value.dims, data: tensor.value.data }
    if (number?.kind === 'float' || number?.kind === 'int')
      return { shape: [], data: Float64Array.of(number.value) }
    if (numbers?.kind !== 'floats' && numbers?.kind !== 'ints') return undefined
    return { shape: [numbers.value.length], data: Float64Array.from(numbers.value) }
  })()
  if (values !== undefined) return { constant: { kind: 'constant', values } }
  problems.add({
    code: 'onnx/operand',
    place,
    problem: 'the constant is no dense tensor of numbers',
    expected: "an attribute 'value'",
    remedy: 'Export the model again.',
  })
  return undefined
}

export const readFlatten: NodeReader = context => {
  const { attributes, inputs } = context
  const [x] = inputs
  const rank = x?.kind === 'computed' ? x.shape.length + 1 : 0
  // Exported for one row, a model may have that in the vector too: the same elements.
  attributes.only('axis', [1, 0, 1 - rank, -rank], 'Keep the batch axis, and it alone.')
  return x?.kind === 'computed' ? flattened(context, x) : undefined
}

/** A vector of all elements, as they lie: whoever multiplies it orders its weights alike. */
function flattened(context: NodeContext, x: Computed): NodeMeaning {
  if (x.shape.length === 1) return { same: x }
  const drafts = [reshaped(context, x, [sizeOf(x.shape)])]
  return x.layout.kind === 'channels-last'
    ? { drafts, layout: { kind: 'flattened', from: x.shape } }
    : { drafts }
}

/** A shape whose first extent is the rows; 0 keeps an extent, −1 is what is left. */
export const readReshape: NodeReader = context => {
  const { inputs, attributes, place, problems } = context
  attributes.only('allowzero', [0], 'Give extents as numbers.')
  const [x, wanted] = inputs
  if (x === undefined || wanted === undefined) return undefined
  const asked = wanted.kind === 'constant' ? [...wanted.values.data] : []
  if (x.kind === 'constant') {
    const shape = resolvedShape(asked, x.values.shape)
    return { constant: { ...x, values: { ...x.values, shape } } }
  }
  const shape = resolvedShape([...asked], [1, ...fileShape(x)]).slice(1)
  if (asked.length > 1 && sizeOf(shape) === sizeOf(x.shape)) {
    if (shape.join() === fileShape(x).join()) return { same: x }
    if (shape.length === 1) return flattened(context, x)
    const { x: own, drafts } = asInFile(x, context.name)
    return { drafts: [...drafts, reshaped(context, own, shape)] }
  }
  problems.add({
    code: 'onnx/operand',
    place,
    problem:
      wanted.kind === 'computed'
        ? 'the shape is computed'
        : `the shape [${asked.join(', ')}] is asked of [rows, ${fileShape(x).join(', ')}]`,
    expected: 'a constant shape that keeps the rows as its first extent',
    remedy: 'Export the model with a fixed batch of 1.',
  })
  return undefined
}

function resolvedShape(asked: readonly number[], from: Shape): number[] {
  const kept = asked.map((extent, k) => (extent === 0 ? (from[k] ?? 1) : extent))
  const known = kept.filter(extent => extent > 0).reduce((product, extent) => product * extent, 1)
  return kept.map(extent => (extent === -1 ? sizeOf(from) / known : extent))
}

function reshaped({ name }: NodeContext, x: Computed, shape: Shape): Draft {
  return { kind: 'reshape', layerClass: 'Reshape', attrs: { shape }, name, inputs: [x.node], shape }
}

// Nodes that name axes: their operands have those of the file.

import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { Meaning } from '../draft.ts'
import type { Computed, Draft, NodeContext, NodeMeaning, NodeReader } from './node.ts'

export const readTranspose: NodeReader = context => {
  const { attributes, inputs } = context
  const [x] = inputs
  if (x === undefined) return undefined
  const rank = x.kind === 'constant' ? x.values.shape.length : x.shape.length + 1
  const order = attributes.numbers(
    'perm',
    Array.from({ length: rank }, (_, axis) => rank - 1 - axis),
  )
  if (x.kind === 'constant') return { constant: { ...x, values: permuted(x.values, order) } }
  if (order[0] !== 0) {
    attributes.refuse(
      'perm',
      '0 first: rows stay where they are',
      'Export the model with the batch axis first.',
    )
    return undefined
  }
  const axes = order.slice(1).map(axis => axis - 1)
  const shape = axes.map(axis => x.shape[axis] ?? 0)
  return one(context, x, { kind: 'permute', layerClass: 'Transpose', attrs: { axes } }, shape)
}

export const readConcat: NodeReader = context => {
  const { attributes, inputs, place, problems, name } = context
  const computed = inputs.filter(input => input?.kind === 'computed')
  const rank = (computed[0]?.shape.length ?? 0) + 1
  const axis = attributes.number('axis', 0)
  const own = (axis < 0 ? axis + rank : axis) - 1
  if (inputs.includes(undefined)) return undefined
  const isAlike = own < rank - 1 && computed.every(({ shape }) => shape.length === rank - 1)
  if (computed.length < inputs.length || own < 0 || !isAlike) {
    problems.add({
      code: 'onnx/operand',
      place,
      problem:
        own < 0
          ? 'tensors are joined along the rows'
          : isAlike
            ? 'one of the tensors is a constant'
            : `the tensors have no axis ${axis} in common`,
      expected: 'computed tensors, joined along another axis',
      remedy: 'Add the constant part in the layers that follow.',
    })
    return undefined
  }
  const shape = computed[0]!.shape.map((extent, k) =>
    k === own ? computed.reduce((sum, input) => sum + input.shape[own]!, 0) : extent,
  )
  const draft: Draft = {
    kind: 'concatenate',
    layerClass: 'Concatenate',
    attrs: { axis: own },
    name,
    inputs: computed.map(({ node }) => node),
    shape,
  }
  return { drafts: [draft] }
}

/** Zeros only; before opset 11 the widths are an attribute. */
export const readPad: NodeReader = context => {
  const { attributes, inputs, place, problems } = context
  attributes.only('mode', ['constant'], 'Pad with zeros.')
  const [x, widths, value] = inputs
  const given = widths?.kind === 'constant' ? [...widths.values.data] : attributes.numbers('pads', [])
  const filled = value?.kind === 'constant' ? (value.values.data[0] ?? 0) : attributes.number('value', 0)
  if (x?.kind !== 'computed') return undefined
  const rank = x.shape.length + 1
  const [before, after] = [given.slice(1, rank), given.slice(rank + 1)]
  const isWhole = given.length === 2 * rank && given.every(width => width >= 0) && !given[0] && !given[rank]
  if (!isWhole || filled !== 0 || widths?.kind === 'computed') {
    problems.add({
      code: 'onnx/operand',
      place,
      problem: `the widths are [${given.join(', ')}] and the value is ${filled}`,
      expected: `${2 * rank} widths of at least 0, none along the rows, and the value 0`,
      remedy: 'Pad with zeros.',
    })
    return undefined
  }
  const shape = x.shape.map((extent, axis) => before[axis]! + extent + after[axis]!)
  return one(context, x, { kind: 'pad', layerClass: 'ZeroPadding2D', attrs: { before, after } }, shape)
}

/** The nearest neighbour by whole factors. */
export const readResize: NodeReader = context => {
  const { attributes, inputs, node, place, problems } = context
  attributes.only('mode', ['nearest'], 'Other interpolations are not supported.')
  attributes.only('nearest_mode', ['floor', 'round_prefer_floor'], 'Export with nearest_mode floor.')
  attributes.only('coordinate_transformation_mode', ['asymmetric', 'half_pixel'], 'Export it as asymmetric.')
  for (const name of ['cubic_coeff_a', 'extrapolation_value', 'exclude_outside', 'antialias'])
    attributes.value(name)
  const x = inputs[0]
  const scales = inputs.slice(1).find(own => own?.kind === 'constant' && own.values.data.length > 0)
  if (x?.kind !== 'computed') return undefined
  const isSizes = node.type === 'Resize' && scales === inputs[3]
  const given = scales?.kind === 'constant' ? [...scales.values.data] : attributes.numbers('scales', [])
  const factors = given.slice(1).map((value, axis) => (isSizes ? value / x.shape[axis]! : value))
  const isWhole =
    given.length === x.shape.length + 1 && factors.every(own => Number.isInteger(own) && own > 0)
  if (!isWhole || given[0] !== 1) {
    problems.add({
      code: 'onnx/operand',
      place,
      problem: `the scales are [${given.join(', ')}]`,
      expected: 'a whole number above 0 for each axis, 1 for the rows',
      remedy: 'Resize by whole factors.',
    })
    return undefined
  }
  const shape = x.shape.map((extent, axis) => extent * factors[axis]!)
  return one(context, x, { kind: 'upsample', layerClass: 'Resize', attrs: { factors } }, shape)
}

export const readSqueeze: NodeReader = context => {
  const axes = namedAxes(context)
  const [x] = context.inputs
  if (x === undefined) return undefined
  const shape = shapeWithRows(x)
  const wanted = (
    axes.length > 0 ? axes : shape.flatMap((extent, axis) => (axis > 0 && extent === 1 ? [axis] : []))
  ).map(axis => (axis < 0 ? axis + shape.length : axis))
  return withShape(
    context,
    shape.filter((_, axis) => !wanted.includes(axis)),
  )
}

export const readUnsqueeze: NodeReader = context => {
  const axes = namedAxes(context)
  const [x] = context.inputs
  if (x === undefined) return undefined
  const given = shapeWithRows(x)
  const rank = given.length + axes.length
  const wanted = axes.map(axis => (axis < 0 ? axis + rank : axis))
  const rest = [...given]
  const shape = Array.from({ length: rank }, (_, axis) => (wanted.includes(axis) ? 1 : rest.shift()!))
  return withShape(context, shape)
}

/** From opset 13 on the axes are an input. */
function namedAxes({ attributes, inputs }: NodeContext): readonly number[] {
  const given = inputs[1]
  return given?.kind === 'constant' ? [...given.values.data] : attributes.numbers('axes', [])
}

function shapeWithRows(x: NonNullable<NodeContext['inputs'][number]>): readonly number[] {
  return x.kind === 'constant' ? x.values.shape : [1, ...x.shape]
}

/** The same elements; of a computed tensor the first extent is the rows. */
function withShape(context: NodeContext, shape: readonly number[]): NodeMeaning | undefined {
  const x = context.inputs[0]!
  if (x.kind === 'constant') return { constant: { ...x, values: { ...x.values, shape } } }
  const own = shape.slice(1)
  if (shape[0] === 1 && own.length > 0 && sizeOf(own) === sizeOf(x.shape)) {
    return one(context, x, { kind: 'reshape', layerClass: 'Reshape', attrs: { shape: own } }, own)
  }
  context.problems.add({
    code: 'onnx/operand',
    place: context.place,
    problem: `the axes make [${shape.join(', ')}] of [rows, ${x.shape.join(', ')}]`,
    expected: 'the rows as the first axis',
    remedy: 'Export the model with the batch axis first.',
  })
  return undefined
}

function one({ name }: NodeContext, x: Computed, meaning: Meaning, shape: Shape): NodeMeaning {
  return { drafts: [{ ...meaning, name, inputs: [x.node], shape }] }
}

function permuted({ shape, data }: FloatValues, order: readonly number[]): FloatValues {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const turned = order.map(axis => shape[axis]!)
  const out = new Float64Array(data.length)
  for (let k = 0; k < data.length; k++) {
    let rest = k
    let from = 0
    for (let axis = turned.length - 1; axis >= 0; axis--) {
      from += (rest % turned[axis]!) * strides[order[axis]!]!
      rest = Math.floor(rest / turned[axis]!)
    }
    out[k] = data[from]!
  }
  return { shape: turned, data: out }
}

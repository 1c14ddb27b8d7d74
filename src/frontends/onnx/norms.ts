// What works along one axis: softmax and layer normalisation. Operators have that axis last.

import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import { permuteOf } from './layout.ts'
import type { Computed, Draft, NodeContext, NodeMeaning, NodeReader } from './node.ts'
import { shapedAs } from './rows.ts'

/** Along any axis; before opset 13 over all elements from that axis on. */
export const readSoftmax: NodeReader = context => {
  const { attributes, inputs, opset, name } = context
  const [x] = inputs
  if (x?.kind !== 'computed') return refuseConstant(context)
  const rank = x.shape.length + 1
  const given = attributes.number('axis', opset < 13 ? 1 : -1)
  const axis = (given < 0 ? given + rank : given) - 1
  if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length) {
    attributes.refuse('axis', `an axis behind the rows: 1 to ${rank - 1}`, 'Export the model again.')
    return undefined
  }
  if (axis === x.shape.length - 1) return { drafts: [softmaxOf(x, name)] }
  if (opset < 13) {
    const outer = x.shape.slice(0, axis)
    return throughShape(context, x, [...outer, sizeOf(x.shape.slice(axis))])
  }
  return { drafts: throughLastAxis(x, axis, name) }
}

const softmaxOf = (x: Computed, name: string): Draft => ({
  kind: 'softmax',
  layerClass: 'Softmax',
  attrs: { axis: -1 },
  name,
  inputs: [x.node],
  shape: x.shape,
})

function throughShape({ name }: NodeContext, x: Computed, shape: Shape): NodeMeaning {
  const { x: flat, drafts } = shapedAs(x, shape, `${name}_rows`)
  const own = softmaxOf(flat, name)
  const back = shapedAs({ ...flat, node: own.name }, x.shape, `${name}_back`)
  return { drafts: [...drafts, own, ...back.drafts] }
}

/** The axis and the last one change places, and back behind the softmax. */
function throughLastAxis(x: Computed, axis: number, name: string): Draft[] {
  const last = x.shape.length - 1
  const axes = x.shape.map((_, k) => (k === axis ? last : k === last ? axis : k))
  const before = permuteOf(x, axes, `${name}_axis_last`)
  const own = softmaxOf({ ...x, node: before.name, shape: before.shape }, name)
  return [before, own, permuteOf({ node: own.name, shape: own.shape }, axes, `${name}_axis_back`)]
}

export const readLayerNormalization: NodeReader = context => {
  const { attributes, inputs, name } = context
  const [x, scale, bias] = inputs
  if (x?.kind !== 'computed' || scale?.kind !== 'constant' || bias?.kind === 'computed')
    return refuseConstant(context)
  attributes.only('axis', [-1, x.shape.length], 'Normalise over the last axis.')
  attributes.value('stash_type')
  const epsilon = attributes.number('epsilon', 1e-5)
  // hls4ml reads it as a power of ten.
  if (!(epsilon > 0 && Math.round(Math.log10(epsilon)) < 0))
    attributes.refuse('epsilon', 'a number from 1e-30 to 0.1', 'Train with a usual one.')
  const extent = x.shape.at(-1)!
  const [factors, offsets] = [scale.values.data, bias?.values.data ?? [0]]
  for (const { length } of [factors, offsets])
    if (length !== 1 && length !== extent) return refuseExtent(context, length, extent)
  // One number stands for all of the axis, as broadcasting has it.
  const along = (values: ArrayLike<number>) => ({
    shape: [extent],
    data: Float64Array.from({ length: extent }, (_, k) => values[values.length === 1 ? 0 : k]!),
  })
  const draft: Draft = {
    kind: 'layer-norm',
    layerClass: 'LayerNormalization',
    attrs: { epsilon },
    name,
    inputs: [x.node],
    shape: x.shape,
    weights: { scale: along(factors), bias: along(offsets) },
  }
  return { drafts: [draft] }
}

function refuseExtent({ place, problems }: NodeContext, found: number, extent: number): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: `its scale or bias has ${found} values, the axis ${extent}`,
    expected: 'a value for each of the axis, or one for all',
    remedy: 'Export the model again.',
  })
  return undefined
}

function refuseConstant({ place, problems }: NodeContext): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: 'its input is a constant, or its scale or bias is computed',
    expected: 'a computed tensor, and constants beside it',
    remedy: 'Fold constants before exporting, e.g. with onnxsim or qonnx-cleanup.',
  })
  return undefined
}

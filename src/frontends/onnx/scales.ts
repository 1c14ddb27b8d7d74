// Sums and products with constants: a scale and a bias for each channel, as hls4ml reads them.

import { conversion, fixedType } from '../../fixed/types.ts'
import type { SourceQuantiser } from '../../ir/graph.ts'
import { fixedQuantiser } from '../../ir/source-quantiser.ts'
import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { foldBatchNorm } from '../keras/batch-norm.ts'
import { asChannelsLast, fileOrder, fileShape, storedAxis } from './layout.ts'
import type { Computed, Constant, Draft, NodeContext, NodeReader } from './node.ts'
import { spreader } from './quant.ts'

const oneBit = fixedQuantiser(conversion(fixedType(false, 1, 0)))

type Merge = 'add' | 'subtract' | 'multiply' | 'divide'

/** `a op b` where one is a constant; two computed tensors are merged by `both`, two constants computed at once. */
export function readMerge(op: Merge, both: NodeReader): NodeReader {
  return context => {
    const [a, b] = context.inputs
    if (a === undefined || b === undefined) return undefined
    if (a.kind === 'computed' && b.kind === 'computed') return both(context)
    if (a.kind === 'constant' && b.kind === 'constant') return { constant: computed(op, a, b) }
    const [x, constant] = a.kind === 'computed' ? [a, b as Constant] : [b as Computed, a]
    if (op === 'divide' && a.kind === 'constant') return refuseQuotient(context)
    const values = channelValues(context, x, constant.values)
    if (values === undefined) return undefined
    const draft = affine(context, op, x, { ...constant, values }, a.kind === 'constant')
    return { drafts: [draft], layout: x.layout }
  }
}

/** Only by constants. */
export function refuseQuotient({ place, problems }: NodeContext): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: 'it divides by a computed tensor',
    expected: 'a constant divisor',
    remedy: 'Train without the quotient.',
  })
  return undefined
}

/** One value, one for each channel (the last axis as the tensor lies), or one for each element. */
function channelValues(
  { place, problems }: NodeContext,
  x: Computed,
  { data, shape }: FloatValues,
): FloatValues | undefined {
  const size = data.length
  if (size === 1) return { shape: [1], data }
  // Axes are matched from the last one on; one too many is the batch axis.
  const own = fileShape(x)
  const axis = own.length - shape.length + shape.findIndex(extent => extent !== 1)
  const varies = shape.filter(extent => extent !== 1).length === 1 && axis >= 0
  if (varies && own[axis] === size && storedAxis(x, axis) === x.shape.length - 1) {
    return { shape: [size], data: inOrder(x, data) }
  }
  const every = spreadValues(x, { data, shape })
  if (every === undefined) refuseSpread({ place, problems }, x, shape)
  return every
}

/** No tensor that a constant is written out for has more elements. */
const mostSpread = 2 ** 24

/** A constant's value for each element as the tensor lies; undefined where its shape does not broadcast to the tensor's. */
export function spreadValues(x: Computed, { data, shape }: FloatValues): FloatValues | undefined {
  const own = fileShape(x)
  const every = shape.length > own.length && shape[0] === 1 ? shape.slice(1) : shape
  if (sizeOf(own) > mostSpread) return undefined
  return isSpread(every, own) ? { shape: x.shape, data: elementValues(x, { data, shape: every }) } : undefined
}

export function refuseSpread(
  { place, problems }: Pick<NodeContext, 'place' | 'problems'>,
  x: Computed,
  shape: Shape,
): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: `a constant of the shape [${shape.join(', ')}] meets a tensor of [rows, ${fileShape(x).join(', ')}]`,
    expected: `a shape that broadcasts to the tensor, without its rows${sizeOf(fileShape(x)) > mostSpread ? `, of at most ${mostSpread} elements` : ''}`,
    remedy: 'Add or multiply in the layer before, or in one that follows.',
  })
  return undefined
}

function isSpread(from: Shape, to: Shape): boolean {
  const skipped = to.length - from.length
  return skipped >= 0 && from.every((extent, axis) => extent === 1 || extent === to[axis + skipped])
}

/** A value for each element of a tensor, in the order in which the elements lie. */
function elementValues(x: Computed, { data, shape }: FloatValues): Float64Array {
  const at = spreader({ shape, data }, fileShape(x))
  const file = Float64Array.from({ length: sizeOf(x.shape) }, (_, k) => at(k))
  if (x.layout.kind !== 'channels-last') return inOrder(x, file)
  const order = fileOrder(x.shape)
  return file.map((_, k) => file[order[k]!]!)
}

/** A value for each element of a vector, in the order in which the elements lie. */
function inOrder({ layout }: Computed, data: Float64Array): Float64Array {
  if (layout.kind !== 'flattened') return data
  const order = fileOrder(layout.from)
  return data.map((_, k) => data[order[k]!]!)
}

function affine(
  { name }: NodeContext,
  op: Merge,
  x: Computed,
  { values, quantiser }: Constant,
  isReversed: boolean,
): Draft {
  const { shape, data } = values
  const is = (value: number): FloatValues => ({ shape: [1], data: Float64Array.of(value) })
  const isSum = op === 'add' || op === 'subtract'
  const negative = op === 'subtract' && !isReversed
  const factors = op === 'divide' ? data.map(value => Math.fround(1 / value)) : data
  const scale = isSum ? is(op === 'subtract' && isReversed ? -1 : 1) : { shape, data: factors }
  const bias = isSum ? { shape, data: negative ? data.map(value => -value) : data } : is(0)
  // What is 1 or 0 has one bit, as in hls4ml; −1 has the type that is asked.
  const quantisers: Record<string, SourceQuantiser> = isSum
    ? { ...(scale.data[0] === 1 && { scale: oneBit }), ...(quantiser && !negative && { bias: quantiser }) }
    : { bias: oneBit, ...(quantiser && op === 'multiply' && { scale: quantiser }) }
  return {
    kind: 'batch-norm',
    layerClass: 'ApplyAlpha',
    attrs: { scaleCoding: 'plain' },
    name,
    inputs: [x.node],
    shape: x.shape,
    weights: { scale, bias },
    quantisers,
    otherNames: [`bn_${name}`],
  }
}

function computed(op: Merge, a: Constant, b: Constant): Constant {
  const count = Math.max(a.values.data.length, b.values.data.length)
  const shape = a.values.data.length === count ? a.values.shape : b.values.shape
  const functions = {
    add: (x: number, y: number) => x + y,
    subtract: (x: number, y: number) => x - y,
    multiply: (x: number, y: number) => x * y,
    divide: (x: number, y: number) => x / y,
  }
  const at = ({ values: { data } }: Constant, k: number) => data[k % data.length]!
  const data = Float64Array.from({ length: count }, (_, k) => Math.fround(functions[op](at(a, k), at(b, k))))
  return { kind: 'constant', values: { shape, data } }
}

/** `isLast`: QONNX's domain `channels_last`, where the file has channels last. */
export const readBatchNormalization =
  (isLast = false): NodeReader =>
  context => {
    const { attributes, inputs, name, place, problems } = context
    const epsilon = Math.fround(attributes.number('epsilon', 1e-5))
    attributes.number('momentum', 0.9)
    attributes.only('spatial', [1], 'Normalise over all places of a channel.')
    attributes.only('training_mode', [0], 'Export the model in evaluation mode.')
    const [given, ...rest] = inputs
    const [gamma, beta, mean, variance] = rest.map(own => (own?.kind === 'constant' ? own.values : undefined))
    if (given?.kind !== 'computed' || !gamma || !beta || !mean || !variance) {
      problems.add({
        code: 'onnx/operand',
        place,
        problem: 'scale, bias, mean or variance is computed, or missing',
        expected: 'four constants',
        remedy: 'Export the model in evaluation mode.',
      })
      return undefined
    }
    const { x, drafts } = isLast ? { x: given, drafts: [] } : withLastChannels(given, name)
    const folded = foldBatchNorm({ gamma, beta, mean, variance }, epsilon)
    const weights = Object.fromEntries(
      Object.entries(folded).map(([role, { shape, data }]) => [role, { shape, data: inOrder(x, data) }]),
    )
    const draft: Draft = {
      kind: 'batch-norm',
      layerClass: 'BatchNormalization',
      attrs: { scaleCoding: 'plain' },
      name,
      inputs: [x.node],
      shape: x.shape,
      weights,
    }
    return { drafts: [...drafts, draft], layout: x.layout }
  }

/** The axis behind the rows is that of channels, the only one of a vector. */
function withLastChannels(x: Computed, name: string) {
  return x.shape.length === 1 ? { x, drafts: [] } : asChannelsLast(x, name)
}

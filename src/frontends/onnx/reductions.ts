// Means and greatest values along axes, as global pooling, which is over all axes but the last; sums as products with ones.

import { conversion, fixedType } from '../../fixed/types.ts'
import { fixedQuantiser } from '../../ir/source-quantiser.ts'
import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import { asInFile, permuteOf, storedAxis } from './layout.ts'
import type { Computed, Draft, NodeContext, NodeMeaning, NodeReader } from './node.ts'
import { shapedAs } from './rows.ts'

/** What exporters write for pooling over an image, and for means over steps. */
export const readReduce =
  (reduce: 'max' | 'average' | 'sum'): NodeReader =>
  context => {
    const { attributes, inputs } = context
    const [x, given] = inputs
    if (x?.kind !== 'computed') return refuse(context, 'its input is a constant')
    if (given?.kind === 'computed') return refuse(context, 'its axes are computed')
    const keeps = attributes.number('keepdims', 1) === 1
    attributes.only('noop_with_empty_axes', [0], 'Name the axes.')
    const rank = x.shape.length + 1
    const axes = given === undefined ? attributes.numbers('axes', []) : [...given.values.data]
    const own = axes.map(axis => (axis < 0 ? axis + rank : axis) - 1).sort((a, b) => a - b)
    const isWithin =
      own.length > 0 && own.every((axis, k) => x.shape[axis] !== undefined && axis !== own[k - 1])
    if (!isWithin) return refuse(context, `it reduces the axes [${axes.join(', ')}], the rows among them`)
    return reduce === 'sum'
      ? summed(context, x, { keeps, axes: own })
      : pooled(context, x, { reduce, keeps, axes: own })
  }

interface Reduction {
  readonly reduce: 'max' | 'average'
  readonly keeps: boolean
  /** Of the file, without the rows, rising. */
  readonly axes: readonly number[]
}

function pooled(context: NodeContext, x: Computed, { reduce, keeps, axes }: Reduction): NodeMeaning {
  const { name } = context
  const stored = axes.map(axis => storedAxis(x, axis)).sort((a, b) => a - b)
  const isImage = x.layout.kind !== 'flattened' && x.shape.length > 1 && stored.length === x.shape.length - 1
  if (isImage && stored.every((axis, k) => axis === k)) {
    const [channels] = x.shape.slice(-1)
    const shape = keeps ? [...stored.map(() => 1), channels!] : [channels!]
    return keeps
      ? { drafts: [pool(reduce, name, x, shape)], layout: x.layout }
      : { drafts: [pool(reduce, name, x, shape)] }
  }
  const { x: own, drafts } = asInFile(x, name)
  const kept = own.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
  const front = turned(own, [...axes, ...kept], `${name}_axes`)
  const count = sizeOf(kept.map(axis => own.shape[axis]!))
  const flat = shapedAs(front.x, [sizeOf(own.shape) / count, count], `${name}_rows`)
  const result = pool(reduce, `${name}_pool`, flat.x, [count])
  const alone = own.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
  // What is left of a vector keeps an axis: without one there would be no tensor.
  const shape = keeps ? alone : kept.length === 0 ? [1] : kept.map(axis => own.shape[axis]!)
  const last = shapedAs({ ...flat.x, node: result.name, shape: [count] }, shape, name)
  const named = last.drafts.length === 0 ? [{ ...result, name }] : [result, ...last.drafts]
  return { drafts: [...drafts, ...front.drafts, ...flat.drafts, ...named] }
}

/** A product with ones, the axes put last. */
function summed({ name }: NodeContext, x: Computed, { keeps, axes }: Omit<Reduction, 'reduce'>): NodeMeaning {
  const { x: own, drafts } = asInFile(x, name)
  const kept = own.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
  const back = turned(own, [...kept, ...axes], `${name}_axes`)
  const outer = kept.map(axis => own.shape[axis]!)
  const count = sizeOf(axes.map(axis => own.shape[axis]!))
  const flat = shapedAs(back.x, [...outer, count], `${name}_rows`)
  const ones: Draft = {
    kind: 'dense',
    layerClass: 'Dense',
    attrs: { units: 1, weightCoding: 'plain', inputCoding: 'plain' },
    name: `${name}_sum`,
    inputs: [flat.x.node],
    shape: [...outer, 1],
    weights: { weight: { shape: [count, 1], data: new Float64Array(count).fill(1) } },
    quantisers: { weight: fixedQuantiser(conversion(fixedType(false, 1, 0))) },
  }
  const alone = own.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
  // What is left of a vector keeps an axis: without one there would be no tensor.
  const shape = keeps ? alone : outer.length === 0 ? [1] : outer
  const last = shapedAs({ ...flat.x, node: ones.name, shape: ones.shape }, shape, name)
  const named = last.drafts.length === 0 ? [{ ...ones, name }] : [ones, ...last.drafts]
  return { drafts: [...drafts, ...back.drafts, ...flat.drafts, ...named] }
}

const pool = (reduce: Reduction['reduce'], name: string, x: Computed, shape: Shape): Draft => ({
  kind: 'global-pool',
  layerClass: `GlobalPooling${Math.min(x.shape.length - 1, 2)}D`,
  attrs: { reduce, keepDims: shape.length > 1 },
  name,
  inputs: [x.node],
  shape,
})

function turned(x: Computed, axes: readonly number[], name: string) {
  if (axes.every((axis, k) => axis === k)) return { x, drafts: [] }
  const draft = permuteOf(x, axes, name)
  return { x: { ...x, node: name, shape: draft.shape }, drafts: [draft] }
}

function refuse({ place, problems }: NodeContext, problem: string): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem,
    expected: 'axes of a computed tensor, given as constants and behind its rows',
    remedy: 'Export the model again, with the axes named.',
  })
  return undefined
}

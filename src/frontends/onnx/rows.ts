// Tensors whose rows are not the file's first axis. Recurrent layers of ONNX have time first, [steps, rows, features],
// and what stands around them turns that. Here rows have no axis, so turning them costs nothing: it changes the view
// under which a tensor is known, and nodes are made only where elements move.

import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { inFile, permuteOf } from './layout.ts'
import type { Computed, Draft, NodeContext, NodeMeaning, NodeReader, Operand } from './node.ts'

/** The file's extents without the rows, and the axis at which those stand. */
export interface RowsView {
  readonly dims: Shape
  readonly axis: number
}

export function viewOf({ shape, layout }: Computed): RowsView {
  return layout.kind === 'rows-at' ? { dims: layout.dims, axis: layout.axis } : { dims: shape, axis: 0 }
}

/** The operand under another view of the same elements; a node only where rows first need the shape itself. */
export function underView(x: Computed, { dims, axis }: RowsView, name: string) {
  if (axis > 0) return { x: { ...x, layout: { kind: 'rows-at', axis, dims } } as Computed, drafts: [] }
  const { x: own, drafts } = shapedAs(x, dims, name)
  return { x: { ...own, layout: inFile }, drafts }
}

/** The operand with this shape. */
export function shapedAs(x: Computed, shape: Shape, name: string) {
  if (x.shape.join() === shape.join()) return { x, drafts: [] as Draft[] }
  const draft: Draft = {
    kind: 'reshape',
    layerClass: 'Reshape',
    attrs: { shape },
    name,
    inputs: [x.node],
    shape,
  }
  return { x: { ...x, node: name, shape }, drafts: [draft] }
}

/** What a node gives that makes some nodes and has its result under a view. */
export function seen(x: Computed, view: RowsView, name: string, before: readonly Draft[]): NodeMeaning {
  const { x: own, drafts } = underView(x, view, name)
  const all = [...before, ...drafts]
  return all.length === 0 ? { same: own } : { drafts: all, results: [own] }
}

/** Extents of the file, the rows among them as 1. */
export function extentsOf(x: Operand): readonly number[] {
  if (x.kind === 'constant') return x.values.shape
  const { dims, axis } = viewOf(x)
  return [...dims.slice(0, axis), 1, ...dims.slice(axis)]
}

/** An axis of the file among those here; undefined for the rows. */
export function ownAxis({ axis }: RowsView, of: number): number | undefined {
  return of === axis ? undefined : of < axis ? of : of - 1
}

export const readTransposedRows =
  (read: NodeReader): NodeReader =>
  context => {
    const [x] = context.inputs
    const order = context.attributes.numbers('perm', [])
    if (x?.kind !== 'computed') return read(context)
    const view = viewOf(x)
    if (order.length !== view.dims.length + 1 || (view.axis === 0 && order[0] === 0)) return read(context)
    const axes = order.flatMap(axis => ownAxis(view, axis) ?? [])
    const dims = axes.map(axis => view.dims[axis]!)
    const turned = { dims, axis: order.indexOf(view.axis) }
    // Axes of one element move freely.
    const moving = axes.filter(axis => view.dims[axis] !== 1)
    if (moving.every((axis, k) => k === 0 || axis > moving[k - 1]!)) return seen(x, turned, context.name, [])
    const { x: own, drafts } = shapedAs(x, view.dims, `${context.name}_axes`)
    const result: Computed = { kind: 'computed', node: context.name, shape: dims, layout: inFile }
    const { x: last } = underView(result, turned, context.name)
    return { drafts: [...drafts, permuteOf(own, axes, context.name)], results: [last] }
  }

/** The view without, or with more, axes of one element; `undefined` where the rows are one of them. */
export const readSqueezedRows =
  (read: NodeReader): NodeReader =>
  context => {
    const [x] = context.inputs
    if (x?.kind !== 'computed' || x.layout.kind !== 'rows-at') return read(context)
    const view = viewOf(x)
    const rank = view.dims.length + 1
    const given = namedAxes(context).map(axis => (axis < 0 ? axis + rank : axis))
    const wanted = given.length > 0 ? given : extentsOf(x).flatMap((own, axis) => (own === 1 ? [axis] : []))
    const gone = wanted.flatMap(axis => ownAxis(view, axis) ?? [])
    if (given.includes(view.axis) || gone.some(axis => view.dims[axis] !== 1)) return refuseRows(context)
    const dims = view.dims.filter((_, axis) => !gone.includes(axis))
    const axis = view.axis - wanted.filter(own => own < view.axis).length
    return seen(x, { dims, axis }, context.name, [])
  }

export const readUnsqueezedRows =
  (read: NodeReader): NodeReader =>
  context => {
    const [x] = context.inputs
    if (x?.kind !== 'computed') return read(context)
    const view = viewOf(x)
    const axes = namedAxes(context)
    const rank = view.dims.length + 1 + axes.length
    const wanted = axes.map(axis => (axis < 0 ? axis + rank : axis))
    if (view.axis === 0 && !wanted.includes(0)) return read(context)
    const old = Array.from({ length: rank }, (_, axis) => axis).filter(axis => !wanted.includes(axis))
    const rows = old[view.axis]!
    const dims = Array.from({ length: rank }, (_, axis) => axis)
      .filter(axis => axis !== rows)
      .map(axis => (wanted.includes(axis) ? 1 : view.dims[ownAxis(view, old.indexOf(axis))!]!))
    return seen(x, { dims, axis: rows }, context.name, [])
  }

/** A shape that keeps the rows where they are, and as many elements in front of them. */
export const readReshapedRows =
  (read: NodeReader): NodeReader =>
  context => {
    const [x, wanted] = context.inputs
    if (x?.kind !== 'computed' || x.layout.kind !== 'rows-at') return read(context)
    context.attributes.only('allowzero', [0], 'Give extents as numbers.')
    const asked = wanted?.kind === 'constant' ? [...wanted.values.data] : []
    const given = extentsOf(x)
    const kept = asked.map((extent, k) => (extent === 0 ? (given[k] ?? 1) : extent))
    const rest = sizeOf(given) / kept.filter(extent => extent !== -1).reduce((all, own) => all * own, 1)
    const shape = kept.map(extent => (extent === -1 ? rest : extent))
    const { dims, axis } = viewOf(x)
    const before = sizeOf(dims.slice(0, axis))
    const rows = shape.findIndex((own, k) => own === 1 && sizeOf(shape.slice(0, k)) === before)
    if (rows < 0 || sizeOf(shape) !== sizeOf(given)) return refuseRows(context)
    return seen(x, { dims: shape.filter((_, k) => k !== rows), axis: rows }, context.name, [])
  }

/** What works element by element, or on the last axis with constants of it, keeps the view. */
export const keepingRows =
  (read: NodeReader): NodeReader =>
  context => {
    const [index, x] = context.inputs.flatMap((own, k) =>
      own?.kind === 'computed' && own.layout.kind === 'rows-at' ? [[k, own] as const] : [],
    )[0] ?? [0, undefined]
    if (x === undefined) return read(context)
    const others = context.inputs.filter((_, k) => k !== index)
    const view = viewOf(x)
    const isLast = view.axis < view.dims.length
    const { x: own, drafts } = shapedAs(x, view.dims, `${context.name}_axes`)
    const fits = others.every(other => other === undefined || fitsLastAxis(other))
    if (!isLast || !fits) return refuseRows(context)
    const inputs = context.inputs.map((given, k) => (k === index ? { ...own, layout: inFile } : given))
    const meaning = read({ ...context, inputs })
    if (meaning === undefined || !('drafts' in meaning)) return meaning
    const last = meaning.drafts.at(-1)!
    const result: Computed = { kind: 'computed', node: last.name, shape: last.shape, layout: inFile }
    const { x: shown } = underView(result, { dims: last.shape, axis: view.axis }, '')
    return { drafts: [...drafts, ...meaning.drafts], results: [shown] }
  }

/** Constants along the last axis, and kernels of it. */
const fitsLastAxis = (other: Operand) => other.kind === 'constant' && other.values.shape.length <= 2

/** One element of an axis, or a stretch of it. */
export const readGather: NodeReader = context => {
  const [x, index] = context.inputs
  if (x === undefined || index?.kind !== 'constant')
    return index && refuseRows(context, 'its indices are computed')
  const { shape, data } = index.values
  const extents = extentsOf(x)
  const axis = wrapped(context.attributes.number('axis', 0), extents.length)
  const wanted = [...data].map(own => wrapped(own, extents[axis] ?? 0))
  if (x.kind === 'constant') {
    const kept = [...extents.slice(0, axis), ...shape, ...extents.slice(axis + 1)]
    return constantOf(taken(x.values, axis, wanted), kept)
  }
  const isRun = wanted.every((own, k) => own === wanted[0]! + k)
  if (shape.length > 1 || !isRun)
    return refuseRows(context, 'it takes elements that do not lie behind one another')
  return partOf(
    context,
    x,
    [{ axis, from: wanted[0]!, to: wanted[0]! + wanted.length }],
    shape.length === 0 ? [axis] : [],
  )
}

/** Stretches of axes, step by step of 1. */
export const readSlice: NodeReader = context => {
  const { inputs, attributes } = context
  const [x] = inputs
  const list = (k: number, name: string) => {
    const given = inputs[k]
    return given?.kind === 'constant' ? [...given.values.data] : attributes.numbers(name, [])
  }
  const [starts, ends, axes, steps] = [list(1, 'starts'), list(2, 'ends'), list(3, 'axes'), list(4, 'steps')]
  if (x === undefined) return undefined
  const extents = extentsOf(x)
  const bounded = (at: number, extent: number) => Math.min(Math.max(at < 0 ? at + extent : at, 0), extent)
  const parts = starts.map((start, k) => {
    const axis = wrapped(axes[k] ?? k, extents.length)
    const extent = extents[axis] ?? 0
    return { axis, from: bounded(start, extent), to: bounded(ends[k] ?? extent, extent) }
  })
  const isComputed = inputs.slice(1).some(own => own?.kind === 'computed')
  if (isComputed || steps.some(own => own !== 1) || parts.some(({ from, to }) => from >= to))
    return refuseRows(context, `it takes from [${starts.join(', ')}] to [${ends.join(', ')}]`)
  if (x.kind === 'computed') return partOf(context, x, parts, [])
  let values = x.values
  for (const { axis, from, to } of parts) {
    const shape = values.shape.map((own, k) => (k === axis ? to - from : own))
    values = {
      shape,
      data: taken(
        values,
        axis,
        Array.from({ length: to - from }, (_, k) => from + k),
      ).data,
    }
  }
  return constantOf(values, values.shape)
}

interface Part {
  readonly axis: number
  readonly from: number
  readonly to: number
}

/** Parts along axes of the file, some axes of which are left out of the result. */
export function partOf(context: NodeContext, x: Computed, parts: readonly Part[], gone: readonly number[]) {
  const view = viewOf(x)
  const onRows = parts.filter(({ axis }) => axis === view.axis)
  if (gone.includes(view.axis) || onRows.some(({ from, to }) => from !== 0 || to < 1))
    return refuseRows(context, 'it takes some of the rows')
  const before = view.dims.map(() => 0)
  const after = view.dims.map(() => 0)
  for (const { axis, from, to } of parts) {
    const own = ownAxis(view, axis)
    if (own === undefined) continue
    before[own] = from
    after[own] = view.dims[own]! - to
  }
  const cut = view.dims.map((extent, axis) => extent - before[axis]! - after[axis]!)
  const lost = gone.flatMap(axis => ownAxis(view, axis) ?? [])
  const last = {
    dims: cut.filter((_, axis) => !lost.includes(axis)),
    axis: view.axis - gone.filter(own => own < view.axis).length,
  }
  if (cut.join() === view.dims.join()) return seen(x, last, context.name, [])
  const { x: own, drafts } = shapedAs(x, view.dims, `${context.name}_axes`)
  const isOnly = last.axis > 0 || last.dims.join() === cut.join()
  const name = isOnly ? context.name : `${context.name}_part`
  const attrs = { before, after }
  const draft: Draft = { kind: 'crop', layerClass: 'Cropping1D', attrs, name, inputs: [own.node], shape: cut }
  const result: Computed = { kind: 'computed', node: name, shape: cut, layout: inFile }
  return seen(result, last, context.name, [...drafts, draft])
}

/** Extents as a constant, the rows as 1: what exporters compute shapes and zero states from. */
export const readShape: NodeReader = ({ attributes, inputs }) => {
  const [x] = inputs
  if (x === undefined) return undefined
  const extents = extentsOf(x)
  const end = attributes.number('end', extents.length)
  const data = Float64Array.from(extents.slice(attributes.number('start', 0), end))
  return constantOf({ shape: [data.length], data }, [data.length])
}

export const readConstantOfShape: NodeReader = ({ attributes, inputs }) => {
  const [shape] = inputs
  const value = attributes.value('value')
  if (shape?.kind !== 'constant') return undefined
  const filled = value?.kind === 'tensor' ? (value.value.data[0] ?? 0) : 0
  return filledWith([...shape.values.data], () => filled)
}

/** Of constants: what is computed keeps its shape in this way or is refused. */
export const readExpand: NodeReader = context => {
  const [x, shape] = context.inputs
  if (x?.kind !== 'constant' || shape?.kind !== 'constant')
    return x && shape && refuseRows(context, 'it repeats what is computed')
  const asked = [...shape.values.data]
  const rank = Math.max(asked.length, x.values.shape.length)
  const padded = (list: readonly number[]) => [
    ...Array.from({ length: rank - list.length }, () => 1),
    ...list,
  ]
  const [from, to] = [padded(x.values.shape), padded(asked)]
  const extents = from.map((extent, axis) => Math.max(extent, to[axis]!))
  return filledWith(extents, place => {
    const at = place.reduce((sum, own, axis) => sum * from[axis]! + (from[axis] === 1 ? 0 : own), 0)
    return x.values.data[at]!
  })
}

/** To floats nothing changes; constants keep their values too. */
export const readCast: NodeReader = context => {
  const [x] = context.inputs
  const to = context.attributes.number('to', 1)
  if (x === undefined) return undefined
  const isFloat = [1, 10, 11, 16].includes(to)
  if (x.kind === 'constant')
    return isFloat
      ? { same: x }
      : constantOf({ ...x.values, data: x.values.data.map(Math.trunc) }, x.values.shape)
  if (!isFloat) context.attributes.refuse('to', '1, float32', 'Keep what is computed as float32.')
  return { same: x }
}

/** Constants joined at once. */
export const readJoinedConstants =
  (read: NodeReader): NodeReader =>
  context => {
    const parts = context.inputs.flatMap(own => (own?.kind === 'constant' ? [own.values] : []))
    if (
      parts.length === 0 ||
      parts.length < context.inputs.length ||
      parts.some(({ shape }) => shape.length !== 1)
    )
      return read(context)
    context.attributes.number('axis', 0)
    const data = Float64Array.from(parts.flatMap(own => [...own.data]))
    return constantOf({ shape: [data.length], data }, [data.length])
  }

const mostConstants = 2 ** 24

function filledWith(
  extents: readonly number[],
  at: (place: readonly number[]) => number,
): NodeMeaning | undefined {
  const size = extents.reduce((all, own) => all * own, 1)
  if (!extents.every(own => Number.isInteger(own) && own >= 0) || size > mostConstants) return undefined
  const data = Float64Array.from({ length: size }, (_, k) => {
    let rest = k
    const place = extents.map(() => 0)
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      place[axis] = rest % extents[axis]!
      rest = Math.floor(rest / extents[axis]!)
    }
    return at(place)
  })
  return constantOf({ shape: extents, data }, extents)
}

function taken({ shape, data }: FloatValues, axis: number, wanted: readonly number[]): FloatValues {
  const inner = sizeOf(shape.slice(axis + 1))
  const outer = sizeOf(shape.slice(0, axis))
  const own = Array.from({ length: outer }, (_, k) =>
    wanted.flatMap(at => [
      ...data.subarray((k * shape[axis]! + at) * inner, (k * shape[axis]! + at + 1) * inner),
    ]),
  )
  return { shape, data: Float64Array.from(own.flat()) }
}

const constantOf = ({ data }: FloatValues, shape: readonly number[]): NodeMeaning => ({
  constant: { kind: 'constant', values: { shape, data } },
})

const wrapped = (at: number, extent: number) => (at < 0 ? at + extent : at)

/** From opset 13 on the axes are an input. */
function namedAxes({ attributes, inputs }: NodeContext): readonly number[] {
  const given = inputs[1]
  return given?.kind === 'constant' ? [...given.values.data] : attributes.numbers('axes', [])
}

export function refuseRows(
  { place, problems }: Pick<NodeContext, 'place' | 'problems'>,
  problem = 'its operand has time before the rows, and this would mix the two',
): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem,
    expected: 'the rows as they are, and parts that lie together',
    remedy:
      'Turn the sequence back with Transpose before other layers, or export the model with the batch first.',
  })
  return undefined
}

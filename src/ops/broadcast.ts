// Tensors of several shapes brought to one, as numpy does: aligned at the last axis, axes of one element repeat.

import { fail } from '../diagnostics/diagnostic.ts'
import type { Shape } from '../ir/tensor-type.ts'
import { placesOf } from './rearrange.ts'

/** The shape that all broadcast to; fails where they do not. */
export function broadcastShape(shapes: readonly Shape[], name: string): Shape {
  const rank = Math.max(...shapes.map(shape => shape.length))
  const aligned = shapes.map(shape => [...Array<number>(rank - shape.length).fill(1), ...shape])
  const result = Array.from({ length: rank }, (_, axis) => Math.max(...aligned.map(shape => shape[axis]!)))
  if (aligned.every(shape => shape.every((extent, axis) => extent === 1 || extent === result[axis])))
    return result
  return fail({
    code: 'graph/broadcast',
    place: `layer '${name}'`,
    problem: `[${shapes.map(shape => shape.join(', ')).join('] and [')}] do not go together`,
    expected: 'equal shapes, or axes of one element where they differ',
  })
}

/** Per element of the result, the element of a tensor of shape `from`; undefined where it is the same one. */
export function broadcastSource(from: Shape, to: Shape): readonly number[] | undefined {
  if (from.length === to.length && from.every((extent, axis) => extent === to[axis])) return undefined
  const skipped = to.length - from.length
  return placesOf(to).map(place =>
    from.reduce((index, extent, axis) => index * extent + (extent === 1 ? 0 : place[axis + skipped]!), 0),
  )
}

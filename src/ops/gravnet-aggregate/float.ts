// The float meaning of GravNet's gathering.

import type { FloatOp } from '../definition.ts'
import type { Gathering, GravNetAttrs } from './attrs.ts'

export function evaluate(op: FloatOp<GravNetAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const [vertices] = op.inputs[0] as readonly [number, number]
  const features = op.inputs[1]![1]!
  const { gather, scale } = op.attrs
  const result = new Float64Array(vertices * features * gather.length)
  for (let vertex = 0; vertex < vertices; vertex++) {
    const near = nearest(op, inputs[0]!, vertex)
    for (let f = 0; f < features; f++) {
      const values = near.map(({ at, square }) => inputs[1]![at * features + f]! * Math.exp(-scale * square))
      for (const [k, own] of gather.entries())
        result[vertex * features * gather.length + k * features + f] = gathered(own, values)
    }
  }
  return result
}

interface Neighbour {
  readonly at: number
  readonly square: number
}

/** The nearest vertices, of equally near ones those with the least number. */
function nearest(op: FloatOp<GravNetAttrs>, coordinates: Float64Array, vertex: number): readonly Neighbour[] {
  const [vertices, axes] = op.inputs[0] as readonly [number, number]
  const all = Array.from({ length: vertices }, (_, at) => {
    let square = 0
    for (let axis = 0; axis < axes; axis++)
      square += (coordinates[vertex * axes + axis]! - coordinates[at * axes + axis]!) ** 2
    return { at, square }
  })
  return all
    .filter(({ at }) => op.attrs.includeSelf || at !== vertex)
    .sort((a, b) => a.square - b.square || a.at - b.at)
    .slice(0, op.attrs.neighbours)
}

function gathered(how: Gathering, values: readonly number[]): number {
  if (how === 'max') return Math.max(...values)
  const sum = values.reduce((a, b) => a + b, 0)
  return how === 'sum' ? sum : sum / values.length
}

// Operators that move elements: for every place of the result, the place of the input it comes from.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import { type Dyadic, zero } from './dyadic.ts'
import { type InputRow, intoResult, type Operator } from './operator.ts'

/** Numbers by axis. */
type Place = readonly number[]

/** Every place of a tensor, the last axis fastest. */
export function* places(shape: Shape): Generator<Place> {
  const [extent, ...rest] = shape
  if (extent === undefined) {
    yield []
    return
  }
  for (let at = 0; at < extent; at++) for (const inner of places(rest)) yield [at, ...inner]
}

/** The element at a place; undefined outside of the tensor. */
export function elementAt({ x, shape }: InputRow, place: Place): Dyadic | undefined {
  let index = 0
  for (const [axis, at] of place.entries()) {
    if (at < 0 || at >= shape[axis]!) return undefined
    index = index * shape[axis]! + at
  }
  return x[index]
}

function moved(op: Operator, origin: (place: Place) => Place): readonly bigint[] {
  const values = [...places(op.node.shape)].map(place => elementAt(op.inputs[0]!, origin(place)) ?? zero)
  return intoResult(op, values)
}

export function permute(op: Operator, axes: readonly number[]): readonly bigint[] {
  return moved(op, place => axes.map((_, axis) => place[axes.indexOf(axis)]!))
}

export function pad(op: Operator, before: readonly number[]): readonly bigint[] {
  return moved(op, place => place.map((at, axis) => at - before[axis]!))
}

export function crop(op: Operator, before: readonly number[]): readonly bigint[] {
  return moved(op, place => place.map((at, axis) => at + before[axis]!))
}

export function upsample(op: Operator, factors: readonly number[]): readonly bigint[] {
  return moved(op, place => place.map((at, axis) => (at - (at % factors[axis]!)) / factors[axis]!))
}

export function concatenate(op: Operator, axis: number): readonly bigint[] {
  const values = [...places(op.node.shape)].map(place => {
    let start = 0
    for (const input of op.inputs) {
      const own = place.map((at, k) => (k === axis ? at - start : at))
      const element = elementAt(input, own)
      if (element !== undefined) return element
      start += input.shape[axis]!
    }
    return bug(`${op.node.name} has an element that no input gives`)
  })
  return intoResult(op, values)
}

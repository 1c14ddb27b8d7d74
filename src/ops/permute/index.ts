// Axes in another order.

import { fail } from '../../diagnostics/diagnostic.ts'
import { conversion } from '../../fixed/types.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { OpDefinition } from '../definition.ts'
import { flatIndex, placesOf, rearrangement, roundingResult } from '../rearrange.ts'

export interface PermuteAttrs {
  /** By axis of the result, the axis of the input; counted from 0 without the batch axis. */
  readonly axes: readonly number[]
}

export const permute: OpDefinition<'permute', PermuteAttrs> = rearrangement({
  kind: 'permute',
  summary: 'axes in another order',
  inferShape: ({ axes }, inputs, name) => {
    const shape = inputs[0] ?? []
    if ([...axes].sort((a, b) => a - b).join() === shape.map((_, axis) => axis).join())
      return axes.map(axis => shape[axis]!)
    return fail({
      code: 'graph/permute-axes',
      place: `layer '${name}'`,
      problem: `the axes ${axes.join(', ')} are no order of the ${shape.length} axes that its input has`,
      expected: `each of 0 to ${shape.length - 1} once`,
    })
  },
  source: ({ axes }, inputs) => permutedSource(axes, inputs[0]!),
  examples: [
    {
      title: 'a transposed matrix',
      attrs: { axes: [1, 0] },
      inputs: [{ shape: [2, 3], type: { signed: true, width: 7, frac: 4 } }],
      weights: {},
      conversions: { result: conversion({ signed: true, width: 7, frac: 4 }) },
    },
    {
      title: 'three axes, rounding result',
      attrs: { axes: [2, 0, 1] },
      inputs: [{ shape: [2, 3, 2], type: { signed: true, width: 9, frac: 5 } }],
      weights: {},
      conversions: { result: roundingResult },
    },
  ],
})

function permutedSource(axes: readonly number[], from: Shape): number[] {
  return placesOf(axes.map(axis => from[axis]!)).map(place => {
    const origin: number[] = []
    for (const [k, axis] of axes.entries()) origin[axis] = place[k]!
    return flatIndex(origin, from)
  })
}

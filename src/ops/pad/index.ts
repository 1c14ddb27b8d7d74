// Zeros around a tensor.

import type { OpDefinition } from '../definition.ts'
import { flatIndex, placesOf, rearrangement, roundingResult } from '../rearrange.ts'

export interface PadAttrs {
  /** Zeros in front of and behind each axis, the batch axis left out. */
  readonly before: readonly number[]
  readonly after: readonly number[]
}

export const pad: OpDefinition<'pad', PadAttrs> = rearrangement({
  kind: 'pad',
  summary: 'zeros around a tensor',
  inferShape: ({ before, after }, inputs) =>
    inputs[0]!.map((extent, axis) => before[axis]! + extent + after[axis]!),
  source: ({ before, after }, inputs) => {
    const from = inputs[0]!
    const shape = from.map((extent, axis) => before[axis]! + extent + after[axis]!)
    return placesOf(shape).map(place => {
      const origin = place.map((at, axis) => at - before[axis]!)
      const inside = origin.every((at, axis) => at >= 0 && at < from[axis]!)
      return inside ? flatIndex(origin, from) : -1
    })
  },
  examples: [
    {
      title: 'an image, more below than above',
      attrs: { before: [1, 0, 0], after: [2, 1, 0] },
      inputs: [{ shape: [2, 2, 2], type: { signed: true, width: 9, frac: 5 } }],
      weights: {},
      conversions: { result: roundingResult },
    },
  ],
})

// Every element several times along the axes: the nearest neighbour of a larger image.

import type { OpDefinition } from '../definition.ts'
import { flatIndex, placesOf, rearrangement, roundingResult } from '../rearrange.ts'

export interface UpsampleAttrs {
  /** How often each element stands, by axis, the batch axis left out. */
  readonly factors: readonly number[]
}

export const upsample: OpDefinition<'upsample', UpsampleAttrs> = rearrangement({
  kind: 'upsample',
  summary: 'every element several times along the axes',
  choices: [
    {
      key: 'Algorithm',
      summary: 'what stands between elements',
      default: 'nearest',
      check: { kind: 'word', words: ['nearest'] },
    },
  ],
  inferShape: ({ factors }, inputs) => inputs[0]!.map((extent, axis) => extent * factors[axis]!),
  source: ({ factors }, inputs) =>
    placesOf(inputs[0]!.map((extent, axis) => extent * factors[axis]!)).map(place =>
      flatIndex(
        place.map((at, axis) => Math.floor(at / factors[axis]!)),
        inputs[0]!,
      ),
    ),
  examples: [
    {
      title: 'an image, 2 × 3',
      attrs: { factors: [2, 3, 1] },
      inputs: [{ shape: [2, 2, 2], type: { signed: true, width: 9, frac: 5 } }],
      weights: {},
      conversions: { result: roundingResult },
    },
  ],
})

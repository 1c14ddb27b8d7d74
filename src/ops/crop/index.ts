// A part of a tensor: some of each axis left out in front and behind.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { OpDefinition } from '../definition.ts'
import { autoIsDefault } from '../elementwise.ts'
import { flatIndex, placesOf, rearrangement, roundingResult } from '../rearrange.ts'

export interface CropAttrs {
  /** Elements left out in front of and behind each axis, the batch axis left out. */
  readonly before: readonly number[]
  readonly after: readonly number[]
}

export const crop: OpDefinition<'crop', CropAttrs> = rearrangement<'crop', CropAttrs>({
  kind: 'crop',
  summary: 'a tensor without its borders',
  // hls4ml's inference passes cropping by.
  inferAuto: autoIsDefault,
  inferShape: (attrs, inputs, name) => {
    const shape = croppedShape(attrs, inputs[0]!)
    if (shape.every(extent => extent > 0)) return shape
    return fail({
      code: 'graph/nothing-left',
      place: `layer '${name}'`,
      problem: `cropping leaves nothing of [${inputs[0]!.join(', ')}]`,
      expected: 'at least one element along every axis',
    })
  },
  source: (attrs, inputs) =>
    placesOf(croppedShape(attrs, inputs[0]!)).map(place =>
      flatIndex(
        place.map((at, axis) => at + attrs.before[axis]!),
        inputs[0]!,
      ),
    ),
  examples: [
    {
      title: 'an image',
      attrs: { before: [1, 0, 0], after: [0, 1, 0] },
      inputs: [{ shape: [3, 3, 2], type: { signed: true, width: 9, frac: 5 } }],
      weights: {},
      conversions: { result: roundingResult },
    },
  ],
})

function croppedShape({ before, after }: CropAttrs, shape: Shape): number[] {
  return shape.map((extent, axis) => extent - before[axis]! - after[axis]!)
}

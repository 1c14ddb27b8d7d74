// The same elements in another shape, row-major: flattening among others. No arithmetic and no hardware.

import { fail } from '../../diagnostics/diagnostic.ts'
import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { OpDefinition } from '../definition.ts'
import { hlsAnswer, inputArgument, movesElements, outputArgument } from '../hls-answer.ts'
import { rearrangement, roundingResult } from '../rearrange.ts'

export interface ReshapeAttrs {
  /** Without the batch axis. */
  readonly shape: Shape
}

export const reshape: OpDefinition<'reshape', ReshapeAttrs> = rearrangement({
  kind: 'reshape',
  summary: 'the same elements in another shape, row-major',
  inferShape: ({ shape }, inputs, name) => {
    const size = sizeOf(inputs[0] ?? [])
    if (sizeOf(shape) === size) return shape
    return fail({
      code: 'graph/reshape-size',
      place: `layer '${name}'`,
      problem: `[${(inputs[0] ?? []).join(', ')}] has ${size} elements and [${shape.join(', ')}] has ${sizeOf(shape)}`,
      expected: 'as many elements as before',
    })
  },
  source: ({ shape }) => Array.from({ length: sizeOf(shape) }, (_, k) => k),
  hls: op =>
    hlsAnswer(
      op,
      () => ({
        kernel: 'nnet::flatten',
        header: 'lutra_flatten.h',
        config: { n_in: sizeOf(op.output.shape) },
        arguments: [inputArgument, outputArgument],
      }),
      movesElements(op),
    ),
  examples: [
    {
      title: 'a matrix into a narrower vector',
      attrs: { shape: [6] },
      inputs: [{ shape: [2, 3], type: { signed: true, width: 9, frac: 4 } }],
      weights: {},
      conversions: { result: roundingResult },
    },
  ],
})

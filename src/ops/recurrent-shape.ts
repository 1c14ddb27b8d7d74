// Shapes of recurrent layers.

import { fail } from '../diagnostics/diagnostic.ts'
import type { Shape } from '../ir/tensor-type.ts'

/** [steps, features] → [steps, units], or [units] of the last step. */
export function recurrentShape(
  { units, returnSequences }: { readonly units: number; readonly returnSequences: boolean },
  inputs: readonly Shape[],
  name: string,
): Shape {
  const shape = inputs[0] ?? []
  if (shape.length !== 2 || shape.some(extent => extent < 1)) {
    fail({
      code: 'graph/recurrent-input',
      place: `layer '${name}'`,
      problem: `its input has the shape [${shape.join(', ')}]`,
      expected: '[steps, features], none of them 0',
    })
  }
  return returnSequences ? [shape[0]!, units] : [units]
}

// The float meaning of a contraction with a constant kernel.

import { bug } from '../../diagnostics/diagnostic.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import type { FloatOp } from '../definition.ts'
import { contractionWith, denseParts, type EinsumDenseAttrs } from './attrs.ts'

export function evaluateEinsumDense(
  op: FloatOp<EinsumDenseAttrs>,
  inputs: readonly Float64Array[],
): Float64Array {
  const x = inputs[0]!
  const kernel = op.weight('weight')?.data ?? bug(`${op.name} lacks weights`)
  const bias = op.weight('bias')
  const result = new Float64Array(sizeOf(op.shape))
  for (const part of denseParts(contractionWith(op.attrs, op.inputs[0]!, op.name), bias?.shape)) {
    const { terms, columns } = part
    for (const [k, into] of part.result.entries()) {
      const [row, column] = [Math.floor(k / columns), k % columns]
      let sum = bias?.data[part.bias[column]!] ?? 0
      for (let t = 0; t < terms; t++)
        sum += x[part.input[row * terms + t]!]! * kernel[part.kernel[t * columns + column]!]!
      result[into] = sum
    }
  }
  return result
}

// The float meaning of a dense layer.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { FloatOp } from '../definition.ts'
import type { DenseAttrs } from './attrs.ts'

/** y = x W + b for every row of the last axis. */
export function evaluateDense(op: FloatOp<DenseAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const x = inputs[0]!
  const { data: weight } = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const bias = op.weight('bias')?.data
  const { units } = op.attrs
  const length = weight.length / units
  const result = new Float64Array((x.length / length) * units)
  for (let k = 0; k < result.length; k++) {
    const row = Math.floor(k / units) * length
    const unit = k % units
    let sum = bias?.[unit] ?? 0
    for (let i = 0; i < length; i++) sum += x[row + i]! * weight[i * units + unit]!
    result[k] = sum
  }
  return result
}

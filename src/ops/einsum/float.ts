// The float meaning of a contraction of two tensors.

import { contractionOf, elementPairs } from '../contraction.ts'
import type { FloatOp } from '../definition.ts'
import type { EinsumAttrs } from './attrs.ts'

export function evaluateEinsum(
  { attrs, inputs: shapes, name }: FloatOp<EinsumAttrs>,
  inputs: readonly Float64Array[],
): Float64Array {
  const { left, right } = elementPairs(contractionOf(attrs.equation, shapes[0]!, shapes[1]!, name))
  const [a, b] = [inputs[0]!, inputs[1]!]
  return Float64Array.from(left.outer, (base, k) => {
    const other = right.outer[k]!
    let sum = 0
    for (let t = 0; t < left.inner.length; t++) sum += a[base + left.inner[t]!]! * b[other + right.inner[t]!]!
    return sum
  })
}

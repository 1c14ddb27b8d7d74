// What an HLS tool would report of a contraction of two tensors: a multiplier for each product.

import { unionType } from '../../ir/tensor-type.ts'
import type { OpEstimate, TypedOp } from '../definition.ts'
import { blocksOf } from '../hls-cost.ts'
import { contractionOfOp, type EinsumAttrs } from './attrs.ts'

export function estimateEinsum(op: TypedOp<EinsumAttrs>): OpEstimate {
  const { result, terms } = contractionOfOp(op)
  const [a, b] = op.inputs.map(unionType)
  const reuse = Number(op.choices.ReuseFactor ?? 1)
  const products = terms * result.shape.reduce((size, extent) => size * extent, 1)
  const lut = products * op.conversion('accum').to.width
  return {
    lut,
    ff: lut,
    dsp: Math.ceil(products / reuse) * blocksOf(a!.width, b!.width),
    bram18: 0,
    latency: reuse + Math.ceil(Math.log2(terms + 1)),
    interval: reuse,
  }
}

// What an HLS tool would report of a dense layer.

import { typeAt } from '../../ir/tensor-type.ts'
import type { HlsTarget, OpEstimate, TypedOp } from '../definition.ts'
import { hlsProducts } from '../hls-cost.ts'
import { strategyOf } from '../strategy.ts'
import type { DenseAttrs } from './attrs.ts'
import { weightOf } from './products.ts'

export function estimateDense(op: TypedOp<DenseAttrs>, target: HlsTarget): OpEstimate {
  return hlsProducts(
    {
      weight: weightOf(op),
      inputs: op.inputs[0]!.shape.at(-1)!,
      outputs: op.attrs.units,
      inputWidth: typeAt(op.inputs[0]!, 0).width,
      accumulatorWidth: op.conversion('accum').to.width,
      strategy: strategyOf(op.choices.Strategy),
      reuse: Number(op.choices.ReuseFactor ?? 1),
    },
    target,
  )
}

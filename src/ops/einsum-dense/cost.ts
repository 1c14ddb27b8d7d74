// What an HLS tool would report of a contraction with a constant kernel: its dense layers, all beside each other.

import { unionType } from '../../ir/tensor-type.ts'
import type { HlsTarget, OpEstimate, TypedOp } from '../definition.ts'
import { hlsProducts } from '../hls-cost.ts'
import { strategyOf } from '../strategy.ts'
import { type EinsumDenseAttrs, partsOfOp, partValues, weightOf } from './attrs.ts'

export function estimateEinsumDense(op: TypedOp<EinsumDenseAttrs>, target: HlsTarget): OpEstimate {
  const rows = partsOfOp(op).map(part => {
    const { weight } = partValues(part, weightOf(op), undefined)
    const one = hlsProducts(
      {
        weight,
        inputs: part.terms,
        outputs: part.columns,
        inputWidth: unionType(op.inputs[0]!).width,
        accumulatorWidth: op.conversion('accum').to.width,
        strategy: strategyOf(op.choices.Strategy),
        reuse: Number(op.choices.ReuseFactor ?? 1),
      },
      target,
    )
    return { one, count: part.rows }
  })
  const total = (figure: 'lut' | 'ff' | 'dsp' | 'bram18') =>
    rows.reduce((sum, { one, count }) => sum + one[figure] * count, 0)
  const most = (figure: 'latency' | 'interval') => Math.max(...rows.map(({ one }) => one[figure]))
  return {
    lut: total('lut'),
    ff: total('ff'),
    dsp: total('dsp'),
    bram18: total('bram18'),
    latency: most('latency'),
    interval: most('interval'),
  }
}

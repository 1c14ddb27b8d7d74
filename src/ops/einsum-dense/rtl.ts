// A contraction with a constant kernel, unrolled: the constant product of a dense layer for every row.

import { conversionAt } from '../../ir/tensor-type.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net } from '../../netlist/netlist.ts'
import { lowerConstantProduct, visitOrder } from '../constant-product.ts'
import { type Refusal, type RtlForm, refuse, type TypedOp } from '../definition.ts'
import { isFolded } from '../fold-schedule.ts'
import { strategyOf } from '../strategy.ts'
import { accumulatorOf, type EinsumDenseAttrs, partsOfOp, partValues, weightOf } from './attrs.ts'

export function einsumDenseRtl(op: TypedOp<EinsumDenseAttrs>): RtlForm | Refusal {
  const strategy = strategyOf(op.choices.Strategy)
  const reuse = Number(op.choices.ReuseFactor ?? 1)
  if (isFolded(strategy, reuse))
    return refuse('rtl/reuse-factor', `a reuse factor of ${reuse} has no Verilog form yet; 1 has`)
  return {
    form: 'datapath',
    lower: (builder, inputs) => {
      const results: Net[] = []
      for (const part of partsOfOp(op)) {
        const { terms, columns } = part
        const product = {
          ...partValues(part, weightOf(op), op.weight('bias')),
          columns,
          accumulator: accumulatorOf(op),
        }
        const order = visitOrder(strategy, terms, reuse)?.()
        for (let row = 0; row < part.rows; row++) {
          const x = part.input.slice(row * terms, (row + 1) * terms).map(at => inputs[0]![at]!)
          for (const [column, sum] of lowerConstantProduct(builder, product, x, order).entries()) {
            const place = part.result[row * columns + column]!
            results[place] = lowerConversion(builder, sum, conversionAt(op.result, op.output.shape, place))
          }
        }
      }
      return results
    },
  }
}

// A contraction unrolled: every product of two computed elements, every cycle.

import type { Conversion } from '../../fixed/types.ts'
import { conversionAt } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net } from '../../netlist/netlist.ts'
import { sumTree } from '../../netlist/partial-sums.ts'
import { lowerAccumulation } from '../constant-product.ts'
import { elementPairs } from '../contraction.ts'
import { type Refusal, type RtlForm, refuse, type TypedOp } from '../definition.ts'
import { isFolded } from '../fold-schedule.ts'
import { strategyOf } from '../strategy.ts'
import { accumulatorOf, contractionOfOp, cutsAlike, type EinsumAttrs } from './attrs.ts'

export function einsumRtl(op: TypedOp<EinsumAttrs>): RtlForm | Refusal {
  const strategy = strategyOf(op.choices.Strategy)
  const reuse = Number(op.choices.ReuseFactor ?? 1)
  if (isFolded(strategy, reuse) || reuse !== 1)
    return refuse('rtl/reuse-factor', `a reuse factor of ${reuse} has no Verilog form yet; 1 has`)
  return { form: 'datapath', lower: (builder, [a, b]) => lowerSums(op, builder, a!, b!) }
}

function lowerSums(
  op: TypedOp<EinsumAttrs>,
  builder: NetlistBuilder,
  a: readonly Net[],
  b: readonly Net[],
): readonly Net[] {
  const { left, right } = elementPairs(contractionOfOp(op))
  return left.outer.map((base, k) => {
    const products = left.inner.map((offset, t) =>
      builder.mul(a[base + offset]!, b[right.outer[k]! + right.inner[t]!]!),
    )
    const sum = lowerSum(builder, products, accumulatorOf(op))
    return lowerConversion(builder, sum, conversionAt(op.result, op.output.shape, k))
  })
}

/** Each step adds an exact product and cuts once; where the order cannot be told, products are cut and summed as a tree. */
function lowerSum(
  builder: NetlistBuilder,
  products: readonly Net[],
  accumulator: Conversion | undefined,
): Net {
  if (accumulator === undefined) return sumTree(builder, products)
  const into = (net: Net) => lowerConversion(builder, net, accumulator)
  if (cutsAlike(accumulator)) return lowerAccumulation(builder, products.map(into), accumulator)
  const [first, ...others] = products
  return others.reduce((sum, product) => into(builder.add(sum, product)), into(first!))
}

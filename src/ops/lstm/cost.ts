// What an HLS tool would report of an LSTM: a step's two constant products, three products a unit, tables.

import { typeAt } from '../../ir/tensor-type.ts'
import type { HlsTarget, OpEstimate, TypedOp } from '../definition.ts'
import { blocksOf, hlsProducts, hlsTables } from '../hls-cost.ts'
import { strategyOf } from '../strategy.ts'
import type { LstmAttrs } from './attrs.ts'
import { inputProduct, stateConversions, stateProduct } from './fixed.ts'

/** Cycles of tables and of the products behind them, each step. */
const gateCycles = 5

export function estimateLstm(op: TypedOp<LstmAttrs>, target: HlsTarget): OpEstimate {
  const { units } = op.attrs
  const accum = op.conversion('accum').to.width
  const state = stateConversions(op)[0]!.to.width
  const steps = op.inputs[0]!.shape[0]!
  const shared = { outputs: 4 * units, accumulatorWidth: accum, strategy: strategyOf(op.choices.Strategy) }
  const part = (product: ReturnType<typeof inputProduct>, inputs: number, inputWidth: number, key: string) =>
    hlsProducts(
      { ...shared, weight: product.weight, inputs, inputWidth, reuse: Number(op.choices[key] ?? 1) },
      target,
    )
  const x = part(inputProduct(op), op.inputs[0]!.shape[1]!, typeAt(op.inputs[0]!, 0).width, 'ReuseFactor')
  const h = part(stateProduct(op), units, state, 'RecurrentReuseFactor')
  const cycles = Math.max(x.latency, h.latency) + gateCycles
  return {
    lut: x.lut + h.lut + units * (5 * accum + 2 * state),
    ff: x.ff + h.ff + units * 8 * accum,
    dsp: x.dsp + h.dsp + units * (2 * blocksOf(accum, accum) + blocksOf(state, accum)),
    bram18:
      x.bram18 +
      h.bram18 +
      hlsTables(Number(op.choices.TableSize), op.conversion('table').to.width, 5 * units),
    latency: steps * cycles,
    interval: steps * cycles,
  }
}

// What an HLS tool would report of a streamed convolution: one window's products, line buffers, a pixel a cycle.

import { typeAt } from '../../ir/tensor-type.ts'
import type { HlsTarget, OpEstimate, TypedOp } from '../definition.ts'
import { beatsOf, hlsProducts } from '../hls-cost.ts'
import { strategyOf } from '../strategy.ts'
import { type ConvAttrs, windowSize } from './attrs.ts'
import { productOf } from './fixed.ts'

/** Flip-flops a bit of the window, which shifts by a pixel a cycle. */
const windowRegister = 1
/** Cycles that a streamed layer takes beyond its pixels. */
const streamCycles = 3

export function estimateConv(op: TypedOp<ConvAttrs>, target: HlsTarget): OpEstimate {
  const input = op.inputs[0]!
  const inputs = windowSize(op.attrs, input.shape)
  const inputWidth = typeAt(input, 0).width
  const products = hlsProducts(
    {
      weight: productOf(op).weight,
      inputs,
      outputs: op.attrs.filters,
      inputWidth,
      accumulatorWidth: op.conversion('accum').to.width,
      strategy: strategyOf(op.choices.Strategy),
      reuse: Number(op.choices.ReuseFactor ?? 1),
    },
    target,
  )
  const pixels = beatsOf(input.shape)
  return {
    ...products,
    ff: products.ff + inputs * inputWidth * windowRegister,
    latency: pixels * products.interval + products.latency + streamCycles,
    interval: pixels * products.interval,
  }
}

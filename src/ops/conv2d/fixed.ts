// The bits of a convolution: each window is gathered, zeros where it reaches over the border, and then is a dense
// layer's input: bias preloaded, every product and sum through the accumulator's type, one conversion to the result.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Plan, PlanBuffer } from '../../fixed/kernels.ts'
import { typeAt } from '../../ir/tensor-type.ts'
import { type ConstantProduct, visitOrder } from '../constant-product.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { strategyOf } from '../strategy.ts'
import { type Conv2dAttrs, windowSize } from './attrs.ts'
import { windowIndices } from './float.ts'

export function emulateConv2d(op: TypedOp<Conv2dAttrs>): Plan {
  const input = op.inputs[0]!
  const { weight, bias, accumulator } = productOf(op)
  const windows = windowIndices(op.attrs, input.shape)
  const inputs = windowSize(op.attrs, input.shape)
  const index = windows.flat()
  const strategy = strategyOf(op.choices.Strategy)
  return {
    buffers: [bufferOf(input), gatheredBuffer(op, index), bufferOf(op.output)],
    inputs: [0],
    output: 2,
    steps: [
      { kernel: 'gather', from: [0], into: 1, index, fill: 0n },
      {
        kernel: 'multiply-accumulate',
        from: 1,
        into: 2,
        rows: windows.length,
        inputs,
        outputs: op.attrs.filters,
        weights: weight.raw,
        weightFrac: weight.type.frac,
        bias: bias?.raw,
        biasFrac: bias?.type.frac ?? 0,
        product: { kind: 'multiply' },
        accumulator,
        order: visitOrder(strategy, inputs, Number(op.choices.ReuseFactor ?? 1)),
        conversions: resultConversions(op),
      },
    ],
  }
}

/** Kernel, bias and accumulator; distributed arithmetic ignores the accumulator. */
export function productOf(op: TypedOp<Conv2dAttrs>): ConstantProduct {
  const exact = strategyOf(op.choices.Strategy) === 'distributed-arithmetic'
  return {
    weight: op.weight('weight') ?? bug(`${op.name} lacks weights`),
    bias: op.weight('bias'),
    columns: op.attrs.filters,
    accumulator: exact ? undefined : op.conversion('accum'),
  }
}

/** Elements keep their pixel's type; padding takes that of the first, being 0 in any. */
function gatheredBuffer(op: TypedOp<Conv2dAttrs>, index: readonly number[]): PlanBuffer {
  const input = op.inputs[0]!
  if (input.element.types.length === 1) return { size: index.length, types: input.element.types }
  return { size: index.length, types: index.map(at => typeAt(input, Math.max(0, at))) }
}

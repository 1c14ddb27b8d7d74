// The bits of a dense layer: bias preloaded, every product and every sum through the accumulator's type, in
// hls4ml's order; then one conversion to the result.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Plan, ProductRule } from '../../fixed/kernels.ts'
import { type Conversion, conversion } from '../../fixed/types.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import { visitOrder } from '../constant-product.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { shiftProduct } from '../shift-product.ts'
import { strategyOf } from '../strategy.ts'
import type { DenseAttrs } from './attrs.ts'

/** XNOR weights as bits where products are comparisons; ±1 elsewhere. */
export function emulateDense(op: TypedOp<DenseAttrs>): Plan {
  const { attrs } = op
  const weight = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const bias = op.weight('bias')
  const counting = attrs.inputCoding === 'xnor' && attrs.weightCoding === 'xnor'
  const decode = attrs.inputCoding === 'xnor' && !counting
  const source = bufferOf(op.inputs[0]!)
  const signs = { size: source.size, types: [{ signed: true, width: 2, frac: 0 }] }
  const length = op.inputs[0]!.shape.at(-1)!
  return {
    buffers: [source, signs, bufferOf(op.output)],
    inputs: [0],
    output: 2,
    steps: [
      ...(decode
        ? [
            {
              kernel: 'affine' as const,
              from: 0,
              into: 1,
              scale: [2n],
              scaleFrac: 0,
              bias: [-1n],
              biasFrac: 0,
              conversions: [conversion(signs.types[0]!)],
            },
          ]
        : []),
      {
        kernel: 'multiply-accumulate',
        from: decode ? 1 : 0,
        into: 2,
        rows: sizeOf(op.output.shape) / attrs.units,
        inputs: length,
        outputs: attrs.units,
        weights: counting ? weight.raw.map(raw => (raw + 1n) / 2n) : weight.raw,
        weightFrac: weight.type.frac,
        bias: bias?.raw,
        biasFrac: bias?.type.frac ?? 0,
        product: productRule(op, counting),
        accumulator: accumulatorOf(op),
        order: visitOrder(strategyOf(op.choices.Strategy), length, Number(op.choices.ReuseFactor ?? 1)),
        ...(counting ? { finish: { scale: 2n, offset: BigInt(-length) } } : {}),
        conversions: resultConversions(op),
      },
    ],
  }
}

function productRule(op: TypedOp<DenseAttrs>, counting: boolean): ProductRule {
  if (counting) return { kind: 'equal' }
  if (op.attrs.weightCoding !== 'exponent') return { kind: 'multiply' }
  const rounded = shiftProduct(typeAt(op.inputs[0]!, 0), op.conversion('weight').to, op.weight('weight')!)
  return rounded === undefined ? { kind: 'multiply' } : { kind: 'shift', to: rounded }
}

/** Distributed arithmetic ignores the accumulator: the sum is exact. */
function accumulatorOf(op: TypedOp<DenseAttrs>): Conversion | undefined {
  return strategyOf(op.choices.Strategy) === 'distributed-arithmetic' ? undefined : op.conversion('accum')
}

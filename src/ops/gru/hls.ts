// A GRU in C++; where the reset gate is applied before the product, that of the candidate is apart.

import type { HlsBody } from '../../hls/call.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { type CellAttrs, pickGates } from '../recurrent-cell.ts'
import { type CellProduct, cellFunction, cellHls, inputProductOf, stateProductOf } from '../recurrent-hls.ts'
import type { SequenceAttrs } from '../recurrent-shape.ts'

export function gruHls(op: TypedOp<SequenceAttrs>, attrs: CellAttrs & SequenceAttrs): HlsBody | Refusal {
  const products = [inputProductOf(op, attrs), ...stateProducts(op, attrs)]
  return cellHls(op, attrs, products, () => ({
    kernel: attrs.resetAfter ? 'nnet::gru' : 'nnet::gru_before',
    header: 'lutra_recurrent.h',
    gates: cellFunction(op, attrs, 'recurrentActivation'),
    cell: cellFunction(op, attrs, 'activation'),
  }))
}

/** Of all gates; or of z and r, and of the candidate, which multiplies what the reset gate leaves of the state. */
function stateProducts(op: TypedOp<unknown>, attrs: CellAttrs): readonly CellProduct[] {
  const whole = stateProductOf(op, attrs)
  if (attrs.resetAfter) return [whole]
  const picked = (gates: readonly number[]) => pickGates(whole.product, attrs.units, gates)
  return [
    { ...whole, product: picked([0, 1]) },
    { ...whole, product: picked([2]), x: op.conversion('accum') },
  ]
}

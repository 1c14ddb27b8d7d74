// A plain recurrent layer in C++.

import type { HlsBody } from '../../hls/call.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { type CellAttrs, cellLines } from '../recurrent-cell.ts'
import { cellFunction, cellHls, inputProductOf, oddTanhFunction, stateProductOf } from '../recurrent-hls.ts'
import type { SequenceAttrs } from '../recurrent-shape.ts'

export function simpleRnnHls(
  op: TypedOp<SequenceAttrs>,
  attrs: CellAttrs & SequenceAttrs,
): HlsBody | Refusal {
  const isOdd = attrs.activation === 'tanh' && cellLines(attrs).activation === undefined
  return cellHls(op, attrs, [inputProductOf(op, attrs), stateProductOf(op, attrs)], () => ({
    kernel: 'nnet::simple_rnn',
    header: 'lutra_recurrent.h',
    cell: isOdd ? oddTanhFunction(op) : cellFunction(op, attrs, 'activation'),
  }))
}

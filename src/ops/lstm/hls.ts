// An LSTM in C++.

import type { HlsBody } from '../../hls/call.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { cellFunction, cellHls, inputProductOf, stateProductOf } from '../recurrent-hls.ts'
import type { LstmAttrs } from './attrs.ts'
import { cellAttrs } from './fixed.ts'

export function lstmHls(op: TypedOp<LstmAttrs>): HlsBody | Refusal {
  const attrs = cellAttrs(op.attrs)
  return cellHls(op, attrs, [inputProductOf(op, attrs), stateProductOf(op, attrs)], () => ({
    kernel: 'nnet::lstm',
    header: 'lutra_lstm.h',
    gates: cellFunction(op, attrs, 'recurrentActivation'),
    cell: cellFunction(op, attrs, 'activation'),
  }))
}

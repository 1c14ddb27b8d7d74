// An LSTM in C++: one kernel call with two dense layers and two tables inside.

import type { HlsBody } from '../../hls/call.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, outputArgument } from '../hls-answer.ts'
import {
  cellFunction,
  inputProductOf,
  productArguments,
  productConfig,
  refuseProducts,
  sequenceConfig,
  stateProductOf,
  tableOf,
} from '../recurrent-hls.ts'
import { refuseStates } from '../recurrent-refusal.ts'
import type { LstmAttrs } from './attrs.ts'
import { cellAttrs } from './fixed.ts'

export function lstmHls(op: TypedOp<LstmAttrs>): HlsBody | Refusal {
  const attrs = cellAttrs(op.attrs)
  const products = [inputProductOf(op, attrs), stateProductOf(op, attrs)]
  return (
    refuseStates(op, 'hls/recurrent') ?? refuseProducts(op, products) ?? hlsAnswer(op, () => kernelCall(op))
  )
}

function kernelCall(op: TypedOp<LstmAttrs>): HlsBody {
  const attrs = cellAttrs(op.attrs)
  const [fromInput, fromState] = [inputProductOf(op, attrs), stateProductOf(op, attrs)]
  const [gates, cell] = [
    cellFunction(op, attrs, 'recurrentActivation'),
    cellFunction(op, attrs, 'activation'),
  ]
  const [x, h] = [productArguments(op, fromInput, ['w', 'b']), productArguments(op, fromState, ['u', 'br'])]
  return {
    kernel: 'nnet::lstm',
    header: 'lutra_lstm.h',
    config: {
      ...sequenceConfig(op, attrs),
      mult_config1: { config: productConfig(op, fromInput) },
      mult_config2: { config: productConfig(op, fromState) },
      gate_t: { type: gates.type },
      cell_t: { type: cell.type },
      recurrent_activation: gates.struct,
      activation: cell.struct,
    },
    arguments: [
      inputArgument,
      outputArgument,
      x.kernel,
      h.kernel,
      x.bias,
      h.bias,
      tableOf('gate_table', gates),
      tableOf('cell_table', cell),
    ],
  }
}

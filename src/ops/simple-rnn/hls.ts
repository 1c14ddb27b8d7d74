// A plain recurrent layer in C++: one kernel call with two dense layers inside.

import type { HlsBody } from '../../hls/call.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, outputArgument } from '../hls-answer.ts'
import { type CellAttrs, cellLines } from '../recurrent-cell.ts'
import {
  type CellProduct,
  cellFunction,
  inputProductOf,
  oddTanhFunction,
  productArguments,
  productConfig,
  refuseProducts,
  sequenceConfig,
  stateProductOf,
  tableOf,
} from '../recurrent-hls.ts'
import { refuseStates } from '../recurrent-refusal.ts'
import type { SequenceAttrs } from '../recurrent-shape.ts'

export function simpleRnnHls(
  op: TypedOp<SequenceAttrs>,
  attrs: CellAttrs & SequenceAttrs,
): HlsBody | Refusal {
  const products = [inputProductOf(op, attrs), stateProductOf(op, attrs)] as const
  return (
    refuseStates(op, 'hls/recurrent') ??
    refuseProducts(op, products) ??
    hlsAnswer(op, () => kernelCall(op, attrs, products))
  )
}

function kernelCall(
  op: TypedOp<unknown>,
  attrs: CellAttrs & SequenceAttrs,
  [fromInput, fromState]: readonly [CellProduct, CellProduct],
): HlsBody {
  const isOdd = attrs.activation === 'tanh' && cellLines(attrs).activation === undefined
  const cell = isOdd ? oddTanhFunction(op) : cellFunction(op, attrs, 'activation')
  const [x, h] = [productArguments(op, fromInput, ['w', 'b']), productArguments(op, fromState, ['u', 'br'])]
  return {
    kernel: 'nnet::simple_rnn',
    header: 'lutra_recurrent.h',
    config: {
      ...sequenceConfig(op, attrs),
      mult_config1: { config: productConfig(op, fromInput) },
      mult_config2: { config: productConfig(op, fromState) },
      cell_t: { type: cell.type },
      activation: cell.struct,
    },
    arguments: [
      inputArgument,
      outputArgument,
      x.kernel,
      h.kernel,
      x.bias,
      h.bias,
      tableOf('cell_table', cell),
    ],
  }
}

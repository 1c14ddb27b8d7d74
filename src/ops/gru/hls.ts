// A GRU in C++: one kernel call; where the reset gate is applied before the product, that of the candidate is apart.

import type { HlsBody } from '../../hls/call.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, outputArgument } from '../hls-answer.ts'
import { type CellAttrs, pickGates } from '../recurrent-cell.ts'
import {
  type CellProduct,
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
import type { SequenceAttrs } from '../recurrent-shape.ts'

export function gruHls(op: TypedOp<SequenceAttrs>, attrs: CellAttrs & SequenceAttrs): HlsBody | Refusal {
  const products = [inputProductOf(op, attrs), ...stateProducts(op, attrs)]
  return (
    refuseStates(op, 'hls/recurrent') ??
    refuseProducts(op, products) ??
    hlsAnswer(op, () => kernelCall(op, attrs, products))
  )
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

function kernelCall(
  op: TypedOp<unknown>,
  attrs: CellAttrs & SequenceAttrs,
  products: readonly CellProduct[],
): HlsBody {
  const [gates, cell] = [
    cellFunction(op, attrs, 'recurrentActivation'),
    cellFunction(op, attrs, 'activation'),
  ]
  const names = [
    ['w', 'b'],
    ['u', 'br'],
    ['uh', 'brh'],
  ] as const
  const parts = products.map((own, k) => productArguments(op, own, names[k]!))
  const configs = products.map((own, k) => [`mult_config${k + 1}`, { config: productConfig(op, own) }])
  return {
    kernel: attrs.resetAfter ? 'nnet::gru' : 'nnet::gru_before',
    header: 'lutra_recurrent.h',
    config: {
      ...sequenceConfig(op, attrs),
      ...Object.fromEntries(configs),
      gate_t: { type: gates.type },
      cell_t: { type: cell.type },
      recurrent_activation: gates.struct,
      activation: cell.struct,
    },
    arguments: [
      inputArgument,
      outputArgument,
      ...parts.map(({ kernel }) => kernel),
      ...parts.map(({ bias }) => bias),
      tableOf('gate_table', gates),
      tableOf('cell_table', cell),
    ],
  }
}

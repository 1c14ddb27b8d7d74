// What an LSTM step costs: two constant products, three true products a unit, five tables a unit.

import { typeAt } from '../../ir/tensor-type.ts'
import { shiftAddLuts } from '../constant-product.ts'
import type { OpEstimate, TypedOp } from '../definition.ts'
import type { LstmAttrs } from './attrs.ts'
import { inputProduct, stateConversions, stateProduct } from './fixed.ts'

/** Operands of one DSP block. */
const dspWidths = [25, 18] as const
const blockRamBits = 18_432

export function estimateLstm(op: TypedOp<LstmAttrs>): OpEstimate {
  const { units } = op.attrs
  const accum = op.conversion('accum').to.width
  const state = stateConversions(op)[0]!.to.width
  const products = shiftAddLuts(inputProduct(op), typeAt(op.inputs[0]!, 0).width)
  const tableBits = (op.choices.TableSize as number) * op.conversion('table').to.width
  return {
    lut: products + shiftAddLuts(stateProduct(op), state) + units * (5 * accum + 2 * state),
    dsp: units * (2 * blocks(accum, accum) + blocks(state, accum)),
    bram18: 5 * units * Math.ceil(tableBits / blockRamBits),
  }
}

function blocks(a: number, b: number): number {
  return Math.ceil(Math.max(a, b) / dspWidths[0]) * Math.ceil(Math.min(a, b) / dspWidths[1])
}

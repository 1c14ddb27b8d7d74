// What recurrent layers have no Verilog of yet.

import { type Refusal, refuse, type TypedOp } from './definition.ts'
import type { SequenceAttrs } from './recurrent-shape.ts'

/** Why a layer that begins with given states, or gives its last ones, is not built. */
export function refuseStates(op: TypedOp<SequenceAttrs>): Refusal | undefined {
  if (op.inputs.length > 1)
    return refuse('rtl/recurrent', 'it begins with states that are given, and is built to begin with 0')
  if (op.attrs.returnState)
    return refuse('rtl/recurrent', 'it gives its states, and is built to give its outputs alone')
  if (op.attrs.keepsOrder)
    return refuse('rtl/recurrent', 'its outputs stand in another order than it reads in')
  return undefined
}

export function noVerilog(layer: string): Refusal {
  return refuse('rtl/recurrent', `${layer} has no Verilog form yet; an LSTM has`)
}

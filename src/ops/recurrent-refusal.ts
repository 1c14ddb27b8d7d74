// What recurrent layers have no hardware of yet.

import { type Refusal, refuse } from './definition.ts'

export function noVerilog(layer: string): Refusal {
  return refuse('rtl/recurrent', `${layer} has no Verilog form yet; an LSTM has`)
}

export function noKernel(layer: string): Refusal {
  return refuse('hls/recurrent', `${layer} has no C++ kernel yet; an LSTM has`)
}

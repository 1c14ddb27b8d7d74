// What an LSTM layer is: gates i, f, c, o from the input and the last output, a cell state s and an output h.

import type { GateFunction } from '../gates.ts'
import type { SequenceAttrs } from '../recurrent-shape.ts'

export interface LstmAttrs extends SequenceAttrs {
  readonly units: number
  /** Of the cell's input and of its state. */
  readonly activation: GateFunction
  /** Of the gates i, f and o. */
  readonly recurrentActivation: GateFunction
}

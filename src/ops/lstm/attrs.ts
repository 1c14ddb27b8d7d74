// What an LSTM layer is: gates i, f, c, o from the input and the last output, a cell state s and an output h.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { GateFunction } from './gates.ts'

export interface LstmAttrs {
  readonly units: number
  /** The output of every time step, or of the last one. */
  readonly returnSequences: boolean
  /** Reads the sequence from its end; outputs stand in the order of reading. */
  readonly goBackwards: boolean
  /** Of the cell's input and of its state. */
  readonly activation: GateFunction
  /** Of the gates i, f and o. */
  readonly recurrentActivation: GateFunction
}

/** [steps, features] → [steps, units], or [units] of the last step. */
export function lstmShape(attrs: LstmAttrs, inputs: readonly Shape[], name: string): Shape {
  const shape = inputs[0] ?? []
  if (shape.length !== 2 || shape.some(extent => extent < 1)) {
    fail({
      code: 'graph/lstm-input',
      place: `layer '${name}'`,
      problem: `its input has the shape [${shape.join(', ')}]`,
      expected: '[steps, features], none of them 0',
    })
  }
  return attrs.returnSequences ? [shape[0]!, attrs.units] : [attrs.units]
}

// Shapes of recurrent layers.

import { fail } from '../diagnostics/diagnostic.ts'
import { type Shape, sizeOf } from '../ir/tensor-type.ts'

/** What a recurrent layer does with its sequence. */
export interface SequenceAttrs {
  /** The output of every time step, or of the last one. */
  readonly returnSequences: boolean
  /** Reads the sequence from its end; outputs stand in the order of reading. */
  readonly goBackwards: boolean
  /** Outputs stand in the order of the sequence, however it is read. */
  readonly keepsOrder?: boolean
  /** The states behind the last step follow the outputs, a row each. */
  readonly returnState?: boolean
  /** The input has one axis more in front: every element along it is a sequence of its own, from zero states. */
  readonly perStep?: true
  /** What the source quantises within a step, as findings name it: by attribute and name. */
  readonly unkept?: readonly string[]
  /** Of that what is computed as the source means it; hls4ml's rules know none of it. */
  readonly within?: CellQuantisers
}

/**
 * Types of quantisers within a step, as text. An activation that has one is QKeras's line of its name (of a sigmoid
 * x / 2 + 1/2, else x), or the curve, rounded and saturated into the type; the state has its type where kernels multiply it.
 */
export interface CellQuantisers {
  readonly activation?: string
  readonly recurrentActivation?: string
  readonly state?: string
  /** Activations that are curves, not lines, before they are rounded. */
  readonly curves?: readonly ('activation' | 'recurrentActivation')[]
}

/** A layer's rows: its own width, and what its states are. */
export interface RecurrentForm {
  readonly returnSequences: boolean
  readonly returnState?: boolean
  readonly perStep?: true
  /** Of a row of its result. */
  readonly width: number
  /** Elements of a state. */
  readonly units: number
  /** States of a cell. */
  readonly states: number
  readonly cells: number
  /** Rows of states, where those of several cells stand one behind the other; else as many as states. */
  readonly stateRows?: number
}

/**
 * [steps, features] → [steps, width], or [width] of the last step; with states, [steps or 1, then a row for each
 * state, width]. States to begin with, each of `units` elements, are further inputs. `perStep`: with one axis more in
 * front, of both.
 */
export function recurrentShape(form: RecurrentForm, inputs: readonly Shape[], name: string): Shape {
  const [shape = [], ...initial] = inputs
  if (form.perStep && shape.length > 1 && initial.length === 0) {
    const { perStep: _, ...one } = form
    return [shape[0]!, ...recurrentShape(one, [shape.slice(1)], name)]
  }
  if (shape.length !== 2 || shape.some(extent => extent < 1)) {
    fail({
      code: 'graph/recurrent-input',
      place: `layer '${name}'`,
      problem: `its input has the shape [${shape.join(', ')}]`,
      expected: '[steps, features], none of them 0',
    })
  }
  checkInitial(form, initial, name)
  const { returnSequences, returnState, width, states, stateRows = states } = form
  const outputs = returnSequences ? shape[0]! : 1
  if (returnState) return [outputs + stateRows, width]
  return returnSequences ? [outputs, width] : [width]
}

function checkInitial(
  { units, states, cells }: RecurrentForm,
  initial: readonly Shape[],
  name: string,
): void {
  const count = states * cells
  const fits = initial.length === 0 || initial.length === count
  if (fits && initial.every(shape => sizeOf(shape) === units)) return
  fail({
    code: 'graph/recurrent-input',
    place: `layer '${name}'`,
    problem: `the states that it begins with have the shapes ${initial.map(shape => `[${shape.join(', ')}]`).join(', ')}`,
    expected: `none, or ${count} of [${units}]`,
  })
}

/** How many steps a sequence has, and how many sequences a layer reads. */
export function extentsOf({ perStep }: Pick<SequenceAttrs, 'perStep'>, shape: Shape) {
  return perStep ? { sequences: shape[0]!, steps: shape[1]! } : { sequences: 1, steps: shape[0]! }
}

// Recurrent layers that return their states: results besides the first, each a part of the layer's node.

import type { Shape } from '../../ir/tensor-type.ts'
import { type CellKind, stateCount } from '../../ops/recurrent-cell.ts'
import type { NodeDraft } from '../draft.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'

export const cellKinds: Readonly<Record<string, CellKind>> = {
  LSTM: 'lstm',
  GRU: 'gru',
  SimpleRNN: 'simple-rnn',
  QLSTM: 'lstm',
  QGRU: 'gru',
  QSimpleRNN: 'simple-rnn',
}

interface Stated {
  readonly className: string
  readonly config: JsonObject
}

/** Which result of a recurrent layer is meant: 0 is its outputs, then states, those of a first direction before a second's. */
export interface StatePart extends Stated {
  readonly result: number
}

/** The cell of a layer, or of the first direction of one with two. */
function cellOf({
  className,
  config,
}: Stated): { cell: CellKind; directions: number; config: JsonObject } | undefined {
  if (className !== 'Bidirectional') {
    const cell = Object.hasOwn(cellKinds, className) ? cellKinds[className] : undefined
    return cell && { cell, directions: 1, config }
  }
  const inner: Json = config.layer ?? null
  if (!isObject(inner) || typeof inner.class_name !== 'string' || !isObject(inner.config)) return undefined
  const own = cellOf({ className: inner.class_name, config: inner.config })
  return own && { ...own, directions: 2 }
}

/** How many results a layer has besides its outputs. */
export function returnedStates(layer: Stated): number {
  const own = cellOf(layer)
  return own?.config.return_state === true ? stateCount(own.cell) * own.directions : 0
}

/** How many states a layer may begin with; undefined where it is not recurrent. */
export function givenStates(className: string): number | undefined {
  if (className === 'Bidirectional') return 4
  const cell = Object.hasOwn(cellKinds, className) ? cellKinds[className] : undefined
  return cell && stateCount(cell)
}

/** The outputs or a state, of a node [outputs, then states, width]. */
export function draftsOfPart(name: string, part: StatePart, shape: Shape | undefined): readonly NodeDraft[] {
  const own = cellOf(part)
  if (own === undefined || shape === undefined) return []
  const [rows, width] = shape as readonly [number, number]
  const states = stateCount(own.cell)
  const isSequence = own.config.return_sequences === true
  if (part.result === 0) {
    const kept = { before: [0, 0], after: [states, 0] }
    const outputs: Shape = [rows - states, width]
    return isSequence
      ? [crop(name, kept, outputs)]
      : [crop(`${name}_row`, kept, outputs), vector(name, width)]
  }
  const [direction, state] = [Math.floor((part.result - 1) / states), (part.result - 1) % states]
  const units = width / own.directions
  const before = [rows - states + state, direction * units]
  const after = [states - 1 - state, width - (direction + 1) * units]
  return [crop(`${name}_row`, { before, after }, [1, units]), vector(name, units)]
}

type Borders = { readonly before: readonly number[]; readonly after: readonly number[] }

const crop = (name: string, attrs: Borders, shape: Shape): NodeDraft => ({
  kind: 'crop',
  layerClass: 'Cropping1D',
  attrs,
  name,
  shape,
})

const vector = (name: string, units: number): NodeDraft => ({
  kind: 'reshape',
  layerClass: 'Reshape',
  attrs: { shape: [units] },
  name,
  shape: [units],
})

/** What a result is called: `lstm_outputs`, `lstm_h`, `lstm_c`, with two directions `lstm_forward_h` and so on. */
export function partName(name: string, part: StatePart): string {
  const own = cellOf(part)
  if (part.result === 0 || own === undefined) return `${name}_outputs`
  const states = stateCount(own.cell)
  const direction = own.directions === 1 ? '' : part.result <= states ? '_forward' : '_backward'
  return `${name}${direction}_${(part.result - 1) % states === 0 ? 'h' : 'c'}`
}

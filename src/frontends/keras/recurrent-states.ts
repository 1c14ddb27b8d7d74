// Recurrent layers with several results, each a part of the layer's node: those that return their states, and those of
// two directions that are not merged.

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

/** Which result of a recurrent layer is meant: its outputs, then states, of either those of a first direction before a second's. */
export interface StatePart extends Stated {
  readonly result: number
  /** Whether the node has states behind its outputs. */
  readonly hasStates: boolean
}

/** How many of the results are outputs: of two directions that are not merged, both. */
export function outputCount({ className, config }: Stated): number {
  return className === 'Bidirectional' && config.merge_mode === null ? 2 : 1
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

/** How many results a layer has. */
export function resultCount(layer: Stated): number {
  const own = cellOf(layer)
  const states = own?.config.return_state === true ? stateCount(own.cell) * own.directions : 0
  return outputCount(layer) + states
}

/** How many states a layer may begin with; undefined where it is not recurrent. */
export function givenStates(className: string): number | undefined {
  if (className === 'Bidirectional') return 4
  const cell = Object.hasOwn(cellKinds, className) ? cellKinds[className] : undefined
  return cell && stateCount(cell)
}

/** The outputs or a state, of a node [outputs, then states, width]; of one without states its outputs. */
export function draftsOfPart(name: string, part: StatePart, shape: Shape | undefined): readonly NodeDraft[] {
  const own = cellOf(part)
  if (own === undefined || shape === undefined) return []
  const outputs = outputCount(part)
  const width = shape.at(-1)!
  const states = part.hasStates ? stateCount(own.cell) : 0
  // Those of merged outputs stand one behind the other, those of outputs side by side too.
  const isMerged = part.hasStates && own.directions === 2 && isMerging(part.config)
  const rows = isMerged ? 2 * states : states
  if (part.result < outputs) {
    const columns = columnsOf(width, part.result, outputs)
    const isSequence = own.config.return_sequences === true
    if (!part.hasStates && !isSequence)
      return [crop(name, { before: [columns.before], after: [columns.after] }, [columns.count])]
    const kept = { before: [0, columns.before], after: [rows, columns.after] }
    const cut: Shape = [shape[0]! - rows, columns.count]
    return isSequence
      ? [crop(name, kept, cut)]
      : [crop(`${name}_row`, kept, cut), vector(name, columns.count)]
  }
  const [direction, state] = [Math.floor((part.result - outputs) / states), (part.result - outputs) % states]
  const { before, after, count } = isMerged
    ? { before: 0, after: 0, count: width }
    : columnsOf(width, direction, own.directions)
  const row = isMerged ? direction * states + state : state
  const place = { before: [shape[0]! - rows + row, before], after: [rows - 1 - row, after] }
  return [crop(`${name}_row`, place, [1, count]), vector(name, count)]
}

/** Whether outputs of two directions are one, element by element. */
function isMerging({ merge_mode: mode = 'concat' }: JsonObject): boolean {
  return mode !== 'concat' && mode !== null
}

/** The columns of one of several directions that lie side by side. */
function columnsOf(width: number, direction: number, directions: number) {
  const count = width / directions
  return { before: direction * count, after: width - (direction + 1) * count, count }
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

/** What a result is called: `lstm_outputs`, `lstm_h`, `lstm_c`, with two directions `lstm_forward`, `lstm_forward_h` and so on. */
export function partName(name: string, part: StatePart): string {
  const own = cellOf(part)
  const outputs = outputCount(part)
  if (own === undefined || (part.result === 0 && outputs === 1)) return `${name}_outputs`
  if (part.result < outputs) return `${name}${part.result === 0 ? '_forward' : '_backward'}`
  const states = stateCount(own.cell)
  const at = part.result - outputs
  const direction = own.directions === 1 ? '' : at < states ? '_forward' : '_backward'
  return `${name}${direction}_${at % states === 0 ? 'h' : 'c'}`
}

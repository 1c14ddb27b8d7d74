// LSTM, GRU and RNN. ONNX keeps a matrix per direction, [gates · units, features], and time before the rows.

import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { GateFunction } from '../../ops/gates.ts'
import { type CellKind, gateCount, stateCount } from '../../ops/recurrent-cell.ts'
import type { Meaning } from '../draft.ts'
import { type Initial, initialStates, isZero, type OwnCell, refuse, rowsOf } from './initial-states.ts'
import { inFile } from './layout.ts'
import type { Computed, Draft, NodeContext, NodeMeaning, NodeReader, Operand } from './node.ts'
import { patternDomain } from './patterns.ts'
import { shapedAs, underView, viewOf } from './rows.ts'

/** Which gate of the file stands where: i o f c there, i f c o here; the others agree. */
const gateOrder: Readonly<Record<CellKind, readonly number[]>> = {
  lstm: [0, 2, 3, 1],
  gru: [0, 1, 2],
  'simple-rnn': [0],
}

const layerClasses = { lstm: 'LSTM', gru: 'GRU', 'simple-rnn': 'SimpleRNN' } as const

const functions: Readonly<Record<string, GateFunction>> = {
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  relu: 'relu',
  softplus: 'softplus',
  softsign: 'softsign',
  hardsigmoid: 'hard_sigmoid',
  affine: 'linear',
}

/** What functions are given in `activation_alpha` and `activation_beta`, in the order of those that take any. */
const parameters: Readonly<Record<string, { readonly alpha: number; readonly beta: number }>> = {
  hardsigmoid: { alpha: 0.2, beta: 0.5 },
  affine: { alpha: 1, beta: 0 },
}

/** The functions that a direction names, with their usual ones: of the gates, of what enters, of what leaves. */
const usualFunctions: Readonly<Record<CellKind, readonly string[]>> = {
  lstm: ['Sigmoid', 'Tanh', 'Tanh'],
  gru: ['Sigmoid', 'Tanh'],
  'simple-rnn': ['Tanh'],
}

export const readRecurrentNode =
  (cell: CellKind): NodeReader =>
  context => {
    const own = readCell(context, cell)
    const [x, w, r, b, lengths] = context.inputs
    const given = own && sequenceOf(context, own, x)
    if (own === undefined || given === undefined) return undefined
    if (w?.kind !== 'constant' || r?.kind !== 'constant' || b?.kind === 'computed')
      return refuse(context, 'its weights are computed', 'constants')
    if (!isWhole(lengths, given.x.shape[0]!))
      return refuse(context, 'its sequences have lengths of their own', 'sequences of one length')
    const weights = readWeights(context, own, [w.values, r.values, b?.values], given.x.shape[1]!)
    const initial = initialStates(context, own, given.x)
    if (weights === undefined || initial === undefined) return undefined
    return drafted(context, own, { ...given, weights, initial })
  }

function readCell(context: NodeContext, cell: CellKind): OwnCell | undefined {
  const { attributes, inputs } = context
  const units = attributes.number(
    'hidden_size',
    inputs[2]?.kind === 'constant' ? (inputs[2].values.shape[2] ?? 0) : 0,
  )
  const direction = attributes.text('direction', 'forward')
  attributes.only('direction', ['forward', 'reverse', 'bidirectional'], 'Export the model again.')
  attributes.only('input_forget', [0], 'An LSTM whose gates i and f are one is not supported.')
  attributes.only('output_sequence', [0, 1], 'Export the model again.')
  if (attributes.value('clip') !== undefined)
    attributes.refuse('clip', 'no limit', 'Limits of what enters the gates are not supported.')
  const directions = direction === 'bidirectional' ? 2 : 1
  const peepholes = cell === 'lstm' ? inputs[7] : undefined
  if (peepholes !== undefined && !isZero(peepholes))
    return refuse(
      context,
      'it has peepholes, weights from its cell state to its gates',
      'an LSTM without them',
    )
  const gates = readFunctions(context, cell, directions)
  if (gates === undefined) return undefined
  return {
    cell,
    units,
    directions,
    isReverse: direction === 'reverse',
    asComputed: context.node.domain === patternDomain,
    isBatchFirst: attributes.number('layout', 0) === 1,
    resetAfter: cell === 'gru' && attributes.number('linear_before_reset', 0) !== 0,
    ...gates,
  }
}

/** All directions have the same, and of an LSTM what enters and what leaves the state too. */
function readFunctions(context: NodeContext, cell: CellKind, directions: number) {
  const { attributes } = context
  const usual = usualFunctions[cell]
  const found = attributes.value('activations')
  const names =
    found?.kind === 'strings' ? found.value : Array.from({ length: directions }, () => usual).flat()
  const known = names.map(name => functions[name.toLowerCase()])
  const own = known.slice(0, usual.length)
  const agree =
    known.length === usual.length * directions && known.every((name, k) => name === own[k % own.length])
  const [gate, enters = gate, leaves = enters] = own
  if (!agree || gate === undefined || enters !== leaves) {
    attributes.refuse(
      'activations',
      `${usual.join(', ')} or other known ones, the same for every direction and on both sides of a cell's state`,
      'Replace them and train again.',
    )
    return undefined
  }
  const taking = names.flatMap(name => parameters[name.toLowerCase()] ?? [])
  for (const of of ['alpha', 'beta'] as const) {
    const expected = taking.map(own => own[of])
    const values = attributes.numbers(`activation_${of}`, [])
    const isUsual = values.every((value, k) => Math.abs(value - (expected[k] ?? value)) <= 1e-6)
    if (!isUsual || values.length > Math.max(expected.length, 1))
      attributes.refuse(
        `activation_${of}`,
        taking.length === 0 ? 'none' : `${expected.join(', ')}, those of HardSigmoid and of a plain line`,
        'Replace the activations and train again.',
      )
  }
  const isPlain = cell === 'simple-rnn'
  return { activation: enters!, recurrentActivation: isPlain ? 'linear' : gate } as const
}

/** The input as [steps, features]. */
function sequenceOf(context: NodeContext, { isBatchFirst }: OwnCell, x: Operand | undefined) {
  if (x?.kind !== 'computed') return x && refuse(context, 'its sequence is a constant', 'a computed one')
  const { dims, axis } = viewOf(x)
  const expected = isBatchFirst ? 0 : 1
  if (dims.length !== 2 || axis !== expected) {
    return refuse(
      context,
      `its sequence is [${[...dims.slice(0, axis), 'rows', ...dims.slice(axis)].join(', ')}]`,
      isBatchFirst ? '[rows, steps, features]' : '[steps, rows, features]',
      'Export the model with the batch first (batch_first=True), or with a batch axis that is not fixed.',
    )
  }
  const { x: own, drafts } = shapedAs(x, dims, `${context.name}_sequence`)
  return { x: { ...own, layout: inFile }, drafts }
}

function isWhole(lengths: Operand | undefined, steps: number): boolean {
  if (lengths === undefined) return true
  return lengths.kind === 'constant' && lengths.values.data.every(value => value === steps)
}

type Weights = Readonly<Record<string, FloatValues>>

/** Kernels and biases of every direction, turned and with the gates in order. */
function readWeights(
  context: NodeContext,
  { cell, units, directions }: OwnCell,
  [w, r, b]: readonly [FloatValues, FloatValues, FloatValues | undefined],
  features: number,
): Weights | undefined {
  const columns = gateCount[cell] * units
  const shapes = [
    [directions, columns, features],
    [directions, columns, units],
    [directions, 2 * columns],
  ]
  const wrong = [w, r, b].findIndex((own, k) => own !== undefined && own.shape.join() !== shapes[k]!.join())
  if (wrong >= 0)
    return refuse(
      context,
      `its ${['W', 'R', 'B'][wrong]} has the shape [${[w, r, b][wrong]!.shape.join(', ')}]`,
      `[${shapes[wrong]!.join(', ')}]`,
    )
  const weights: Record<string, FloatValues> = {}
  for (let direction = 0; direction < directions; direction++) {
    const prefix = directions === 1 ? '' : direction === 0 ? 'forward_' : 'backward_'
    const order = gateOrder[cell].flatMap(gate =>
      Array.from({ length: units }, (_, unit) => gate * units + unit),
    )
    weights[`${prefix}weight`] = kernelOf(w, direction, order, features)
    weights[`${prefix}recurrent_weight`] = kernelOf(r, direction, order, units)
    if (b === undefined) continue
    const bias = (first: number): FloatValues => ({
      shape: [columns],
      data: Float64Array.from(order, column => b.data[(2 * direction + first) * columns + column]!),
    })
    weights[`${prefix}bias`] = bias(0)
    if (bias(1).data.some(value => value !== 0)) weights[`${prefix}recurrent_bias`] = bias(1)
  }
  return weights
}

/** [columns, rows] of a direction as [rows, columns], columns in another order. */
function kernelOf(
  { data }: FloatValues,
  direction: number,
  order: readonly number[],
  rows: number,
): FloatValues {
  const columns = order.length
  const turned = Float64Array.from(
    { length: rows * columns },
    (_, k) => data[(direction * columns + order[k % columns]!) * rows + Math.floor(k / columns)]!,
  )
  return { shape: [rows, columns], data: turned }
}

interface Operands {
  readonly x: Computed
  readonly drafts: readonly Draft[]
  readonly weights: Weights
  readonly initial: Initial
}

/** The layer, and what the file's results Y, Y_h and Y_c are of it. */
function drafted(context: NodeContext, own: OwnCell, operands: Operands): NodeMeaning {
  const { name, isRead } = context
  const { units, directions, cell } = own
  const [all, h, c] = [0, 1, 2].map(output => isRead(output)) as [boolean, boolean, boolean]
  const returnState = c || (all && h)
  const [steps] = operands.x.shape as readonly [number, ...number[]]
  const width = directions * units
  const outputs = all ? steps : 1
  const states = stateCount(cell)
  const shape: Shape = returnState ? [outputs + states, width] : all ? [steps, width] : [width]
  const layer: Draft = {
    ...meaningOf(own, all, returnState),
    name,
    inputs: [operands.x.node, ...operands.initial.vectors.map(({ node }) => node)],
    shape,
    weights: operands.weights,
  }
  const whole: Computed = { kind: 'computed', node: name, shape, layout: inFile }
  const cut = (from: number, to: number, label: string) =>
    returnState
      ? rowsOf(whole, from, to, outputs + states, `${name}_${label}`)
      : { x: whole, draft: undefined }
  const parts = [
    all ? { ...cut(0, steps, 'outputs'), dims: [steps, directions, units], axis: 2 } : undefined,
    h || (!all && !c) ? { ...cut(outputs, outputs + 1, 'h'), dims: [directions, units], axis: 1 } : undefined,
    c ? { ...cut(outputs + 1, outputs + 2, 'c'), dims: [directions, units], axis: 1 } : undefined,
  ]
  const shown = parts.map(
    (part, k) =>
      part &&
      underView(part.x, { dims: part.dims, axis: own.isBatchFirst ? 0 : part.axis }, `${name}_${'yhc'[k]}`),
  )
  const drafts = [
    ...operands.drafts,
    ...operands.initial.drafts,
    layer,
    ...parts.flatMap(part => part?.draft ?? []),
    ...shown.flatMap(part => part?.drafts ?? []),
  ]
  return { drafts, results: shown.map(part => part?.x) }
}

function meaningOf(own: OwnCell, returnSequences: boolean, returnState: boolean): Meaning {
  const { cell, units, directions, isReverse, activation, recurrentActivation, resetAfter } = own
  const state = returnState ? { returnState } : {}
  if (directions === 2) {
    const attrs = {
      cell,
      units,
      activation,
      recurrentActivation,
      resetAfter,
      returnSequences,
      ...state,
      merge: 'concat',
    } as const
    return { kind: 'bidirectional', layerClass: 'Bidirectional', attrs }
  }
  const order = isReverse && !own.asComputed && returnSequences ? { keepsOrder: true } : {}
  const attrs = { units, returnSequences, goBackwards: isReverse, ...order, ...state, activation }
  const layerClass = layerClasses[cell]
  if (cell === 'lstm') return { kind: cell, layerClass, attrs: { ...attrs, recurrentActivation } }
  if (cell === 'gru') return { kind: cell, layerClass, attrs: { ...attrs, recurrentActivation, resetAfter } }
  return { kind: cell, layerClass, attrs }
}

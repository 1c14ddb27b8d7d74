// Recurrent layers: gates of every time step from its input and the output before; states and outputs are of the
// result's type, gate sums and activations of the accumulator's.

import { parsePrecision } from '../../fixed/precision.ts'
import { tanhDouble } from '../../fixed/table-functions.ts'
import type { Conversion } from '../../fixed/types.ts'
import type { BidirectionalAttrs } from '../../ops/bidirectional/index.ts'
import type { GruAttrs } from '../../ops/gru/index.ts'
import type { LstmAttrs } from '../../ops/lstm/index.ts'
import type { SimpleRnnAttrs } from '../../ops/simple-rnn/index.ts'
import type { TableFunction } from '../../ops/table-activation/index.ts'
import { converted, rawOfNumber, toRaw, valueOfRaw } from './conversion.ts'
import {
  add,
  type Dyadic,
  dyadic,
  largest,
  multiply,
  negate,
  one,
  smallest,
  subtract,
  timesPowerOfTwo,
  truncate,
  zero,
} from './dyadic.ts'
import { intoResult, type Operator, roleConversion } from './operator.ts'
import { sumsOfProducts, type Tap } from './products.ts'
import { clampIndex, tableValue } from './tables.ts'

type GateName = LstmAttrs['activation']

/** What one direction of a layer is, whatever its cell. */
interface Recurrent {
  readonly cell: 'lstm' | 'gru' | 'simple-rnn'
  readonly units: number
  readonly activation: GateName
  readonly recurrentActivation: GateName
  readonly resetAfter: boolean
  /** Types, as text, of what is quantised within a step. */
  readonly within?: LstmAttrs['within']
  /** Before the names of weights, and of reuse factors. */
  readonly prefix: string
}

/** The last output and, of an LSTM, the cell state. */
interface State {
  readonly output: readonly Dyadic[]
  readonly cell: readonly Dyadic[]
}

const plain = { resetAfter: false, prefix: '' }

export function lstm(op: Operator, attrs: LstmAttrs): readonly bigint[] {
  return alone(op, { ...attrs, ...plain, cell: 'lstm' }, attrs)
}

export function gru(op: Operator, attrs: GruAttrs): readonly bigint[] {
  return alone(op, { ...attrs, prefix: '', cell: 'gru' }, attrs)
}

export function simpleRnn(op: Operator, attrs: SimpleRnnAttrs): readonly bigint[] {
  return alone(op, { ...attrs, ...plain, recurrentActivation: 'linear', cell: 'simple-rnn' }, attrs)
}

/** Every sequence by itself, from zero states, where the layer reads several. */
function everySequence(
  op: Operator,
  { perStep }: Pick<LstmAttrs, 'perStep'>,
  one: (op: Operator) => readonly bigint[],
): readonly bigint[] {
  if (perStep !== true) return one(op)
  const [count, ...shape] = op.inputShape as readonly [number, ...number[]]
  const size = shape.reduce((product, extent) => product * extent, 1)
  return Array.from({ length: count }, (_, k) => {
    const x = op.x.slice(k * size, (k + 1) * size)
    const node = { ...op.node, shape: op.node.shape.slice(1) }
    return one({ ...op, node, x, inputs: [{ x, shape }], inputShape: shape })
  }).flat()
}

function alone(op: Operator, own: Recurrent, how: LstmAttrs | GruAttrs | SimpleRnnAttrs): readonly bigint[] {
  return everySequence(op, how, one => aloneOver(one, own, how))
}

function aloneOver(
  op: Operator,
  own: Recurrent,
  how: LstmAttrs | GruAttrs | SimpleRnnAttrs,
): readonly bigint[] {
  const passed = statesOf(op, own, how.goBackwards, op.inputs.slice(1))
  const outputs = passed.map(({ output }) => output)
  const wanted = how.returnSequences ? outputs : outputs.slice(-1)
  const ordered = how.goBackwards && how.keepsOrder ? wanted.toReversed() : wanted
  const rows = how.returnState ? [...ordered, ...rowsOf(own, passed.at(-1)!)] : ordered
  return rows.flat().map(value => toRaw(value, roleConversion(op, 'result')))
}

/** Both directions, those of the second put in the order of the sequence, merged. */
export function bidirectional(op: Operator, attrs: BidirectionalAttrs): readonly bigint[] {
  return everySequence(op, attrs, one => bothWays(one, attrs))
}

function bothWays(op: Operator, attrs: BidirectionalAttrs): readonly bigint[] {
  const given = op.inputs.slice(1)
  const passed = ['forward_', 'backward_'].map((prefix, k) =>
    statesOf(
      op,
      { ...attrs, prefix },
      k === 1,
      given.slice((k * given.length) / 2, ((k + 1) * given.length) / 2),
    ),
  ) as [State[], State[]]
  const [ahead, back] = passed.map(states => states.map(({ output }) => output)) as [
    (readonly Dyadic[])[],
    (readonly Dyadic[])[],
  ]
  const [lastAhead, lastBack] = passed.map(states => rowsOf({ ...attrs, prefix: '' }, states.at(-1)!)) as [
    (readonly Dyadic[])[],
    (readonly Dyadic[])[],
  ]
  const states =
    attrs.merge === 'concat'
      ? lastAhead.flatMap((row, k) => [...row, ...lastBack[k]!])
      : [...lastAhead, ...lastBack].flat()
  const pairs = attrs.returnSequences
    ? ahead.map((own, k) => [own, back[back.length - 1 - k]!] as const)
    : [[ahead.at(-1)!, back.at(-1)!] as const]
  const outputs = pairs.flatMap(([a, b]) =>
    attrs.merge === 'concat' ? [...a, ...b] : a.map((x, k) => merged(attrs, x, b[k]!)),
  )
  return intoResult(op, [...outputs, ...(attrs.returnState ? states : [])])
}

function merged({ merge }: BidirectionalAttrs, a: Dyadic, b: Dyadic): Dyadic {
  if (merge === 'mul') return multiply(a, b)
  return merge === 'ave' ? timesPowerOfTwo(add(a, b), -1) : add(a, b)
}

/** A row for each state that a cell has. */
function rowsOf({ cell }: Recurrent, state: State): (readonly Dyadic[])[] {
  return cell === 'lstm' ? [state.output, state.cell] : [state.output]
}

/** States behind all steps in the order of reading, from those given or from 0. */
function statesOf(op: Operator, own: Recurrent, backwards: boolean, given: Operator['inputs']): State[] {
  const [steps, features] = op.inputShape as readonly [number, number]
  const zeros = Array<Dyadic>(own.units).fill(zero)
  const [output = zeros, cell = zeros] = given.map(({ x }) =>
    x.map(value => converted(value, roleConversion(op, 'result'))),
  )
  let state: State = { output, cell }
  return Array.from({ length: steps }, (_, k) => {
    const first = (backwards ? steps - 1 - k : k) * features
    const x = op.x
      .slice(first, first + features)
      .map((value, j) => ({ x: value, type: op.inputType(first + j) }))
    state = next(op, own, x, state)
    return state
  })
}

function next(op: Operator, own: Recurrent, x: readonly Tap[], state: State): State {
  if (own.cell === 'lstm') return lstmNext(op, own, x, state)
  const output = own.cell === 'gru' ? gruNext(op, own, x, state.output) : simpleNext(op, own, x, state.output)
  return { output, cell: state.cell }
}

function lstmNext(op: Operator, own: Recurrent, x: readonly Tap[], before: State): State {
  const result = roleConversion(op, 'result')
  const fromOutput = ofState(op, own, multiplied(own, before.output))
  const sums = ofInput(op, own, x).map((sum, k) => inAccumulator(op, add(sum, fromOutput[k]!)))
  const gate = (place: number, which: Which) =>
    sums.slice(place * own.units, (place + 1) * own.units).map(sum => activated(op, own, which, sum))
  const [input, forget] = [gate(0, 'recurrentActivation'), gate(1, 'recurrentActivation')]
  const [candidate, out] = [gate(2, 'activation'), gate(3, 'recurrentActivation')]
  const cell = before.cell.map((old, k) =>
    converted(add(multiply(candidate[k]!, input[k]!), multiply(old, forget[k]!)), result),
  )
  const output = cell.map((value, k) =>
    converted(multiply(out[k]!, activated(op, own, 'activation', value)), result),
  )
  return { cell, output }
}

function gruNext(op: Operator, own: Recurrent, x: readonly Tap[], before: readonly Dyadic[]) {
  const fromInput = ofInput(op, own, x)
  const state = multiplied(own, before)
  const fromState = ofState(op, own, state)
  const gate = (place: number) =>
    before.map((_, k) => {
      const at = place * own.units + k
      const sum = inAccumulator(op, add(fromInput[at]!, fromState[at]!))
      return activated(op, own, 'recurrentActivation', sum)
    })
  const [update, reset] = [gate(0), gate(1)]
  const passed = reset.map((r, k) =>
    inAccumulator(op, multiply(r, own.resetAfter ? fromState[2 * own.units + k]! : state[k]!)),
  )
  const recurrent = own.resetAfter
    ? passed
    : ofState(op, own, passed, roleConversion(op, 'accum').to).slice(2 * own.units)
  return before.map((old, k) => {
    const sum = inAccumulator(op, add(fromInput[2 * own.units + k]!, recurrent[k]!))
    const candidate = activated(op, own, 'activation', sum)
    const mixed = add(multiply(candidate, subtract(one, update[k]!)), multiply(old, update[k]!))
    return converted(mixed, roleConversion(op, 'result'))
  })
}

function simpleNext(op: Operator, own: Recurrent, x: readonly Tap[], before: readonly Dyadic[]) {
  const fromState = ofState(op, own, multiplied(own, before))
  const result = roleConversion(op, 'result')
  return ofInput(op, own, x).map((sum, k) => {
    const total = inAccumulator(op, add(sum, fromState[k]!))
    return own.activation === 'tanh' && own.within?.activation === undefined
      ? oddTanh(op, total)
      : converted(activated(op, own, 'activation', total), result)
  })
}

/** The entry for |x| of a table over [0, 4), taken in the middle of its bin; then the sign of x. */
function oddTanh(op: Operator, x: Dyadic): Dyadic {
  const size = Number(op.node.choices.TableSize)
  const [table, result] = [roleConversion(op, 'table'), roleConversion(op, 'result')]
  const isNegative = x.mantissa < 0n
  const scaled = multiply(isNegative ? negate(x) : x, timesPowerOfTwo(dyadic(BigInt(size)), -2))
  const index = clampIndex(truncate(scaled), size)
  const entry = rawOfNumber(tanhDouble(((index + 0.5) / size) * 4), table)
  const value = converted(valueOfRaw(entry, table.to), result)
  return isNegative ? converted(negate(value), result) : value
}

function inAccumulator(op: Operator, value: Dyadic): Dyadic {
  return converted(value, roleConversion(op, 'accum'))
}

/** W x + b. */
function ofInput(op: Operator, own: Recurrent, x: readonly Tap[]): readonly Dyadic[] {
  return denseSums(op, own, x, '')
}

/** U h + b_r. */
function ofState(
  op: Operator,
  own: Recurrent,
  h: readonly Dyadic[],
  type = typeOfText(own.within?.state)?.to ?? roleConversion(op, 'result').to,
): readonly Dyadic[] {
  return denseSums(
    op,
    own,
    h.map(x => ({ x, type })),
    'recurrent_',
  )
}

/** Every sum of a kernel, accumulated as in a dense layer, then converted. */
function denseSums(op: Operator, own: Recurrent, taps: readonly Tap[], kernel: '' | 'recurrent_') {
  const gates = { lstm: 4, gru: 3, 'simple-rnn': 1 }[own.cell]
  const asDense = { units: gates * own.units, weightCoding: 'plain', inputCoding: 'plain' } as const
  const direction = { '': '', forward_: 'Forward', backward_: 'Backward' }[own.prefix] ?? ''
  const sums = sumsOfProducts(op, asDense, taps, {
    weight: `${own.prefix}${kernel}weight`,
    bias: `${own.prefix}${kernel}bias`,
    reuse: `${direction}${kernel === '' ? '' : 'Recurrent'}ReuseFactor`,
  })
  return sums.map(sum => inAccumulator(op, sum))
}

type Which = 'activation' | 'recurrentActivation'

/** A gate's function, in the accumulator's type; or its line, in the type that it has of its own. */
function activated(op: Operator, own: Recurrent, which: Which, x: Dyadic): Dyadic {
  const type = typeOfText(own.within?.[which])
  if (type === undefined) return inAccumulator(op, gateValue(op, own[which], x))
  if (own.within?.curves?.includes(which)) return tableValue(op, own[which] as TableFunction, x, type)
  return converted(own[which] === 'sigmoid' ? timesPowerOfTwo(add(x, one), -1) : x, type)
}

/** The state that kernels multiply. */
function multiplied(own: Recurrent, state: readonly Dyadic[]): readonly Dyadic[] {
  const type = typeOfText(own.within?.state)
  return type === undefined ? state : state.map(value => converted(value, type))
}

function typeOfText(text: string | undefined): Conversion | undefined {
  if (text === undefined) return undefined
  const precision = parsePrecision(text, 'within')
  return precision.kind === 'fixed' ? precision.conversion : undefined
}

/** The hard sigmoid's slope of 0.2 with 16 fraction bits, cut. */
const slope = timesPowerOfTwo(dyadic(13107n), -16)

function gateValue(op: Operator, name: GateName, x: Dyadic): Dyadic {
  switch (name) {
    case 'linear':
      return x
    case 'relu':
      return largest(zero, x)
    case 'hard_sigmoid':
      return largest(zero, smallest(one, add(multiply(slope, x), timesPowerOfTwo(one, -1))))
    default:
      return tableValue(op, name, x)
  }
}

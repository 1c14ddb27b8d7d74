// LSTM: gates i, f, c, o of every time step from its input and the output before; state and output are of the
// result's type, gate sums and activations of the accumulator's.

import type { LstmAttrs } from '../../ops/lstm/index.ts'
import { converted, toRaw } from './conversion.ts'
import { add, type Dyadic, multiply, zero } from './dyadic.ts'
import { type Operator, roleConversion } from './operator.ts'
import { sumsOfProducts } from './products.ts'
import { tableValue } from './tables.ts'

interface State {
  readonly cell: readonly Dyadic[]
  readonly output: readonly Dyadic[]
}

const recurrentRoles = { weight: 'recurrent_weight', bias: 'recurrent_bias', reuse: 'RecurrentReuseFactor' }

export function lstm(op: Operator, attrs: LstmAttrs): readonly bigint[] {
  const [steps, features] = op.inputShape as readonly [number, number]
  const times = Array.from({ length: steps }, (_, k) => (attrs.goBackwards ? steps - 1 - k : k))
  const zeros = Array<Dyadic>(attrs.units).fill(zero)
  let state: State = { cell: zeros, output: zeros }
  const outputs = times.map(time => {
    state = step(op, attrs, time * features, state)
    return state.output
  })
  const wanted = attrs.returnSequences ? outputs : outputs.slice(-1)
  return wanted.flat().map(value => toRaw(value, roleConversion(op, 'result')))
}

function step(op: Operator, attrs: LstmAttrs, first: number, before: State): State {
  const accumulator = roleConversion(op, 'accum')
  const result = roleConversion(op, 'result')
  const gates = gateSums(op, attrs, first, before)
  const activated = (name: LstmAttrs['activation'], x: Dyadic) =>
    converted(tableValue(op, name, x), accumulator)
  const gate = (place: number, name: LstmAttrs['activation']) =>
    gates.slice(place * attrs.units, (place + 1) * attrs.units).map(sum => activated(name, sum))
  const [input, forget] = [gate(0, attrs.recurrentActivation), gate(1, attrs.recurrentActivation)]
  const [candidate, out] = [gate(2, attrs.activation), gate(3, attrs.recurrentActivation)]
  const cell = before.cell.map((old, k) =>
    converted(add(multiply(candidate[k]!, input[k]!), multiply(old, forget[k]!)), result),
  )
  const output = cell.map((value, k) =>
    converted(multiply(out[k]!, activated(attrs.activation, value)), result),
  )
  return { cell, output }
}

/** The 4 · units sums over input and last output, each accumulated for itself, then added. */
function gateSums(op: Operator, attrs: LstmAttrs, first: number, before: State): readonly Dyadic[] {
  const accumulator = roleConversion(op, 'accum')
  const features = op.inputShape[1]!
  const taps = op.x.slice(first, first + features).map((x, k) => ({ x, type: op.inputType(first + k) }))
  const last = before.output.map(x => ({ x, type: roleConversion(op, 'result').to }))
  const asDense = { units: 4 * attrs.units, weightCoding: 'plain', inputCoding: 'plain' } as const
  const fromInput = sumsOfProducts(op, asDense, taps)
  const fromOutput = sumsOfProducts(op, asDense, last, recurrentRoles)
  return fromInput.map((sum, k) =>
    converted(add(converted(sum, accumulator), converted(fromOutput[k]!, accumulator)), accumulator),
  )
}

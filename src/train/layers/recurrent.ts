// SimpleRNN, GRU and LSTM: one step after another, unrolled, since the library has no loops. The products with the
// inputs of all steps are one.

import type { Maths, Tensor } from '../autodiff.ts'
import { type ActivationSpec, activation, flag, initialiser, quantiser, whole } from '../fields.ts'
import type { QuantiserSpec } from '../quantisers/definition.ts'
import { activate } from './activations.ts'
import { defineLayer, type LayerCall, type WeightSpec } from './definition.ts'

export type Cell = 'simple-rnn' | 'gru' | 'lstm'
const gates: Readonly<Record<Cell, number>> = { 'simple-rnn': 1, gru: 3, lstm: 4 }
export const cellClasses = { 'simple-rnn': 'SimpleRNN', gru: 'GRU', lstm: 'LSTM' } as const

export const shared = {
  units: whole('units'),
  activation: activation('activation', 'tanh'),
  useBias: flag('use_bias', true),
  returnSequences: flag('return_sequences', false),
  goBackwards: flag('go_backwards', false),
  kernelInitializer: initialiser('kernel_initializer', 'glorot_uniform'),
  recurrentInitializer: initialiser('recurrent_initializer', 'orthogonal'),
  biasInitializer: initialiser('bias_initializer', 'zeros'),
  kernelQuantizer: quantiser('kernel_quantizer'),
  recurrentQuantizer: quantiser('recurrent_quantizer'),
  biasQuantizer: quantiser('bias_quantizer'),
  stateQuantizer: quantiser('state_quantizer'),
}
export const gated = { ...shared, recurrentActivation: activation('recurrent_activation', 'sigmoid') }

export interface RecurrentSettings {
  readonly units: number
  readonly activation: ActivationSpec
  readonly recurrentActivation?: ActivationSpec
  readonly useBias: boolean
  readonly returnSequences: boolean
  readonly goBackwards: boolean
  readonly resetAfter?: boolean
  readonly unitForgetBias?: boolean
  readonly kernelInitializer: WeightSpec['initialiser']
  readonly recurrentInitializer: WeightSpec['initialiser']
  readonly biasInitializer: WeightSpec['initialiser']
  readonly kernelQuantizer: QuantiserSpec | null
  readonly recurrentQuantizer: QuantiserSpec | null
  readonly biasQuantizer: QuantiserSpec | null
  readonly stateQuantizer: QuantiserSpec | null
}

export const shapeOf = ({ units, returnSequences }: RecurrentSettings, input: readonly number[]) =>
  input.length !== 2
    ? `it takes steps and features, and its input is [${input.join(', ')}]`
    : returnSequences
      ? [input[0]!, units]
      : [units]

export function weightsOf(cell: Cell, settings: RecurrentSettings, input: readonly number[]): WeightSpec[] {
  const { units } = settings
  const columns = gates[cell] * units
  const path = [`${cell.replace('-', '_')}_cell`]
  const two = cell === 'gru' && settings.resetAfter === true
  return [
    {
      name: 'kernel',
      shape: [input[1]!, columns],
      initialiser: settings.kernelInitializer,
      trainable: true,
      fans: [input[1]!, columns],
      quantiser: settings.kernelQuantizer,
      path,
    },
    {
      name: 'recurrent_kernel',
      shape: [units, columns],
      initialiser: settings.recurrentInitializer,
      trainable: true,
      fans: [units, columns],
      quantiser: settings.recurrentQuantizer,
      path,
    },
    ...(settings.useBias
      ? [
          {
            name: 'bias',
            shape: two ? [2, columns] : [columns],
            initialiser: settings.biasInitializer,
            trainable: true,
            quantiser: settings.biasQuantizer,
            path,
            // A forget gate that is open at first lets gradients through.
            ...(settings.unitForgetBias === true && {
              initial: (values: Float32Array) => void values.fill(1, units, 2 * units),
            }),
          },
        ]
      : []),
  ]
}

/** What every step is given. */
interface StepParts {
  readonly call: LayerCall<RecurrentSettings>
  /** Products of the step's inputs, biases added: [rows, gates · units]. */
  readonly x: Tensor
  /** The state before, through the state's quantiser. */
  readonly h: Tensor
  /** The state before, as it was. */
  readonly plain: Tensor
  /** An LSTM's memory. */
  readonly c: Tensor
  readonly recurrent: Tensor
  readonly recurrentBias: Tensor | undefined
}

type StepRule = (parts: StepParts) => { readonly h: Tensor; readonly c?: Tensor }

function gate(maths: Maths, x: Tensor, units: number, index: number): Tensor {
  return maths.slice(x, 1, index * units, (index + 1) * units)
}

const plus = (maths: Maths, a: Tensor, b: Tensor | undefined) => (b === undefined ? a : maths.add(a, b))

const simpleStep: StepRule = ({ call, x, h, recurrent }) => {
  const { maths, settings } = call
  return { h: activate(call, maths.add(x, maths.dot(h, recurrent)), settings.activation) }
}

/** Gates z, r, h; the state is the old one where z is 1. */
const gruStep: StepRule = ({ call, x, h, plain, recurrent, recurrentBias }) => {
  const { maths, settings } = call
  const { units } = settings
  const inner = settings.recurrentActivation!
  const own = (index: number) => gate(maths, x, units, index)
  const after = settings.resetAfter === true
  const first = after ? recurrent : gate(maths, recurrent, 2 * units, 0)
  const product = plus(maths, maths.dot(h, first), recurrentBias)
  const [z, r] = [0, 1].map(index =>
    activate(call, maths.add(own(index), gate(maths, product, units, index)), inner),
  ) as [Tensor, Tensor]
  const past = after
    ? maths.multiply(r, gate(maths, product, units, 2))
    : maths.dot(maths.multiply(r, h), gate(maths, recurrent, units, 2))
  const next = activate(call, maths.add(own(2), past), settings.activation)
  const rest = maths.multiply(maths.subtract(1, z), next)
  return { h: maths.add(maths.multiply(z, plain), rest) }
}

/** Gates i, f, c, o. */
const lstmStep: StepRule = ({ call, x, h, c, recurrent }) => {
  const { maths, settings } = call
  const sum = maths.add(x, maths.dot(h, recurrent))
  const own = (index: number) => gate(maths, sum, settings.units, index)
  const [i, f, o] = [0, 1, 3].map(index => activate(call, own(index), settings.recurrentActivation!)) as [
    Tensor,
    Tensor,
    Tensor,
  ]
  const next = activate(call, own(2), settings.activation)
  const memory = maths.add(maths.multiply(f, c), maths.multiply(i, next))
  return { h: maths.multiply(o, activate(call, memory, settings.activation)), c: memory }
}

function forwardWith(rule: StepRule, call: LayerCall<RecurrentSettings>): Tensor {
  const { maths, settings, x } = call
  const [rows, steps, features] = x.shape as [number, number, number]
  const recurrent = call.quantised('recurrent_kernel', settings.recurrentQuantizer)
  const { own, other } = biasesOf(call)
  const kernel = call.quantised('kernel', settings.kernelQuantizer)
  const flat = maths.dot(maths.reshape(x, [rows * steps, features]), kernel)
  const products = maths.reshape(plus(maths, flat, own), [rows, steps, kernel.shape[1]!])
  let plain = maths.full([rows, settings.units], 0, x.dtype)
  let c = plain
  const results: Tensor[] = []
  for (let step = 0; step < steps; step++) {
    const at = settings.goBackwards ? steps - 1 - step : step
    const now = maths.reshape(maths.slice(products, 1, at, at + 1), [rows, kernel.shape[1]!])
    const h = settings.stateQuantizer === null ? plain : call.quantise(plain, settings.stateQuantizer)
    const next = rule({ call, x: now, h, plain, c, recurrent, recurrentBias: other })
    plain = next.h
    c = next.c ?? c
    results.push(plain)
  }
  return settings.returnSequences ? maths.stack(results, 1) : plain
}

/** Of the inputs' products, and of the state's where there are two. */
function biasesOf(call: LayerCall<RecurrentSettings>): { own?: Tensor; other?: Tensor } {
  const { maths, settings } = call
  if (!settings.useBias) return {}
  const bias = call.quantised('bias', settings.biasQuantizer)
  if (bias.shape.length === 1) return { own: bias }
  const row = (index: number) => maths.reshape(maths.slice(bias, 0, index, index + 1), [bias.shape[1]!])
  return { own: row(0), other: row(1) }
}

/** What Keras writes beside a cell's settings. */
export const fixed = {
  return_state: false,
  stateful: false,
  unroll: false,
  time_major: false,
  dropout: 0,
  recurrent_dropout: 0,
}

const common = (cell: Cell) => ({
  classes: { plain: cellClasses[cell], quantised: `Q${cellClasses[cell]}` },
  shape: shapeOf,
  weights: (settings: RecurrentSettings, input: readonly number[]) => weightsOf(cell, settings, input),
})

export const simpleRnn = defineLayer({
  ...common('simple-rnn'),
  summary: 'h = activation(x · kernel + h · recurrent + bias)',
  fields: shared,
  forward: call => forwardWith(simpleStep, call),
  keras: () => fixed,
})

export const gru = defineLayer({
  ...common('gru'),
  summary: 'a gated recurrent unit',
  fields: { ...gated, resetAfter: flag('reset_after', true) },
  forward: call => forwardWith(gruStep, call),
  keras: () => ({ ...fixed, implementation: 2 }),
})

export const lstm = defineLayer({
  ...common('lstm'),
  summary: 'long short-term memory',
  fields: { ...gated, unitForgetBias: flag('unit_forget_bias', true) },
  forward: call => forwardWith(lstmStep, call),
  keras: () => ({ ...fixed, implementation: 2 }),
})

// The forward pass: layers one after another, on tensors with a batch axis in front.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Maths, Tensor, Tensors } from './autodiff.ts'
import { type ActivationSpec, linear } from './fields.ts'
import type { LayerCall } from './layers/definition.ts'
import { layerOf } from './layers/index.ts'
import { type BuiltLayer, type Model, weightKey } from './model.ts'
import type { QuantiserSpec } from './quantisers/definition.ts'
import { quantisers } from './quantisers/index.ts'

export interface Pass {
  readonly maths: Maths
  /** Dropout drops, batch normalisation goes by the batch, stochastic quantisers draw. */
  readonly training: boolean
  /** An int32 scalar, another one in every step. */
  readonly seed: Tensor
}

export interface PassResult {
  readonly output: Tensor
  /** Every layer's result, by name. */
  readonly results: Tensors
  /** Next values of weights that gradients do not train, by weight key. */
  readonly updates: Tensors
}

/** Runs a model; `weights` by weight key, `inputs` in the model's order. Number type is that of the inputs. */
export function forward(model: Model, weights: Tensors, inputs: readonly Tensor[], pass: Pass): PassResult {
  const results = new Map(model.inputs.map(({ name }, k) => [name, inputs[k]!]))
  const updates: Record<string, Tensor> = {}
  model.layers.forEach((layer, index) => {
    const given = layer.inputs.map(name => results.get(name)!)
    const call = callOf(layer, index, given, weights, updates, pass)
    results.set(layer.name, layerOf(layer.kind).forward(call as never))
  })
  return {
    output: results.get(model.outputs[0]!)!,
    results: Object.fromEntries(results),
    updates,
  }
}

/** How many numbers may be drawn in one layer by quantisers and dropout together, a salt each. */
const saltsPerLayer = 1024

function callOf(
  layer: BuiltLayer,
  index: number,
  inputs: readonly Tensor[],
  weights: Tensors,
  updates: Record<string, Tensor>,
  { maths, training, seed }: Pass,
): LayerCall<unknown> {
  let drawn = 0
  const salt = () => {
    // A stochastic quantiser may draw twice.
    drawn += 2
    if (drawn >= saltsPerLayer) bug(`layer ${layer.name} draws more than ${saltsPerLayer / 2} times`)
    return index * saltsPerLayer + drawn
  }
  const x = inputs[0]!
  const cast = (value: Tensor) => (x.dtype === 'float64' ? maths.cast(value, 'float64') : value)
  const raw = (name: string) => weights[weightKey(layer, { name })] ?? bug(`${layer.name} has no ${name}`)
  const quantise = (value: Tensor, { name, options }: QuantiserSpec) =>
    quantisers[name]!.apply(value, options, { maths, training, seed, salt: salt() })
  const trained = (name: string, quantiser: QuantiserSpec | null) =>
    quantiser === null ? raw(name) : quantise(raw(name), quantiser)
  return {
    settings: layer.settings,
    maths,
    training,
    x,
    inputs,
    weight: name => cast(raw(name)),
    quantised: (name, quantiser) => cast(trained(name, quantiser)),
    trained,
    quantise,
    uniform: shape => maths.uniform(seed, salt(), shape),
    update: (name, value) => {
      updates[weightKey(layer, { name })] = value
    },
  }
}

export type LastFunction = 'softmax' | 'sigmoid' | 'other'

/**
 * The model without the softmax or sigmoid that its outputs end in, and which those were, by output: losses take what
 * stands before them, where no exponential can run over. `last` is that of the first output.
 */
export function withoutLastFunction(model: Model): {
  readonly model: Model
  readonly last: LastFunction
  readonly lasts: Readonly<Record<string, LastFunction>>
} {
  const lasts = Object.fromEntries(model.outputs.map(name => [name, lastFunctionOf(model, name)]))
  const stripped = (layer: BuiltLayer): BuiltLayer =>
    (lasts[layer.name] ?? 'other') === 'other'
      ? layer
      : { ...layer, settings: { ...layer.settings, activation: linear } }
  const last = lasts[model.outputs[0]!]!
  return { model: { ...model, layers: model.layers.map(stripped) }, last, lasts }
}

function lastFunctionOf(model: Model, output: string): LastFunction {
  const layer = model.layers.find(({ name }) => name === output)!
  const own = layer.settings.activation as ActivationSpec | undefined
  const name = own?.kind === 'function' ? own.name : undefined
  if (name !== 'softmax' && name !== 'sigmoid') return 'other'
  // Recurrent layers use their activation inside; what others read too stays what it is.
  const isRead = model.layers.some(({ inputs }) => inputs.includes(output))
  return !isRead && (layer.kind === 'dense' || layer.kind === 'activation') ? name : 'other'
}

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
    output: results.get(model.layers.at(-1)!.name)!,
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
 * The model without the softmax or sigmoid that it ends in, and which that was: losses take what stands before it,
 * where no exponential can run over.
 */
export function withoutLastFunction(model: Model): { model: Model; last: LastFunction } {
  const layer = model.layers.at(-1)!
  const own = layer.settings.activation as ActivationSpec | undefined
  const name = own?.kind === 'function' ? own.name : undefined
  if (name !== 'softmax' && name !== 'sigmoid') return { model, last: 'other' }
  // Recurrent layers use their activation inside.
  if (layer.kind !== 'dense' && layer.kind !== 'activation') return { model, last: 'other' }
  const plain = { ...layer, settings: { ...layer.settings, activation: linear } }
  return { model: { ...model, layers: [...model.layers.slice(0, -1), plain] }, last: name }
}

// Optimisers: from gradients to the next weights, with what they remember of earlier steps.

import type { Maths, Tensor, Tensors } from './autodiff.ts'
import type { OptimiserSpec } from './settings.ts'

/** What an optimiser keeps per weight, all of the weight's shape and zero at first. */
export function slotNames(spec: OptimiserSpec): readonly string[] {
  if (spec.kind === 'adam') return ['mean', 'square']
  return spec.momentum > 0 ? ['velocity'] : []
}

/** The rate of a step (counted from 0) with Adam's correction for its zero start, as Keras has it. */
export function correctedRate(spec: OptimiserSpec, rate: number, step: number): number {
  if (spec.kind !== 'adam') return rate
  return (rate * Math.sqrt(1 - spec.beta2 ** (step + 1))) / (1 - spec.beta1 ** (step + 1))
}

/** Next weights and slots; slots are keyed `<slot>/<weight>`. `rate` is a scalar, corrected already. */
export function optimise(
  maths: Maths,
  spec: OptimiserSpec,
  state: { readonly weights: Tensors; readonly slots: Tensors },
  gradients: Tensors,
  rate: Tensor,
): { weights: Record<string, Tensor>; slots: Record<string, Tensor> } {
  const weights: Record<string, Tensor> = {}
  const slots: Record<string, Tensor> = {}
  for (const [key, gradient] of Object.entries(gradients)) {
    const slot = (name: string) => state.slots[`${name}/${key}`]!
    const next =
      spec.kind === 'adam' ? adam(maths, spec, slot, gradient, rate) : sgd(maths, spec, slot, gradient, rate)
    for (const [name, value] of Object.entries(next.slots)) slots[`${name}/${key}`] = value
    weights[key] = maths.add(state.weights[key]!, next.change)
  }
  return { weights, slots }
}

interface Change {
  /** What is added to the weight. */
  readonly change: Tensor
  readonly slots: Readonly<Record<string, Tensor>>
}

function adam(
  maths: Maths,
  spec: Extract<OptimiserSpec, { kind: 'adam' }>,
  slot: (name: string) => Tensor,
  gradient: Tensor,
  rate: Tensor,
): Change {
  const towards = (old: Tensor, next: Tensor, keep: number) =>
    maths.add(old, maths.multiply(maths.subtract(next, old), 1 - keep))
  const mean = towards(slot('mean'), gradient, spec.beta1)
  const square = towards(slot('square'), maths.square(gradient), spec.beta2)
  const step = maths.divide(mean, maths.add(maths.sqrt(square), spec.epsilon))
  return { change: maths.multiply(step, maths.multiply(rate, -1)), slots: { mean, square } }
}

function sgd(
  maths: Maths,
  { momentum, nesterov }: Extract<OptimiserSpec, { kind: 'sgd' }>,
  slot: (name: string) => Tensor,
  gradient: Tensor,
  rate: Tensor,
): Change {
  const step = maths.multiply(gradient, maths.multiply(rate, -1))
  if (momentum === 0) return { change: step, slots: {} }
  const velocity = maths.add(maths.multiply(slot('velocity'), momentum), step)
  const change = nesterov ? maths.add(maths.multiply(velocity, momentum), step) : velocity
  return { change, slots: { velocity } }
}

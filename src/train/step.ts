// One step of training as a compiled computation: forward, loss, gradients, optimiser; and the forward pass alone.

import type { Dataset, Target } from '../data/dataset.ts'
import { sizeOf } from '../data/dataset.ts'
import { oneHot } from '../data/labels.ts'
import type { Autodiff, HostArray, Maths, Tensor, Tensors, TensorTree } from './autodiff.ts'
import { forward, withoutLastFunction } from './forward.ts'
import { type OutputLoss, type OutputLosses, rowLossesOf, targetName, targetOf } from './loss.ts'
import { type Model, weightKey } from './model.ts'
import { optimise } from './optimiser.ts'
import { quantiserLimit } from './quantisers/parse.ts'
import type { TrainSettings } from './settings.ts'

/** What a step is given besides weights, for losses that need more: a teacher's scores, masks, a schedule's value. */
export type Extras = Readonly<Record<string, HostArray>>

export interface StepParts {
  readonly maths: Maths
  /** Losses of rows by the model's own loss, weighted by class. */
  readonly rowLosses: Tensor
  /** What stands before the last softmax or sigmoid. */
  readonly raw: Tensor
  readonly y: Tensor
  /** Every layer's result, by name. */
  readonly results: Tensors
  readonly weights: Tensors
  readonly extras: Tensors
}

/** Where pruning, distillation and trained widths come in. */
export interface Additions {
  /** Weights that are trained besides the model's, by key, with their first values. */
  readonly weights?: Readonly<Record<string, HostArray>>
  /** The loss, a scalar; without it the mean of the rows' losses. Penalties of the settings are added to it. */
  readonly objective?: (parts: StepParts) => Tensor
  /** A scalar that is added to it: what the network itself costs. */
  readonly cost?: (parts: StepParts) => Tensor
  /** The weights that the forward pass uses, from those that are trained: masks, trained widths. */
  readonly prepare?: (maths: Maths, weights: Tensors, extras: Tensors) => Tensors
  /** The weights that are kept, from those that the optimiser gives. */
  readonly constrain?: (maths: Maths, weights: Tensors, extras: Tensors) => Tensors
  /** What a step is given; the same rows, known by their indices in the source, and the same place must give the same. */
  readonly extras?: (rows: Dataset, step: number, indices: Uint32Array) => Extras
}

/** What a step is compiled for. */
export interface StepPlan {
  readonly model: Model
  readonly losses: OutputLosses
  readonly settings: TrainSettings
  readonly additions: Additions
}

export interface StepState {
  readonly weights: Tensors
  readonly slots: Tensors
}

export type Step = (
  state: { readonly weights: Tensors; readonly slots: Tensors },
  batch: Tensors,
  scalars: Tensors,
  extras: Tensors,
) => { readonly weights: Tensors; readonly slots: Tensors; readonly told: Tensors }

/** Keys of the weights that gradients train. */
export function trainedKeys(model: Model): string[] {
  return model.layers.flatMap(layer =>
    layer.weights.filter(own => own.trainable).map(own => weightKey(layer, own)),
  )
}

/** Compiles a step; `told` has the loss, and for classes how many rows were right. */
export function compileStep(autodiff: Autodiff, plan: StepPlan): Step {
  const { maths } = autodiff
  const { model, additions, settings } = plan
  const trained = new Set([...trainedKeys(model), ...Object.keys(additions.weights ?? {})])
  const { model: before } = withoutLastFunction(model)
  const work = (state: StepState, batch: Tensors, scalars: Tensors, extras: Tensors) => {
    const kept = select(state.weights, key => !trained.has(key))
    const pass = autodiff.gradient(
      weights => lossOf(maths, plan, before, { weights: { ...kept, ...weights }, batch, scalars, extras }),
      select(state.weights, key => trained.has(key)),
    )
    const gradients = clipped(maths, pass.gradients, settings.clipNorm)
    const next = optimise(maths, settings.optimiser, state, gradients, scalars.rate!)
    const weights = {
      ...kept,
      ...limited(maths, model, next.weights),
      ...(pass.more.updates as Tensors),
    }
    return {
      weights: additions.constrain?.(maths, weights, extras) ?? weights,
      slots: { ...state.slots, ...next.slots },
      told: { loss: pass.loss, right: pass.more.right as Tensor },
    }
  }
  return autodiff.compile(work as never) as unknown as Step
}

const select = (tensors: Tensors, keep: (key: string) => boolean): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([key]) => keep(key)))

interface Given {
  readonly weights: Tensors
  readonly batch: Tensors
  readonly scalars: Tensors
  readonly extras: Tensors
}

function lossOf(
  maths: Maths,
  { model, losses, settings, additions }: StepPlan,
  before: Model,
  { weights, batch, scalars, extras }: Given,
): { loss: Tensor; more: TensorTree } {
  const used = additions.prepare?.(maths, weights, extras) ?? weights
  const inputs = model.inputs.map((_, k) => batch[`x${k}`]!)
  const pass = { maths, training: true, seed: scalars.seed! }
  const { output: raw, results, updates } = forward(before, used, inputs, pass)
  const own = rowLossesOf(
    maths,
    losses,
    name => results[name]!,
    name => batch[name]!,
    batch.weight!,
  )
  const parts = { maths, rowLosses: own, raw, y: batch.y!, results, weights, extras }
  const learned = additions.objective?.(parts) ?? maths.mean(own)
  const cost = additions.cost?.(parts)
  const value = cost === undefined ? learned : maths.add(learned, cost)
  return {
    loss: maths.add(value, penalty(maths, model, settings, weights)),
    more: { updates, right: rightRows(maths, raw, batch.y!) },
  }
}

/** l1 · Σ|w| + l2 · Σw² over kernels. */
function penalty(maths: Maths, model: Model, { l1, l2 }: TrainSettings, weights: Tensors): Tensor {
  let sum = maths.full([], 0)
  if (l1 === 0 && l2 === 0) return sum
  for (const key of kernelKeys(model)) {
    const kernel = weights[key]!
    if (l1 > 0) sum = maths.add(sum, maths.multiply(maths.sum(maths.abs(kernel)), l1))
    if (l2 > 0) sum = maths.add(sum, maths.multiply(maths.sum(maths.square(kernel)), l2))
  }
  return sum
}

export function kernelKeys(model: Model): string[] {
  return model.layers.flatMap(layer =>
    layer.weights.filter(own => /kernel$/.test(own.name)).map(own => weightKey(layer, own)),
  )
}

/** Rows whose largest value stands where the target's 1 does. */
function rightRows(maths: Maths, raw: Tensor, y: Tensor): Tensor {
  if (raw.shape.length !== 2) return maths.full([], 0)
  if (raw.shape[1] === 1) {
    const same = maths.multiply(maths.sign(raw), maths.subtract(maths.multiply(y, 2), 1))
    return maths.sum(maths.cast(maths.greater(same, 0), 'float32'))
  }
  const own = maths.sum(maths.multiply(raw, y), 1)
  return maths.sum(maths.cast(maths.greaterEqual(own, maths.max(raw, 1)), 'float32'))
}

/** Weights stay within what their quantiser can tell apart. */
function limited(maths: Maths, model: Model, weights: Tensors): Tensors {
  const limits = new Map(
    model.layers.flatMap(layer =>
      layer.weights.map(own => [
        weightKey(layer, own),
        own.quantiser ? quantiserLimit(own.quantiser) : undefined,
      ]),
    ),
  )
  return Object.fromEntries(
    Object.entries(weights).map(([key, weight]) => {
      const limit = limits.get(key)
      return [key, limit === undefined ? weight : maths.clip(weight, -limit, limit)]
    }),
  )
}

/** All gradients shorter by one factor, where their common norm is above the limit. */
function clipped(maths: Maths, gradients: Tensors, limit: number | null): Tensors {
  if (limit === null) return gradients
  const squares = Object.values(gradients).map(own => maths.sum(maths.square(own)))
  const norm = maths.sqrt(squares.reduce((a, b) => maths.add(a, b)))
  const factor = maths.divide(limit, maths.maximum(norm, limit))
  return Object.fromEntries(Object.entries(gradients).map(([key, own]) => [key, maths.multiply(own, factor)]))
}

/** A batch in the library's memory: x0, x1, …, y (and those of further outputs) and the weights of its rows. */
export function uploadBatch(
  autodiff: Autodiff,
  rows: Dataset,
  outputs: readonly Pick<OutputLoss, 'name' | 'shape'>[],
  classWeights: readonly number[] | undefined,
): Tensors {
  const { count, inputs, target } = rows
  const weight = Float32Array.from({ length: count }, (_, row) =>
    target.kind === 'classes' && classWeights !== undefined ? classWeights[target.labels[row]!]! : 1,
  )
  const arrays: [string, HostArray][] = [
    ...inputs.map((input, k): [string, HostArray] => [
      `x${k}`,
      { shape: [count, ...input.shape], data: input.data },
    ]),
    ...outputs.map(({ name, shape }, k): [string, HostArray] => [
      targetName(name, k),
      { shape: [count, ...shape], data: wanted(targetOf(rows, name, k), shape) },
    ]),
    ['weight', { shape: [count], data: weight }],
  ]
  return Object.fromEntries(arrays.map(([name, array]) => [name, autodiff.upload(array)]))
}

/** One-hot rows of classes; for one output, the class itself. */
function wanted(target: Target, shape: readonly number[]): Float32Array {
  if (target.kind === 'values') return target.data
  const { labels, names } = target
  return sizeOf(shape) === 1 ? Float32Array.from(labels) : oneHot(labels, names.length)
}

/** Compiles the forward pass in inference: weights and inputs to the output, and the losses of rows where asked. */
export function compileForward(
  autodiff: Autodiff,
  model: Model,
  numbers: 'float32' | 'float64' = 'float32',
): (weights: Tensors, inputs: Tensors) => { readonly output: Tensor } {
  const { maths } = autodiff
  const work = (weights: Tensors, inputs: Tensors) => {
    const given = model.inputs.map((_, k) => maths.cast(inputs[`x${k}`]!, numbers))
    const seed = maths.full([], 0, 'int32')
    return { output: forward(model, weights, given, { maths, training: false, seed }).output }
  }
  return autodiff.compile(work as never) as never
}

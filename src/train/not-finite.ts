// Where a loss that is no number came from: the step, and the first layer whose result or weight is not finite.

import { fail } from '../diagnostics/diagnostic.ts'
import type { Autodiff, Tensors } from './autodiff.ts'
import { forward, withoutLastFunction } from './forward.ts'
import { type Model, weightKey } from './model.ts'

export interface NotFinite {
  readonly autodiff: Autodiff
  readonly model: Model
  /** With which the step began. */
  readonly weights: Tensors
  readonly batch: Tensors
  readonly loss: number
  readonly epoch: number
  readonly step: number
  readonly rate: number
}

/** Fails with `train/not-finite`, naming epoch, step and layer. */
export function failNotFinite(given: NotFinite): never {
  const { loss, epoch, step, rate } = given
  return fail({
    code: 'train/not-finite',
    place: `epoch ${epoch + 1}, step ${step + 1}`,
    problem: `the loss is ${loss}: ${culprit(given)}`,
    expected: 'a finite loss',
    remedy: `Lower the learning rate (${Number(rate.toPrecision(3))} at that step), set clipNorm, or scale the inputs.`,
  })
}

function culprit({ autodiff, model, weights, batch }: NotFinite): string {
  const inputs = model.inputs.findIndex((_, k) => hasBad(autodiff.download(batch[`x${k}`]!)))
  if (inputs >= 0) return `input '${model.inputs[inputs]!.name}' has values that are not finite`
  for (const layer of model.layers) {
    const bad = layer.weights.find(own => hasBad(autodiff.download(weights[weightKey(layer, own)]!)))
    if (bad !== undefined) return `'${bad.name}' of layer '${layer.name}' (${layer.kind}) is not finite`
  }
  const layer = firstBadResult(autodiff, model, weights, batch)
  return layer === undefined
    ? 'all layers give finite values, whose loss runs over'
    : `layer '${layer}' is the first whose result is not finite`
}

function firstBadResult(
  autodiff: Autodiff,
  model: Model,
  weights: Tensors,
  batch: Tensors,
): string | undefined {
  const { maths } = autodiff
  const before = withoutLastFunction(model).model
  const run = autodiff.compile((own: Tensors, rows: Tensors) => {
    const pass = { maths, training: false, seed: maths.full([], 0, 'int32') }
    const inputs = model.inputs.map((_, k) => rows[`x${k}`]!)
    return { results: forward(before, own, inputs, pass).results }
  })
  const { results } = run(weights, batch)
  return model.layers.find(({ name }) => hasBad(autodiff.download(results[name]!)))?.name
}

const hasBad = (values: ArrayLike<number>): boolean =>
  Array.prototype.some.call(values, own => !Number.isFinite(own))

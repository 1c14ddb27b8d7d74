// Runs a model over all rows of a source, in batches, and gathers what it gives.

import { type RowForm, type RowSource, sizeOf, type Target, type TargetForm } from '../data/dataset.ts'
import type { Autodiff, Tensor, Tensors } from './autodiff.ts'
import { forward, withoutLastFunction } from './forward.ts'
import { type OutputLosses, rowLossesOf, targetOf } from './loss.ts'
import { classificationMetrics, type Metrics, regressionMetrics } from './metrics.ts'
import type { Model } from './model.ts'
import { uploadBatch } from './step.ts'
import { checkIndices } from './training-data.ts'

/** A model in inference, compiled: results and losses of rows. */
export interface Evaluator {
  run(weights: Tensors, source: RowSource): Promise<Evaluation>
}

export interface Evaluation extends OutputResults {
  /** Mean over the rows, of all outputs together. */
  readonly loss: number
  /** Of the further outputs. */
  readonly more?: readonly OutputResults[]
}

export interface OutputResults {
  /** Results of all rows, row-major. */
  readonly outputs: Float64Array
  /** Classes, or values, of all rows. */
  readonly labels?: Int32Array
  readonly values?: Float32Array
}

export function createEvaluator(
  autodiff: Autodiff,
  model: Model,
  losses: OutputLosses,
  { batch, numbers = 'float32' }: { readonly batch: number; readonly numbers?: 'float32' | 'float64' },
): Evaluator {
  const { maths } = autodiff
  const { model: before } = withoutLastFunction(model)
  const compiled = autodiff.compile((weights: Tensors, rows: Tensors) => {
    const inputs = model.inputs.map((_, k) => maths.cast(rows[`x${k}`]!, numbers))
    const seed = maths.full([], 0, 'int32')
    const { results } = forward(before, weights, inputs, { maths, training: false, seed })
    const outputs = losses.map(({ name, last }, k) => {
      const raw = results[name]!
      const value = last === 'softmax' ? maths.softmax(raw) : last === 'sigmoid' ? maths.sigmoid(raw) : raw
      return [`${k}`, value] as const
    })
    const rowLoss = rowLossesOf(
      maths,
      losses,
      name => results[name]!,
      name => maths.cast(rows[name]!, numbers),
    )
    return { outputs: Object.fromEntries(outputs), losses: rowLoss }
  })
  return { run: (weights, source) => runAll(autodiff, compiled, weights, source, { model, losses, batch }) }
}

async function runAll(
  autodiff: Autodiff,
  compiled: (weights: Tensors, rows: Tensors) => { outputs: Tensors; losses: Tensor },
  weights: Tensors,
  source: RowSource,
  { model, losses, batch }: { readonly model: Model; readonly losses: OutputLosses; readonly batch: number },
): Promise<Evaluation> {
  const gathered = losses.map(({ name, shape }, k) =>
    gather(sizeOf(shape), targetOf(source.form, name, k), source.count),
  )
  let sum = 0
  for (let at = 0; at < source.count; at += batch) {
    const count = Math.min(batch, source.count - at)
    const indices = Uint32Array.from({ length: count }, (_, k) => at + k)
    const rows = await source.rows(indices)
    checkIndices(model, rows, indices)
    const uploaded = uploadBatch(autodiff, rows, losses, undefined)
    const result = compiled(weights, uploaded)
    for (const [k, own] of gathered.entries())
      own.add(at, autodiff.download(result.outputs[`${k}`]!), targetOf(rows, losses[k]!.name, k))
    for (const loss of autodiff.download(result.losses)) sum += loss
    autodiff.release(uploaded)
    autodiff.release(result)
  }
  const [first, ...others] = gathered.map(own => own.result)
  return { loss: sum / source.count, ...first!, ...(others.length > 0 && { more: others }) }
}

/** One output's results and what they should have been, of so many rows. */
function gather(size: number, form: TargetForm, count: number) {
  const outputs = new Float64Array(count * size)
  const labels = new Int32Array(form.kind === 'classes' ? count : 0)
  const values = new Float32Array(form.kind === 'values' ? count * size : 0)
  return {
    result: form.kind === 'classes' ? { outputs, labels } : { outputs, values },
    add: (at: number, results: ArrayLike<number>, target: Target) => {
      outputs.set(results, at * size)
      if (target.kind === 'classes') labels.set(target.labels, at)
      else values.set(target.data, at * size)
    },
  }
}

/** What every further output gives, as if it were the only one. */
export function furtherMetrics(
  { loss, more = [] }: Evaluation,
  source: RowSource,
  model: Model,
): readonly { readonly name: string; readonly metrics: Metrics }[] {
  return more.map((own, k) => {
    const name = model.outputs[k + 1]!
    const outputShape = model.layers.find(layer => layer.name === name)!.shape
    const target = source.form.more![name]!
    return { name, metrics: metricsOf({ loss, ...own }, { form: { target } }, { outputShape }) }
  })
}

/** The metrics that the target asks for. */
export function metricsOf(
  { outputs, labels, values }: Evaluation,
  source: { readonly form: Pick<RowForm, 'target'> },
  model: Pick<Model, 'outputShape'>,
): Metrics {
  const { target } = source.form
  if (target.kind === 'classes' && labels !== undefined) {
    const classes = sizeOf(model.outputShape)
    return classificationMetrics({ classes, scores: outputs, labels }, target.names)
  }
  return regressionMetrics(outputs, values ?? [], model.outputShape)
}

// Runs a model over all rows of a source, in batches, and gathers what it gives.

import { type RowSource, sizeOf } from '../data/dataset.ts'
import type { Autodiff, Tensor, Tensors } from './autodiff.ts'
import { forward, withoutLastFunction } from './forward.ts'
import { type KnownLoss, rowLosses } from './loss.ts'
import { classificationMetrics, type Metrics, regressionMetrics } from './metrics.ts'
import type { Model } from './model.ts'
import { uploadBatch } from './step.ts'
import { checkIndices } from './training-data.ts'

/** A model in inference, compiled: results and losses of rows. */
export interface Evaluator {
  run(weights: Tensors, source: RowSource): Promise<Evaluation>
}

export interface Evaluation {
  /** Mean over the rows. */
  readonly loss: number
  /** Results of all rows, row-major. */
  readonly outputs: Float64Array
  /** Classes, or values, of all rows. */
  readonly labels?: Int32Array
  readonly values?: Float32Array
}

export function createEvaluator(
  autodiff: Autodiff,
  model: Model,
  loss: KnownLoss,
  { batch, numbers = 'float32' }: { readonly batch: number; readonly numbers?: 'float32' | 'float64' },
): Evaluator {
  const { maths } = autodiff
  const { model: before, last } = withoutLastFunction(model)
  const compiled = autodiff.compile((weights: Tensors, rows: Tensors) => {
    const inputs = model.inputs.map((_, k) => maths.cast(rows[`x${k}`]!, numbers))
    const seed = maths.full([], 0, 'int32')
    const { output: raw } = forward(before, weights, inputs, { maths, training: false, seed })
    const output = last === 'softmax' ? maths.softmax(raw) : last === 'sigmoid' ? maths.sigmoid(raw) : raw
    return { output, losses: rowLosses(maths, loss, raw, maths.cast(rows.y!, numbers), last) }
  })
  return { run: (weights, source) => runAll(autodiff, compiled, weights, source, { model, batch }) }
}

async function runAll(
  autodiff: Autodiff,
  compiled: (weights: Tensors, rows: Tensors) => { output: Tensor; losses: Tensor },
  weights: Tensors,
  source: RowSource,
  { model, batch }: { readonly model: Model; readonly batch: number },
): Promise<Evaluation> {
  const size = sizeOf(model.outputShape)
  const outputs = new Float64Array(source.count * size)
  const labels = new Int32Array(source.count)
  const values = new Float32Array(source.form.target.kind === 'values' ? source.count * size : 0)
  let sum = 0
  for (let at = 0; at < source.count; at += batch) {
    const count = Math.min(batch, source.count - at)
    const indices = Uint32Array.from({ length: count }, (_, k) => at + k)
    const rows = await source.rows(indices)
    checkIndices(model, rows, indices)
    const uploaded = uploadBatch(autodiff, rows, model.outputShape, undefined)
    const result = compiled(weights, uploaded)
    outputs.set(autodiff.download(result.output), at * size)
    for (const loss of autodiff.download(result.losses)) sum += loss
    if (rows.target.kind === 'classes') labels.set(rows.target.labels, at)
    else values.set(rows.target.data, at * size)
    autodiff.release(uploaded)
    autodiff.release(result)
  }
  const loss = sum / source.count
  return source.form.target.kind === 'classes' ? { loss, outputs, labels } : { loss, outputs, values }
}

/** The metrics that the target asks for. */
export function metricsOf({ outputs, labels, values }: Evaluation, source: RowSource, model: Model): Metrics {
  const { target } = source.form
  if (target.kind === 'classes' && labels !== undefined) {
    const classes = sizeOf(model.outputShape)
    return classificationMetrics({ classes, scores: outputs, labels }, target.names)
  }
  return regressionMetrics(outputs, values ?? [], model.outputShape)
}

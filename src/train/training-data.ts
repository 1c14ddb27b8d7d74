// Whether data fits a model and its settings, and how much each class weighs; asked before the first step.

import { type Dataset, type RowForm, type RowSource, sizeOf } from '../data/dataset.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { Model } from './model.ts'
import type { TrainSettings } from './settings.ts'

/** Fails with `train/input-shape`, `train/no-rows` or `train/class-weights`. */
export function checkTraining(
  model: Model,
  settings: TrainSettings,
  data: RowSource,
  validation: RowSource | undefined,
): void {
  for (const [place, source] of [
    ['training data', data],
    ['validation data', validation],
  ] as const) {
    if (source === undefined) continue
    checkForm(model, source.form, place)
    if (source.count === 0)
      fail({
        code: 'train/no-rows',
        place,
        problem: 'there are no rows',
        remedy: 'Give rows, or a larger share.',
      })
  }
  const { target } = data.form
  if (settings.classWeights === 'none') return
  const classes = target.kind === 'classes' ? target.names.length : 0
  const given = settings.classWeights === 'balanced' ? classes : settings.classWeights.length
  if (classes === 0 || given !== classes) {
    fail({
      code: 'train/class-weights',
      place: 'classWeights',
      problem:
        classes === 0 ? 'the data has no classes' : `${given} weights are given for ${classes} classes`,
      expected: classes === 0 ? "'none'" : `${classes} weights`,
      remedy: 'Correct classWeights.',
    })
  }
}

/** Fails with `train/input-shape` where a model does not take what data has. */
export function checkForm(model: Model, form: RowForm, place: string): void {
  const takes = model.inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')
  const has = form.inputs.map(shape => `[${shape.join(', ')}]`).join(' and ')
  if (takes === has) return
  fail({
    code: 'train/input-shape',
    place,
    problem: `rows have the shape ${has}`,
    expected: `${takes}, as the model takes it`,
    remedy: 'Change the model’s input, or the columns that are read.',
  })
}

/** A weight per class; undefined where all weigh 1. Balanced: rows / (classes · rows of the class), as scikit-learn has it. */
export async function classWeightsOf(
  { classWeights, batch }: TrainSettings,
  data: RowSource,
): Promise<readonly number[] | undefined> {
  if (classWeights === 'none' || data.form.target.kind !== 'classes') return undefined
  if (classWeights !== 'balanced') return classWeights
  const counts = data.form.target.names.map(() => 0)
  const chunk = Math.max(batch, 1024)
  for (let at = 0; at < data.count; at += chunk) {
    const length = Math.min(chunk, data.count - at)
    const { target } = await data.rows(Uint32Array.from({ length }, (_, k) => at + k))
    if (target.kind === 'classes') for (const label of target.labels) counts[label] = counts[label]! + 1
  }
  return counts.map(count => (count === 0 ? 0 : data.count / (counts.length * count)))
}

/** Fails with `train/index` where a row has an index that an embedding has no vector for. */
export function checkIndices(model: Model, rows: Dataset, indices: Uint32Array): void {
  for (const layer of model.layers) {
    if (layer.kind !== 'embedding') continue
    const input = model.inputs.findIndex(({ name }) => name === layer.inputs[0])
    if (input < 0) continue
    const { data, shape } = rows.inputs[input]!
    const count = Number(layer.settings.inputDim)
    const wrong = data.findIndex(value => !Number.isInteger(value) || value < 0 || value >= count)
    if (wrong < 0) continue
    fail({
      code: 'train/index',
      place: `row ${indices[Math.floor(wrong / sizeOf(shape))]}, element ${wrong % sizeOf(shape)}`,
      problem: `the value is ${data[wrong]}, and layer '${layer.name}' has vectors for ${count} indices`,
      expected: `a whole number from 0 to ${count - 1}`,
      remedy: 'Make inputDim larger, or correct the data.',
    })
  }
}

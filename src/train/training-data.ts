// Whether data fits a model and its settings, and how much each class weighs; asked before the first step.

import { type Dataset, labelsOf, type RowForm, type RowSource, sizeOf } from '../data/dataset.ts'
import { balancedWeights } from '../data/labels.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
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
  const { classWeights } = settings
  const given = classWeights === 'balanced' ? classes : Object.keys(classWeights).length
  const names = target.kind === 'classes' ? target.names : []
  const unknown =
    classWeights === 'balanced' || isNumbers(classWeights)
      ? undefined
      : Object.keys(classWeights).find(name => !names.includes(name))
  if (unknown !== undefined)
    fail({
      code: 'train/class-weights',
      place: 'classWeights',
      problem: `there is no class '${unknown}'`,
      expected: classes === 0 ? "'none', as the data has no classes" : `one of ${names.join(', ')}`,
      remedy: didYouMean(unknown, names) || 'Correct classWeights.',
    })
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

/**
 * Rows of each class in all sources, to be told; undefined where classes and the first output are as many, as then
 * nothing is to be told, and to go through all rows of a source may take long.
 */
export async function rowsByClass(
  { outputShape }: Pick<Model, 'outputShape'>,
  sources: readonly (RowSource | undefined)[],
): Promise<readonly number[] | undefined> {
  const target = sources[0]?.form.target
  if (target?.kind !== 'classes' || sizeOf(outputShape) === target.names.length) return undefined
  const counts = target.names.map(() => 0)
  for (const source of sources)
    for (const label of (source && (await labelsOf(source))) ?? []) counts[label] = (counts[label] ?? 0) + 1
  return counts
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

/** A weight per class; undefined where all weigh 1. */
export async function classWeightsOf(
  { classWeights }: TrainSettings,
  data: RowSource,
): Promise<readonly number[] | undefined> {
  const { target } = data.form
  if (classWeights === 'none' || target.kind !== 'classes') return undefined
  if (classWeights === 'balanced') return [...balancedWeights((await labelsOf(data))!, target.names.length)]
  return isNumbers(classWeights) ? classWeights : target.names.map(name => classWeights[name]!)
}

const isNumbers = (given: TrainSettings['classWeights']): given is readonly number[] => Array.isArray(given)

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

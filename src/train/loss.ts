// Losses, one number per row. Those of classes take the values before softmax or sigmoid, where nothing runs over.

import type { RowForm } from '../data/dataset.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { Shape } from '../ir/tensor-type.ts'
import { counted, grouped, plainText } from '../report/plain-text.ts'
import type { Maths, Tensor } from './autodiff.ts'
import type { LastFunction } from './forward.ts'
import type { Model } from './model.ts'

export const lossNames = [
  'auto',
  'categorical-crossentropy',
  'binary-crossentropy',
  'mean-squared-error',
  'mean-absolute-error',
  'huber',
] as const
export type LossName = (typeof lossNames)[number]
export type KnownLoss = Exclude<LossName, 'auto'>

/** What is chosen where nothing is said: by the target, and by what the model ends in. */
export function chooseLoss(name: LossName, form: Pick<RowForm, 'target'>, last: LastFunction): KnownLoss {
  if (name !== 'auto') return name
  if (form.target.kind === 'classes')
    return last === 'sigmoid' ? 'binary-crossentropy' : 'categorical-crossentropy'
  return last === 'sigmoid' ? 'binary-crossentropy' : 'mean-squared-error'
}

/** A loss of one output among several. */
export interface OutputLoss {
  /** The layer that gives it. */
  readonly name: string
  readonly shape: Shape
  readonly loss: KnownLoss
  /** Factor in the sum of all losses. */
  readonly weight: number
  readonly last: LastFunction
}

/** Losses by output, in the network's order; what a row should give is said for each. */
export type OutputLosses = readonly [OutputLoss, ...OutputLoss[]]

export interface OutputSettings {
  readonly loss: LossName
  readonly weight: number
}

/** Chosen and checked; `classRows`, rows of each class of the first output, say more in an error. Fails with `train/outputs` and `train/loss`. */
export function outputLosses(
  model: Model,
  { loss, outputs }: { readonly loss: LossName; readonly outputs: Readonly<Record<string, OutputSettings>> },
  form: RowForm,
  lasts: Readonly<Record<string, LastFunction>>,
  classRows?: readonly number[],
): OutputLosses {
  const [first, ...others] = model.outputs
  const { more = {} } = form
  const lacks = others.find(name => more[name] === undefined)
  if (lacks !== undefined) failOutputs(`nothing says what '${lacks}' should give`, model)
  const extra = Object.keys(more).find(name => !others.includes(name))
  if (extra !== undefined)
    failOutputs(`'${extra}' ${extra === first ? 'is the first output' : 'is no output'}`, model)
  const unknown = Object.keys(outputs).find(name => !model.outputs.includes(name))
  if (unknown !== undefined) failOutputs(`'${unknown}' is no output`, model)
  const losses = model.outputs.map((name, k): OutputLoss => {
    const own = { target: k === 0 ? form.target : more[name]! }
    const shape = model.layers.find(layer => layer.name === name)!.shape
    const last = lasts[name]!
    const asked = outputs[name]?.loss ?? 'auto'
    const chosen = chooseLoss(asked === 'auto' && k === 0 ? loss : asked, own, last)
    const place = model.outputs.length === 1 ? '' : `output '${name}': `
    checkLoss(chosen, own, { outputShape: shape }, last, { place, ...(k === 0 && { classRows }) })
    return { name, shape, loss: chosen, weight: outputs[name]?.weight ?? 1, last }
  })
  return losses as unknown as OutputLosses
}

function failOutputs(problem: string, { outputs }: Model): never {
  return fail({
    code: 'train/outputs',
    place: 'outputs',
    problem,
    expected: `a target for each of ${outputs.join(', ')}`,
    remedy: "Say in 'outputs' what every output but the first should give.",
  })
}

/** Fails with `train/loss` where loss, target and model do not go together. */
export function checkLoss(
  loss: KnownLoss,
  form: Pick<RowForm, 'target'>,
  { outputShape }: Pick<Model, 'outputShape'>,
  last: LastFunction,
  { place = '', classRows }: { place?: string; classRows?: readonly number[] | undefined } = {},
): void {
  const refuse = (
    problem: string,
    expected: string,
    remedy = 'Change the loss, the last layer or the data.',
  ) => fail({ code: 'train/loss', place: `${place}loss ${loss}`, problem, expected, remedy })
  const { target } = form
  if (target.kind === 'classes') {
    const classes = target.names.length
    const one =
      outputShape.length === 1 && outputShape[0] === 1 && loss === 'binary-crossentropy' && classes === 2
    if (!one && (outputShape.length !== 1 || outputShape[0] !== classes))
      refuse(
        `the model gives [${outputShape.join(', ')}], and the data has ${classes} classes (${listClasses(target.names, classRows)})`,
        `[${classes}]`,
        'Correct labels that are misspelt, or change the loss, the last layer or the data.',
      )
    if (loss === 'categorical-crossentropy' && last === 'sigmoid')
      refuse('the model ends in a sigmoid', "a softmax, or nothing, or loss 'binary-crossentropy'")
  } else if (target.shape.join() !== outputShape.join())
    refuse(
      `the model gives [${outputShape.join(', ')}], and the data asks for [${target.shape.join(', ')}]`,
      'one shape',
    )
  if (loss === 'binary-crossentropy' && last === 'softmax')
    refuse('the model ends in a softmax', "a sigmoid, or nothing, or loss 'categorical-crossentropy'")
}

/** The rarest first, where rows are counted: a class of one row is often a misspelt label. */
function listClasses(names: readonly string[], rows: readonly number[] | undefined): string {
  const order = names.map((name, k) => ({ name: plainText(name), rows: rows?.[k] ?? 0 }))
  if (rows !== undefined) order.sort((a, b) => a.rows - b.rows)
  const shown = order
    .slice(0, 8)
    .map(({ name, rows: own }, k) =>
      rows === undefined
        ? name
        : k === 0
          ? `${name} in ${counted(own, 'row')}`
          : `${name} in ${grouped(own)}`,
    )
  return [...shown, ...(order.length > 8 ? ['…'] : [])].join(', ')
}

/** Losses of rows, shape [rows]; `y` has the shape of the output. */
export function rowLosses(maths: Maths, loss: KnownLoss, raw: Tensor, y: Tensor, last: LastFunction): Tensor {
  const value = lossOf(maths, loss, raw, y, last)
  const axes = value.shape.slice(1).map((_, axis) => axis + 1)
  // Cross-entropies of classes are sums over them, the others means, as Keras has it.
  if (axes.length === 0) return value
  return loss === 'categorical-crossentropy' ? maths.sum(value, axes) : maths.mean(value, axes)
}

/** Losses of rows by all outputs: `raw` by output, targets by their names in a batch. */
export function rowLossesOf(
  maths: Maths,
  losses: OutputLosses,
  raw: (name: string) => Tensor,
  target: (name: string) => Tensor,
  classWeight?: Tensor,
): Tensor {
  const terms = losses.map(({ name, loss, last, weight }, k) => {
    const own = rowLosses(maths, loss, raw(name), target(targetName(name, k)), last)
    const weighted = k === 0 && classWeight !== undefined ? maths.multiply(own, classWeight) : own
    return weight === 1 ? weighted : maths.multiply(weighted, weight)
  })
  return terms.reduce((a, b) => maths.add(a, b))
}

/** What a batch calls the targets of an output: `y` of the first. */
export const targetName = (name: string, index: number): string => (index === 0 ? 'y' : `y of ${name}`)

/** What rows say that an output should give. */
export const targetOf = <T>(
  { target, more = {} }: { readonly target: T; readonly more?: Readonly<Record<string, T>> },
  name: string,
  index: number,
): T => (index === 0 ? target : more[name]!)

function lossOf(maths: Maths, loss: KnownLoss, raw: Tensor, y: Tensor, last: LastFunction): Tensor {
  if (loss === 'categorical-crossentropy') return maths.multiply(maths.multiply(maths.logSoftmax(raw), y), -1)
  if (loss === 'binary-crossentropy') return binary(maths, raw, y)
  const output = last === 'softmax' ? maths.softmax(raw) : last === 'sigmoid' ? maths.sigmoid(raw) : raw
  const error = maths.subtract(output, y)
  if (loss === 'mean-squared-error') return maths.square(error)
  const size = maths.abs(error)
  if (loss === 'mean-absolute-error') return size
  // Huber: half the square up to 1, then the line.
  const half = maths.multiply(maths.square(error), 0.5)
  return maths.where(maths.greater(size, 1), maths.subtract(size, 0.5), half)
}

/** max(z, 0) − z·y + log(1 + e^−|z|). */
function binary(maths: Maths, z: Tensor, y: Tensor): Tensor {
  const small = maths.log(maths.add(maths.exp(maths.multiply(maths.abs(z), -1)), 1))
  return maths.add(maths.subtract(maths.relu(z), maths.multiply(z, y)), small)
}

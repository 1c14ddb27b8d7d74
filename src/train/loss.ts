// Losses, one number per row. Those of classes take the values before softmax or sigmoid, where nothing runs over.

import type { RowForm } from '../data/dataset.ts'
import { fail } from '../diagnostics/diagnostic.ts'
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
export function chooseLoss(name: LossName, form: RowForm, last: LastFunction): KnownLoss {
  if (name !== 'auto') return name
  if (form.target.kind === 'classes')
    return last === 'sigmoid' ? 'binary-crossentropy' : 'categorical-crossentropy'
  return last === 'sigmoid' ? 'binary-crossentropy' : 'mean-squared-error'
}

/** Fails with `train/loss` where loss, target and model do not go together. */
export function checkLoss(loss: KnownLoss, form: RowForm, model: Model, last: LastFunction): void {
  const { outputShape } = model
  const place = `loss ${loss}`
  const refuse = (problem: string, expected: string) =>
    fail({
      code: 'train/loss',
      place,
      problem,
      expected,
      remedy: 'Change the loss, the last layer or the data.',
    })
  const { target } = form
  if (target.kind === 'classes') {
    const classes = target.names.length
    const one =
      outputShape.length === 1 && outputShape[0] === 1 && loss === 'binary-crossentropy' && classes === 2
    if (!one && (outputShape.length !== 1 || outputShape[0] !== classes))
      refuse(
        `the model gives [${outputShape.join(', ')}], and the data has ${classes} classes`,
        `[${classes}]`,
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

/** Losses of rows, shape [rows]; `y` has the shape of the output. */
export function rowLosses(maths: Maths, loss: KnownLoss, raw: Tensor, y: Tensor, last: LastFunction): Tensor {
  const value = lossOf(maths, loss, raw, y, last)
  const axes = value.shape.slice(1).map((_, axis) => axis + 1)
  // Cross-entropies of classes are sums over them, the others means, as Keras has it.
  if (axes.length === 0) return value
  return loss === 'categorical-crossentropy' ? maths.sum(value, axes) : maths.mean(value, axes)
}

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

// Distillation: a student learns what a teacher thinks of every class, not only which class is right (Hinton, Vinyals
// and Dean, arXiv:1503.02531). loss = (1 − alpha) · own loss + alpha · T² · KL(teacher ‖ student at temperature T).
// Where the last function is a sigmoid the same holds for each output by itself; where values are learned, the teacher's
// values are, by their squared distance.

import { type Dataset, type RowSource, sizeOf } from '../data/dataset.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { Autodiff, HostArray, Maths, Tensor, Tensors } from './autodiff.ts'
import { forward, type LastFunction, withoutLastFunction } from './forward.ts'
import type { WeightValues } from './initialise.ts'
import { uploadWeights } from './loop.ts'
import type { Model } from './model.ts'
import type { Additions, StepParts } from './step.ts'

export interface DistillationSettings {
  /** Share of the teacher in the loss, 0 to 1. */
  readonly alpha: number
  /** What scores are divided by before the softmax; above 1 it shows how classes resemble each other. */
  readonly temperature: number
}

export interface Teacher {
  readonly model: Model
  readonly weights: WeightValues
}

export interface Distillation {
  readonly additions: Additions
  /**
   * Asks the teacher about all rows that are learned from, once, instead of in every step; what it says of more numbers
   * than `keptScores` is not kept.
   */
  askOnce(rows: RowSource): Promise<void>
  /** Frees the teacher. */
  release(): void
}

/** Fails with `train/distillation` where a setting cannot be, or teacher and student do not take and give the same. */
export function checkDistillation(student: Model, teacher: Model, settings: DistillationSettings): void {
  checkSettings(settings)
  checkForms(student, teacher)
}

/** Fails as `checkDistillation` does. */
export function createDistillation(
  autodiff: Autodiff,
  student: Model,
  teacher: Teacher,
  { target, ...settings }: DistillationSettings & { readonly target: 'classes' | 'values' },
): Distillation {
  checkDistillation(student, teacher.model, settings)
  const { last } = withoutLastFunction(student)
  const distance = distanceFor(target, last, student)
  const scores = teacherScores(autodiff, teacher)
  let kept: HostArray | undefined
  return {
    additions: {
      extras: (rows, _step, indices) => ({
        [key]: kept === undefined ? scores.of(rows) : rowsOf(kept, indices),
      }),
      objective: parts => objective(parts, distance, settings),
    },
    askOnce: async rows => {
      kept = await allScores(rows, scores.of)
    },
    release: scores.release,
  }
}

const key = 'teacher'

/** Numbers that are kept of a teacher: 256 MB of them. */
const keptScores = 2 ** 26
const rowsAtOnce = 256

async function allScores(rows: RowSource, of: (some: Dataset) => HostArray): Promise<HostArray | undefined> {
  let data: Float32Array | undefined
  let shape: readonly number[] = []
  for (let at = 0; at < rows.count; at += rowsAtOnce) {
    const length = Math.min(rowsAtOnce, rows.count - at)
    const some = of(await rows.rows(Uint32Array.from({ length }, (_, k) => at + k)))
    shape = some.shape.slice(1)
    if (rows.count * sizeOf(shape) > keptScores) return undefined
    data ??= new Float32Array(rows.count * sizeOf(shape))
    data.set(some.data, at * sizeOf(shape))
  }
  return data && { shape: [rows.count, ...shape], data }
}

function rowsOf({ shape: [, ...row], data }: HostArray, indices: Uint32Array): HostArray {
  const size = sizeOf(row)
  const some = new Float32Array(indices.length * size)
  indices.forEach((from, k) => void some.set(data.subarray(from * size, (from + 1) * size), k * size))
  return { shape: [indices.length, ...row], data: some }
}

/** What the teacher gives before its last softmax or sigmoid, by rows. */
function teacherScores(autodiff: Autodiff, { model, weights }: Teacher) {
  const held = uploadWeights(autodiff, model, weights)
  const { model: before } = withoutLastFunction(model)
  const compiled = autodiff.compile((own: Tensors, inputs: Tensors) => {
    const { maths } = autodiff
    const seed = maths.full([], 0, 'int32')
    const given = model.inputs.map((_, k) => inputs[`x${k}`]!)
    return { raw: forward(before, own, given, { maths, training: false, seed }).output }
  })
  return {
    of: ({ inputs, count }: Dataset): HostArray => {
      const uploaded = Object.fromEntries(
        inputs.map(({ data }, k) => [
          `x${k}`,
          autodiff.upload({ shape: [count, ...model.inputs[k]!.shape], data }),
        ]),
      )
      const { raw } = compiled(held, uploaded)
      const data = autodiff.download(raw)
      const { shape } = raw
      autodiff.release({ uploaded, raw })
      return { shape, data: Float32Array.from(data) }
    },
    release: () => autodiff.release({ ...held }),
  }
}

type Distance = (maths: Maths, student: Tensor, teacher: Tensor, temperature: number) => Tensor

function objective(
  { maths, rowLosses, raw, extras }: StepParts,
  distance: Distance,
  { alpha, temperature }: DistillationSettings,
): Tensor {
  const own = maths.multiply(maths.mean(rowLosses), 1 - alpha)
  const apart = distance(maths, raw, extras[key]!, temperature)
  return maths.add(own, maths.multiply(apart, alpha))
}

function distanceFor(target: 'classes' | 'values', last: LastFunction, student: Model): Distance {
  if (target === 'values' && last === 'other') return squares
  const single = student.outputShape.every(extent => extent === 1)
  return last === 'sigmoid' || single ? bernoulli : categorical
}

/** T² · Σ p log(p / q), the mean over rows, p and q the classes at temperature T. */
const categorical: Distance = (maths, student, teacher, temperature) => {
  const own = maths.logSoftmax(maths.divide(student, temperature))
  const known = maths.logSoftmax(maths.divide(teacher, temperature))
  const terms = maths.multiply(maths.exp(known), maths.subtract(known, own))
  return maths.multiply(maths.mean(maths.sum(terms, terms.shape.length - 1)), temperature ** 2)
}

/** The same for outputs that each are one of two. */
const bernoulli: Distance = (maths, student, teacher, temperature) => {
  const own = maths.divide(student, temperature)
  const known = maths.divide(teacher, temperature)
  const p = maths.sigmoid(known)
  // log σ(z) = −log(1 + e^−z), without running over; p log(p/q) + (1 − p) log((1 − p)/(1 − q)).
  const [ownYes, ownNo] = [logSigmoid(maths, own), logSigmoid(maths, maths.multiply(own, -1))]
  const [yes, no] = [logSigmoid(maths, known), logSigmoid(maths, maths.multiply(known, -1))]
  const terms = maths.add(
    maths.multiply(p, maths.subtract(yes, ownYes)),
    maths.multiply(maths.subtract(1, p), maths.subtract(no, ownNo)),
  )
  return maths.multiply(maths.mean(terms), temperature ** 2)
}

function logSigmoid(maths: Maths, z: Tensor): Tensor {
  const small = maths.log(maths.add(maths.exp(maths.multiply(maths.abs(z), -1)), 1))
  return maths.subtract(maths.minimum(z, 0), small)
}

const squares: Distance = (maths, student, teacher) =>
  maths.mean(maths.square(maths.subtract(student, teacher)))

function checkSettings({ alpha, temperature }: DistillationSettings): void {
  if (!(alpha >= 0 && alpha <= 1)) refuse(`alpha is ${alpha}`, 'a share from 0 to 1')
  if (!(temperature > 0 && temperature <= 1000))
    refuse(`the temperature is ${temperature}`, 'above 0, to 1000')
}

function checkForms(student: Model, teacher: Model): void {
  const takes = (model: Model) => model.inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')
  if (takes(student) !== takes(teacher))
    refuse(`the teacher takes ${takes(teacher)}`, `${takes(student)}, as the student does`)
  const gives = (model: Model) => `[${model.outputShape.join(', ')}]`
  if (gives(student) !== gives(teacher))
    refuse(`the teacher gives ${gives(teacher)}`, `${gives(student)}, as the student does`)
}

function refuse(problem: string, expected: string): never {
  return fail({
    code: 'train/distillation',
    place: 'distillation',
    problem,
    expected,
    remedy: 'Correct it, or give another teacher.',
  })
}

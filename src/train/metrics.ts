// How good outputs are, from plain arrays: accuracy, confusion, ROC and its area, top-k, mean reciprocal rank, errors
// of regression. Pure arithmetic, apart from the library that trained.

import { sizeOf } from '../data/dataset.ts'

/** Rows of scores, one per class; `labels` are classes. */
export interface Scores {
  readonly classes: number
  readonly scores: ArrayLike<number>
  readonly labels: Int32Array
}

/** The class of the largest score; of equal ones the first. */
export function predictedClass({ classes, scores }: Scores, row: number): number {
  let best = 0
  for (let k = 1; k < classes; k++) {
    if (scores[row * classes + k]! > scores[row * classes + best]!) best = k
  }
  return best
}

/** Share of rows whose largest score is that of their label. */
export function accuracyOf(given: Scores): number {
  let right = 0
  given.labels.forEach((label, row) => {
    if (predictedClass(given, row) === label) right++
  })
  return right / given.labels.length
}

/** Counts of rows: [label][predicted]. */
export function confusionOf(given: Scores): number[][] {
  const counts = Array.from({ length: given.classes }, () => Array.from({ length: given.classes }, () => 0))
  given.labels.forEach((label, row) => {
    const own = counts[label]!
    const predicted = predictedClass(given, row)
    own[predicted] = own[predicted]! + 1
  })
  return counts
}

/** Place of the label's score among all, from 1; of equal scores the label's comes last, so that ties win nothing. */
export function rankOf({ classes, scores, labels }: Scores, row: number): number {
  const own = scores[row * classes + labels[row]!]!
  let rank = 0
  for (let k = 0; k < classes; k++) if (scores[row * classes + k]! >= own) rank++
  return rank
}

/** Share of rows whose label is among the k largest scores. */
export function topKOf(given: Scores, k: number): number {
  let hits = 0
  given.labels.forEach((_, row) => {
    if (rankOf(given, row) <= k) hits++
  })
  return hits / given.labels.length
}

/** Mean of 1 / rank, ranks beyond `limit` counting nothing. */
export function meanReciprocalRank(given: Scores, limit = Number.POSITIVE_INFINITY): number {
  let sum = 0
  given.labels.forEach((_, row) => {
    const rank = rankOf(given, row)
    if (rank <= limit) sum += 1 / rank
  })
  return sum / given.labels.length
}

export interface RocPoint {
  readonly falsePositive: number
  readonly truePositive: number
  /** Scores from here on count as positive. */
  readonly threshold: number
}

/** The ROC curve of one class against the others, from (0, 0) to (1, 1); a point per distinct score. */
export function rocOf({ classes, scores, labels }: Scores, positive: number): RocPoint[] {
  const rows = Array.from(labels, (label, row) => ({
    score: scores[row * classes + positive]!,
    hit: label === positive,
  })).sort((a, b) => b.score - a.score)
  const hits = rows.filter(({ hit }) => hit).length
  const others = rows.length - hits
  const points: RocPoint[] = [{ falsePositive: 0, truePositive: 0, threshold: Number.POSITIVE_INFINITY }]
  let [right, wrong] = [0, 0]
  rows.forEach(({ score, hit }, k) => {
    if (hit) right++
    else wrong++
    if (rows[k + 1]?.score === score) return
    points.push({
      falsePositive: others === 0 ? 0 : wrong / others,
      truePositive: hits === 0 ? 0 : right / hits,
      threshold: score,
    })
  })
  return points
}

/** The area below a ROC curve, by trapezia: the chance that a positive row's score is above a negative one's. */
export function areaUnder(points: readonly RocPoint[]): number {
  let area = 0
  for (let k = 1; k < points.length; k++) {
    const [a, b] = [points[k - 1]!, points[k]!]
    area += ((b.falsePositive - a.falsePositive) * (a.truePositive + b.truePositive)) / 2
  }
  return area
}

export interface ClassMetrics {
  readonly name: string
  readonly rows: number
  /** Right among those predicted, right among those labelled; 0 where there are none. */
  readonly precision: number
  readonly recall: number
  /** Against all others; null where a side has no rows. */
  readonly auc: number | null
}

/** Of so many classes the first answer is not all that counts. */
export const manyClasses = 20

export interface ClassificationMetrics {
  readonly kind: 'classes'
  readonly rows: number
  readonly accuracy: number
  readonly classes: readonly ClassMetrics[]
  readonly confusion: readonly (readonly number[])[]
  /** For five classes and more. */
  readonly ranks?: {
    readonly top5: number
    readonly top10: number
    readonly mrr: number
    readonly mrr10: number
  }
}

/** All that is told of a classifier. Scores of shape [rows, 1] are those of the second of two classes. */
export function classificationMetrics(given: Scores, names: readonly string[]): ClassificationMetrics {
  const whole = given.classes === 1 ? fromOne(given) : given
  const confusion = confusionOf(whole)
  const perClass = names.map((name, k) => {
    const rows = confusion[k]!.reduce((a, b) => a + b, 0)
    const predicted = confusion.reduce((sum, own) => sum + own[k]!, 0)
    const right = confusion[k]![k]!
    const oneSided = rows === 0 || rows === whole.labels.length
    return {
      name,
      rows,
      precision: predicted === 0 ? 0 : right / predicted,
      recall: rows === 0 ? 0 : right / rows,
      auc: oneSided ? null : areaUnder(rocOf(whole, k)),
    }
  })
  return {
    kind: 'classes',
    rows: whole.labels.length,
    accuracy: accuracyOf(whole),
    classes: perClass,
    confusion,
    ...(names.length >= 5 && {
      ranks: {
        top5: topKOf(whole, 5),
        top10: topKOf(whole, 10),
        mrr: meanReciprocalRank(whole),
        mrr10: meanReciprocalRank(whole, 10),
      },
    }),
  }
}

/** A single sigmoid as scores of two classes. */
function fromOne({ scores, labels }: Scores): Scores {
  const both = Float64Array.from({ length: labels.length * 2 }, (_, k) => {
    const score = scores[Math.floor(k / 2)]!
    return k % 2 === 0 ? 1 - score : score
  })
  return { classes: 2, scores: both, labels }
}

export interface RegressionMetrics {
  readonly kind: 'values'
  readonly rows: number
  readonly meanAbsoluteError: number
  readonly rootMeanSquareError: number
  /** 1 − squared error / variance; null where the targets do not vary. */
  readonly r2: number | null
}

export function regressionMetrics(
  outputs: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: readonly number[],
): RegressionMetrics {
  const count = targets.length
  let [absolute, square, sum, squares] = [0, 0, 0, 0]
  for (let k = 0; k < count; k++) {
    const error = outputs[k]! - targets[k]!
    absolute += Math.abs(error)
    square += error * error
    sum += targets[k]!
    squares += targets[k]! * targets[k]!
  }
  const variance = squares - (sum * sum) / count
  return {
    kind: 'values',
    rows: count / sizeOf(shape),
    meanAbsoluteError: absolute / count,
    rootMeanSquareError: Math.sqrt(square / count),
    r2: variance > 0 ? 1 - square / variance : null,
  }
}

export type Metrics = ClassificationMetrics | RegressionMetrics

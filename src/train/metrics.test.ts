import { expect, it } from 'vitest'
import {
  areaUnder,
  classificationMetrics,
  meanReciprocalRank,
  rankOf,
  regressionMetrics,
  rocOf,
  topKOf,
} from './metrics.ts'
import { streamOf } from './random.ts'

const three = {
  classes: 3,
  scores: Float64Array.of(0.7, 0.2, 0.1, 0.3, 0.4, 0.3, 0.1, 0.1, 0.8, 0.5, 0.5, 0),
  labels: Int32Array.of(0, 0, 2, 1),
}

it('counts what was predicted of each class', () => {
  const { accuracy, confusion, classes } = classificationMetrics(three, ['a', 'b', 'c'])
  expect(accuracy).toBe(0.5)
  expect(confusion).toEqual([
    [1, 1, 0],
    [1, 0, 0],
    [0, 0, 1],
  ])
  expect(classes.map(({ precision, recall }) => [precision, recall])).toEqual([
    [0.5, 0.5],
    [0, 0],
    [1, 1],
  ])
})

it('ranks labels, ties winning nothing', () => {
  expect([0, 1, 2, 3].map(row => rankOf(three, row))).toEqual([1, 3, 1, 2])
  expect(topKOf(three, 2)).toBe(0.75)
  expect(meanReciprocalRank(three)).toBeCloseTo((1 + 1 / 3 + 1 + 1 / 2) / 4, 12)
  expect(meanReciprocalRank(three, 2)).toBeCloseTo((1 + 1 + 1 / 2) / 4, 12)
})

it('has the area under the ROC curve that pairs give, ties as halves', () => {
  const uniform = streamOf(1, 'roc')
  const count = 200
  const labels = Int32Array.from({ length: count }, () => (uniform() < 0.4 ? 1 : 0))
  // Coarse, so that there are ties.
  const own = Array.from(labels, label => Math.round((uniform() + 0.3 * label) * 20) / 20)
  const scores = Float64Array.from(own.flatMap(score => [1 - score, score]))
  let [pairs, won] = [0, 0]
  own.forEach((a, k) => {
    own.forEach((b, j) => {
      if (labels[k] !== 1 || labels[j] !== 0) return
      pairs++
      won += a > b ? 1 : a === b ? 0.5 : 0
    })
  })
  const points = rocOf({ classes: 2, scores, labels }, 1)
  expect(areaUnder(points)).toBeCloseTo(won / pairs, 10)
  expect([points[0]!.truePositive, points.at(-1)!.truePositive, points.at(-1)!.falsePositive]).toEqual([
    0, 1, 1,
  ])
})

it('says nothing of a class that has no others, and takes one sigmoid as two classes', () => {
  const labels = Int32Array.of(1, 1, 0)
  const one = classificationMetrics({ classes: 1, scores: [0.9, 0.4, 0.2], labels }, ['no', 'yes'])
  expect(one.accuracy).toBeCloseTo(2 / 3, 12)
  expect(one.classes[1]!.auc).toBe(1)
  const only = classificationMetrics({ classes: 1, scores: [0.9], labels: Int32Array.of(1) }, ['no', 'yes'])
  expect(only.classes.map(({ auc }) => auc)).toEqual([null, null])
})

it('measures errors of values', () => {
  const { meanAbsoluteError, rootMeanSquareError, r2, rows } = regressionMetrics(
    [1, 2, 3, 6],
    [1, 2, 4, 4],
    [2],
  )
  expect([meanAbsoluteError, rootMeanSquareError, rows]).toEqual([0.75, Math.sqrt(1.25), 2])
  expect(r2).toBeCloseTo(1 - 5 / 6.75, 12)
  expect(regressionMetrics([1, 2], [3, 3], [1]).r2).toBeNull()
})

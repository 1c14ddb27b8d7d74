import { expect, it } from 'vitest'
import { classificationMetrics } from '../train/metrics.ts'
import { metricsText } from './train-text.ts'

/** Scores of rows whose own class comes second. */
function judged(classes: number): string {
  const labels = Int32Array.from({ length: classes }, (_, row) => row)
  const scores = Float64Array.from({ length: classes * classes }, (_, k) => {
    const [row, at] = [Math.floor(k / classes), k % classes]
    return at === row ? 1 : at === (row + 1) % classes ? 2 : 0
  })
  const names = Array.from({ length: classes }, (_, k) => `c${k}`)
  return metricsText(classificationMetrics({ classes, scores, labels }, names)).split('\n')[0]!
}

it('tells ranks where there are enough classes for them', () => {
  expect(judged(4)).toBe('accuracy 0.00 % of 4')
  expect(judged(10)).toBe('accuracy 0.00 % of 10, top 5 100.00 %, MRR@10 0.5000')
  expect(judged(11)).toBe('accuracy 0.00 % of 11, top 5 100.00 %, top 10 100.00 %, MRR 0.5000, MRR@10 0.5000')
})

import { expect, it } from 'vitest'
import { paretoFront } from './pareto.ts'

it('a front holds what no other network beats in both', () => {
  const points = [
    { ebops: 10, value: 0.9 },
    { ebops: 5, value: 0.8 },
    { ebops: 7, value: 0.7 },
    { ebops: 10, value: 0.95 },
  ]
  const front = paretoFront(
    points,
    ({ ebops }) => ebops,
    ({ value }) => value,
  )
  expect(front).toEqual([points[1], points[3]])
})

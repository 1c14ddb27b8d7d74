import { expect, it } from 'vitest'
import { type Box, placeLabels } from './place-labels.ts'

const edge = { left: 0, top: 0, right: 200, bottom: 100 }
const apart = (a: Box, b: Box) =>
  a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top

it('writes names of near points apart from each other, from marks, and within the edge', () => {
  const points = [0, 6, 12, 18].map(k => ({ x: 150 + k, y: 50 + k, label: `${k} bit` }))
  const marks = points.map(({ x, y }) => ({ left: x - 4, top: y - 4, right: x + 4, bottom: y + 4 }))
  const boxes = placeLabels(points, { edge, taken: marks, lines: [] }).map(box => box!)
  boxes.forEach((box, k) => {
    expect(box.left >= 0 && box.top >= 0 && box.right <= 200 && box.bottom <= 100).toBe(true)
    expect([...marks, ...boxes.slice(0, k)].every(other => apart(box, other))).toBe(true)
  })
})

it('goes out of the way of lines, and leaves out what has no room', () => {
  const point = { x: 100, y: 50, label: 'a' }
  const above = [
    { x: 60, y: 38 },
    { x: 140, y: 38 },
  ] as const
  const [box] = placeLabels([point], { edge, taken: [], lines: [above] })
  expect(box!.top).toBeGreaterThan(50)
  expect(placeLabels([point, { x: 1, y: 1 }], { edge, taken: [edge], lines: [] })).toEqual([
    undefined,
    undefined,
  ])
})

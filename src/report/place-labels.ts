// Where names of points are written so that none lies on another, on a mark or beyond the edge.

import { textWidth } from './plain-text.ts'

/** A rectangle in pixels. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface LabelledPoint {
  readonly x: number
  readonly y: number
  readonly label?: string | undefined
}

export interface LabelRoom {
  /** Where labels may stand. */
  readonly edge: Box
  /** Marks and other words, on which none may stand. */
  readonly taken: readonly Box[]
  /** Lines, which a label crosses only where there is no other place. */
  readonly lines: readonly (readonly [from: LabelledPoint, to: LabelledPoint])[]
}

/** Size of the letters, and the height of a line of them. */
export const labelSize = 11
const lineHeight = 13

/** Above, below, to the sides, between these, and the same further away: the first that is free is taken. */
const sides = [
  [0, -1],
  [0, 1],
  [1, 0],
  [-1, 0],
  [0.5, -1],
  [-0.5, -1],
  [0.5, 1],
  [-0.5, 1],
  [1, -1],
  [-1, -1],
  [1, 1],
  [-1, 1],
] as const
const distances = [6, 13, 20, 27, 34]

/**
 * The box of every point's label, in the order of the points: undefined where it has none, or where there is no room
 * near it. A label in the way of lines alone is better than none.
 */
export function placeLabels(points: readonly LabelledPoint[], room: LabelRoom): (Box | undefined)[] {
  const taken = [...room.taken]
  return points.map(point => {
    if (point.label === undefined || point.label === '') return undefined
    const free = boxesAround(point, point.label).filter(
      box => within(box, room.edge) && !taken.some(other => overlap(box, other)),
    )
    const clear = free.filter(box => !room.lines.some(([from, to]) => crosses(box, from, to)))
    const box = clear.find(own => !room.lines.some(line => parts(line, own, point))) ?? clear[0] ?? free[0]
    if (box !== undefined) taken.push(box)
    return box
  })
}

function boxesAround({ x, y }: LabelledPoint, label: string): Box[] {
  const [wide, high] = [textWidth(label, labelSize) / 2, lineHeight / 2]
  return distances.flatMap(away =>
    sides.map(([across, down]) => {
      const [cx, cy] = [x + across * (wide + away), y + down * (high + away)]
      return { left: cx - wide, top: cy - high, right: cx + wide, bottom: cy + high }
    }),
  )
}

const within = (box: Box, edge: Box) =>
  box.left >= edge.left && box.top >= edge.top && box.right <= edge.right && box.bottom <= edge.bottom

const overlap = (a: Box, b: Box) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** Whether a line parts a label from its point; the point's own lines begin there. */
function parts([from, to]: LabelRoom['lines'][number], box: Box, { x, y }: LabelledPoint): boolean {
  if ([from, to].some(end => end.x === x && end.y === y)) return false
  const whole = {
    left: Math.min(box.left, x),
    top: Math.min(box.top, y),
    right: Math.max(box.right, x),
    bottom: Math.max(box.bottom, y),
  }
  return crosses(whole, from, to)
}

/** Whether a stretch of a line lies in a box: what is left of it when it is cut at all four sides (Liang and Barsky). */
function crosses({ left, top, right, bottom }: Box, from: LabelledPoint, to: LabelledPoint): boolean {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  let [begin, end] = [0, 1]
  for (const [step, room] of [
    [-dx, from.x - left],
    [dx, right - from.x],
    [-dy, from.y - top],
    [dy, bottom - from.y],
  ] as const) {
    if (step === 0 && room < 0) return false
    if (step < 0) begin = Math.max(begin, room / step)
    if (step > 0) end = Math.min(end, room / step)
  }
  return begin < end
}

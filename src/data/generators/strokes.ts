// Digits and shapes as strokes: lines through points, x to the right and y down, both from 0 to 1.

import { cosine, sine, turn } from '../elementary.ts'

export type Point = readonly [x: number, y: number]
export type Stroke = readonly Point[]

/** Points of an ellipse from one angle to another, in turns; 0 is to the right, a quarter is down. */
function arc(x: number, y: number, wide: number, high: number, from: number, to: number): Point[] {
  const steps = 14
  return Array.from({ length: steps + 1 }, (_, k) => {
    const angle = turn * (from + ((to - from) * k) / steps)
    return [x + wide * cosine(angle), y + high * sine(angle)]
  })
}

export const digits: Readonly<Record<string, Stroke[]>> = {
  '0': [arc(0.5, 0.5, 0.2, 0.32, 0, 1)],
  '1': [
    [
      [0.36, 0.3],
      [0.52, 0.18],
      [0.52, 0.82],
    ],
  ],
  '2': [[...arc(0.5, 0.35, 0.2, 0.17, -0.5, 0.1), [0.3, 0.81], [0.72, 0.81]]],
  '3': [arc(0.48, 0.34, 0.19, 0.16, -0.42, 0.25), arc(0.48, 0.66, 0.21, 0.17, -0.25, 0.42)],
  '4': [
    [
      [0.6, 0.82],
      [0.6, 0.18],
      [0.28, 0.62],
      [0.75, 0.62],
    ],
  ],
  '5': [[[0.68, 0.19], [0.37, 0.19], [0.34, 0.46], ...arc(0.48, 0.62, 0.2, 0.19, -0.3, 0.4)]],
  '6': [arc(0.52, 0.64, 0.18, 0.18, 0, 1), arc(0.66, 0.62, 0.32, 0.44, -0.5, -0.27)],
  '7': [
    [
      [0.3, 0.19],
      [0.71, 0.19],
      [0.44, 0.82],
    ],
  ],
  '8': [arc(0.5, 0.34, 0.16, 0.15, 0, 1), arc(0.5, 0.66, 0.2, 0.17, 0, 1)],
  '9': [arc(0.49, 0.36, 0.18, 0.17, 0, 1), [...arc(0.35, 0.4, 0.32, 0.42, 0, 0.23)]],
}

export const shapes: Readonly<Record<string, Stroke[]>> = {
  circle: [arc(0.5, 0.5, 0.3, 0.3, 0, 1)],
  square: [
    [
      [0.23, 0.23],
      [0.77, 0.23],
      [0.77, 0.77],
      [0.23, 0.77],
      [0.23, 0.23],
    ],
  ],
  triangle: [
    [
      [0.5, 0.2],
      [0.8, 0.75],
      [0.2, 0.75],
      [0.5, 0.2],
    ],
  ],
  cross: [
    [
      [0.5, 0.2],
      [0.5, 0.8],
    ],
    [
      [0.2, 0.5],
      [0.8, 0.5],
    ],
  ],
  wave: [[...arc(0.35, 0.5, 0.15, 0.2, -0.5, 0), ...arc(0.65, 0.5, 0.15, 0.2, 0.5, 0)]],
}

// Small grey images: the ten digits or five shapes, drawn as strokes with a soft pen, turned, sheared, scaled, moved
// and noised.

import { cosine, sine, turn } from '../elementary.ts'
import { below, between, normal, type Uniform, uniformGenerator } from '../random.ts'
import { classified, type Generator, real, type Settings, whole } from './generator.ts'
import { digits, type Point, type Stroke, shapes } from './strokes.ts'

const defaults = {
  /** Side of the square image in pixels. */
  side: 16,
  /** Bits of a pixel: its grey / 2^bits, hence exact and in [0, 1). */
  bits: 8,
  /** Half the width of the pen, as a share of the side. */
  pen: 0.055,
  /** Largest turn in degrees, shear, change of scale, and move as a share of the side. */
  turn: 14,
  shear: 0.15,
  scale: 0.15,
  move: 0.1,
  noise: 0.06,
}

export const digitImages: Generator = drawnBy('digits', 'a digit drawn on a small image', digits)
export const shapeImages: Generator = drawnBy('shapes', 'a shape drawn on a small image', shapes)

function drawnBy(name: string, summary: string, drawings: Readonly<Record<string, Stroke[]>>): Generator {
  const names = Object.keys(drawings)
  return {
    name,
    summary,
    settings: defaults,
    make(count, seed, settings) {
      const values = checked(settings)
      const uniform = uniformGenerator(seed)
      return classified(count, [values.side, values.side, 1], names, into => {
        const label = below(uniform, names.length)
        draw(drawings[names[label]!]!, values, uniform, into)
        return label
      })
    },
  }
}

function checked(settings: Settings): typeof defaults {
  const values = { ...defaults, ...settings }
  whole(values, 'side', 6, 512)
  whole(values, 'bits', 1, 24)
  real(values, 'pen', 0.005, 0.3)
  real(values, 'turn', 0, 180)
  for (const name of ['shear', 'scale', 'move', 'noise']) real(values, name, 0, 0.9)
  return values
}

function draw(
  strokes: readonly Stroke[],
  values: typeof defaults,
  uniform: Uniform,
  into: Float32Array,
): void {
  const segments = segmentsOf(strokes, placing(values, uniform))
  const pen = values.pen * between(uniform, 0.75, 1.35)
  const ink = between(uniform, 0.75, 1)
  const fullScale = 2 ** values.bits
  for (let row = 0, at = 0; row < values.side; row++) {
    for (let column = 0; column < values.side; column++, at++) {
      const from = nearest(segments, (column + 0.5) / values.side, (row + 0.5) / values.side)
      // Full ink within the pen, none a pixel further out.
      const inside = Math.min(1, Math.max(0, 1 - (from - pen) * values.side))
      const value = ink * inside + values.noise * normal(uniform)
      into[at] = Math.min(fullScale - 1, Math.max(0, Math.floor(value * fullScale))) / fullScale
    }
  }
}

/** Where a point of the drawing, both coordinates from 0 to 1, comes to lie. */
function placing(values: typeof defaults, uniform: Uniform): (point: Point) => Point {
  const spread = (most: number) => between(uniform, -most, most)
  const angle = (spread(values.turn) / 360) * turn
  const [c, s] = [cosine(angle), sine(angle)]
  const shear = spread(values.shear)
  const [wide, high] = [1 + spread(values.scale), 1 + spread(values.scale)]
  const [right, down] = [0.5 + spread(values.move), 0.5 + spread(values.move)]
  return ([x, y]) => {
    const u = wide * (x - 0.5 + shear * (y - 0.5))
    const v = high * (y - 0.5)
    return [right + c * u - s * v, down + s * u + c * v]
  }
}

/** Segments behind one another: a point, the way to the next, and 1 / the square of that way's length (or 0). */
function segmentsOf(strokes: readonly Stroke[], place: (point: Point) => Point): Float64Array {
  return Float64Array.from(
    strokes.flatMap(stroke => {
      const placed = stroke.map(place)
      return placed.slice(1).flatMap(([bx, by], k) => {
        const [ax, ay] = placed[k]!
        const [dx, dy] = [bx - ax, by - ay]
        const square = dx * dx + dy * dy
        return [ax, ay, dx, dy, square === 0 ? 0 : 1 / square]
      })
    }),
  )
}

/** How far the nearest segment is from a point. */
function nearest(segments: Float64Array, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let k = 0; k < segments.length; k += 5) {
    const dx = segments[k + 2]!
    const dy = segments[k + 3]!
    const u = x - segments[k]!
    const v = y - segments[k + 1]!
    const along = (u * dx + v * dy) * segments[k + 4]!
    const t = along < 0 ? 0 : along > 1 ? 1 : along
    const ex = u - t * dx
    const ey = v - t * dy
    const square = ex * ex + ey * ey
    if (square < least) least = square
  }
  return Math.sqrt(least)
}

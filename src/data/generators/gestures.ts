// Gestures of a hand that holds an accelerometer: six movements as three accelerations over time, with gravity on a
// tilted axis, a speed that varies, a hand that shakes, and noise.

import { cosine, sine, turn } from '../elementary.ts'
import { below, between, normal, type Uniform, uniformGenerator } from '../random.ts'
import { classified, type Generator, real, type Settings, whole } from './generator.ts'

const defaults = {
  /** Samples of a gesture. */
  samples: 32,
  /** Largest tilt of the hand in degrees. */
  tilt: 25,
  /** Of the size of the movement's own acceleration: how much it varies, shaking, noise. */
  spread: 0.3,
  shaking: 0.15,
  noise: 0.08,
}

type Vector = readonly [x: number, y: number, z: number]

/** Position over the gesture, t from 0 to 1, in units of its size. */
const movements: Readonly<Record<string, (t: number) => Vector>> = {
  'circle, clockwise': t => [cosine(turn * t) - 1, 0, -sine(turn * t)],
  'circle, anticlockwise': t => [cosine(turn * t) - 1, 0, sine(turn * t)],
  'swipe right': t => [2 * smooth(t), 0, 0],
  'swipe left': t => [-2 * smooth(t), 0, 0],
  push: t => [0, sine((turn * t) / 2) ** 2, 0],
  zigzag: t => [2 * smooth(t) - 1, 0, 0.5 * sine(3 * turn * t)],
}

/** From 0 to 1 with no speed at either end. */
function smooth(t: number): number {
  return t * t * t * (10 - 15 * t + 6 * t * t)
}

export const gestures: Generator = {
  name: 'gestures',
  summary: 'three accelerations over time of a hand that moves: which gesture',
  settings: defaults,
  make(count, seed, settings) {
    const values = checked(settings)
    const uniform = uniformGenerator(seed)
    const names = Object.keys(movements)
    return classified(count, [values.samples, 3], names, into => {
      const label = below(uniform, names.length)
      drawGesture(movements[names[label]!]!, values, uniform, into)
      return label
    })
  },
}

function checked(settings: Settings): typeof defaults {
  const values = { ...defaults, ...settings }
  whole(values, 'samples', 8, 1e4)
  real(values, 'tilt', 0, 180)
  for (const name of ['spread', 'shaking', 'noise']) real(values, name, 0, 0.9)
  return values
}

function drawGesture(
  position: (t: number) => Vector,
  values: typeof defaults,
  uniform: Uniform,
  into: Float32Array,
): void {
  const size = 0.02 * (1 + between(uniform, -values.spread, values.spread))
  const duration = 1 - between(uniform, 0, values.spread)
  const begin = between(uniform, 0, 1 - duration)
  const time = (k: number) => Math.min(1, Math.max(0, (k / values.samples - begin) / duration))
  const turned = rotation(values.tilt, uniform)
  const [rate, phase] = [between(uniform, 0.25, 0.4), uniform()]
  for (let k = 0; k < values.samples; k++) {
    const felt = secondDifference(position, time, k).map(a => size * values.samples * values.samples * a)
    const shake = values.shaking * sine(turn * (rate * k + phase))
    const [x, y, z] = turned([felt[0]! + shake, felt[1]!, felt[2]! + 1])
    const noisy = [x, y, z].map(a => a + values.noise * normal(uniform))
    // Full scale is 4 g, at 10 bits.
    into.set(
      noisy.map(a => Math.min(511, Math.max(-512, Math.floor(a * 128 + 0.5))) / 512),
      3 * k,
    )
  }
}

/** Acceleration by differences of the position. */
function secondDifference(position: (t: number) => Vector, time: (k: number) => number, k: number): Vector {
  const [before, now, after] = [k - 1, k, k + 1].map(at => position(time(at))) as [Vector, Vector, Vector]
  const along = (axis: 0 | 1 | 2) => before[axis] - 2 * now[axis] + after[axis]
  return [along(0), along(1), along(2)]
}

/** Turns about two axes by up to `degrees` each. */
function rotation(degrees: number, uniform: Uniform): (v: Vector) => Vector {
  const angle = () => (between(uniform, -degrees, degrees) / 360) * turn
  const [first, second] = [angle(), angle()]
  const [ca, sa, cb, sb] = [cosine(first), sine(first), cosine(second), sine(second)]
  return ([x, y, z]) => {
    const [u, w] = [ca * x - sa * z, sa * x + ca * z]
    return [u, cb * y - sb * w, sb * y + cb * w]
  }
}

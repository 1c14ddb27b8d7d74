// Sessions of people who pick one thing after another, for a recommender: given the last picks, which comes next?
//
// Things belong to genres and stand in a series within their genre. A person keeps to a taste of two genres, most often
// goes on with the next of a series, sometimes jumps to something popular of the taste, and now and then to anything.
// Popularity falls off as 1/rank (Zipf).

import { below, type Uniform, uniformGenerator } from '../random.ts'
import { classified, type Generator, real, type Settings, whole } from './generator.ts'

const defaults = {
  /** Picks that are known; each is the number of a thing, 1 to genres · series, or 0 for none yet. */
  length: 8,
  genres: 8,
  /** Things of a genre. */
  series: 8,
  /** Chance of going on with the series, and of anything at all; else something popular of the taste. */
  goesOn: 0.7,
  wanders: 0.08,
  /** Share of the sessions that are just beginning: shorter than `length`, with zeros before. */
  beginners: 0.2,
}

export const sessions: Generator = {
  name: 'sessions',
  summary: 'the last picks of a person, as numbers of things: which is next',
  settings: defaults,
  make(count, seed, settings) {
    const values = checked(settings)
    const uniform = uniformGenerator(seed)
    const pick = popularity(values.series)
    const things = Array.from({ length: values.genres * values.series + 1 }, (_, k) => `thing ${k}`)
    return classified(count, [values.length], things, into => drawSession(values, pick, uniform, into))
  },
}

function checked(settings: Settings): typeof defaults {
  const values = { ...defaults, ...settings }
  whole(values, 'length', 1, 1000)
  whole(values, 'genres', 2, 1000)
  whole(values, 'series', 2, 1000)
  for (const name of ['goesOn', 'wanders', 'beginners']) real(values, name, 0, 1)
  return values
}

/** Fills the known picks and gives the next. */
function drawSession(
  values: typeof defaults,
  pick: (uniform: Uniform) => number,
  uniform: Uniform,
  into: Float32Array,
): number {
  const taste = [below(uniform, values.genres), below(uniform, values.genres)]
  const known = uniform() < values.beginners ? 1 + below(uniform, values.length) : values.length
  let thing = values.series * taste[0]! + pick(uniform)
  for (let k = into.length - known; k < into.length; k++) {
    into[k] = thing + 1
    thing = next(thing, taste, values, pick, uniform)
  }
  return thing + 1
}

function next(
  thing: number,
  taste: readonly number[],
  { series, genres, goesOn, wanders }: typeof defaults,
  pick: (uniform: Uniform) => number,
  uniform: Uniform,
): number {
  const chance = uniform()
  if (chance < wanders) return below(uniform, genres * series)
  const isLast = thing % series === series - 1
  if (chance < wanders + (1 - wanders) * goesOn && !isLast) return thing + 1
  return series * taste[below(uniform, taste.length)]! + pick(uniform)
}

/** A rank from 0 with chances that fall off as 1/(rank + 1). */
function popularity(count: number): (uniform: Uniform) => number {
  const total = Array.from({ length: count }, (_, k) => 1 / (k + 1)).reduce((a, b) => a + b, 0)
  return uniform => {
    let left = uniform() * total
    for (let k = 0; k < count - 1; k++) {
      left -= 1 / (k + 1)
      if (left < 0) return k
    }
    return count - 1
  }
}

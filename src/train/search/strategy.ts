// Which candidates are tried next. The first are spread over the space, each value of a dimension as often as the others
// (a Latin hypercube: McKay, Beckman and Conover 1979). Those after are children of the best so far: those that fit come
// before those that do not, as in constrained domination (Deb and others 2002), and among those that fit, the front of
// accuracy and LUTs. What is proposed follows from the seed and the results alone.

import { paretoFront } from '../pareto.ts'
import { streamOf } from '../random.ts'
import type { Candidate } from './candidate.ts'
import type { Dimension, SearchSettings } from './settings.ts'

type Chance = () => number

/** A candidate with what is known of it. */
export interface Known {
  readonly candidate: Candidate
  /** How far over the budget, 0 where it fits. */
  readonly violation: number
  readonly lut: number
  /** Larger is better; absent where it was not trained. */
  readonly score?: number
}

/** So many are proposed together, so that as many may run at once; what is proposed does not depend on how many do. */
export const generationSize = 6

/** How many candidates there are. */
export function spaceSize(dimensions: readonly Dimension[]): number {
  return dimensions.reduce((size, { values }) => size * values.length, 1)
}

export const candidateKey = (candidate: Candidate) => candidate.join(' ')

/** At most `count` candidates that were not asked for yet; fewer where there are no more. */
export function propose(
  { dimensions, seed, strategy, trials }: SearchSettings,
  { asked, known, round, count }: Asked,
): Candidate[] {
  const chance = streamOf(seed, 'search', round)
  const taken = new Set(asked)
  const found: Candidate[] = []
  const take = (candidate: Candidate) => {
    if (taken.has(candidateKey(candidate))) return false
    taken.add(candidateKey(candidate))
    found.push(candidate)
    return true
  }
  if (strategy === 'random' || round === 0) {
    const isRandom = strategy === 'random'
    // Round by round the next of the same.
    const spread = spreadCandidates(
      dimensions,
      isRandom ? trials : count,
      isRandom ? streamOf(seed, 'search') : chance,
    )
    for (const candidate of spread) if (found.length < count) take(candidate)
  } else {
    const parents = parentsOf(known)
    for (let k = 0; k < 50 * count && found.length < count; k++) take(childOf(parents, dimensions, chance))
  }
  fillUp(dimensions, count, { found, take, chance })
  return found
}

export interface Asked {
  /** Keys of all candidates so far. */
  readonly asked: ReadonlySet<string>
  readonly known: readonly Known[]
  readonly round: number
  readonly count: number
}

/** By chance, and where few are left the next ones in order. */
function fillUp(
  dimensions: readonly Dimension[],
  count: number,
  {
    found,
    take,
    chance,
  }: { found: readonly Candidate[]; take(candidate: Candidate): boolean; chance: Chance },
): void {
  for (let k = 0; k < 50 * count && found.length < count; k++)
    take(dimensions.map(({ values }) => values[below(chance, values.length)]!))
  const size = spaceSize(dimensions)
  for (let at = 0; at < size && found.length < count; at++) take(candidateAt(dimensions, at))
}

function candidateAt(dimensions: readonly Dimension[], place: number): Candidate {
  let rest = place
  return dimensions.map(({ values }) => {
    const value = values[rest % values.length]!
    rest = Math.floor(rest / values.length)
    return value
  })
}

const below = (chance: Chance, limit: number) => Math.min(limit - 1, Math.floor(chance() * limit))

function spreadCandidates(dimensions: readonly Dimension[], count: number, chance: Chance): Candidate[] {
  const columns = dimensions.map(({ values }) =>
    shuffled(count, chance).map(row => values[Math.floor(((row + 0.5) * values.length) / count)]!),
  )
  return Array.from({ length: count }, (_, row) => columns.map(column => column[row]!))
}

function shuffled(count: number, chance: Chance): number[] {
  const order = Array.from({ length: count }, (_, k) => k)
  for (let k = count - 1; k > 0; k--) {
    const other = below(chance, k + 1)
    ;[order[k], order[other]] = [order[other]!, order[k]!]
  }
  return order
}

/** Of those that fit the front, the most accurate last; where none fits, the nearest. */
function parentsOf(known: readonly Known[]): Candidate[] {
  const fitting = known.filter(({ violation, score }) => violation === 0 && score !== undefined)
  if (fitting.length > 0)
    return paretoFront(
      fitting,
      ({ lut }) => lut,
      ({ score }) => score!,
    ).map(({ candidate }) => candidate)
  const nearest = [...known].sort((a, b) => b.violation - a.violation)
  return nearest.slice(-3).map(({ candidate }) => candidate)
}

/** Of one parent or of two, with one value changed, most often to one beside it. */
function childOf(parents: readonly Candidate[], dimensions: readonly Dimension[], chance: Chance): Candidate {
  const random = () => dimensions.map(({ values }) => values[below(chance, values.length)]!)
  if (parents.length === 0) return random()
  // The later of two draws: the most accurate are asked most.
  const draw = () => parents[Math.max(below(chance, parents.length), below(chance, parents.length))]!
  const [a, b, isCrossed] = [draw(), draw(), chance() < 0.5]
  const child = a.map((value, k) => (isCrossed && chance() < 0.5 ? b[k]! : value))
  const changeable = dimensions.flatMap(({ values }, k) => (values.length > 1 ? [k] : []))
  if (changeable.length === 0) return child
  const at = changeable[below(chance, changeable.length)]!
  const { values } = dimensions[at]!
  const near = values.indexOf(child[at]!) + (chance() < 0.5 ? -1 : 1)
  child[at] =
    chance() < 0.75
      ? values[Math.max(0, Math.min(values.length - 1, near))]!
      : values[below(chance, values.length)]!
  return child
}

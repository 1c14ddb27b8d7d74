// Finds widths by layer that keep a loss at least cost. From one number of fraction bits for all, it takes bits away where
// they cost most for the least noise at the output (sensitivity), measured anew each round, until none can go.
// Only what keeps the loss at no more cost is ever accepted, so what is found never gets worse. The search has no clock
// and no chance: what was tried before (a log) is not run again, and leads to the same result.

import type { CompiledModel } from '../compile.ts'
import { CompileError, fail } from '../diagnostics/diagnostic.ts'
import { createSharedEngine, isWorthSharing, type SharedEngine } from '../engines/fixed/shared-results.ts'
import { bitsOf, type Judged, type Score, scoreOf, type Typing, typedBy } from './try-widths.ts'
import { type Knobs, sameForAll, type Widths } from './width-knobs.ts'

/** Widths that were tried. */
export interface Trial extends Score {
  readonly widths: Widths
  /** Bit operations of a row. */
  readonly bits: number
  /** By the measure of the search; absent where the loss is too large for it to matter. */
  readonly cost?: number
}

/** A trial that was better than all before it. */
export interface Step extends Trial {
  readonly cost: number
  /** What was changed: `start`, or a knob with its fraction bits before and after. */
  readonly change: string
}

export interface Tuning {
  readonly typing: Typing
  readonly knobs: Knobs
  /** Rows that are searched on. */
  readonly judged: Judged
  /** Largest loss accepted, as a share of 1. */
  readonly maxLoss: number
  /** What is made small; absent: bit operations. Called with a network that keeps the loss. */
  readonly costOf?: (typed: Typing['source']) => number
  /** How many starts, from ever more bits; 1 where absent. */
  readonly starts?: number
  /** Each network is run as a whole; slower and the same, to be held against. */
  readonly apart?: boolean
}

export interface TuneHooks {
  /** What was tried in an earlier run, by `keyOf`. */
  readonly known?: ReadonlyMap<string, Trial>
  /** Told of each trial that was run. */
  readonly onTrial?: (key: string, trial: Trial) => Promise<void> | void
  /** Told of how far it is: trials behind it, known ones too, and about how many there will be. */
  readonly onProgress?: (done: number, expected: number) => void
  /** Awaited before each trial: what it rejects with ends the search. */
  readonly pause?: () => Promise<void>
}

export interface TuneResult {
  /** One width for all, by fraction bits: the least that keeps the loss, and its neighbours. */
  readonly uniform: readonly (Trial & { readonly frac: number; readonly type: string })[]
  /** The least uniform one that keeps the loss. */
  readonly leastUniform: Step & { readonly frac: number; readonly type: string }
  /** Every step, each better than the one before it; the last is the result. */
  readonly steps: readonly Step[]
  readonly trials: number
}

const mostFrac = 16
const leastFrac = -8
/** The tables of a softmax double with each bit of its result. */
const softmaxFracs = [8, 10, 12] as const
/** Fraction bits beyond a network's own that a sum begins to be cut at. */
const sumGuard = 5
/** Share of the knobs that is turned after each measurement. */
const turned = 1 / 3
const sensitivityFloor = 1e-9

/** Searches. Fails with `precision/loss-not-reached` where no widths keep the loss. */
export async function tune(tuning: Tuning, hooks: TuneHooks = {}): Promise<TuneResult> {
  const search = createSearch(await withTables(tuning, hooks), hooks)
  const frac = await leastSameFrac(search)
  const uniform = await uniformTrials(search)
  const steps: Step[] = []
  for (let start = 0; start < (tuning.starts ?? 1); start++)
    await descend(search, frac + 1 + 2 * start, steps)
  return { ...uniform, steps: steps.sort((a, b) => b.cost - a.cost), trials: search.trials() }
}

/** Fraction bits that a softmax may keep: more where with all else at its widest the usual ones do not keep the loss. */
async function withTables(tuning: Tuning, hooks: TuneHooks): Promise<Tuning> {
  for (const frac of softmaxFracs) {
    const most = new Map([...tuning.knobs.most.keys()].map(knob => [knob, frac]))
    const own = { ...tuning, knobs: { ...tuning.knobs, most } }
    const widest = await createSearch(own, hooks).attempt(sameForAll(own.knobs, mostFrac), true)
    if (most.size === 0 || widest.loss <= tuning.maxLoss) return own
  }
  return tuning
}

/** What a trial is known by. */
export function keyOf(widths: Widths): string {
  return Object.entries(widths)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([knob, frac]) => `${knob}=${frac}`)
    .join(' ')
}

interface Search extends Tuning {
  /** Tries widths, or recalls them; `costed` where the cost is wanted if they keep the loss. */
  attempt(widths: Widths, costed: boolean): Promise<Trial>
  /** Says what the widths tried next differ from in little: what both have in common is emulated once. */
  near(widths: Widths): void
  expect(remaining: number): void
  trials(): number
}

function createSearch(tuning: Tuning, { known, onTrial, onProgress, pause }: TuneHooks): Search {
  const found = new Map<string, Trial>()
  // Until the first start: two searches of the fewest bits, and the curve of one width for all.
  let remaining = 16
  let runs = 0
  const shared = sharedOf(tuning)
  const run = async (widths: Widths, key: string, costed: boolean) => {
    const before = found.get(key) ?? known?.get(key)
    if (before !== undefined && (!costed || before.cost !== undefined || before.loss > tuning.maxLoss))
      return before
    await pause?.()
    const { compiled } = typedBy(tuning.typing, widths)
    const engine = before === undefined ? await shared.engineFor(compiled) : undefined
    const score = before ?? {
      ...(await scoreOf(compiled, tuning.judged, engine)),
      bits: bitsOf(compiled),
    }
    const cost =
      costed && score.loss <= tuning.maxLoss ? costOf(tuning, compiled.typed, score.bits) : undefined
    const trial = { ...score, widths, ...(cost === undefined ? {} : { cost }) }
    await onTrial?.(key, trial)
    return trial
  }
  return {
    ...tuning,
    attempt: async (widths, costed) => {
      const key = keyOf(widths)
      const trial = await run(widths, key, costed)
      found.set(key, trial)
      onProgress?.(++runs, runs + remaining)
      remaining = Math.max(0, remaining - 1)
      return trial
    },
    near: shared.near,
    expect: count => {
      remaining = Math.round(count)
    },
    trials: () => found.size,
  }
}

/** One engine for all trials; where their results are too large to be held, each trial has its own. */
function sharedOf({ typing, judged, apart }: Tuning) {
  const engine = createSharedEngine(judged.inputs)
  const rows = judged.inputs[0]?.rows ?? 0
  let [wanted, kept]: (Widths | undefined)[] = [undefined, undefined]
  return {
    near: (widths: Widths) => {
      wanted = widths
    },
    engineFor: async ({ typed }: CompiledModel): Promise<SharedEngine | undefined> => {
      if (apart === true || !isWorthSharing(typed, rows)) return undefined
      if (wanted !== undefined && wanted !== kept) {
        const { typed: near } = typedBy(typing, wanted).compiled
        await engine.prepare(near)
        engine.keep(near)
      }
      kept = wanted
      return engine
    },
  }
}

function costOf({ costOf: measure }: Tuning, typed: Typing['source'], bits: number): number {
  return measure === undefined ? bits : measure(typed)
}

function keeps({ maxLoss }: Tuning, trial: Trial): trial is Trial & { cost: number } {
  return trial.loss <= maxLoss && trial.cost !== undefined
}

/** The fewest fraction bits in every tensor, each with its own integer bits, that keep the loss. */
async function leastSameFrac(search: Search): Promise<number> {
  const at = (frac: number) => search.attempt(sameForAll(search.knobs, frac), true)
  const widest = await at(mostFrac)
  if (!keeps(search, widest)) refuseLoss(widest.loss, search.maxLoss)
  let [low, high] = [0, mostFrac]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (keeps(search, await at(middle))) high = middle
    else low = middle + 1
  }
  return high
}

/** One width for all, from the fewest bits that keep the loss on: a curve to be held against. */
async function uniformTrials(search: Search): Promise<Pick<TuneResult, 'uniform' | 'leastUniform'>> {
  const { integerOfAll } = search.knobs
  const at = async (frac: number) => {
    const trial = await search.attempt({ ...sameForAll(search.knobs, frac), integer: integerOfAll }, true)
    return { ...trial, frac, type: `fixed<${integerOfAll + frac},${integerOfAll}>` }
  }
  let [low, high] = [0, mostFrac]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (keeps(search, await at(middle))) high = middle
    else low = middle + 1
  }
  const fracs = [-3, -2, -1, 0, 1, 2, 3].map(more => high + more).filter(frac => frac >= 0)
  const uniform = []
  for (const frac of fracs) uniform.push(await at(frac))
  const least = uniform.find(trial => trial.frac === high)!
  if (!keeps(search, least)) return refuseLoss(least.loss, search.maxLoss)
  return { uniform, leastUniform: { ...least, change: 'start' } }
}

/** Takes bits away from a start, knob by knob; better ones than those found so far are added to `steps`. */
async function descend(search: Search, frac: number, steps: Step[]): Promise<void> {
  let current = await search.attempt(sameForAll(search.knobs, frac), true)
  if (!keeps(search, current)) return
  record(steps, current, 'start')
  const active = new Set([...search.knobs.fracs, ...search.knobs.accums])
  search.expect(remainingTrials(search.knobs, current.widths, active, frac))
  while (active.size > 0) {
    const ranked = await rank(search, current.widths, [...active], frac)
    for (const [index, knob] of ranked.entries()) {
      if (index >= Math.max(1, Math.ceil(ranked.length * turned))) break
      const widths = narrower(search.knobs, current.widths, knob, frac)
      const next = widths === undefined ? undefined : await attemptLegal(search, widths, true)
      if (next === undefined || !keeps(search, next) || next.cost > current.cost!) {
        active.delete(knob)
        continue
      }
      record(steps, next, `${knob} ${current.widths[knob] ?? 'exact'} → ${next.widths[knob]}`)
      current = next
    }
    search.expect(remainingTrials(search.knobs, current.widths, active, frac))
  }
}

/** A rough guess: knobs lose all they have, and a round measures them all and turns a third. */
function remainingTrials(knobs: Knobs, widths: Widths, active: ReadonlySet<string>, frac: number): number {
  const left = [...active].reduce((sum, knob) => {
    const start = knobs.accums.includes(knob) ? frac + sumGuard : frac
    return sum + Math.max(1, frac - (start - (widths[knob] ?? start)))
  }, 0)
  return left * (1 + 1 / turned)
}

function record(steps: Step[], trial: Trial & { cost?: number }, change: string): void {
  const least = steps.reduce((low, { cost }) => Math.min(low, cost), Number.POSITIVE_INFINITY)
  if (trial.cost! < least) steps.push({ ...trial, cost: trial.cost!, change })
}

/** Knobs by what a bit less saves for the noise it adds, best first; those that cannot be turned come last. */
async function rank(
  search: Search,
  widths: Widths,
  knobs: readonly string[],
  frac: number,
): Promise<string[]> {
  const now = await search.attempt(widths, false)
  search.near(widths)
  const worth = new Map<string, number>()
  for (const knob of knobs) {
    const next = narrower(search.knobs, widths, knob, frac)
    const trial = next === undefined ? undefined : await attemptLegal(search, next, false)
    const keepsLoss = trial !== undefined && trial.loss <= search.maxLoss
    const added = Math.max(trial === undefined ? 0 : trial.noise - now.noise, sensitivityFloor)
    worth.set(knob, keepsLoss ? (now.bits - trial.bits) / added : Number.NEGATIVE_INFINITY)
  }
  return [...knobs].sort((a, b) => worth.get(b)! - worth.get(a)!)
}

/** A knob turned by one bit; undefined at its end. */
function narrower({ least }: Knobs, widths: Widths, knob: string, frac: number): Widths | undefined {
  const next = (widths[knob] ?? frac + sumGuard) - 1
  return next < (least.get(knob) ?? leastFrac) ? undefined : { ...widths, [knob]: next }
}

/** Some widths make no network, e.g. a normalisation whose scales are all 0: then there is nothing to try. */
async function attemptLegal(search: Search, widths: Widths, costed: boolean): Promise<Trial | undefined> {
  try {
    return await search.attempt(widths, costed)
  } catch (problem) {
    if (problem instanceof CompileError) return undefined
    throw problem
  }
}

function refuseLoss(found: number, asked: number): never {
  return fail({
    code: 'precision/loss-not-reached',
    place: 'model',
    problem: `with ${mostFrac} fraction bits everywhere the loss is ${percent(found)}`,
    expected: `at most ${percent(asked)}`,
    remedy: 'Raise --max-loss, or train with quantised weights and activations.',
  })
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`
}
